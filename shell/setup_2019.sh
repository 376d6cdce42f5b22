# shellcheck shell=sh disable=SC2154
# Sourced by setup_global_table.sh. Version 2019.11.21 of global tables: one table, to which UpdateTable adds replicas,
# through any replica that is there.

set_up_2019() {
    home=${replicas:-$1}
    home=${home%% *}
    for region in $plain $replicas; do
        check_same_group "$region"
    done
    case " $missing" in
    *" $home "*) create_table "$home" --billing-mode PAY_PER_REQUEST ;;
    esac
    for region in $missing; do
        [ "$region" = "$home" ] || add_replica "$region"
    done
    await_active "$home" "$@"
    for region; do
        [ "$region" = "$home" ] || await_active "$region" "$home"
    done
    for region; do
        describe "$region"
        report "$region" 2019.11.21
    done
}

# check_same_group REGION: the table there is `home`, or a replica of it. A replica that is being made may not name the
# others yet, and the table that it is made from may not name it.
check_same_group() {
    if [ "$1" = "$home" ]; then
        return
    fi
    describe "$1"
    if [ "$status" != ACTIVE ]; then
        await_active "$1"
    fi
    if [ "$version" != 2019.11.21 ]; then
        in_the_way "$1" 'is a table of its own, and DynamoDB makes a replica only where there is no table yet'
    fi
    case $others in
    *" $home="*) ;;
    *) in_the_way "$1" "is not a replica of the one in $home" ;;
    esac
}

# add_replica REGION. DynamoDB adds one replica at a time, and DescribeTable shows it some seconds after UpdateTable has
# answered. Another set-up may be adding the same one.
add_replica() {
    poll_begins
    while :; do
        describe "$home"
        case $status,$others in
        *" $1="*) return ;;
        ACTIVE,*)
            if aws_shown_once "$home" dynamodb update-table --table-name "$table" --replica-updates "Create={RegionName=$1}"; then
                remember "replica asked for in $1"
                return
            fi
            check_refusal "$1"
            ;;
        esac
        poll "table $table in $home is $status: waiting to add the replica in $1"
    done
}

# check_refusal REGION: ends the script, unless DynamoDB refuses the replica for a while only.
check_refusal() {
    if refused 'already existed as tables'; then
        describe "$1"
        case $status,$others in
        *" $home="*) ;;
        ACTIVE,*) in_the_way "$1" 'is not a replica of this global table' ;;
        esac
    elif refused 'Pay-Per-Request or AutoScaled'; then
        stop "table $table in $home has a fixed write capacity, so it can have no replica. Switch it to on-demand (aws dynamodb update-table --table-name $table --billing-mode PAY_PER_REQUEST --region $home), then run this again."
    elif ! refused ResourceInUseException && ! refused InternalServerError; then
        stop "$(explain)"
    fi
}
