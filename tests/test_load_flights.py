"""load_flights.py: step 4, and what a file may look like."""

import contextlib
import copy
import csv
import io
import itertools
import os
import pty
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

import load_flights
from benchmarks.endpoint import Endpoint
from common.calls import Calls
from common.errors import Trouble
from load_flights import Backlog, Batch, Pace, Row, read_rows, send_all, settle, to_row
from tests.clients import Clients, create_table
from tests.scripts import ROOT, Script, command, masked

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

SAMPLE_LINE = (
    "2452052965,American,502,FirstClass,fhryniewicki6y@jigsy.com,"
    "(943) 8641482,New Zealand,Denmark,2/14/19,9:56"
)
SAMPLE_ITEM = {
    "flight_id": {"N": "2452052965"},
    "airlines_name": {"S": "American"},
    "available_seats": {"N": "502"},
    "seat_type": {"S": "FirstClass"},
    "support": {"S": "fhryniewicki6y@jigsy.com"},
    "phone": {"S": "(943) 8641482"},
    "from": {"S": "New Zealand"},
    "to": {"S": "Denmark"},
    "date": {"S": "2/14/19"},
    "time": {"S": "9:56"},
}
FIELDS = SAMPLE_LINE.split(",")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A table that is there, and empty."""
    with Endpoint() as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
        yield endpoint


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str | bytes], str]:
    """The path of a file with this content."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "flights.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def fields_with(**changes: str) -> list[str]:
    """The sample row's fields, some of them changed."""
    return [changes.get(name, text) for name, text in zip(SAMPLE_ITEM, FIELDS, strict=True)]


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


def test_the_seconds_are_those_since_the_start(script: Script, endpoint: Endpoint) -> None:
    out = script("load_flights", "flights", str(ROOT / "data/flights_data.csv"), "us-east-2").out
    seconds = [float(line.split()[-2]) for line in out.splitlines()[:-1]]
    assert seconds == sorted(seconds)
    assert float(out.split()[-1]) >= seconds[-1]


@pytest.mark.parametrize("rows", [1, 249, 250, 251, 2510])
def test_there_is_a_progress_line_for_every_250_rows_and_a_total(
    script: Script, endpoint: Endpoint, csv_file: Callable[[str], str], rows: int
) -> None:
    path = csv_file("".join(f"{number}{SAMPLE_LINE}\n" for number in range(1, rows + 1)))
    out = masked(script("load_flights", "flights", path, "us-east-2").out)
    lines = [f"Processed {told} items in <seconds> seconds\n" for told in range(250, rows + 1, 250)]
    assert out == "".join(lines) + f"TotalRowCount: {rows}, Total seconds: <seconds>\n"
    assert len(endpoint.items("us-east-2")) == rows


@pytest.mark.parametrize(
    "content",
    [
        SAMPLE_LINE,
        f"{SAMPLE_LINE}\n",
        f"{SAMPLE_LINE}\r\n",
        f"{SAMPLE_LINE}\n\n",
        f"{SAMPLE_LINE}\r\n\r\n\r\n",
        f"\ufeff{SAMPLE_LINE}\n",
        ",".join(f'"{text}"' for text in FIELDS),
        "\ufeff" + ",".join(f'"{text}"' for text in FIELDS) + "\r\n",
        f"000{SAMPLE_LINE.replace(',502,', ',0502,')}",
    ],
)
def test_files_as_they_come_are_read_alike(content: str) -> None:
    rows = list(read_rows(io.BytesIO(content.encode()), "flights.csv"))
    assert rows == [Row((2452052965, "American"), SAMPLE_ITEM)]


