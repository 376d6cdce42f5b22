#!/bin/sh
# The exercise, the steps of FURTHER.md, or a shell to do them by hand, on the sandbox. Needs Python, no AWS account.
set -eu

usage='usage: run_workshop.sh [shell | further [--pause] | [--legacy] [--pause]] [--lag SECONDS]'

CDPATH='' cd "$(dirname "$0")"

usage_error() {
    echo "$usage" >&2
    echo "run_workshop.sh: $1" >&2
    exit 2
}

# lag_of WORD ...: the lag that these words for the sandbox choose.
lag_of() {
    _lag=0.5
    while [ $# -gt 0 ]; do
        case $1 in
        --lag) _lag=${2-} ;;
        --lag=*) _lag=${1#--lag=} ;;
        esac
        shift
    done
    echo "$_lag"
}

what=exercise
case ${1-} in
shell | further)
    what=$1
    shift
    ;;
esac
play_options=''
for word; do # the words for the sandbox stay in "$@"
    shift
    case $word in
    -h | --help)
        cat <<END
$usage
Plays the exercise on the sandbox, or the steps of FURTHER.md, or opens a shell to do them by hand.
  --legacy       set up as the exercise was written, with the version of global tables that AWS no longer serves
  --pause        wait for Enter before each step
  --lag SECONDS  until another region sees a write (0.5)
Other options go to the sandbox: .venv/bin/python -m sandbox -h
END
        exit 0
        ;;
    --legacy | --pause) play_options="$play_options $word" ;;
    *) set -- "$@" "$word" ;;
    esac
done
case ${1-} in
'' | -*) ;;
*) usage_error "unknown word: $1" ;;
esac
case $what,$play_options in
shell,*--legacy*) usage_error 'the shell has no option --legacy: it takes the commands of both versions' ;;
further,*--legacy*) usage_error 'further has no option --legacy: its steps are the same in both versions' ;;
shell,*--pause*) usage_error 'the shell has no option --pause' ;;
esac

. shell/venv.sh
make_venv requirements-sandbox.txt

# No shell here reads a start-up file of the user's, or obeys their prompt's commands: these might put another python on
# the PATH, or an AWS account into the environment.
unset ENV BASH_ENV PROMPT_COMMAND
if [ "$what" != shell ]; then
    # shellcheck disable=SC2086 # words
    exec .venv/bin/python -m sandbox "$@" -- sh "shell/play_$what.sh" $play_options
fi

shell=${SHELL:-/bin/sh}
set -- --connect "$@"
lag=$(lag_of "$@")
case $shell in
*/bash) set -- "$@" -- "$shell" --norc ;;
*/zsh) set -- "$@" -- "$shell" --no-rcs ;;
*) set -- "$@" -- /bin/sh ;;
esac
echo 'A shell in the sandbox, for the commands of README.md. It ends with exit, and so do the sandbox and its tables.' >&2
PS1="(sandbox, lag $lag) \$ "
HISTFILE=$PWD/.venv/history
export PS1 HISTFILE
exec .venv/bin/python -m sandbox "$@"
