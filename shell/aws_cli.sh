# shellcheck shell=sh disable=SC2154
# Sourced by the scripts that call the AWS CLI: how they call it, and show what they call. They set `here`, the clone's
# root.

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