def test_quoted_fields_may_hold_commas_quotes_and_line_ends() -> None:
    fields = fields_with(support='"Help",\r\ncall us', to="Côte d'Ivoire")
    file = io.StringIO()
    csv.writer(file).writerow(fields)
    [row] = read_rows(io.BytesIO(file.getvalue().encode()), "flights.csv")
    assert row.item["support"] == {"S": '"Help",\r\ncall us'}
    assert row.item["to"] == {"S": "Côte d'Ivoire"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"flight_id": "12a"}, "flight_id '12a' is no whole number of 38 digits at most"),
        ({"flight_id": ""}, "flight_id '' is no whole number of 38 digits at most"),
        ({"flight_id": "1.5"}, "flight_id '1.5' is no whole number of 38 digits at most"),
        ({"flight_id": "\u0661"}, "flight_id '\u0661' is no whole number of 38 digits at most"),
        ({"flight_id": "9" * 39}, f"flight_id '{'9' * 39}' is no whole number"),
        ({"airlines_name": ""}, "airlines_name is empty"),
        ({"airlines_name": "é" * 513}, "airlines_name is longer than 1024 bytes"),
        ({"available_seats": "many"}, "available_seats 'many' is no whole number, 0 or more"),
        ({"available_seats": "-1"}, "available_seats '-1' is no whole number, 0 or more"),
        ({"available_seats": " 5"}, "available_seats ' 5' is no whole number, 0 or more"),
        ({"support": "x" * 400 * 1024}, "the item would be larger than 400 KB"),
    ],
)
def test_a_row_that_dynamodb_would_not_take_is_wrong(changes: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        to_row(fields_with(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"flight_id": "9" * 38, "available_seats": "0"},
        {"airlines_name": "é" * 512},
        {"phone": "", "time": ""},
        {"support": "x" * 409_000},
    ],
)
def test_a_row_at_the_limits_is_not_wrong(changes: dict[str, str]) -> None:
    item = to_row(fields_with(**changes)).item
    for name, text in changes.items():
        assert list(item[name].values()) == [text]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (f"{SAMPLE_LINE}\n1,Delta,5\n", "2: 3 instead of 10 fields"),
        (f"{SAMPLE_LINE}\n{SAMPLE_LINE},x\n", "2: 11 instead of 10 fields"),
        (f"{SAMPLE_LINE}\n\n{SAMPLE_LINE}\n", "2: a blank line, and rows after it"),
        (
            f"{','.join(SAMPLE_ITEM)}\n{SAMPLE_LINE}\n",
            "1: this looks like a header: delete the line",
        ),
        (
            SAMPLE_LINE.replace("Denmark", '"Den\nmark"') + "\n1,y\n",
            "3: 2 instead of 10 fields",
        ),
        (
            f'{SAMPLE_LINE}\n"{SAMPLE_LINE}\n',
            "2: not CSV (unexpected end of data)",
        ),
        (
            f'{SAMPLE_LINE}\n"1"2{SAMPLE_LINE}\n',
            "2: not CSV (',' expected after '\"')",
        ),
        (
            f'"{"x" * 500_000}\n',
            "1: the item would be larger than 400 KB",
        ),
        (f"{SAMPLE_LINE}\n1\0{SAMPLE_LINE}\n", "2: a NUL byte, so that this is not a CSV file"),
        (
            f"{SAMPLE_LINE}\n{SAMPLE_LINE}é\n".encode("latin-1"),
            "2: not UTF-8 (byte 0xe9): save the file as UTF-8",
        ),
        (SAMPLE_LINE.encode("utf-16"), "1: not UTF-8 (byte 0xff): save the file as UTF-8"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(
    script: Script,
    endpoint: Endpoint,
    csv_file: Callable[[str | bytes], str],
    content: str | bytes,
    wrong: str,
) -> None:
    path = csv_file(content)
    finished = script("load_flights", "flights", path, "us-east-2")
    assert finished == (1, "", f"load_flights.py: {path}:{wrong}\n")
    assert not endpoint.calls


def test_a_wrong_last_line_keeps_the_first_2500_from_being_written(
    script: Script, endpoint: Endpoint, csv_file: Callable[[str], str]
) -> None:
    path = csv_file((ROOT / "data/flights_data.csv").read_text() + "1,Delta,,,,,,,,\n")
    finished = script("load_flights", "flights", path, "us-east-2")
    assert finished.err.startswith(f"load_flights.py: {path}:2501: available_seats '' is no whole")
    assert not endpoint.calls


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_a_file_without_rows_is_wrong(
    script: Script, endpoint: Endpoint, csv_file: Callable[[str], str], content: str
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


def test_a_pipe_is_refused_since_it_cannot_be_read_twice(endpoint: Endpoint) -> None:
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
        "load_flights.py: /dev/stdin is a pipe, and cannot be read twice:"
        " save it as a file first\n",
    )
    assert not endpoint.calls


def test_rows_that_come_back_unprocessed_are_sent_again() -> None:
    rows = [to_row(fields_with(flight_id=str(number))) for number in range(3)]
    client = boto3.client("dynamodb", region_name="us-east-2")
    puts = [{"PutRequest": {"Item": row.item}} for row in rows]
    with Stubber(client) as stub:
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {"flights": puts[1:2]}},
            {"RequestItems": {"flights": puts}},
        )
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {}},
            {"RequestItems": {"flights": puts[1:2]}},
        )
        assert list(load_flights.load(client, "flights", iter(rows))) == [2, 1]
        stub.assert_no_pending_responses()


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
    with Endpoint(overtaking=0.02, kinds=["in part", "reset after"], faults=0.2) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
        finished = script("load_flights", "flights", path, "us-east-2")
        items = endpoint.items("us-east-2").values()
        seats = {int(item["flight_id"]["N"]): int(item["available_seats"]["N"]) for item in items}
    assert finished.code == 0
    assert "TotalRowCount: 1500," in finished.out
    assert seats == last
    assert "ValidationException" not in endpoint.refused  # no batch held a key twice


