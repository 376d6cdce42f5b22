"""watch_flights.py, through a pipe and on a terminal."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fake_dynamodb.server import FakeDynamoDB
from tests.clients import KEY, Clients, create_global_table
from tests.scripts import FLIGHTS_DATA, Script, command
from tests.waiting import until

WATCH = ("watch_flights", "flights", "us-east-2", "eu-west-1")


class Watcher:
    """A watch_flights.py that runs on its own."""

    def __init__(self, process: subprocess.Popen[bytes], output: int) -> None:
        self.process, self._output = process, output
        self.out = ""

    def shows(self, text: str) -> None:
        """Wait until it has printed this."""
        os.set_blocking(self._output, False)

        until(lambda: re.search(text, self._read()))

    def interrupt(self) -> int:
        """Press Ctrl-C, and read the rest. Returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(10)
        self._read()
        return code

    def _read(self) -> str:
        while True:
            try:
                data = os.read(self._output, 65536)
            except OSError:  # nothing more at present, or the terminal is closed
                return self.out
            if not data:
                return self.out
            self.out += data.decode().replace("\r\n", "\n")


@contextmanager
def watching(*arguments: str, size: tuple[int, int] | None = None) -> Iterator[Watcher]:
    """A watcher at a pipe, or on a terminal of so many lines and columns."""
    if size:
        mine, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    else:
        mine, its = os.pipe()
    with subprocess.Popen(
        command(*WATCH, *arguments), stdout=its, stderr=subprocess.PIPE
    ) as process:
        os.close(its)
        try:
            yield Watcher(process, mine)
        finally:
            process.kill()
            os.close(mine)


def update(client: object, seats: int) -> None:
    client.update_item(  # type: ignore[attr-defined]
        TableName="flights",
        Key=KEY,
        UpdateExpression="SET available_seats = :seats",
        ExpressionAttributeValues={":seats": {"N": str(seats)}},
    )


SIX_LINES = """\
        flight                        us-east-2      eu-west-1
    <s> 5603280670 Quatar                   266            266
    <s> 5603280670 Quatar                   222            266
    <s> 5603280670 Quatar                   222            222
    <s> 5603280670 Quatar                   111            222
    <s> 5603280670 Quatar                   111              0
    <s> 5603280670 Quatar                     0              0

Changes seen in <s> seconds: 3
Replaced by a later change before they showed in every region: 1
Lag: min <s>, median <s>, p95 <s>, max <s> seconds, of 2 samples
Possible error: <s> seconds either way, from read to read (at most <s>)
"""


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=2)
def test_steps_5_and_7_are_six_lines_for_one_flight(dynamodb: Clients) -> None:
    ohio, ireland = dynamodb("us-east-2"), dynamodb("eu-west-1")
    with watching("--flight", "5603280670") as watcher:
        watcher.shows("266 +266\n")
        update(ohio, 222)
        watcher.shows(r"222 +266\*\n")
        watcher.shows(r"222 +222\n")
        update(ohio, 111)
        watcher.shows(r"111 +222\*\n")
        update(ireland, 0)
        watcher.shows(r" 0 +0\n")
        assert watcher.interrupt() == 0
    # Of 111 and 0 it cannot always say which was later, so they have the one sign or the other.
    lines = [re.sub(r"[*?]", " ", line).rstrip() for line in watcher.out.splitlines()[:7]]
    lines = [re.sub(r"^ +\d+\.\d (?=\d)", "    <s> ", line) for line in lines]
    assert lines == SIX_LINES.splitlines()[:7]
    ending = re.sub(r"\d+\.\d+", "<s>", watcher.out[watcher.out.index("\n\n") :])
    assert ending == SIX_LINES[SIX_LINES.index("\n\n") :]


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=1)
@pytest.mark.parametrize("size", [(24, 80), (40, 140)])
def test_a_terminal_shows_a_table_and_the_latest_changes_in_place(
    dynamodb: Clients, size: tuple[int, int]
) -> None:
    with watching(size=size) as watcher:
        watcher.shows("658410767 southwest +580 +580")
        update(dynamodb("us-east-2"), 222)
        watcher.shows(r"Quatar +222 + \x1b\[33m266\*\x1b\[0m\x1b\[K\n")
        watcher.shows(r"Quatar +222 +222\x1b\[K\n")
        watcher.shows(r"Quatar +222 +\+\d\.\d s\x1b\[K\n")
        assert watcher.interrupt() == 0
    frames = watcher.out.split("\x1b[H")[1:]
    for frame in frames[:-1]:
        lines = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", frame).splitlines()
        assert len(lines) < size[0]
        assert max(map(len, lines)) <= size[1]
    assert " seconds: 1\n" in frames[-1]


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=1)
def test_no_color_leaves_the_signs(dynamodb: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with watching(size=(24, 80)) as watcher:
        watcher.shows("580 +580")
        update(dynamodb("us-east-2"), 222)
        watcher.shows(r"Quatar +222 +266\*\x1b\[K\n")


@pytest.mark.usefixtures("flights")
def test_a_terminal_shows_lines_if_they_are_asked_for() -> None:
    with watching("--lines", size=(24, 80)) as watcher:
        watcher.shows("580 +580\n")
    assert "\x1b" not in watcher.out


def test_a_region_that_fails_is_shown_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeDynamoDB() as fake:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        with watching("--flight", "5603280670") as watcher:
            watcher.shows("266 +266\n")
            fake.status = None
            watcher.shows("us-east-2 cannot be read: there is no table flights in us-east-2")
            watcher.shows("eu-west-1 cannot be read: there is no table flights in eu-west-1")
            fake.status = "ACTIVE"
            watcher.shows("us-east-2 can be read again\n")
            watcher.shows("eu-west-1 can be read again\n")
            assert watcher.interrupt() == 0
        assert watcher.out.count("cannot be read") == 2
        assert watcher.out.endswith(" in every region: 0\n")


def test_a_region_that_hangs_keeps_no_other_from_being_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeDynamoDB(kinds=["slow"], slow=60) as fake:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        with watching("--flight", "5603280670") as watcher:
            watcher.shows("266 +266\n")
            fake.faults = 0.5
            watcher.shows("cannot be read: no answer for 2 seconds\n")
            assert watcher.interrupt() == 0


def test_nothing_is_written_and_each_region_is_read_with_one_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeDynamoDB() as fake:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        with watching() as watcher:
            until(lambda: fake.calls.total() >= 6)
            watcher.interrupt()
        assert set(fake.calls) == {"BatchGetItem"}


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0)
def test_a_reader_that_goes_away_ends_it(dynamodb: Clients) -> None:
    with subprocess.Popen(
        command(*WATCH), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout
        assert watcher.stderr
        for _ in range(11):
            watcher.stdout.readline()
        watcher.stdout.close()
        update(dynamodb("us-east-2"), 222)
        assert watcher.wait(10) == 141
        assert watcher.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("us-east-2",), "give two or more replicas of the table, each of them once"),
        (("us-east-2", "us-east-2"), "give two or more replicas of the table, each of them once"),
    ],
)
def test_fewer_than_two_regions_are_refused(
    script: Script, arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = script("watch_flights", "flights", *arguments)
    assert (code, out) == (2, "")
    assert err.endswith(f"error: {sentence}\n")


def test_a_missing_flight_is_reported(script: Script, dynamodb: Clients) -> None:
    create_global_table(dynamodb)
    assert script(*WATCH) == (
        1,
        "",
        "watch_flights.py: table flights lacks flight 5603280670 of Quatar:"
        " load data/flights_data.csv with load_flights.py first\n",
    )
