#!/bin/sh
# Step 2: a streamed table in each region, and one global table of them all. Safe to run again at any point: it goes
# on from what it finds, and it deletes nothing.
set -u

usage='usage: setup_global_table.sh [TABLE [REGION REGION ...]]   (flights us-east-2 eu-west-1)'

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
# shellcheck source=shell/aws_cli.sh
. "$here/shell/aws_cli.sh"

case ${1-} in
-h | --help)
    echo "$usage"
    echo 'WAIT_SECONDS in the environment: how long to wait for any one thing (1200).'
    exit 0
    ;;
-*) usage_error "there is no option $1" ;;
esac
[ $# -gt 0 ] || set -- flights
[ $# -gt 1 ] || set -- "$1" us-east-2 eu-west-1
table=$1
shift
if [ $# -eq 1 ] || [ -n "$(printf '%s\n' "$@" | sort | uniq -d)" ]; then
    usage_error 'a global table needs two regions or more, each named once'
fi

main() {
    check_aws
    check_regions "$@"
    missing='' plain='' streamless='' home='' in_plain='' group='' joined='' on_demand=''
    for region; do
        look "$region"
        if [ "$status" = NONE ]; then
            missing="$missing $region"
            continue
        fi
        [ "$status" != DELETING ] || stop "table $table in $region is being deleted: run this again when it is gone."
        check_table "$region"
        if [ "$version" = None ]; then
            [ "$status" = ACTIVE ] || await "$region"
            plain="$plain $region"
            [ "$mode" != PAY_PER_REQUEST ] || on_demand=yes
            in_plain=${in_plain:-$region}
        else
            home=${home:-$region}
            # A replica that is being made may not name the others yet.
            [ "$region" = "$home" ] || [ "$status" = ACTIVE ] || await "$region"
            case $region,$others in
            "$home",* | *" $home="*) ;;
            *) in_the_way "$region" "is not a replica of the one in $home" ;;
            esac
        fi
    done
    if [ -n "$home" ]; then
        current_version "$@"
    elif { [ -n "$plain" ] && find_legacy_group "$in_plain"; } || legacy_is_served "$@"; then
        legacy_version "$@"
    else
        current_version "$@"
    fi
    [ -n "$so_far" ] || echo 'All this was in place already.'
}

check_table() {
    _keys="$(key "$partition_key")${sort_key:+, $(key "$sort_key")}"
    [ "$_keys" = 'flight_id=N, airlines_name=S' ] ||
        in_the_way "$1" "has other keys ($_keys) than it needs (flight_id=N, airlines_name=S)"
    case $stream in
    NEW_AND_OLD_IMAGES) ;;
    None) streamless="$streamless $1" ;;
    *) in_the_way "$1" "has a stream of $stream, where NEW_AND_OLD_IMAGES is needed" ;;
    esac
}

# key NAME: the key attribute with its type, flight_id=N say.
key() {
    _type=${types#* "$1="}
    echo "$1=${_type%% *}"
}

# in_the_way REGION WHY
in_the_way() {
    stop "table $table in $1 $2; it is left as it is. Delete it with its items (aws dynamodb delete-table --table-name $table --region $1), or choose another table name (./setup_global_table.sh NAME)."
}

create_table() {
    _created=$1
    shift
    run "$_created" dynamodb create-table --table-name "$table" \
        --attribute-definitions AttributeName=flight_id,AttributeType=N AttributeName=airlines_name,AttributeType=S \
        --key-schema AttributeName=flight_id,KeyType=HASH AttributeName=airlines_name,KeyType=RANGE \
        "$@" --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES || stop "$(told)"
    done_so_far "table $table created in $_created"
}

# await REGION [OTHER ...]: until the table is ACTIVE there, and so are its replicas in the other regions.
await() {
    _awaited=$1
    wait_begins
    while :; do
        look "$_awaited"
        pending=''
        [ "$status" = ACTIVE ] || pending=" $status"
        for _other; do
            [ "$_other" != "$_awaited" ] || continue
            case $others in
            *" $_other=ACTIVE "*) ;;
            *" $_other="*) pending="$pending, replica in $_other $(printf '%s\n' "$others" | sed "s/.* $_other=\([^ ]*\) .*/\1/")" ;;
            *) pending="$pending, replica in $_other not shown yet" ;;
            esac
        done
        case $pending in
        '') return ;;
        *FAILED* | *DELETING* | *ARCHIV* | *INACCESSIBLE* | *DISABLED*)
            stop "table $table in $_awaited:$pending; see the AWS console for the reason."
            ;;
        esac
        still "table $table in $_awaited:$pending"
    done
}