def test_what_is_acknowledged_after_the_end_counts_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load_flights, "SETTLE_SECONDS", 0.2)
    rows = list(numbered("abc"))
    never = threading.Event()

    def write(batch: Batch) -> list[Row]:
        if batch.attempt == 2:
            raise OSError("lost on the way")
        if batch.attempt == 3:
            never.wait(60)
        return rows[:1]

    calls: Calls[Batch, list[Row]] = Calls(write)
    for attempt in (1, 2, 1, 3):
        calls.start(Batch(0, rows, attempt))
    assert list(settle(calls)) == [2, 2]
    never.set()


def numbered(keys: str) -> Iterator[Row]:
    """A row for each letter, which is its airline; its seats are its place among the rows."""
    for place, key in enumerate(keys):
        yield Row((1, key), {"available_seats": {"N": str(place)}})


def last_written(backlog: Backlog, under_way: tuple[Row, ...], size: int) -> Iterator[list[str]]:
    """The places of the rows in the order written, for every way in which calls may end."""
    backlog = copy.deepcopy(backlog)
    taken = tuple(backlog.take(size))
    assert len({row.key for row in under_way + taken}) == len(under_way + taken)
    if not under_way + taken:
        assert backlog.empty
        yield []
    for row in under_way + taken:
        others = tuple(other for other in under_way + taken if other is not row)
        then = copy.deepcopy(backlog)
        then.acknowledge([row])
        for rest in last_written(then, others, size):
            yield [row.item["available_seats"]["N"], *rest]


