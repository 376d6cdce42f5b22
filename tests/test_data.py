"""data/flights_data.csv holds what the exercise needs, and make_flights.py makes it again."""

import csv
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.sample_row import SAMPLE_LINE
from tests.scripts import ROOT, SEATS

DATA = ROOT / "data"

SAMPLE_FLIGHTS = {(str(number), airline, str(seats)) for (number, airline), seats in SEATS.items()}


def make_flights(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(DATA / "make_flights.py"), *arguments]
    return subprocess.run(command, capture_output=True, timeout=60)


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    return rows_of((DATA / "flights_data.csv").read_text("utf-8"))


def test_the_script_makes_the_file_again_byte_for_byte() -> None:
    made = make_flights()
    assert (made.returncode, made.stderr) == (0, b"")
    assert made.stdout == (DATA / "flights_data.csv").read_bytes()


def test_2500_flights_of_ten_columns_each_flight_id_once(rows: list[list[str]]) -> None:
    assert len(rows) == 2500
    assert {len(row) for row in rows} == {10}
    assert len({row[0] for row in rows}) == 2500


def test_the_exercises_sample_row_is_there_as_given() -> None:
    assert SAMPLE_LINE in (DATA / "flights_data.csv").read_text("utf-8").split("\n")


def test_the_ten_sample_flights_have_their_airlines_and_seats(rows: list[list[str]]) -> None:
    assert {(row[0], row[1], row[2]) for row in rows} >= SAMPLE_FLIGHTS


def test_the_rows_are_in_no_order(rows: list[list[str]]) -> None:
    ascending = sum(int(row[0]) < int(later[0]) for row, later in pairwise(rows))
    assert 0.4 < ascending / len(rows) < 0.6
    places = [place for place, row in enumerate(rows) if (row[0], row[1], row[2]) in SAMPLE_FLIGHTS]
    assert places[-1] - places[0] > 1000


@pytest.mark.parametrize(
    ("column", "form"),
    [
        (0, r"[1-9]\d{6,9}"),
        (1, r"[A-Za-z]+"),
        (2, r"0|[1-9]\d{0,2}"),
        (3, r"(Premium)?Economy|Business|FirstClass"),
        (4, r"[a-z]+\d+@example\.(com|net|org)|fhryniewicki6y@jigsy\.com"),
        (5, r"\(\d{3}\) (55501\d\d|8641482)"),
        (6, r"[A-Z][a-z]+( [A-Z][a-z]+)?"),
        (7, r"[A-Z][a-z]+( [A-Z][a-z]+)?"),
        (8, r"([1-9]|1[0-2])/([1-9]|[12]\d|3[01])/19"),
        (9, r"(\d|1\d|2[0-3]):[0-5]\d"),
    ],
)
def test_every_value_has_its_form(rows: list[list[str]], column: int, form: str) -> None:
    assert [row for row in rows if not re.fullmatch(form, row[column])] == []


def test_nobody_flies_to_where_they_are(rows: list[list[str]]) -> None:
    assert [row for row in rows if row[6] == row[7]] == []


def test_any_number_of_rows_from_any_seed() -> None:
    def made_with(seed: str) -> list[list[str]]:
        return rows_of(make_flights("300", seed).stdout.decode())

    first, again, other = made_with("1"), made_with("1"), made_with("2")
    assert first == again
    assert first != other
    for made in (first, other):
        assert len({row[0] for row in made}) == len(made) == 300
        assert SAMPLE_LINE.split(",") in made


@pytest.mark.parametrize("arguments", ["ten", "10", "-5", "1.5", "20 x", "20 -1", "20 1 2"])
def test_a_wrong_argument_is_answered_with_the_usage(arguments: str) -> None:
    made = make_flights(*arguments.split())
    assert made.returncode == 2
    assert made.stdout == b""
    assert made.stderr.startswith(b"usage: make_flights.py [-h] [ROWS] [SEED]\n")


def test_a_reader_who_stops_early_is_no_error() -> None:
    arguments = [sys.executable, str(DATA / "make_flights.py")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as made:
        assert made.stdout is not None
        made.stdout.readline()
        made.stdout.close()
        assert made.stderr is not None
        assert made.stderr.read() == b""
