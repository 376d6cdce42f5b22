"""The command line of the five scripts: argument types, exit codes, and what goes to stderr."""

import argparse
import errno
import gc
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from common.errors import Trouble, printable, unanswered


def run(main: Callable[[], int]) -> int:
    """main()'s exit code, or the one for what went wrong, told in a sentence on stderr.

    1: Trouble, with AWS or the data. 130: Ctrl-C. 141: nobody reads stdout any more (`| head -3`);
    these two are 128 + the signal's number, as in a shell. A usage error is argparse's: 2. A bug
    keeps its traceback.
    """
    # boto3 makes many objects and hardly any garbage. Python would look for it while they are made,
    # and again (unless they are frozen) on its way out: a fifth of the time of a short script.
    gc.set_threshold(50_000)
    try:
        try:
            return main()
        finally:
            sys.stdout.flush()
            gc.freeze()
    except Trouble as trouble:
        tell(str(trouble))
        return 1
    except KeyboardInterrupt as interrupt:
        tell(str(interrupt) or "interrupted")
        return 130
    except BrokenPipeError:
        give_up_stdout()
        return 141
    except OSError as error:
        if error.filename:
            tell(f"cannot read {error.filename}: {error.strerror}")
        elif error.errno in (errno.ENOSPC, errno.EIO):
            give_up_stdout()
            tell(f"cannot write to stdout: {error.strerror}")
        else:
            raise
        return 1
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        tell("boto3 is not installed: run pip install -r requirements.txt")
        return 1
    except Exception as error:
        from botocore.exceptions import BotoCoreError

        if not isinstance(error, BotoCoreError):
            raise
        tell(unanswered(error))
        return 1


def give_up_stdout() -> None:
    """Nothing can be written there: Python would try once more at exit, fail again, and say so."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(sentence: str) -> None:
    """One line on stderr, after the script's name."""
    print(printable(f"{Path(sys.argv[0]).name}: {sentence}"), file=sys.stderr)


def tell_unchanged(region: str, seats: str) -> None:
    """Say why there is nothing to see after an update of all seats to what they were."""
    tell(
        f"every flight in {region} already had {seats} seats: choose a new value,"
        " since DynamoDB replicates no write that changes nothing"
    )


def tell_still_stale(region: str) -> None:
    """Say why the last query shows other seats than were written last."""
    tell(
        f"replication to {region} took longer than the pause, or another writer was later:"
        f" query_flights.py shows the seats in {region} again"
    )


def seats(text: str) -> str:
    """An argparse type: a number of seats, as it was given ("000"), of as many digits as fit."""
    if not re.fullmatch("[0-9]{1,38}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of seats: give a whole number, 0 or more, of 38 digits at most"
        )
    return text
