#!/bin/sh
# The last step: delete the table in each region, as AWS allows it, and the auto scaling that it leaves behind.
# Touches the named table in the named regions only. Safe to run again at any point.
set -u

usage='usage: cleanup_global_table.sh [--yes] [TABLE [REGION ...]]   (flights us-east-2 eu-west-1)'

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
# shellcheck source=shell/aws_cli.sh
. "$here/shell/aws_cli.sh"
trap 'tell_asked; interrupted 130' INT
trap 'tell_asked; interrupted 143' TERM

yes=''
while :; do
    case ${1-} in
    -h | --help)
        echo "$usage"
        echo 'It shows what it will delete, and asks; --yes: do not ask.'
        echo 'WAIT_SECONDS in the environment: how long to wait until all is gone (1200).'
        exit 0
        ;;
    --yes) yes=yes ;;
    -*) usage_error "there is no option $1" ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || set -- flights
[ $# -gt 1 ] || set -- "$1" us-east-2 eu-west-1
table=$1
shift

main() {
    check_aws
    check_regions "$@"
    named=" $* "
    remaining='' plain='' unnamed='' group='' failed=''
    touch "$work/found" "$work/scaling"
    for region; do
        find_table "$region"
        find_scaling "$region"
    done
    for region in $plain; do
        find_legacy_group "$region" || :
        break
    done
    if [ -s "$work/found" ]; then
        echo 'This will be deleted, with all items:'
        cat "$work/found"
        for region in $unnamed $group; do
            is_named "$region" || echo "The replica in $region stays, and is billed: it was not named."
        done
        confirm
        leave_legacy_group "$@"
        delete_tables
        delete_scaling
    fi
    [ -z "$failed" ] || exit 1
    echo "There is no table $table, and no auto scaling of one, in$(printf ' %s' "$@")."
}

is_named() {
    case $named in
    *" $1 "*) ;;
    *) return 1 ;;
    esac
}

# could_not WHAT: something stays; the rest goes on.
could_not() {
    say "$1"
    failed=yes
}

find_table() {
    look "$1"
    case $status in
    NONE) return ;;
    DELETING) echo "  table $table in $1, which is being deleted already" ;;
    *) echo "  table $table in $1" ;;
    esac >>"$work/found"
    if [ "$protected" = True ]; then
        stop "table $table in $1 has deletion protection, so nothing has been deleted. Whoever is sure lifts it with: aws dynamodb update-table --table-name $table --no-deletion-protection-enabled --region $1"
    fi
    remaining="$1${remaining:+ $remaining}"
    if [ "$version" = None ]; then
        plain="$plain $1"
    fi
    for _other in $others; do
        case "$named$unnamed " in
        *" ${_other%=*} "*) ;;
        *) unnamed="$unnamed ${_other%=*}" ;;
        esac
    done
}

# DynamoDB deletes neither targets nor policies of auto scaling with a table.
find_scaling() {
    if ! run "$1" application-autoscaling describe-scalable-targets --service-namespace dynamodb \
        --resource-ids "table/$table" --output text --query 'ScalableTargets[].[ScalableDimension]'; then
        could_not "Auto scaling in $1 is left as it is: $(told)"
        return
    fi
    while read -r _dimension; do
        echo "$1 $_dimension" >>"$work/scaling"
        echo "  auto scaling of $table in $1: $_dimension" >>"$work/found"
    done <"$work/answer"
}

confirm() {
    [ -z "$yes" ] || return 0
    if ! [ -t 0 ]; then
        say 'nothing has been deleted: there is nobody to ask, and no --yes.'
        exit 2
    fi
    printf 'Delete all this? [y/N] ' >&2
    read -r _answer || :
    case $_answer in
    y | Y | yes) ;;
    *) stop 'nothing has been deleted.' ;;
    esac
}

# Version 2017.11.29: a table that leaves its group is a table of its own, and keeps its items.
leave_legacy_group() {
    wait_begins
    for region in $group; do
        is_named "$region" || continue
        until attempt "$region" dynamodb update-global-table --global-table-name "$table" \
            --replica-updates "Delete={RegionName=$region}"; do
            ! refused NotFoundException || break
            refused ResourceInUseException || stop "$(told)"
            still "global table $table is in use"
        done
        done_so_far "$region taken out of the global table"
    done
    while in_legacy_group "$@"; do
        still "global table $table is $group_status"
    done
}

