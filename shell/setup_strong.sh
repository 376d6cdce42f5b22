# shellcheck shell=sh disable=SC2154
# Sourced by setup_global_table.sh. Multi-Region strong consistency: one UpdateTable turns an empty table into two
# replicas and a witness, which keeps the latest writes and holds no table. Its regions cannot be changed afterwards.

# set_up_strong REGION REGION WITNESS
set_up_strong() {
    case $1,$replicas in
    *,) ;;
    *",$1 "*) ;;
    *)
        case $others in # of the replica in $2, which another set-up may have asked for since this one looked at $1
        ' ' | *" $1="*) ;;
        *) in_the_way "$2" "is a replica of a global table that has none in $1" ;;
        esac
        ;;
    esac
    if [ -z "$replicas" ]; then
        case $plain in
        *"$2 "*) in_the_way "$2" 'is a table of its own, and DynamoDB makes a replica only where there is no table yet' ;;
        '') create_table "$1" --billing-mode PAY_PER_REQUEST ;;
        *)
            if holds_items "$1"; then
                in_the_way "$1" 'holds items, and strong consistency begins with an empty table'
            fi
            ;;
        esac
        make_strong "$@"
    fi
    await_strong "$@"
    await_active "$1" "$2"
    await_active "$2" "$1"
    for region in "$1" "$2"; do
        describe "$region"
        echo "$table in $region: $status, replica of a global table with multi-Region strong consistency, witness in $3"
    done
}

# make_strong REGION REGION WITNESS: asks for the replica and the witness. Another set-up may have done so.
make_strong() {
    poll_begins
    while :; do
        describe "$1"
        if [ "$version" = 2019.11.21 ]; then
            return
        elif [ "$status" = ACTIVE ]; then
            if aws_shown_once "$1" dynamodb update-table --table-name "$table" --multi-region-consistency STRONG \
                --replica-updates "Create={RegionName=$2}" --global-table-witness-updates "Create={RegionName=$3}"; then
                remember "replica asked for in $2, and witness in $3"
                return
            fi
            refused ResourceInUseException || refused InternalServerError || stop "$(explain)"
        fi
        poll "table $table in $1 is $status: waiting to add the replica in $2"
    done
}

# await_strong REGION REGION WITNESS: until DynamoDB shows this replica, and the witness as ACTIVE.
await_strong() {
    poll_begins
    while :; do
        describe "$1"
        if [ "$version,$consistency" = 2019.11.21,None ]; then
            stop "table $table in $1 is a global table with eventual consistency, and AWS does not change that. Choose another table name (./setup_global_table.sh --strong NAME)."
        fi
        case $others,$witness in
        *" $2="*,*" $3=ACTIVE "*) return ;;
        *" $2="*,*" $3="*) ;;
        *=*,*=* | *=*=*,*)
            # shellcheck disable=SC2046 # words
            stop "table $table in $1 has replicas and a witness elsewhere ($(in_words $(printf '%s' "$others$witness" | sed 's/=[^ ]*//g'))), and AWS changes no region of a strongly consistent table. Choose another table name (./setup_global_table.sh --strong NAME)."
            ;;
        esac
        poll "table $table in $1 is $status: waiting for the witness in $3"
    done
}
