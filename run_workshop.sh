#!/bin/sh
# The whole exercise, or a shell to do it by hand, on the sandbox: needs Python and this clone, no AWS account.
set -eu

usage='usage: run_workshop.sh [shell] [--lag SECONDS] [--refuse-legacy]'

CDPATH='' cd "$(dirname "$0")"

# Show a command as a learner would type it, then run it.
try() {
    printf '\n$ %s\n' "$1"
    eval "$1"
}

steps() {
    echo 'Step 2: a table in two regions, and a global table of them (README.md tells the two versions apart)'
    try './setup_global_table.sh'

    printf '\nStep 3: the capacity that the table has\n'
    try "aws dynamodb describe-table --table-name flights --region us-east-2 --output text --query 'Table.[BillingModeSummary.BillingMode,ProvisionedThroughput.WriteCapacityUnits]'"

    printf '\nStep 4: write in one region, read in the other\n'
    try 'python load_flights.py flights ./data/flights_data.csv us-east-2'
    sleep 1 # as long as a person takes to type; replication needs a moment, too
    try 'python scan_flights.py flights eu-west-1'

    printf '\nStep 5: eventually consistent reads\n'
    try 'python query_flights.py flights us-east-2'
    try 'python ec_query_flights.py flights 222 us-east-2 eu-west-1'

    printf '\nStep 6: how long replication took, by CloudWatch\n'
    # shellcheck disable=SC2016 # shown as it would be typed
    try 'aws cloudwatch get-metric-statistics --namespace AWS/DynamoDB --metric-name ReplicationLatency --dimensions Name=TableName,Value=flights Name=ReceivingRegion,Value=eu-west-1 --start-time "$(date -u +%Y-%m-%d)T00:00:00Z" --end-time "$(date -u +%Y-%m-%d)T23:59:59Z" --period 300 --statistics Average Minimum Maximum --region us-east-2 --query '\''Datapoints[].[Average,Minimum,Maximum,Unit]'\'' --output text'

    printf '\nStep 7: the last writer wins\n'
    try 'python multi_update_flights.py flights 111 us-east-2 000 eu-west-1'

    printf '\nThat was the exercise. To do it by hand: ./run_workshop.sh shell\n'
}

case ${1-}:${AWS_ENDPOINT_URL-} in
steps:http://127.0.0.1:*) # what this script runs in the sandbox, below
    steps
    exit
    ;;
esac

todo=steps
if [ "${1-}" = shell ]; then
    todo=shell
    shift
fi
case ${1-} in
-h | --help)
    echo "$usage"
    echo 'The whole exercise on the sandbox, or a shell to do it by hand. The options are those of: python -m sandbox'
    exit 0
    ;;
'' | -*) ;;
*)
    echo "$usage" >&2
    echo "run_workshop.sh: there is no $1" >&2
    exit 2
    ;;
esac

. shell/venv.sh
make_venv

if [ $todo = steps ]; then
    exec .venv/bin/python -m sandbox "$@" -- sh ./run_workshop.sh steps
fi

# The user's start-up files are left out, lest they put another python before .venv's on the PATH.
shell=${SHELL:-/bin/sh}
case $shell in
*/bash) set -- "$@" -- "$shell" --norc ;;
*/zsh) set -- "$@" -- "$shell" --no-rcs ;;
*) set -- "$@" -- "$shell" ;;
esac
echo 'A shell in the sandbox, for the commands of README.md. It ends with exit, and so do the sandbox and its tables.' >&2
PS1='(sandbox) $ '
HISTFILE=$PWD/.venv/history
export PS1 HISTFILE
exec .venv/bin/python -m sandbox "$@"
