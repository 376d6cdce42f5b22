"""The command line: numbers of seats, exit codes, closed pipes and full disks."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.cli import number_of_seats, run
from fake_dynamodb.server import FakeDynamoDB
from tests.scripts import FLIGHTS_DATA, ROOT, command

FULL = Path("/dev/full")


@pytest.mark.parametrize("text", ["0", "000", "222", "9" * 38])
def test_seats_are_kept_as_they_were_given(text: str) -> None:
    assert number_of_seats(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+5", "2.5", "1e3", "1_000", " 5", "5\n", "\u0665", "\u00b2", "nan", "9" * 39],
)
def test_seats_are_whole_numbers_that_dynamodb_can_keep(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number of seats"):
        number_of_seats(text)


def test_a_bug_keeps_its_traceback() -> None:
    def main() -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        run(main)


def test_a_program_with_a_bug_exits_with_1_after_the_traceback() -> None:
    program = "from common.cli import start; start(lambda: {}['a bug'])"
    finished = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith("Traceback (most recent call last):\n")
    assert finished.stderr.endswith("KeyError: 'a bug'\n")


def test_ctrl_c_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        raise KeyboardInterrupt

    assert run(main) == 130
    assert capsys.readouterr().err.endswith(": interrupted\n")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("load_flights", ("flights", FLIGHTS_DATA, "us-east-2")),
        ("scan_flights", ("flights", "us-east-2")),
        ("query_flights", ("flights", "us-east-2")),
        ("query_flights", ("-h",)),
    ],
)
def test_a_script_whose_output_nobody_reads_ends_quietly(
    name: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # argparse would ignore the closed pipe
    with FakeDynamoDB() as fake:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        script = subprocess.Popen(
            command(name, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert script.stdout is not None
        script.stdout.close()
        assert script.wait(20) == 141
        assert script.stderr is not None
        assert script.stderr.read() == b""


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeDynamoDB() as fake, FULL.open("wb") as full:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        finished = subprocess.run(
            command("query_flights", "flights", "us-east-2"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=20,
        )
    assert finished.returncode == 1
    assert finished.stderr == (
        "query_flights.py: cannot write to stdout: No space left on device\n"
    )


def test_a_script_runs_from_any_directory(tmp_path: Path) -> None:
    finished = subprocess.run(
        command("scan_flights", "-h"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert finished.returncode == 0
    assert finished.stdout.startswith("usage: scan_flights.py")


def test_ctrl_c_while_modules_are_imported_ends_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "argparse.py").write_text("import common\nraise KeyboardInterrupt\n")
    finished = subprocess.run(
        command("query_flights", "flights", "us-east-2"),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (
        130,
        "",
        "query_flights.py: interrupted\n",
    )
