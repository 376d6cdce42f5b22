# shellcheck shell=sh disable=SC2034,SC2154
# Sourced by setup_global_table.sh and cleanup_global_table.sh: how they call the AWS CLI, what a table's description
# holds, how they wait, and how they tell what went wrong. They set `usage`, `here`, the clone's root, and `table`.

# Seconds to wait for any one thing: ten minutes are normal on AWS where a table holds items.
WAIT_SECONDS=${WAIT_SECONDS:-1200}

# Whatever the user's configuration says: no pager, no prompts. Three tries end while a person still waits; the tenth,
# which version 1 goes on to, comes after half a minute.
AWS_PAGER=''
AWS_CLI_AUTO_PROMPT=off
AWS_RETRY_MODE=standard
AWS_MAX_ATTEMPTS=3
export AWS_PAGER AWS_CLI_AUTO_PROMPT AWS_RETRY_MODE AWS_MAX_ATTEMPTS

so_far=''     # what has been changed, for when it ends early
attempted='|' # what `attempt` has shown
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

say() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
}

stop() {
    say "$1"
    [ -z "$so_far" ] || say "So far: $so_far. Running this again goes on from there."
    exit 1
}

# usage_error WHAT: the words of the command line are wrong.
usage_error() {
    echo "$usage" >&2
    say "$1"
    exit 2
}

# interrupted CODE
interrupted() {
    echo >&2
    say "Interrupted. So far: ${so_far:-nothing, as far as is known}. Running this again goes on from there."
    exit "$1"
}

# done_so_far WHAT: remember a change.
done_so_far() {
    so_far="${so_far:+$so_far, }$1"
}

check_aws() {
    if ! command -v aws >/dev/null; then
        stop "the AWS CLI, aws, is not on the PATH: install it (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html), or use the one in ./run_workshop.sh shell."
    fi
    [ -n "${AWS_ENDPOINT_URL-}${AWS_ENDPOINT_URL_DYNAMODB-}" ] || return 0
    # Whoever has DynamoDB on this machine does not mean the auto scaling of an AWS account.
    case ${AWS_ENDPOINT_URL_DYNAMODB-} in
    http://127.* | http://localhost*)
        AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL:-$AWS_ENDPOINT_URL_DYNAMODB}
        export AWS_ENDPOINT_URL
        ;;
    esac
    # Before 1.29 and 2.13 the CLI ignores AWS_ENDPOINT_URL, and would change the user's AWS account instead. The one of
    # requirements-dev.txt is newer.
    [ "$(command -v aws)" != "$here/.venv/bin/aws" ] || return 0
    _version=$(aws --version 2>&1)
    _version=${_version#aws-cli/}
    _version=${_version%% *}
    case $_version in
    1.[0-9].* | 1.1[0-9].* | 1.2[0-8].* | 2.[0-9].* | 2.1[0-2].*)
        stop "aws $_version does not know AWS_ENDPOINT_URL, which is set, and would talk to AWS: get version 2.13 (or 1.29) or newer."
        ;;
    esac
}

# check_regions REGION ...: before any call. The list of regions is botocore's; where no Python with boto3 is at hand,
# the first call to a region finds out.
check_regions() {
    _asked=''
    for _region; do
        case $_region in
        us-east-2 | eu-west-1) ;;
        *[!a-z0-9-]*) usage_error "$_region is not an AWS region" ;;
        *) _asked=yes ;;
        esac
    done
    [ -n "$_asked" ] || return 0
    _wrong=$(cd "$here" && python3 -c '
from argparse import ArgumentTypeError
from sys import argv
from common.aws import region
try:
    for name in argv[1:]:
        region(name)
except ArgumentTypeError as error:
    print(error)' "$@" 2>/dev/null) || :
    [ -z "$_wrong" ] || usage_error "$_wrong"
}

