# shellcheck shell=sh
# Sourced by run_tests.sh and run_workshop.sh, from the clone's root: makes .venv, with all that is in
# requirements-dev.txt, unless it is there already. Writes nothing outside .venv.

make_venv() {
    # A .venv belongs to these requirements at this place: its commands hold the path of its Python.
    _wanted=$(pwd && cat requirements.txt requirements-dev.txt)
    if [ "$(cat .venv/made_for 2>/dev/null)" = "$_wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    _find_python
    echo "Making .venv with $_python; this takes about a minute, once." >&2
    if ! _words=$("$_python" -m venv --clear .venv 2>&1); then
        case $_words in
        *ensurepip* | *"No module named venv"*)
            _stop "$_python lacks the module that makes .venv: install it (on Debian and Ubuntu: apt install python3-venv), then run this again."
            ;;
        esac
        _stop "$_python could not make .venv: $(printf '%s\n' "$_words" | tail -n 1)"
    fi
    if ! .venv/bin/python -m pip install --disable-pip-version-check --no-cache-dir --retries 2 \
        -r requirements-dev.txt >.venv/pip.log 2>&1; then
        _stop "pip could not install requirements-dev.txt, for which it needs the network: run this again where there is one. .venv/pip.log has its own words."
    fi
    # pip's `aws` starts with the path of .venv, and cannot start where that path has a space in it.
    cat >.venv/bin/aws <<'EOF'
#!/bin/sh
exec "$(dirname "$0")/python" -m awscli "$@"
EOF
    printf '%s\n' "$_wanted" >.venv/made_for
}

_find_python() {
    _found=
    for _python in python3 python3.13 python3.12 python3.11 python3.10 python; do
        _version=$("$_python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        if "$_python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
            return
        fi
        _found=${_found:-"$_python is $_version"}
    done
    _stop "Python 3.10 or newer is needed, and ${_found:-there is none on the PATH}: install one from https://www.python.org/downloads/, then run this again."
}

_stop() {
    echo "${0##*/}: $1" >&2
    exit 1
}
