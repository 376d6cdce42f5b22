#!/bin/sh
# Step 2: one global table, with a replica in each region. Safe to run again at any point: it goes on from what it
# finds, and deletes nothing.
set -u

usage='usage: setup_global_table.sh [--legacy] [TABLE [REGION REGION ...]]   (flights us-east-2 eu-west-1)
       setup_global_table.sh --strong [TABLE [REGION REGION WITNESS]]   (flights-strong us-east-2 eu-west-1 us-east-1)'

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$here/shell/messages.sh"
. "$here/shell/aws_cli.sh"
. "$here/shell/aws_errors.sh"
. "$here/shell/tables.sh"
. "$here/shell/experiments.sh"
. "$here/shell/setup_table.sh"
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
    if [ "$version_option" = --strong ]; then
        survey "$1" "$2" # the third region, the witness's, has no table
        set_up_strong "$@"
    elif [ "$version_option" = --legacy ]; then
        survey "$@"
        if [ -n "$replicas" ]; then
            stop "table $table is a global table of version 2019.11.21 already. Delete it first (./cleanup_global_table.sh${arguments:+ $arguments}), or choose another table name."
        fi
        set_up_2017 "$@"
    else
        survey "$@"
        if [ -n "$plain" ] && find_legacy_group "${plain%% *}"; then
            confirm_2017 "$@"
        else
            set_up_2019 "$@"
        fi
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

main "$@"