standing() {
    echo "$table in $1: $status, stream $stream, replica of a global table of version $2"
}

# Version 2019.11.21: one table, to which UpdateTable adds replicas. Any replica can be asked to add another.
current_version() {
    home=${home:-$1}
    for region in $plain; do
        [ "$region" = "$home" ] || in_the_way "$region" 'is a table of its own, and DynamoDB makes a replica only where there is no table yet'
    done
    case "$missing " in
    *" $home "*) create_table "$home" --billing-mode PAY_PER_REQUEST ;;
    esac
    for region in $missing; do
        [ "$region" = "$home" ] || add_replica "$region"
    done
    await "$home" "$@"
    for region; do
        [ "$region" = "$home" ] || await "$region" "$home"
    done
    for region; do
        standing "$region" 2019.11.21
    done
}

# DynamoDB adds one replica at a time, and shows it in DescribeTable some seconds after UpdateTable has answered.
add_replica() {
    wait_begins
    while :; do
        look "$home"
        case $status,$others in
        *" $1="*) return ;;
        ACTIVE,*)
            attempt "$home" dynamodb update-table --table-name "$table" --replica-updates "Create={RegionName=$1}" && break
            if refused 'already existed as tables'; then
                in_the_way "$1" 'is not a replica of this global table'
            elif refused 'Pay-Per-Request or AutoScaled'; then
                stop "table $table in $home has a fixed write capacity, and can have no replica: switch it to on-demand (aws dynamodb update-table --table-name $table --billing-mode PAY_PER_REQUEST --region $home), then run this again."
            elif ! refused ResourceInUseException && ! refused InternalServerError; then
                stop "$(told)"
            fi
            ;;
        esac
        still "table $table in $home is $status: waiting to add the replica in $1"
    done
    done_so_far "replica asked for in $1"
}

# Version 2017.11.29: tables that are there already, and empty, are joined to a group.
legacy_version() {
    for region in $streamless; do
        in_the_way "$region" 'has no stream, where one of NEW_AND_OLD_IMAGES is needed'
    done
    # Where nothing can be joined, nothing is created either.
    [ -z "$group" ] || [ -z "$missing" ] || check_plain_empty
    for region in $missing; do
        if [ -n "$on_demand" ]; then # all tables of a group have one billing mode
            create_table "$region" --billing-mode PAY_PER_REQUEST
        else
            create_table "$region" --provisioned-throughput ReadCapacityUnits=30,WriteCapacityUnits=30
        fi
    done
    for region in $missing; do
        await "$region"
    done
    if [ -n "$group" ]; then
        for region; do
            case $group in
            *" $region "*) ;;
            *)
                run "$1" dynamodb update-global-table --global-table-name "$table" --replica-updates "Create={RegionName=$region}" || stop "$(told)"
                done_so_far "replica added in $region"
                ;;
            esac
        done
    elif [ -z "$joined" ]; then
        create_global_table "$@" || stop "$(told)"
    fi
    wait_begins
    until find_legacy_group "$1" && [ "$group_status" = ACTIVE ]; do
        still "global table $table is $group_status"
    done
    for region; do
        await "$region"
        standing "$region" 2017.11.29
    done
}

create_global_table() {
    for region; do
        set -- "$@" "RegionName=$region"
        shift
    done
    _first=${1#RegionName=}
    run "$_first" dynamodb create-global-table --global-table-name "$table" --replication-group "$@" || return
    joined=yes
    done_so_far "global table $table created"
}

# Version 2017.11.29 joins empty tables only.
check_plain_empty() {
    for region in $plain; do
        run "$region" dynamodb scan --table-name "$table" --limit 1 --select COUNT --output text --query Count || stop "$(told)"
        [ "$(cat "$work/answer")" = 0 ] || in_the_way "$region" 'holds items, and a global table of version 2017.11.29 is made of empty tables'
    done
}

# AWS refuses the version before it looks for the tables: so asking for the group while a table is missing changes
# nothing, and finds out. Where no table is missing, the group is what is wanted.
legacy_is_served() {
    [ -z "$missing" ] || echo 'Is version 2017.11.29 still served? Asking changes nothing while there are no tables.'
    create_global_table "$@" && return
    if refused '2017.11.29 is not supported'; then
        echo 'No: AWS takes no new global table of version 2017.11.29. This will be one of version 2019.11.21.'
        return 1
    elif refused AccessDenied; then
        echo 'Not to this identity. This will be a global table of version 2019.11.21.'
        return 1
    fi
    refused TableNotFoundException
    _no_table=$?
    _told=$(told)
    check_plain_empty
    [ $_no_table -eq 0 ] || stop "$_told"
    echo 'Yes, it is served.'
}

main "$@"
