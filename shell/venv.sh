# shellcheck shell=sh
# Sourced from the clone's root by run_workshop.sh and run_tests.sh, which share one .venv. Writes nothing outside it.

# make_venv REQUIREMENTS: makes .venv, and installs what that file names, unless both have been done before.
make_venv() {
    # .venv belongs to this place: its commands hold the path of its Python.
    if [ "$(cat .venv/made_in 2>/dev/null)" != "$PWD" ] || ! .venv/bin/python -c '' 2>/dev/null; then
        _make_empty_venv
    fi
    _wanted=$(cat requirements*.txt)
    if [ "$(cat ".venv/installed-$1" 2>/dev/null)" != "$_wanted" ]; then
        _install "$1"
        printf '%s\n' "$_wanted" >".venv/installed-$1"
    fi
}

_make_empty_venv() {
    _find_python
    if ! _output=$("$_python" -m venv --clear .venv 2>&1); then
        case $_output in
        *ensurepip* | *"No module named venv"*)
            _remedy='install it'
            if command -v apt-get >/dev/null; then # Debian, Ubuntu, most of WSL
                _remedy="sudo apt install $_python-venv"
            fi
            _stop "$_python has no module venv: $_remedy, then run this again."
            ;;
        esac
        _stop "$_python could not make .venv: $(printf '%s\n' "$_output" | tail -n 1)"
    fi
    printf '%s\n' "$PWD" >.venv/made_in
}

_install() {
    echo "Installing $1 into .venv; this takes about a minute, once." >&2
    if ! .venv/bin/python -m pip install --disable-pip-version-check --no-cache-dir --retries 2 \
        -r "$1" >.venv/pip.log 2>&1; then
        _stop "pip could not install $1 (.venv/pip.log says why). Behind a proxy, set HTTPS_PROXY, and PIP_CERT to the proxy's CA file. Without a network, set PIP_NO_INDEX=1, and PIP_FIND_LINKS to a folder with the wheels. Then run this again."
    fi
    # pip's `aws` starts with the path of .venv, and cannot start where that path has a space in it.
    cat >.venv/bin/aws <<'AWS'
#!/bin/sh
exec "$(dirname "$0")/python" -m awscli "$@"
AWS
}

# Sets _python to a Python that is new enough.
_find_python() {
    _found=
    for _python in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
        _version=$("$_python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        if "$_python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
            return
        fi
        _found=${_found:-"$_python is $_version"}
    done
    _remedy='install one from https://www.python.org/downloads/'
    if command -v dnf >/dev/null; then # CloudShell, Amazon Linux, Fedora
        _remedy='sudo dnf install -y python3.12'
    elif command -v apt-get >/dev/null; then # Debian, Ubuntu, most of WSL
        _remedy='sudo apt install python3-venv (Ubuntu 22.04 and Debian 12 or newer have it)'
    fi
    _stop "Python 3.10 or newer is needed, and ${_found:-there is none on the PATH}: $_remedy, then run this again."
}

_stop() {
    echo "${0##*/}: $1" >&2
    exit 1
}
