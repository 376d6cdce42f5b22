# shellcheck shell=sh
# Sourced by what run_workshop.sh plays: headings, and commands that are shown and run as a learner would type them.

pause='' # with --pause: wait for Enter before each step

# step TITLE
step() {
    if [ -n "$pause" ]; then
        printf 'Press Enter for the next step. ' >&2
        read -r _enter || echo >&2 # nobody is there
    fi
    printf '\n%s\n' "$1"
}

# try COMMAND
try() {
    printf '\n$ %s\n' "$1"
    eval "$1"
}