# show WORD ...: a command as a person would type it, one option a line where it is long. How a script wants the answer
# written is left out: the command does the same without.
show() {
    _line='$' _left_out=''
    for _word; do
        if [ -n "$_left_out" ]; then
            _left_out=''
            continue
        fi
        case $_word in
        --output | --query)
            _left_out=yes
            continue
            ;;
        esac
        case $_word in
        *[!a-zA-Z0-9_=,.:/-]*) _word="'$_word'" ;;
        esac
        case $_word in
        --*)
            if [ $((${#_line} + ${#_word})) -gt 60 ]; then
                printf '%s \\\n' "$_line"
                _line='   '
            fi
            ;;
        esac
        _line="$_line $_word"
    done
    printf '%s\n' "$_line"
}

# call REGION WORD ...: aws WORD ... in that region; what it answers goes to $work/answer and $work/error.
call() {
    at=$1
    shift
    aws "$@" --region "$at" >"$work/answer" 2>"$work/error" </dev/null
}

# run REGION WORD ...: the same, shown first.
run() {
    _region=$1
    shift
    show aws "$@" --region "$_region"
    call "$_region" "$@"
}

# attempt REGION WORD ...: the same, shown the first time only.
attempt() {
    case $attempted in
    *"|$*|"*) call "$@" ;;
    *) attempted="$attempted$*|" && run "$@" ;;
    esac
}

# refused TEXT: whether the last call failed with that text.
refused() {
    grep -q -e "$1" "$work/error"
}

# told: why the last call failed, and what to do.
told() {
    _error=$(tr -s '\n ' ' ' <"$work/error")
    case $_error in
    *"Unable to locate credentials"* | *NoCredentials*)
        echo "aws has no credentials: give it some (aws configure, or aws sso login), or work in ./run_workshop.sh shell."
        ;;
    *Expired* | *expired*)
        echo "the AWS credentials have expired: log in again, then run this again."
        ;;
    *UnrecognizedClient* | *InvalidClientTokenId* | *InvalidSignature* | *SignatureDoesNotMatch*)
        echo "AWS does not accept these credentials in $at: check them, and that the account has this region enabled."
        ;;
    *AccessDenied* | *"not authorized to perform"*)
        _action=$(printf '%s\n' "$_error" | sed -n 's/.*not authorized to perform: \([A-Za-z0-9:-]*\).*/ \1/p')
        echo "AWS denies this identity${_action:- a call} in $at: ask whoever runs the account for the right to it."
        ;;
    *"onnect to the endpoint"* | *"Failed to connect"* | *timeout* | *"Connection was closed"*)
        _url=$(printf '%s\n' "$_error" | sed -n 's/.*"\(http[^"]*\)".*/ \1/p')
        echo "nobody answers at${_url:- the endpoint}: check the network, the region ($at), and AWS_ENDPOINT_URL if it is set."
        ;;
    *"An error occurred ("*)
        printf '%s\n' "$_error" |
            sed -e 's/.*An error occurred (\([^)]*\)) when calling the \([A-Za-z]*\) operation\( ([^)]*)\)*: */\2 in '"$at"' failed with \1: /' -e 's/ *$//'
        ;;
    *)
        _error=${_error# }
        printf 'aws failed in %s: %s\n' "$at" "${_error% }"
        ;;
    esac
}

# look REGION: what stands there. Sets `status` (NONE: no table), `version`, `stream`, `protected` and `mode`, the billing
# mode, each None where DescribeTable has no such thing; `partition_key` and `sort_key`; `types`, " flight_id=N airlines_name=S "; and
# `others`, the replicas in other regions, " eu-west-1=ACTIVE ".
look() {
    set -- "$1" dynamodb describe-table --table-name "$table" --output text --query 'Table.[[TableStatus,GlobalTableVersion,StreamSpecification.StreamViewType,DeletionProtectionEnabled,BillingModeSummary.BillingMode],KeySchema[].AttributeName,AttributeDefinitions[].[AttributeName,AttributeType],[Replicas][].[RegionName,ReplicaStatus]]'
    types=' ' others=' '
    attempt "$@" && {
        read -r status version stream protected mode
        read -r partition_key sort_key
        while read -r _name _value; do
            case $_value in
            ?) types="$types$_name=$_value " ;;
            *) others="$others$_name=$_value " ;;
            esac
        done
        return
    } <"$work/answer"
    refused ResourceNotFoundException || stop "$(told)"
    status=NONE version=None stream=None protected=None mode=None partition_key='' sort_key=''
}

# find_legacy_group REGION: whether the table's name is that of a global table of version 2017.11.29. Sets `group`, its
# regions (" REGION REGION "), and `group_status`.
find_legacy_group() {
    set -- "$1" dynamodb describe-global-table --global-table-name "$table" --output text \
        --query 'GlobalTableDescription.[[GlobalTableStatus],ReplicationGroup[].RegionName]'
    attempt "$@" && {
        read -r group_status
        group=" $(tr '\t\n' '  ')"
        return
    } <"$work/answer"
    group='' group_status='not there'
    refused GlobalTableNotFoundException || refused AccessDenied || stop "$(told)"
    return 1
}

# wait_begins, then still WHAT between polls: a sign of life, a pause, and the end of patience.
wait_begins() {
    began=$(date +%s)
}

still() {
    _seconds=$(($(date +%s) - began))
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