in_legacy_group() {
    [ -n "$group" ] && find_legacy_group "$1" || return
    for region in $group; do
        ! is_named "$region" || return 0
    done
    return 1
}

# In rounds, until no table remains: DynamoDB refuses for a while what has to wait for another replica to go, or for
# writes to be replicated.
delete_tables() {
    asked=' ' sources=' '
    wait_begins
    while [ -n "$remaining" ]; do
        waiting=''
        for region in $remaining; do
            delete_table "$region"
        done
        [ -z "$remaining" ] || still "$waiting"
    done
}

delete_table() {
    look "$1"
    if [ "$status" = NONE ]; then
        forget "$1"
        done_so_far "table $table deleted in $1"
        return
    fi
    waiting="${waiting:+$waiting, }$table in $1 is still $status"
    case $asked,$status in
    *" $1 "* | *CREATING | *UPDATING | *DELETING) return ;;
    esac
    through "$1" || return
    if [ "$via" = "$1" ]; then
        attempt "$1" dynamodb delete-table --table-name "$table"
    else
        attempt "$via" dynamodb update-table --table-name "$table" --replica-updates "Delete={RegionName=$1}"
    fi && asked="$asked$1 " && return
    if refused 'acted as a source'; then
        sources="$sources$1 "
        [ -n "$unnamed" ] || return
        could_not "Table $table in $1 stays: it was the source of a replica that stays too. Name$unnamed as well."
    elif refused ResourceInUseException || refused ResourceNotFoundException ||
        refused 'until all writes are replicated' || refused 'were not part of the global table'; then
        return
    else
        could_not "Table $table in $1 stays: $(told)"
    fi
    unnamed="$unnamed $1"
    forget "$1"
}

# through REGION: sets `via`, the region to ask for the deletion, or fails if it is too early. The first region named
# is asked to delete the replicas in the others, and its own table goes last; but where it was itself made from one of
# them, that one is asked, and stays until then. `others` has the replicas of one global table.
through() {
    via=$1
    first=${remaining##* }
    for _other in $remaining; do
        case $others in
        *" $_other="*) ;;
        *) continue ;;
        esac
        if [ "$1" != "$first" ]; then
            via=$_other
            continue
        fi
        case $asked,$sources in
        *" $_other "*,*) return 1 ;;
        *,*" $_other "*) via=$_other ;;
        *) return 1 ;;
        esac
    done
    case $asked in
    *" $via "*) return 1 ;;
    esac
}

# What has been asked for goes on at AWS, though this script ends.
tell_asked() {
    for region in ${remaining-}; do
        case ${asked-} in
        *" $region "*) done_so_far "deletion of table $table in $region asked for" ;;
        esac
    done
}

# forget REGION: no table remains there, or it stays.
forget() {
    _kept=''
    for _other in $remaining; do
        [ "$_other" = "$1" ] || _kept="${_kept:+$_kept }$_other"
    done
    remaining=$_kept
}

delete_scaling() {
    while read -r region dimension; do
        set -- --service-namespace dynamodb --resource-id "table/$table" --scalable-dimension "$dimension"
        if ! run "$region" application-autoscaling describe-scaling-policies "$@" --output text --query 'ScalingPolicies[].[PolicyName]'; then
            could_not "Auto scaling in $region stays: $(told)"
            continue
        fi
        cp "$work/answer" "$work/policies"
        while read -r policy; do
            run "$region" application-autoscaling delete-scaling-policy "$@" --policy-name "$policy" ||
                refused ObjectNotFoundException || could_not "Scaling policy $policy in $region stays: $(told)"
        done <"$work/policies"
        run "$region" application-autoscaling deregister-scalable-target "$@" ||
            refused ObjectNotFoundException || could_not "Auto scaling in $region stays: $(told)"
    done <"$work/scaling"
}

main "$@"
