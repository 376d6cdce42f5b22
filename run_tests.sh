#!/bin/sh
# Everything that must hold before a change is committed. Arguments go to pytest: ./run_tests.sh -k sandbox
set -eu

CDPATH='' cd "$(dirname "$0")"
. shell/venv.sh
make_venv requirements-dev.txt

PATH=$PWD/.venv/bin:$PATH
TMPDIR=$PWD/.venv/tmp
export PATH TMPDIR
mkdir -p "$TMPDIR"

ruff check .
ruff format --check .
mypy
shellcheck -x .ci/run ./*.sh shell/*.sh
pytest -n 2 "$@" # most tests wait for another process; -n 0: one after another
