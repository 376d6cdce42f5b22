"""Running the shell scripts, and standing in for `aws`."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests import aws_server

DASH = shutil.which("dash") or "sh"
BASH = shutil.which("bash") or "sh"
SHELLS = [DASH, BASH]
AWS = aws_server.start()
PATH = os.pathsep.join([AWS.name, str(Path(sys.executable).parent), os.environ["PATH"]])
"""`python` is this one, and `aws` the one of this Python, loaded once for all tests."""


def run(
    command: Sequence[str], path: str = PATH, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A finished command, without a terminal."""
    return subprocess.run(
        command,
        env={**os.environ, "PATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def path_with(folder: Path, name: str, script: str) -> str:
    """A PATH on which a command of that name is the given shell script."""
    folder.mkdir(exist_ok=True)
    command = folder / name
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    return os.pathsep.join([str(folder), PATH])


def shown(output: str) -> list[list[str]]:
    """The words of each command that a script shows, on one line or, after a backslash, more."""
    lines = output.replace("\\\n", " ").splitlines()
    return [shlex.split(line[2:]) for line in lines if line.startswith("$ ")]


STAND_IN = r"""
for region; do :; done
refuse() { echo "An error occurred ($1) when calling the X operation: $2" >&2; exit 254; }
table() {
    [ "$region" = us-east-2 ] && created=1 || created=2
    printf 'created\t%s\n' $created
    printf 'status\t%s\nversion\tNone\nprotected\tFalse\nstream\tNEW_AND_OLD_IMAGES\n' "$1"
    printf 'HASH\tflight_id\nRANGE\tairlines_name\n'
    printf 'type\tflight_id\tN\ntype\tairlines_name\tS\n'
    exit
}
"""
"""The beginning of an `aws` that answers by the words it is called with: $region is the last."""


def lend_venv(clone: Path) -> None:
    """Give a clone the packages that this test runs with, as if it had installed them."""
    venv = clone / ".venv"
    venv.mkdir()
    for name in ("include", "lib", "lib64", "pyvenv.cfg"):
        (venv / name).symlink_to(Path(sys.prefix) / name)
    (venv / "bin").mkdir()
    for command in Path(sys.prefix, "bin").iterdir():
        (venv / "bin" / command.name).symlink_to(command)
    (venv / "bin" / "aws").unlink()
    (venv / "bin" / "aws").symlink_to(Path(AWS.name, "aws"))
    (venv / "made_in").write_text(f"{clone}\n")
    requirements = sorted(clone.glob("requirements*.txt"))
    (venv / "installed-requirements-sandbox.txt").write_text(
        "".join(file.read_text() for file in requirements)
    )
