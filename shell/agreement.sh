# shellcheck shell=sh disable=SC2034,SC2154
# Sourced by pause_replication.sh: whether the replicas hold the same seats.

# await_agreement: until all replicas of the table last described, if it has any, hold the same seats.
await_agreement() {
    if [ "$others" = ' ' ]; then
        return
    fi
    # shellcheck disable=SC2086 # words
    find_pause $others
    if [ -n "$experiment" ]; then
        stop "experiment $experiment still pauses the replication of $table in $paused. To end it: ./pause_replication.sh --resume $table $paused"
    fi
    poll_begins
    for _other in $others; do
        _other=${_other%=*}
        until read_seats "$region" here && read_seats "$_other" there && cmp -s "$work/here" "$work/there"; do
            poll "$region and $_other hold different seats"
        done
    done
    # shellcheck disable=SC2046 # words
    echo "Replication of $table goes on: $(in_words "$region" $(printf '%s' "$others" | sed 's/=[^ ]*//g')) hold the same seats."
}

# read_seats REGION FILE: the seats of all flights there, to $work/FILE.
read_seats() {
    aws_shown_once "$1" dynamodb scan --table-name "$table" \
        --projection-expression flight_id,airlines_name,available_seats --output text \
        --query 'Items[].[flight_id.N,airlines_name.S,available_seats.N]' || stop "$(explain)"
    LC_ALL=C sort "$work/answer" >"$work/$2"
}
