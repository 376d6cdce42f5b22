"""The Markdown pages, read as what a person types and what they then see."""

import re
from collections.abc import Collection
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from tests.scripts import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])

OPENS_A_SHELL = "./run_workshop.sh shell"
LEAVES_IT = "exit\n"


class Block(NamedTuple):
    """A block of commands, and the output shown below it (None: none is shown)."""

    place: str
    commands: str
    output: str | None
    legacy: bool
    """Whether the page marks it as one for version 2017.11.29."""


class Session(NamedTuple):
    """A shell that a page opens, and what is typed in it until `exit`."""

    opening: Block
    blocks: list[Block]


def blocks(page: Path) -> list[Block]:
    """The page's blocks of commands, in order, each with the block of output that follows it."""
    text = page.read_text()
    fenced = r"^(\*\*2017\.11\.29\*\*\n\n)?```(\w*)\n(.*?)^```$"
    found = list(re.finditer(fenced, text, re.DOTALL | re.MULTILINE))
    read = []
    for block, following in zip_longest(found, found[1:]):
        if block[2] == "sh":
            output = following[3] if following and following[2] == "text" else None
            line = text.count("\n", 0, block.start(2)) + 1
            place = f"{page.relative_to(ROOT)}:{line}"
            read.append(Block(place, block[3], output, bool(block[1])))
    return read


def sessions(page: Path) -> tuple[list[Session], list[Block]]:
    """The shells that the page opens, one perhaps inside another; and the blocks outside them."""
    opened: list[Session] = []
    left: list[Session] = []
    outside = []
    for block in blocks(page):
        if block.commands.startswith(OPENS_A_SHELL):
            opened.append(Session(block, []))
        elif not opened:
            outside.append(block)
        else:
            opened[-1].blocks.append(block)
            if block.commands.endswith(LEAVES_IT):
                left.append(opened.pop())
    assert not opened, f"{opened[-1].opening.place} opens a shell that is never left"
    return left, outside


def agrees(shown: str, output: str, arrived: Collection[str] = ()) -> bool:
    """Whether the output is what a page shows, where a line "..." stands for any lines.

    Clocks, durations and short counts may differ. In a query that a page shows with stale seats,
    those that have `arrived` already are as good.
    """

    def agree(shown: list[str], lines: list[str]) -> bool:
        if not shown:
            return not lines
        if shown[0] == "...":
            return any(agree(shown[1:], lines[left_out:]) for left_out in range(len(lines) + 1))
        return bool(lines) and fits(shown[0], lines[0]) and agree(shown[1:], lines[1:])

    def early(query: re.Match[str]) -> str:
        return re.sub(rf" are ({'|'.join(arrived)})$", " are EARLY", query[0], flags=re.M)

    if arrived:
        query_at_once = r"starting to query.*?^-{35}$"
        flags = re.DOTALL | re.IGNORECASE | re.MULTILINE
        output = re.sub(query_at_once, early, output, flags=flags)
    return agree(masked(shown).splitlines(), masked(output).splitlines())


def fits(shown: str, line: str) -> bool:
    return line in (shown, re.sub(r" are \d+$", " are EARLY", shown))


def masked(output: str) -> str:
    """Output without what differs from run to run.

    These are clocks, durations, counts that are short, new seats, figures of a measurement, ids of
    experiments, and how many lines CloudWatch has, one for each five minutes.
    """
    output = re.sub(r"\b(EX[PT])\w{15}\b", r"\1 ID", output)
    output = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", output)
    output = re.sub(r"(?<![\d.])\d+(\.\d+|e-)[\de-]*(?!\.?\d)", "NUMBER", output)
    output = re.sub(r"(item count of \S+ \S+ are) (?!2500 )\d+", r"\1 COUNT", output)
    output = re.sub(r"(Update \d+ of \d+, to) \d+", r"\1 NEW", output)
    output = re.sub(r"^((?:NUMBER\t)+\w+\n)\1+", r"\1", output, flags=re.M)
    return re.sub(r"^( +NUMBER to NUMBER s) .*\n(\1.*\n)*", "HISTOGRAM\n", output, flags=re.M)
