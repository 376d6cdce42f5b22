# shellcheck shell=sh disable=SC2154
# Sourced by the scripts that call the AWS CLI: how they call it, show what they call, and explain what fails. They set
# `here`, the clone's root.

# Whatever the user's configuration says: no pager, no prompts, and three attempts. Version 1 of the CLI would make ten
# by default, which takes half a minute.
AWS_PAGER=''
AWS_CLI_AUTO_PROMPT=off
AWS_RETRY_MODE=standard
AWS_MAX_ATTEMPTS=3
export AWS_PAGER AWS_CLI_AUTO_PROMPT AWS_RETRY_MODE AWS_MAX_ATTEMPTS

already_shown='|' # the commands of aws_shown_once
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

check_aws() {
    if ! command -v aws >/dev/null; then
        stop "the AWS CLI, aws, is not on the PATH: install it (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html), or use the one in ./run_workshop.sh shell."
    fi
    if [ -z "${AWS_ENDPOINT_URL-}${AWS_ENDPOINT_URL_DYNAMODB-}" ]; then
        return
    fi
    # A DynamoDB on this machine goes together with this machine's auto scaling, not with that of an AWS account.
    case ${AWS_ENDPOINT_URL_DYNAMODB-} in
    http://127.* | http://localhost*)
        AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL:-$AWS_ENDPOINT_URL_DYNAMODB}
        export AWS_ENDPOINT_URL
        ;;
    esac
    # Before 1.29 and 2.13 the CLI ignores AWS_ENDPOINT_URL, and would change the user's AWS account instead. The one in
    # .venv is newer.
    if [ "$(command -v aws)" = "$here/.venv/bin/aws" ]; then
        return
    fi
    _version=$(aws --version 2>&1)
    _version=${_version#aws-cli/}
    _version=${_version%% *}
    case $_version in
    1.[0-9].* | 1.1[0-9].* | 1.2[0-8].* | 2.[0-9].* | 2.1[0-2].*)
        stop "aws $_version does not know AWS_ENDPOINT_URL, which is set, and would talk to AWS: get version 2.13 (or 1.29) or newer."
        ;;
    esac
}

# show WORD ...: a command as a person would type it, one option a line where it is long. --output and --query are left
# out: they serve the script, and the command does the same without.
show() {
    _line='$'
    while [ $# -gt 0 ]; do
        case $1 in
        --output | --query)
            shift 2
            continue
            ;;
        --*)
            if [ $((${#_line} + ${#1})) -gt 60 ]; then
                printf '%s \\\n' "$_line"
                _line='   '
            fi
            ;;
        esac
        case $1 in
        *[!a-zA-Z0-9_=,.:/-]*) _line="$_line '$1'" ;;
        *) _line="$_line $1" ;;
        esac
        shift
    done
    printf '%s\n' "$_line"
}

# aws_quiet REGION WORD ...: aws WORD ... in that region. The answer goes to $work/answer, an error to $work/error.
aws_quiet() {
    at=$1
    shift
    aws "$@" --region "$at" >"$work/answer" 2>"$work/error" </dev/null
}

# aws_shown REGION WORD ...: the same, shown first.
aws_shown() {
    _region=$1
    shift
    show aws "$@" --region "$_region"
    aws_quiet "$_region" "$@"
}

# aws_shown_once REGION WORD ...: the same, shown the first time only.
aws_shown_once() {
    case $already_shown in
    *"|$*|"*) aws_quiet "$@" ;;
    *)
        already_shown="$already_shown$*|"
        aws_shown "$@"
        ;;
    esac
}

# refused TEXT: whether the last call failed with that text.
refused() {
    grep -q -e "$1" "$work/error"
}

# explain: prints why the last call failed, and what to do.
explain() {
    _error=$(tr -s '\n ' ' ' <"$work/error")
    _error=${_error# }
    _error=${_error% }
    case $_error in
    *"Unable to parse config file: "*)
        echo "aws cannot read ${_error##*Unable to parse config file: }: correct that file, or check AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE."
        ;;
    *"The config profile ("*)
        _profile=${_error#*The config profile (}
        _profile=${_profile%%)*}
        echo "there is no AWS profile $_profile: check AWS_PROFILE, or make it (aws configure --profile $_profile)."
        ;;
    *"SSO Token"* | *"oken for "*" does not exist"*)
        echo "nobody has signed in yet ($_error): run aws sso login, then run this again."
        ;;
    *"botocore[crt]"* | *"awscli[crt]"*)
        echo "aws needs another package for this way to sign in: run python -m pip install \"botocore[crt]\", or use version 2 of the AWS CLI."
        ;;
    *"Unable to locate credentials"* | *NoCredentials*)
        echo "aws has no credentials: give it some (aws configure, or aws sso login), or work in ./run_workshop.sh shell."
        ;;
    *Expired* | *expired*)
        echo "the AWS credentials have expired: sign in again (aws sso login) or get new ones, then run this again."
        ;;
    *UnrecognizedClient* | *InvalidClientTokenId* | *InvalidSignature* | *SignatureDoesNotMatch*)
        echo "AWS does not accept these credentials in $at: check them, and that the account has this region enabled."
        ;;
    *AccessDenied* | *"not authorized to perform"*)
        _action=$(printf '%s\n' "$_error" | sed -n 's/.*not authorized to perform: \([A-Za-z0-9:-]*\).*/ \1/p')
        echo "AWS denies this identity${_action:- a call} in $at: ask the administrator of the account for the right to it."
        ;;
    *"onnect to the endpoint"* | *"Failed to connect"* | *timeout* | *"Connection was closed"*)
        _url=$(printf '%s\n' "$_error" | sed -n 's/.*"\(http[^"]*\)".*/ \1/p')
        echo "nobody answers at${_url:- the endpoint}: check the network, the region ($at), and AWS_ENDPOINT_URL if it is set."
        ;;
    *"An error occurred ("*)
        printf '%s\n' "$_error" |
            sed 's/.*An error occurred (\([^)]*\)) when calling the \([A-Za-z]*\) operation\( ([^)]*)\)*: */\2 in '"$at"' failed with \1: /'
        ;;
    *) # not an answer of AWS's: something in the user's configuration, and at worst a traceback
        _error=$(sed '/^ *$/d' "$work/error" | tail -n 1)
        echo "aws failed ($_error): check ~/.aws/config, and the variables of the environment that begin with AWS_."
        ;;
    esac
}
