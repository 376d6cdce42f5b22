#!/bin/sh
# Step 11: pause replication into and out of one region, by an experiment of the AWS Fault Injection Service (FIS), and
# resume it. Safe to run again at any point.
set -u

usage='usage: pause_replication.sh [--yes] [--minutes 12] [TABLE [REGION]]   (flights us-east-2)
       pause_replication.sh --resume [TABLE [REGION]]'

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$here/shell/messages.sh"
. "$here/shell/aws_cli.sh"
. "$here/shell/aws_errors.sh"
. "$here/shell/tables.sh"
. "$here/shell/experiments.sh"
. "$here/shell/pause_experiment.sh"
. "$here/shell/pause_role.sh"
. "$here/shell/agreement.sh"

yes='' resume='' minutes=12
while :; do
    case ${1-} in
    -h | --help)
        cat <<END
$usage
It says what it costs, and asks; --yes: do not ask.
WAIT_SECONDS in the environment: how long to wait for any one thing (1200).
END
        exit 0
        ;;
    --yes) yes=yes ;;
    --resume) resume=yes ;;
    --minutes)
        minutes=${2-}
        [ $# -eq 1 ] || shift
        ;;
    --minutes=*) minutes=${1#--minutes=} ;;
    -*) usage_error "there is no option $1" ;;
    *) break ;;
    esac
    shift
done
case $minutes in
'' | *[!0-9]* | 0* | ????*) usage_error "'$minutes' is not a number of minutes: give a whole number from 1 to 720" ;;
esac
[ "$minutes" -le 720 ] || usage_error "FIS pauses replication for 720 minutes at most, not for $minutes"
[ $# -le 2 ] || usage_error "unknown word: $3"
table=${1-flights}
region=${2-us-east-2}
check_names "$region"
name_pause

main() {
    check_aws
    describe "$region"
    if [ -n "$resume" ]; then
        resume_replication
    else
        check_table
        pause_replication
    fi
}

# check_table: the table can be paused.
check_table() {
    if [ ${#pause} -gt 64 ]; then
        stop "the name of table $table is too long: its pause needs a role named $pause, and AWS accepts 64 characters at most. Choose a table name of at most 46."
    elif [ "$status" = NONE ]; then
        stop "there is no table $table in $region: set it up first (./setup_global_table.sh $table)."
    elif [ "$version" = 2019.11.21 ]; then
        return
    elif find_legacy_group "$region"; then
        stop "table $table is a global table of version 2017.11.29, and FIS pauses those of version 2019.11.21 only. Clean up (./cleanup_global_table.sh $table), then set it up anew (./setup_global_table.sh $table)."
    fi
    stop "table $table in $region has no replicas: set them up first (./setup_global_table.sh $table)."
}

pause_replication() {
    find_running
    if [ -z "$experiment" ]; then
        echo "On AWS this costs \$0.10 a minute, \$$((minutes / 10)).$((minutes % 10))0 for $minutes minutes, or less if you resume sooner."
        ask "Pause the replication of $table into and out of $region?" 'nothing has been paused'
        make_role
        make_template
        start
    fi
    await_running
    echo "Replication of $table into and out of $region is paused, by experiment $experiment."
    echo "On AWS it may go on for up to five minutes yet: watch_flights.py or ec_query_flights.py shows when it has stopped."
    echo "To end the pause: ./pause_replication.sh --resume $table $region"
}

resume_replication() {
    find_running
    if [ -z "$experiment" ]; then
        echo "No experiment pauses the replication of $table in $region."
    else
        aws_shown "$region" fis stop-experiment --id "$experiment" --output text --query experiment.state.status ||
            refused ValidationException || stop "$(explain)" # it may have ended by itself
        remember "experiment $experiment stopped"
        poll_begins
        until has_ended "$region"; do
            poll "experiment $experiment is $experiment_status"
        done
    fi
    find_role "$region" || :
    remove_pause "$region"
    await_agreement
}

main "$@"