@pytest.mark.parametrize("keys", ["aa", "aba", "aaab", "abab", "aabca"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_rows_of_one_key_are_written_in_the_order_of_the_file(keys: str, size: int) -> None:
    backlog = Backlog(iter(list(numbered(keys))))
    orders = list(last_written(backlog, (), size))
    assert orders
    for order, key in itertools.product(orders, set(keys)):
        assert sorted(order) == sorted(map(str, range(len(keys))))
        assert [place for place in order if keys[int(place)] == key] == sorted(
            place for place in order if keys[int(place)] == key
        )


def test_what_is_given_back_is_taken_again_first() -> None:
    backlog = Backlog(numbered("abcdef"))
    first = backlog.take(3)
    backlog.give_back(first[1:])
    backlog.acknowledge(first[:1])
    assert [row.key[1] for row in backlog.take(4)] == ["b", "c", "d", "e"]


def test_no_more_rows_are_held_than_there_is_room_for() -> None:
    rows = numbered("a" * 1000)
    backlog = Backlog(rows, most=10)
    [first] = backlog.take(25)
    assert len(list(rows)) == 990
    backlog.acknowledge([first])
    assert len(backlog.take(25)) == 1


def taken_from_a_small_table(units: float, burst: float, rows: int) -> tuple[float, int, int]:
    """Rows sent at the pace to a table, one call at a time: seconds, calls, and those throttled."""
    now, left, calls, throttled = 0.0, burst, 0, 0
    pace = Pace(now)
    while rows:
        if now < pace.due:
            left, now = min(burst, left + (pace.due - now) * units), pace.due
        batch = Batch(now, list(numbered("a" * min(rows, pace.batch_size()))), started=now)
        pace.sent(len(batch.rows), now)
        left, now = min(burst, left + 0.02 * units), now + 0.02
        taken = min(len(batch.rows), int(left))
        left, rows, calls = left - taken, rows - taken, calls + 1
        throttled += taken < len(batch.rows)
        pace.answered(batch, taken, now)
    return now, calls, throttled


@pytest.mark.parametrize(("units", "burst"), [(5, 5), (30, 300), (100, 300), (800, 2000)])
def test_a_small_table_is_used_to_the_full_without_hammering_it(units: int, burst: int) -> None:
    rows = burst + 30 * units
    seconds, calls, throttled = taken_from_a_small_table(units, burst, rows)
    assert rows >= 0.95 * (burst + seconds * units)
    assert throttled < calls / 3


def test_only_what_was_sent_since_slows_it_down_again() -> None:
    rows = list(numbered("a" * 25))
    pace = Pace(0)
    pace.answered(Batch(0, rows, started=0), 20, 1)
    slow, due = pace.rate, pace.due
    pace.answered(Batch(0, rows, started=0.5), 0, 1.1)
    assert (pace.rate, pace.due) == (slow, due)
    pace.answered(Batch(0, rows, started=due), 5, due + 1)
    assert pace.rate < slow


def test_after_each_batch_refused_whole_the_pause_is_longer() -> None:
    rows = list(numbered("a" * 25))
    pace, now, pauses = Pace(0), 0.0, []
    for _ in range(6):
        pace.answered(Batch(0, rows, started=now), 0, now + 0.001)
        pauses.append(pace.due - now)
        now = pace.due
    assert pauses[0] < 0.2
    assert pauses[5] > 4 * pauses[0]


def test_without_throttling_there_is_no_pace() -> None:
    pace = Pace(0)
    pace.sent(25, 0)
    pace.answered(Batch(0, list(numbered("a" * 25))), 25, 0.02)
    assert pace.due == 0
    assert pace.batch_size() == 25


def test_after_throttling_it_speeds_up_again() -> None:
    pace = Pace(0)
    pace.answered(Batch(0, list(numbered("a" * 25))), 0, 1)
    slow, now = pace.rate, 1.0
    while pace.rate < 1000 * slow:
        now = pace.due
        batch = Batch(now, list(numbered("a" * pace.batch_size())), started=now)
        pace.sent(len(batch.rows), now)
        pace.answered(batch, len(batch.rows), now)
    assert now < 15


def test_on_a_terminal_there_is_a_bar_and_stdout_is_as_ever(endpoint: Endpoint) -> None:
    terminal, its_end = pty.openpty()
    arguments = ("flights", str(ROOT / "data/flights_data.csv"), "us-east-2")
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


def test_trouble_in_the_middle_of_the_file_is_that_of_its_line() -> None:
    rows = read_rows(io.BytesIO(f"{SAMPLE_LINE}\nwrong\n".encode()), "flights.csv")
    assert next(rows).item == SAMPLE_ITEM
    with pytest.raises(Trouble, match=r"flights\.csv:2: 1 instead of 10 fields"):
        next(rows)


def test_a_table_that_hands_back_every_row_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_flights, "PATIENCE_SECONDS", 0.2)
    rows = [Row((number, "Delta"), {}) for number in range(100)]
    calls: Calls[Batch, list[Row]] = Calls(lambda batch: batch.rows)
    with pytest.raises(Trouble, match=r"not one row in 0\.2 seconds: wait a minute, or"):
        list(send_all(calls, iter(rows)))
