# shellcheck shell=sh disable=SC2034,SC2154
# Sourced by the scripts that call the AWS CLI: what they say on stderr, and how they end. They set `usage`.

so_far='' # what has been changed, for a script that ends early

say() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
}

# remember CHANGE
remember() {
    so_far="${so_far:+$so_far, }$1"
}

# stop WHY: exit 1.
stop() {
    say "$1"
    [ -z "$so_far" ] || say "Done so far: $so_far. Run this again to continue."
    exit 1
}

# usage_error WHAT: the words of the command line are wrong; exit 2.
usage_error() {
    echo "$usage" >&2
    say "$1"
    exit 2
}

# interrupted CODE
interrupted() {
    echo >&2
    if [ -n "$so_far" ]; then
        say "Interrupted. Done so far: $so_far. Run this again to continue."
    else
        say 'Interrupted. No change was confirmed. Run this again to continue.'
    fi
    exit "$1"
}

# ask QUESTION NOTHING_DONE: ends the script, with the second sentence, unless `yes` is set or the answer is yes.
ask() {
    if [ -n "$yes" ]; then
        return
    fi
    if ! [ -t 0 ]; then
        say "$2: there is nobody to ask, and no --yes."
        exit 2
    fi
    printf '%s [y/N] ' "$1" >&2
    read -r _answer || :
    case $_answer in
    y | Y | yes) ;;
    *) stop "$2." ;;
    esac
}

# in_words A B C: "A, B and C".
in_words() {
    _listed=$1
    shift
    while [ $# -gt 1 ]; do
        _listed="$_listed, $1"
        shift
    done
    echo "$_listed${1+ and $1}"
}
