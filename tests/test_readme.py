"""Everything the README says is run: its commands in order, its outputs compared."""

import os
import re
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from sandbox.environment import environment
from sandbox.server import Sandbox
from tests.scripts import ROOT
from tests.shell import PATH

README = (ROOT / "README.md").read_text()

TESTED_ELSEWHERE = {
    "./run_workshop.sh\n": "test_run_scripts.py",
    "./run_workshop.sh shell\n": "test_run_scripts.py",
    "./run_tests.sh\n": "test_run_scripts.py",
}
"""Blocks that start a sandbox or the tests themselves, and who runs them."""


class Step(NamedTuple):
    """A block of commands, and the output shown below it (None: none is shown)."""

    commands: str
    output: str | None
    legacy: bool
    """Whether it is marked as one for the old version."""


def steps(text: str) -> Iterator[Step]:
    """The README's blocks of commands, each with the block of output that follows it."""
    block = r"(<!-- legacy -->\n)?```(sh|text)\n(.*?)```"
    found = re.findall(block, text, re.DOTALL)
    for (mark, kind, content), following in zip(found, [*found[1:], ("", "", "")], strict=True):
        if kind == "sh":
            output = following[2] if following[1] == "text" else None
            yield Step(content, output, bool(mark))


def masked(output: str) -> str:
    """Output without what differs from run to run: clocks, durations, seats still under way."""
    output = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", output)
    output = re.sub(r"(in|seconds:) [\d.e-]+?(?=\.?$| seconds)", r"\1 SECONDS", output, flags=re.M)
    output = re.sub(r"^[\d.\t]+\t(Milliseconds|Count)$", r"NUMBERS \1", output, flags=re.M)
    return re.sub(
        r"(Starting to Q.*?-{35})",
        lambda block: re.sub(r"are \d+", "are SEATS", block[0]),
        output,
        flags=re.DOTALL | re.IGNORECASE,
    )


def run(commands: str, url: str) -> subprocess.CompletedProcess[str]:
    """Run a block as a learner's shell does."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        ["sh", "-c", commands],
        cwd=ROOT,
        env={**own, **environment(url), "PATH": PATH},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def shown(step: Step, result: subprocess.CompletedProcess[str]) -> bool:
    """Whether a block did what the README shows: its output, or its refusal by AWS."""
    if step.output is not None and step.output.startswith("An error occurred"):
        return result.returncode != 0 and result.stderr.lstrip("\n") == step.output
    told = step.output is None or masked(result.stdout) == masked(step.output)
    return result.returncode == 0 and told


@pytest.mark.parametrize("legacy", [False, True], ids=["today", "the old version"])
def test_the_commands_of_the_readme_do_what_it_shows(legacy: bool) -> None:
    with Sandbox(lag=0.5, refuse_legacy=not legacy) as running:
        for step in steps(README):
            if step.legacy != legacy or step.commands in TESTED_ELSEWHERE:
                continue
            result = run(step.commands, running.url)
            for _ in range(20 if "scan_flights.py" in step.commands else 0):
                if shown(step, result):  # "If the count is short, run it again."
                    break
                result = run(step.commands, running.url)
            assert shown(step, result), f"{step.commands}\n{result.stdout}{result.stderr}"


def test_every_other_command_is_run_by_another_test() -> None:
    commands = [step.commands for step in steps(README)]
    for command, test in TESTED_ELSEWHERE.items():
        assert command in commands
        script = command.split()[0].removeprefix("./")
        assert script in (ROOT / "tests" / test).read_text()


def test_the_readme_names_every_script() -> None:
    for script in [*ROOT.glob("*.py"), *ROOT.glob("*.sh")]:
        assert script.name in README
