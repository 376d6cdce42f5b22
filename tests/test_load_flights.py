"""load_flights.py: step 4."""

import contextlib
import csv
import os
import pty
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_dynamodb.server import FakeDynamoDB
from tests.clients import Clients, create_table
from tests.sample_row import FIELDS, SAMPLE_ITEM, SAMPLE_LINE, fields_with
from tests.scripts import FLIGHTS_DATA, ROOT, Script, command, masked

TRANSCRIPT = """\
Processed 250 items in 13.9410619736 seconds
Processed 500 items in 27.4421260357 seconds
Processed 750 items in 41.3043510914 seconds
Processed 1000 items in 56.578758955 seconds
Processed 1250 items in 70.2204880714 seconds
Processed 1500 items in 83.9283220768 seconds
Processed 1750 items in 100.255409002 seconds
Processed 2000 items in 115.713709116 seconds
Processed 2250 items in 129.657588959 seconds
Processed 2500 items in 143.136796951 seconds
TotalRowCount: 2500, Total seconds: 143.137362003
"""


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str | bytes], str]:
    """The path of a file with this content."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "flights.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_it_prints_what_the_exercise_shows_and_every_row_is_an_item(
    script: Script, dynamodb: Clients
) -> None:
    create_table(dynamodb("us-east-2"))
    data = ROOT / "data/flights_data.csv"
    finished = script("load_flights", "flights", str(data), "us-east-2")
    assert masked(finished.out) == masked(TRANSCRIPT)
    assert (finished.code, finished.err) == (0, "")
    with data.open(newline="") as lines:
        rows = {tuple(row) for row in csv.reader(lines)}
    pages = dynamodb("us-east-2").get_paginator("scan").paginate(TableName="flights")
    items = [item for page in pages for item in page["Items"]]
    values = {tuple(next(iter(item[name].values())) for name in SAMPLE_ITEM) for item in items}
    assert values == rows
    assert tuple(FIELDS) in rows


def test_the_seconds_count_from_the_start(script: Script, fake: FakeDynamoDB) -> None:
    out = script("load_flights", "flights", FLIGHTS_DATA, "us-east-2").out
    seconds = [float(line.split()[-2]) for line in out.splitlines()[:-1]]
    assert seconds == sorted(seconds)
    assert float(out.split()[-1]) >= seconds[-1]


@pytest.mark.parametrize("rows", [1, 249, 250, 251, 2510])
def test_there_is_a_progress_line_for_every_250_rows_and_a_total(
    script: Script, fake: FakeDynamoDB, csv_file: Callable[[str], str], rows: int
) -> None:
    path = csv_file("".join(f"{number}{SAMPLE_LINE}\n" for number in range(1, rows + 1)))
    out = masked(script("load_flights", "flights", path, "us-east-2").out)
    lines = [
        f"Processed {rows_so_far} items in <seconds> seconds\n"
        for rows_so_far in range(250, rows + 1, 250)
    ]
    assert out == "".join(lines) + f"TotalRowCount: {rows}, Total seconds: <seconds>\n"
    assert len(fake.items("us-east-2")) == rows


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (f"{SAMPLE_LINE}\n1,Delta,5\n", "2: 3 instead of 10 fields"),
        (f"{SAMPLE_LINE}\n{SAMPLE_LINE},x\n", "2: 11 instead of 10 fields"),
        (
            f"{SAMPLE_LINE}\n\n{SAMPLE_LINE}\n",
            "2: a blank line with rows after it: delete the blank line",
        ),
        (
            f"{','.join(SAMPLE_ITEM)}\n{SAMPLE_LINE}\n",
            "1: this is a header: delete the line",
        ),
        (
            SAMPLE_LINE.replace("Denmark", '"Den\nmark"') + "\n1,y\n",
            "3: 2 instead of 10 fields",
        ),
        (
            f'{SAMPLE_LINE}\n"{SAMPLE_LINE}\n',
            "2: a quote is opened here and never closed",
        ),
        (
            f'{SAMPLE_LINE}\n"1"2{SAMPLE_LINE}\n',
            "2: not CSV (',' expected after '\"')",
        ),
        (
            f'"{"x" * 500_000}\n',
            "1: the item would be larger than 400 KB",
        ),
        (f"{SAMPLE_LINE}\n1\0{SAMPLE_LINE}\n", "2: a NUL byte: this is not a text file"),
        (
            f"{SAMPLE_LINE}\n{SAMPLE_LINE}é\n".encode("latin-1"),
            "2: not UTF-8 (byte 0xe9): save the file as UTF-8",
        ),
        (SAMPLE_LINE.encode("utf-16"), "1: not UTF-8 (byte 0xff): save the file as UTF-8"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(
    script: Script,
    fake: FakeDynamoDB,
    csv_file: Callable[[str | bytes], str],
    content: str | bytes,
    wrong: str,
) -> None:
    path = csv_file(content)
    finished = script("load_flights", "flights", path, "us-east-2")
    assert finished == (1, "", f"load_flights.py: {path}:{wrong}\n")
    assert not fake.calls


def test_a_wrong_last_line_keeps_the_first_2500_from_being_written(
    script: Script, fake: FakeDynamoDB, csv_file: Callable[[str], str]
) -> None:
    path = csv_file((ROOT / "data/flights_data.csv").read_text() + "1,Delta,,,,,,,,\n")
    finished = script("load_flights", "flights", path, "us-east-2")
    assert finished.err.startswith(f"load_flights.py: {path}:2501: available_seats '' is not a")
    assert not fake.calls


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_a_file_without_rows_is_wrong(
    script: Script, fake: FakeDynamoDB, csv_file: Callable[[str], str], content: str
) -> None:
    path = csv_file(content)
    finished = script("load_flights", "flights", path, "us-east-2")
    assert finished == (1, "", f"load_flights.py: {path} has no rows: is it the right file?\n")


def test_a_file_that_cannot_be_read_is_named(script: Script, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.csv")
    assert script("load_flights", "flights", missing, "us-east-2") == (
        1,
        "",
        f"load_flights.py: cannot read {missing}: No such file or directory\n",
    )
    assert script("load_flights", "flights", str(tmp_path), "us-east-2") == (
        1,
        "",
        f"load_flights.py: cannot read {tmp_path}: Is a directory\n",
    )


def test_a_pipe_is_refused_because_it_cannot_be_read_twice(fake: FakeDynamoDB) -> None:
    finished = subprocess.run(
        command("load_flights", "flights", "/dev/stdin", "us-east-2"),
        input=f"{SAMPLE_LINE}\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (
        1,
        "",
        "load_flights.py: /dev/stdin is a pipe and cannot be read twice: save it as a file first\n",
    )
    assert not fake.calls


def test_of_two_rows_with_one_key_the_later_wins_however_calls_overtake(
    script: Script, csv_file: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = random.Random(1).choices(range(300), k=1500)
    path = csv_file(
        "".join(
            ",".join(fields_with(flight_id=str(number), available_seats=str(line))) + "\n"
            for line, number in enumerate(numbers)
        )
    )
    last = {number: line for line, number in enumerate(numbers)}
    with FakeDynamoDB(overtaking=0.02, kinds=["in part", "reset after"], faults=0.2) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        finished = script("load_flights", "flights", path, "us-east-2")
        items = fake.items("us-east-2").values()
        seats = {int(item["flight_id"]["N"]): int(item["available_seats"]["N"]) for item in items}
    assert finished.code == 0
    assert "TotalRowCount: 1500," in finished.out
    assert seats == last
    assert "ValidationException" not in fake.refused  # no batch held a key twice


def test_on_a_terminal_there_is_a_bar_and_stdout_is_as_ever(fake: FakeDynamoDB) -> None:
    terminal, its_end = pty.openpty()
    arguments = ("flights", FLIGHTS_DATA, "us-east-2")
    with subprocess.Popen(
        command("load_flights", *arguments), stdout=subprocess.PIPE, stderr=its_end, text=True
    ) as script:
        os.close(its_end)
        drawn = b""
        with contextlib.suppress(OSError):  # that is how a terminal ends
            while some := os.read(terminal, 1000):
                drawn += some
        os.close(terminal)
        out, _ = script.communicate(timeout=20)
    assert masked(out) == masked(TRANSCRIPT)
    assert b"2500/2500" in drawn
    assert drawn.endswith(b"\r\x1b[K")
