#!/bin/sh
# Step 2: one global table, with a replica in each region. Safe to run again at any point: it goes on from what it
# finds, and deletes nothing.
set -u

usage='usage: setup_global_table.sh [--legacy] [TABLE [REGION REGION ...]]   (flights us-east-2 eu-west-1)
       setup_global_table.sh --strong [TABLE [REGION REGION WITNESS]]   (flights-strong us-east-2 eu-west-1 us-east-1)'

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$here/shell/messages.sh"
. "$here/shell/aws_cli.sh"
. "$here/shell/tables.sh"
. "$here/shell/experiments.sh"
. "$here/shell/setup_2019.sh"
. "$here/shell/setup_2017.sh"
. "$here/shell/setup_strong.sh"

version_option=''
while :; do
    case ${1-} in
    -h | --help)
        cat <<END
$usage
  --legacy  run the exercise's own commands, for version 2017.11.29 of global tables, which AWS no longer serves
  --strong  make a table with multi-Region strong consistency (step 12), with a witness in the third region
WAIT_SECONDS in the environment: how long to wait for any one thing (1200).
END
        exit 0
        ;;
    --legacy | --strong)
        [ -z "$version_option" ] || usage_error "$version_option and $1 exclude each other"
        version_option=$1
        ;;
    -*) usage_error "there is no option $1" ;;
    *) break ;;
    esac
    shift
done
arguments=$* # for an advice that repeats them
if [ "$version_option" = --strong ]; then
    [ $# -gt 0 ] || set -- flights-strong
    [ $# -gt 1 ] || set -- "$1" us-east-2 eu-west-1 us-east-1
else
    [ $# -gt 0 ] || set -- flights
    [ $# -gt 1 ] || set -- "$1" us-east-2 eu-west-1
fi
table=$1
shift
if [ $# -eq 1 ] || [ -n "$(printf '%s\n' "$@" | sort | uniq -d)" ]; then
    usage_error 'a global table needs two regions or more, each named once'
elif [ "$version_option" = --strong ] && [ $# -ne 3 ]; then
    usage_error 'a strongly consistent table needs two regions and one for its witness'
fi
check_names "$@"

main() {
    check_aws
    name_pause
    if [ "$version_option" = --strong ]; then
        survey "$1" "$2"
        set_up_strong "$@"
    elif survey "$@" && [ "$version_option" = --legacy ]; then
        if [ -n "$replicas" ]; then
            stop "table $table is a global table of version 2019.11.21 already. Delete it first (./cleanup_global_table.sh${arguments:+ $arguments}), or choose another table name."
        fi
        set_up_2017 "$@"
    elif [ -n "$plain" ] && find_legacy_group "${plain%% *}"; then
        confirm_2017 "$@"
    else
        set_up_2019 "$@"
    fi
    [ -n "$so_far" ] || echo 'All this was in place already.'
}

# survey REGION ...: sorts the regions into `missing`, where there is no table, `replicas`, where there is one of
# version 2019.11.21, and `plain`, where there is any other.
survey() {
    missing='' replicas='' plain='' on_demand='' without_stream=''
    for region; do
        describe "$region"
        case $status in
        NONE)
            missing="$missing$region "
            continue
            ;;
        DELETING) stop "table $table in $region is being deleted: run this again when it is gone." ;;
        esac
        check_table "$region"
        if [ "$version" = 2019.11.21 ]; then
            check_not_paused "$region"
            replicas="$replicas$region "
        else
            plain="$plain$region "
            [ "$mode" != PAY_PER_REQUEST ] || on_demand=yes
            [ "$stream" != None ] || without_stream="$without_stream$region "
        fi
    done
}

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

main "$@"
