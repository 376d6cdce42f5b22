# shellcheck shell=sh disable=SC2154
# Sourced by setup_global_table.sh: one table, in one region.

# check_table REGION: the table that was last described is like the one that set-up makes.
check_table() {
    if [ "$keys" != 'flight_id=N, airlines_name=S' ]; then
        in_the_way "$1" "has the keys $keys, and needs flight_id=N, airlines_name=S"
    fi
    case $stream in
    NEW_AND_OLD_IMAGES | None) ;;
    *) in_the_way "$1" "has a stream of $stream, and needs one of NEW_AND_OLD_IMAGES" ;;
    esac
}

# in_the_way REGION WHY
in_the_way() {
    stop "table $table in $1 $2; it is left as it is. Delete it with its items (aws dynamodb delete-table --table-name $table --region $1), or choose another table name (./setup_global_table.sh NAME)."
}

# create_table REGION OPTION ...: the exercise's table. Another set-up may have made it a moment ago.
create_table() {
    _in=$1
    shift
    if aws_shown "$_in" dynamodb create-table --table-name "$table" \
        --attribute-definitions AttributeName=flight_id,AttributeType=N AttributeName=airlines_name,AttributeType=S \
        --key-schema AttributeName=flight_id,KeyType=HASH AttributeName=airlines_name,KeyType=RANGE \
        "$@" --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES; then
        remember "table $table created in $_in"
    elif ! refused ResourceInUseException; then
        stop "$(explain)"
    fi
}

# holds_items REGION
holds_items() {
    aws_shown "$1" dynamodb scan --table-name "$table" --limit 1 --select COUNT --output text --query Count ||
        stop "$(explain)"
    [ "$(cat "$work/answer")" != 0 ]
}

# await_active REGION [OTHER ...]: until the table is ACTIVE there, and so are its replicas in the other regions.
await_active() {
    _at=$1
    poll_begins
    while :; do
        describe "$_at"
        _pending=''
        [ "$status" = ACTIVE ] || _pending=" $status"
        for _other; do
            case $others in
            *" $_other=ACTIVE "*) ;;
            *" $_other="*)
                _state=${others#* "$_other="}
                _pending="$_pending, replica in $_other ${_state%% *}"
                ;;
            *) [ "$_other" = "$_at" ] || _pending="$_pending, replica in $_other not shown yet" ;;
            esac
        done
        case $_pending in
        '') return ;;
        *FAILED* | *DELETING* | *ARCHIV* | *INACCESSIBLE* | *DISABLED*)
            stop "table $table in $_at:$_pending; see the AWS console for the reason."
            ;;
        esac
        poll "table $table in $_at:$_pending"
    done
}

# report REGION VERSION: what the last description says.
report() {
    echo "$table in $1: $status, stream $stream, replica of a global table of version $2"
}
