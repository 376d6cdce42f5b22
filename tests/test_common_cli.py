"""common/cli.py"""

import argparse
import os
import subprocess
from pathlib import Path

import pytest

from common.cli import run, seats
from fake_dynamodb.server import FakeDynamoDB
from tests.scripts import ROOT, command

FULL = Path("/dev/full")


@pytest.mark.parametrize("text", ["0", "000", "222", "9" * 38])
def test_seats_are_kept_as_they_were_given(text: str) -> None:
    assert seats(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+5", "2.5", "1e3", "1_000", " 5", "5\n", "\u0665", "\u00b2", "nan", "9" * 39],
)
def test_seats_are_whole_numbers_that_dynamodb_can_keep(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no number of seats"):
        seats(text)


def test_our_own_mistakes_keep_their_traceback() -> None:
    def main() -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        run(main)


def test_ctrl_c_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        raise KeyboardInterrupt

    assert run(main) == 130
    assert capsys.readouterr().err.endswith(": interrupted\n")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("load_flights", ("flights", str(ROOT / "data/flights_data.csv"), "us-east-2")),
        ("scan_flights", ("flights", "us-east-2")),
        ("query_flights", ("flights", "us-east-2")),
        ("query_flights", ("-h",)),
    ],
)
def test_a_closed_pipe_ends_it_quietly(
    name: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # argparse would ignore the closed pipe
    with FakeDynamoDB() as endpoint:
        endpoint.flights.start_with(str(ROOT / "data/flights_data.csv"))
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
        script = subprocess.Popen(
            command(name, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert script.stdout is not None
        script.stdout.close()
        assert script.wait(20) == 141
        assert script.stderr is not None
        assert script.stderr.read() == b""


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeDynamoDB() as endpoint, FULL.open("wb") as full:
        endpoint.flights.start_with(str(ROOT / "data/flights_data.csv"))
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
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
