# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# Sourced by the scripts that call the AWS CLI: names of tables and regions, what DynamoDB says about a table, and how
# to wait for it. They set `table`.

# Seconds to wait for any one thing: ten minutes are normal on AWS where a table holds items.
WAIT_SECONDS=${WAIT_SECONDS:-1200}

# check_names REGION ...: `table`, the regions and WAIT_SECONDS are what they should be. The list of regions is
# botocore's; where no Python with boto3 is at hand, the first call to a region finds out.
check_names() {
    case $table in
    arn:*) usage_error 'give the name of the table, not its ARN' ;;
    *[!a-zA-Z0-9_.-]*) usage_error "'$table' is not a table name: it may have letters, digits, _ . and -" ;;
    esac
    if [ ${#table} -lt 3 ] || [ ${#table} -gt 255 ]; then
        usage_error "'$table' is not a table name: it has from 3 to 255 characters"
    fi
    case $WAIT_SECONDS in
    *[!0-9]* | ??????????*) # what is longer, the shell could not compare
        usage_error "WAIT_SECONDS is $WAIT_SECONDS, and should be a number of seconds, 999999999 at most"
        ;;
    esac
    _to_look_up=''
    for _region; do
        case $_region in
        us-east-2 | eu-west-1) ;;
        '' | *[!a-z0-9-]*) usage_error "'$_region' is not an AWS region" ;;
        *) _to_look_up=yes ;;
        esac
    done
    if [ -z "$_to_look_up" ]; then
        return
    fi
    _error=$(cd "$here" && python3 -c '
from argparse import ArgumentTypeError
from sys import argv
from common.aws import region
try:
    for name in argv[1:]:
        region(name)
except ArgumentTypeError as error:
    print(error)' "$@" 2>/dev/null) || :
    [ -z "$_error" ] || usage_error "$_error"
}

# One fact a line, its name first. AWS leaves out what a table does not have; the CLI writes None for that.
table_facts='Table.[
    [`"status"`, TableStatus],
    [`"arn"`, TableArn],
    [`"version"`, GlobalTableVersion],
    [`"created"`, CreationDateTime],
    [`"mode"`, BillingModeSummary.BillingMode],
    [`"stream"`, StreamSpecification.StreamViewType],
    [`"protected"`, DeletionProtectionEnabled],
    [`"consistency"`, MultiRegionConsistency],
    KeySchema[].[KeyType, AttributeName],
    AttributeDefinitions[].[`"type"`, AttributeName, AttributeType],
    Replicas[].[`"replica"`, RegionName, ReplicaStatus],
    GlobalTableWitnesses[].[`"witness"`, RegionName, WitnessStatus]
]'

# describe REGION: what DynamoDB says about the table there. Sets `status` (NONE: there is no table), `arn`, `version` (of
# global tables), `created`, `mode` (of billing), `stream`, `protected`, `consistency` (STRONG or None); `keys`,
# "flight_id=N, airlines_name=S"; `others`, the replicas in other regions, " eu-west-1=ACTIVE "; and `witness`, the same.
describe() {
    status=NONE arn='' version=None created=0 mode=None stream=None protected=None consistency=None
    keys='' others=' ' witness=' '
    _partition='' _sort='' _types=' '
    if ! aws_shown_once "$1" dynamodb describe-table --table-name "$table" --output text --query "$table_facts"; then
        refused ResourceNotFoundException || stop "$(explain)"
        return
    fi
    while read -r _fact _value _more; do
        case $_fact in
        status) status=$_value ;;
        arn) arn=$_value ;;
        version) version=$_value ;;
        created) created=$_value ;;
        mode) mode=$_value ;;
        stream) stream=$_value ;;
        protected) protected=$_value ;;
        consistency) consistency=$_value ;;
        HASH) _partition=$_value ;;
        RANGE) _sort=$_value ;;
        type) _types="$_types$_value=$_more " ;;
        replica) others="$others$_value=$_more " ;;
        witness) witness="$witness$_value=$_more " ;;
        esac
    done <"$work/answer"
    for _key in $_partition $_sort; do
        _type=${_types#* "$_key="}
        keys="${keys:+$keys, }$_key=${_type%% *}"
    done
}

# find_legacy_group REGION: whether the table's name is that of a global table of version 2017.11.29. Sets `group`, its
# regions (" REGION REGION "), and `group_status`.
find_legacy_group() {
    group='' group_status='not there'
    if ! aws_shown_once "$1" dynamodb describe-global-table --global-table-name "$table" --output text \
        --query 'GlobalTableDescription.[[GlobalTableStatus],ReplicationGroup[].RegionName]'; then
        refused GlobalTableNotFoundException || refused AccessDenied || stop "$(explain)"
        return 1
    fi
    {
        read -r group_status
        group=" $(tr '\t\n' '  ')"
    } <"$work/answer"
}

# poll_begins, then poll WHAT between one look and the next: a sign of life, a pause, and the end of patience.
poll_begins() {
    polled_since=$(date +%s)
}

poll() {
    _seconds=$(($(date +%s) - polled_since))
    if [ "$_seconds" -ge "$WAIT_SECONDS" ]; then
        stop "$1 after $_seconds seconds: look at it in the AWS console, and run this again later."
    fi
    echo "$1, $_seconds s" >&2
    # At first a call to aws, which takes half a second, is pause enough.
    if [ "$_seconds" -ge 10 ]; then
        sleep 5
    elif [ "$_seconds" -ge 2 ]; then
        sleep 1
    fi
}
