#!/bin/sh
# The last step: delete the table in each region, as AWS allows it, and the auto scaling that it leaves behind.
# Touches the named table in the named regions only. Safe to run again at any point.
set -u

usage='usage: cleanup_global_table.sh [--yes] [TABLE [REGION ...]]   (flights us-east-2 eu-west-1)'

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$here/shell/messages.sh"
. "$here/shell/aws_cli.sh"
. "$here/shell/aws_errors.sh"
. "$here/shell/tables.sh"
. "$here/shell/experiments.sh"
. "$here/shell/delete_tables.sh"
. "$here/shell/delete_scaling.sh"

yes=''
while :; do
    case ${1-} in
    -h | --help)
        cat <<END
$usage
It shows what it will delete, and asks; --yes: do not ask.
WAIT_SECONDS in the environment: how long to wait for any one thing (1200).
END
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
check_names "$@"

main() {
    check_aws
    named=" $* "
    doomed='' found_witness='' plain='' unnamed='' group='' failed=''
    name_pause
    : >"$work/found"
    : >"$work/scaling"
    for region; do
        find_table "$region"
        find_scaling "$region"
    done
    [ -z "$found_witness" ] || echo "$found_witness" >>"$work/found"
    if find_role "$1"; then
        echo "  role $pause, and the experiment templates of that name" >>"$work/found"
    fi
    if [ -n "$plain" ]; then
        find_legacy_group "${plain%% *}" || :
    fi
    if [ -s "$work/found" ]; then
        echo 'This will be deleted, with all items:'
        cat "$work/found"
        for region in $unnamed $group; do
            is_named "$region" || echo "The replica in $region stays, and is billed: it was not named."
        done
        ask 'Delete all this?' 'nothing has been deleted'
        leave_legacy_group
        delete_tables
        delete_scaling
        remove_pause "$@"
    fi
    [ -z "$failed" ] || exit 1
    echo "Nothing is left of $table in $(in_words "$@"): no table, no auto scaling."
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

# find_table REGION: notes the table there, and the replicas that it names.
find_table() {
    describe "$1"
    case $status in
    NONE) return ;;
    DELETING) echo "  table $table in $1, which is being deleted already" ;;
    *) echo "  table $table in $1" ;;
    esac >>"$work/found"
    if [ "$protected" = True ]; then
        stop "table $table in $1 has deletion protection, so nothing has been deleted. If you are sure, lift it (aws dynamodb update-table --table-name $table --no-deletion-protection-enabled --region $1), then run this again."
    fi
    if [ "$version" = 2019.11.21 ]; then
        check_not_paused "$1"
    else
        plain="$plain$1 "
    fi
    doom "$1"
    doom_replicas
    for _witness in $witness; do
        found_witness="  its witness in ${_witness%=*}"
    done
}

main "$@"
