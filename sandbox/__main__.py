"""Run a local DynamoDB with global tables, for a terminal or for one command.

    $ python -m sandbox                        # serve until Ctrl-C
    $ python -m sandbox -- aws dynamodb list-tables

-h lists the options.
"""

import argparse
import contextlib
import math
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from sandbox.environment import environment
from sandbox.server import Sandbox

PORT = 8000


def main(argv: Sequence[str]) -> int:
    """Serve, or run the command that follows `--` and return its exit code."""
    own, command = split(argv)
    args = parse_args(own)
    port = args.port if args.port is not None else 0 if command else PORT
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # neither the sandbox nor the command may see the user's own
    try:
        sandbox = Sandbox(args.lag, port, args.refuse_legacy)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        print(f"sandbox: port {port}: {reason}; choose another with --port", file=sys.stderr)
        return 1
    os.environ.update(environment(sandbox.url))
    with sandbox:
        return run(command, sandbox.url, args.connect) if command else serve(sandbox.url, args.lag)


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The sandbox's own arguments, and the command after `--`."""
    if "--" not in argv:
        return list(argv), []
    end = list(argv).index("--")
    return list(argv[:end]), list(argv[end + 1 :])


def parse_args(argv: Sequence[str]) -> argparse.Namespace:
    """The sandbox's own arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        usage="%(prog)s [-h] [--port PORT] [--lag SECONDS] [--refuse-legacy] [--connect]"
        " [-- COMMAND ...]",
        description="Run a local DynamoDB with global tables, for a terminal or for one command.",
    )
    parser.add_argument("--port", type=_port, help=f"default {PORT}, or any free one for a COMMAND")
    parser.add_argument(
        "--lag",
        type=_seconds,
        default=0.5,
        metavar="SECONDS",
        help="seconds until another region sees a write, plus or minus 40 %% (default 0.5)",
    )
    parser.add_argument(
        "--refuse-legacy",
        action="store_true",
        help="refuse global tables version 2017.11.29, as AWS does today",
    )
    parser.add_argument(
        "--connect",
        action="store_true",
        help="before the COMMAND, print the lines that connect another terminal",
    )
    return parser.parse_args(argv)


def serve(url: str, lag: float) -> int:
    """Say how to use the sandbox, and wait for Ctrl-C."""
    print(f"DynamoDB with global tables is at {url}, with a lag of about {lag:g} seconds.")
    print(f"A browser shows its tables live at {url}/")
    print("Paste this into another terminal, then follow the README:\n")
    print(connection(url))
    print("\nCtrl-C ends it; its tables are in memory and end with it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 130


def connection(url: str) -> str:
    """The lines that connect another terminal to the sandbox, and to nothing else."""
    values = {**environment(url), "PATH": beside_python()}
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
    return f"unset AWS_PROFILE $(env | sed -n '/^AWS_/s/=.*//p')\nexport {exports}:\"$PATH\""


def run(command: Sequence[str], url: str, connect: bool) -> int:
    """Run a command, with `python` and `aws` being those beside this Python."""
    print(f"sandbox: a browser shows the tables live at {url}/", file=sys.stderr)
    if connect:
        folder = shlex.quote(os.getcwd())
        lines = f"cd {folder}\n{connection(url)}"
        print(f"sandbox: paste this to connect another terminal:\n{lines}", file=sys.stderr)
    path = os.pathsep.join([beside_python(), os.environ.get("PATH", os.defpath)])
    try:
        child = subprocess.Popen(command, env={**os.environ, "PATH": path})
    except OSError as error:
        print(f"sandbox: {command[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return 127
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:  # the command has got it, too, and decides itself
            continue
        return code if code >= 0 else 128 - code


def beside_python() -> str:
    """The folder that holds this Python, and with it `python` and `aws`."""
    return os.path.dirname(os.path.abspath(sys.executable))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise ValueError
    return seconds


# argparse names the type in its error.
_port.__name__ = "port"
_seconds.__name__ = "number of seconds"

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
