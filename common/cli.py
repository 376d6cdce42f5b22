"""The command line of the scripts: argument types, exit codes, and what goes to stderr."""

import argparse
import errno
import gc
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from common.errors import Trouble, printable, unanswered


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help shows this description, a module's docstring, as it is written."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_consistent_read(arguments: argparse.ArgumentParser) -> None:
    """Add the option --consistent-read, named as in the AWS CLI."""
    arguments.add_argument(
        "--consistent-read",
        action="store_true",
        help="read strongly consistently, which costs twice as much",
    )


def number_of_seats(text: str) -> str:
    """An argparse type: a whole number that DynamoDB can hold, kept as it was given ("000")."""
    if not re.fullmatch("[0-9]{1,38}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seats: give a whole number from 0 up, at most 38 digits"
        )
    return text


def count(text: str) -> int:
    """An argparse type: how many of something there shall be."""
    if not re.fullmatch("0*[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 999999")
    return int(text)


def start(main: Callable[[], int]) -> NoReturn:
    """Run main() as the whole program, and exit with the code that run() returns.

    The exit waits for no call that a thread is still making: a call may hang. Python would also
    take down OpenSSL while a thread is using it, and crash. So the process just ends here.
    """
    # boto3 makes many objects and little garbage. Looking for garbage less often saves 17 % of the
    # CPU time of query_flights.py (181 ms instead of 218 ms, medians of 16 runs).
    gc.set_threshold(200_000)
    try:
        code = run(main)
    except Exception as bug:
        sys.excepthook(type(bug), bug, bug.__traceback__)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(main: Callable[[], int]) -> int:
    """main()'s exit code, or the code for what went wrong, reported in a sentence on stderr.

    1: Trouble, with AWS or the data. 130: Ctrl-C. 141: nobody reads stdout any more (`| head -3`).
    The last two are 128 + the signal's number, as in a shell. A usage error is argparse's: 2. A bug
    keeps its traceback.
    """
    try:
        try:
            return main()
        finally:
            sys.stdout.flush()
    except Trouble as trouble:
        report(str(trouble))
        return 1
    except KeyboardInterrupt as interrupt:
        report(str(interrupt) or "interrupted")
        return 130
    except BrokenPipeError:
        _give_up_stdout()
        return 141
    except OSError as error:
        if error.filename:
            report(f"cannot read {error.filename}: {error.strerror}")
        elif error.errno in (errno.ENOSPC, errno.EIO):
            _give_up_stdout()
            report(f"cannot write to stdout: {error.strerror}")
        else:
            raise
        return 1
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        report("boto3 is not installed: run pip install -r requirements.txt")
        return 1
    except Exception as error:
        from botocore.exceptions import BotoCoreError

        if not isinstance(error, BotoCoreError):
            raise
        report(unanswered(error))
        return 1


def report(sentence: str) -> None:
    """Print one line on stderr, after the script's name."""
    print(printable(f"{Path(sys.argv[0]).name}: {sentence}"), file=sys.stderr)


def _give_up_stdout() -> None:
    """Send the rest of stdout nowhere: writing it out at the exit would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
