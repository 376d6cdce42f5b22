"""Everything the pages say is run: their commands in order, in the shells that they open.

A page's shell is the real one, ./run_workshop.sh shell, in a clone of its own. Each output is
compared with what the page shows. Where a page cuts the output of a script, the whole of it is
compared with the exercise's transcript.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import NamedTuple

import pytest

from tests import (
    test_ec_query_flights,
    test_load_flights,
    test_multi_update_flights,
    test_query_flights,
)
from tests.pages import LEAVES_IT, PAGES, Block, Session, agrees, blocks, sessions
from tests.scripts import ROOT
from tests.shell import BASH, lend_venv

SESSIONS = [session for page in PAGES for session in sessions(page)[0]]

TRANSCRIPTS = {
    "load_flights": (test_load_flights.TRANSCRIPT, ""),
    "query_flights": (test_query_flights.TRANSCRIPT, ""),
    "ec_query_flights": (test_ec_query_flights.TRANSCRIPT, "222 us-east-2 eu-west-1"),
    "multi_update_flights": (test_multi_update_flights.TRANSCRIPT, "111 us-east-2 000 eu-west-1"),
}
"""The exercise's transcripts, each with the arguments that it was made with."""

LAST_VALUE = {"ec_query_flights": 0, "multi_update_flights": 2}
"""Which argument has the seats that a script leaves behind."""


class Ran(NamedTuple):
    """What a block of commands did."""

    code: int
    out: str
    err: str


class Shell:
    """./run_workshop.sh shell, with somebody typing."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._folder = folder

    def type(self, commands: str) -> Ran:
        """Run commands in it. `exit`, if they end with it, leaves the shell."""
        leaves = commands.endswith(LEAVES_IT)
        typed, out, err = (self._folder / name for name in ("typed", "out", "err"))
        typed.write_text(commands.removesuffix(LEAVES_IT))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f". '{typed}' >'{out}' 2>'{err}' </dev/null; echo $?\n")
        self._process.stdin.flush()
        code = self._process.stdout.readline()
        assert code, f"the shell has ended: {commands}"
        if leaves:
            self._process.stdin.write(LEAVES_IT)
            self._process.stdin.close()
            assert self._process.wait() == int(code)
        return Ran(int(code), out.read_text(), err.read_text())


@contextmanager
def opened(command: str, clone: Path, folder: Path) -> Iterator[Shell]:
    """The shell that this command opens in the clone. It is killed after two minutes."""
    with subprocess.Popen(
        command.split(),
        cwd=clone,
        env={**os.environ, "SHELL": BASH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        limit = Timer(120, process.kill)
        limit.start()
        try:
            shell = Shell(process, folder)
            shell.type("set -m\n")  # what is sent to the background can be interrupted
            yield shell
        finally:
            limit.cancel()
            process.kill()


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.opening.place)
def test_the_commands_of_a_page_do_what_it_shows(
    session: Session, clone: Path, tmp_path: Path
) -> None:
    lend_venv(clone)
    with opened(session.opening.commands, clone, tmp_path) as shell:
        for block in session.blocks:
            ran = shell.type(block.commands)
            for _ in range(20 if block.commands.startswith("python scan_flights.py") else 0):
                if shows(block, ran):  # "Count again, until the count is full."
                    break
                ran = shell.type(block.commands)
            assert shows(block, ran), f"{block.place}\n{block.commands}\n{ran.out}{ran.err}"


def shows(block: Block, ran: Ran) -> bool:
    """Whether a block did what its page shows: its output, or its refusal by AWS."""
    refusal = re.search(r"^An error occurred.*\n", block.output or "", re.MULTILINE)
    if refusal:
        return ran.code != 0 and refusal[0] in ran.err
    # Those that print here, and not into a file.
    scripts = re.findall(r"python (\w+)\.py flights ([^>\n]*)$", block.commands + ran.out, re.M)
    arrived = {
        str(int(words.split()[LAST_VALUE[name]])) for name, words in scripts if name in LAST_VALUE
    }
    return (
        ran.code == 0
        and "An error occurred" not in ran.err
        and (block.output is None or agrees(block.output, ran.out, arrived))
        and all(
            agrees(f"...\n{without_seats(transcript)}...\n", without_seats(ran.out))
            for transcript in (whole(name, words) for name, words in scripts if name in TRANSCRIPTS)
        )
    )


def whole(script: str, arguments: str) -> str:
    """The exercise's transcript of a script, for these arguments instead of its own."""
    text, own = TRANSCRIPTS[script]
    other = dict(zip(own.split(), arguments.split(), strict=False))
    if "000" in other:
        other["0"] = str(int(other["000"]))  # the number that it is stored and printed as
    return re.sub(r"[\w-]+", lambda word: other.get(word[0], word[0]), text)


def without_seats(output: str) -> str:
    return re.sub(r"(Available seats .* are) \d+", r"\1 SEATS", output)


QUERIES = f"""\
## Starting to Query table flights from eu-west-1  ##

Available seats in the Quatar flight 5603280670 are 222
Available seats in the British flight 26806130 are 828
Total query time in seconds: 0.5.
{"-" * 35}

Available seats in the Quatar flight 5603280670 are 222
Available seats in the British flight 26806130 are 222
"""
"""The end of step 5, where one of two flights had arrived early."""


@pytest.mark.parametrize(
    ("quatar", "british", "later", "agreed"),
    [
        (222, 828, 222, True),
        (266, 828, 222, True),
        (266, 829, 222, False),
        (266, 828, 223, False),
    ],
    ids=["as it was", "stale when the page was written", "wrong stale seats", "wrong new seats"],
)
def test_seats_that_a_page_shows_may_have_arrived_but_may_not_be_wrong(
    quatar: int, british: int, later: int, agreed: bool
) -> None:
    page = (
        "...\n"
        f"Available seats in the Quatar flight 5603280670 are {quatar}\n"
        f"Available seats in the British flight 26806130 are {british}\n"
        "...\n"
        f"Available seats in the British flight 26806130 are {later}\n"
    )
    assert agrees(page, QUERIES, arrived={"222"}) is agreed


def test_the_commands_of_the_old_version_are_marked_and_on_its_page_only() -> None:
    for block in (block for page in PAGES for block in blocks(page)):
        if re.search(r"aws dynamodb \S+-global-table|--legacy|Pending", block.commands):
            assert block.legacy, f"{block.place} is not marked"
        assert not block.legacy or block.place.startswith("docs/version-2017.md")


def test_no_command_needs_a_shell_that_takes_comments() -> None:
    """zsh takes none at its prompt."""
    assert not [block for page in PAGES for block in blocks(page) if "#" in block.commands]


def test_the_readme_names_every_script() -> None:
    for script in [*ROOT.glob("*.py"), *ROOT.glob("*.sh")]:
        assert script.name in (ROOT / "README.md").read_text()
