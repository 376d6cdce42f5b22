"""What a CSV file of flights may look like."""

import csv
import io

import pytest

from common.errors import Trouble
from common.flights import Row
from common.flights_csv import read_rows, to_row
from tests.sample_row import FIELDS, SAMPLE_ITEM, SAMPLE_LINE, fields_with


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


def test_trouble_in_the_middle_of_the_file_is_that_of_its_line() -> None:
    rows = read_rows(io.BytesIO(f"{SAMPLE_LINE}\nwrong\n".encode()), "flights.csv")
    assert next(rows).item == SAMPLE_ITEM
    with pytest.raises(Trouble, match=r"flights\.csv:2: 1 instead of 10 fields"):
        next(rows)
