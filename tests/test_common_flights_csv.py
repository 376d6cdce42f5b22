"""What a CSV file of flights may look like."""

import csv
import io

import pytest

from common.errors import Trouble
from common.flights import Row
from common.flights_csv import check, read_rows, to_row
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
def test_line_ends_quotes_and_a_byte_order_mark_make_no_difference(content: str) -> None:
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
        ({"flight_id": "12a"}, "flight_id '12a' is not a whole number of at most 38 digits"),
        ({"flight_id": ""}, "flight_id '' is not a whole number of at most 38 digits"),
        ({"flight_id": "1.5"}, "flight_id '1.5' is not a whole number of at most 38 digits"),
        ({"flight_id": "\u0661"}, "flight_id '\u0661' is not a whole number of at most 38 digits"),
        ({"flight_id": "9" * 39}, f"flight_id '{'9' * 39}' is not a whole number"),
        ({"airlines_name": ""}, "airlines_name is empty"),
        ({"airlines_name": "é" * 513}, "airlines_name is longer than 1024 bytes"),
        ({"available_seats": "many"}, "available_seats 'many' is not a whole number from 0 up"),
        ({"available_seats": "-1"}, "available_seats '-1' is not a whole number from 0 up"),
        ({"available_seats": " 5"}, "available_seats ' 5' is not a whole number from 0 up"),
        ({"support": "x" * 400 * 1024}, "the item would be larger than 400 KB"),
    ],
)
def test_a_row_that_dynamodb_would_refuse_is_wrong(changes: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        check(fields_with(**changes))


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
    check(fields_with(**changes))
    item = to_row(fields_with(**changes)).item
    for name, text in changes.items():
        assert list(item[name].values()) == [text]


def test_rows_before_a_wrong_line_are_read_and_trouble_names_the_line() -> None:
    rows = read_rows(io.BytesIO(f"{SAMPLE_LINE}\nwrong\n".encode()), "flights.csv")
    assert next(rows).item == SAMPLE_ITEM
    with pytest.raises(Trouble, match=r"flights\.csv:2: 1 instead of 10 fields"):
        next(rows)


def wrong_line(content: str) -> str:
    """What is said of a file that cannot be read, from the number of the line on."""
    with pytest.raises(Trouble) as trouble:
        list(read_rows(io.BytesIO(content.encode()), "flights.csv"))
    return str(trouble.value).removeprefix("flights.csv:")


@pytest.mark.parametrize(
    "header",
    [
        "flight_id,airlines_name,available_seats,seat_type,support,phone,from,to,date,time",
        "Flight ID,Airline,Seats,Class,E-mail,Phone number,From,To,Date (m/d/y),Time",
        "Flug-Nr.,Linie,freie Plätze,Klasse,Hilfe,Telefon,von,nach,Tag,Zeit",
    ],
)
def test_a_line_of_names_is_a_header_and_may_be_deleted(header: str) -> None:
    assert wrong_line(f"{header}\n{SAMPLE_LINE}\n") == "1: this is a header: delete the line"


@pytest.mark.parametrize(
    ("flight_id", "seats", "wrong"),
    [
        ("1019 ", " 10 ", "flight_id '1019 ' is not a whole number of at most 38 digits: remove"),
        ("1019", " 10 ", "available_seats ' 10 ' is not a whole number from 0 up of at most 38"),
        ("\xa01019", "1", "digits: remove the spaces"),
        ("+1019", "1", "digits: remove the plus sign"),
        ("'1019", "1", "digits: remove the apostrophe"),
        ("1.23E+09", "10.0", "digits: a spreadsheet has shortened it, and digits are lost;"),
        ("1,234", "1,000", "digits: remove the thousands separators"),
        ("1.234.567", "1", "digits: remove the thousands separators"),
        ("1 234", "1", "digits: remove the thousands separators"),
        ("1019", "10.0", "digits: remove the decimal point and what follows it"),
        ("#N/A", "", "digits: it is a spreadsheet's mark for an error; put the number there"),
        ("#REF!", "#REF!", "digits: it is a spreadsheet's mark for an error; put the number there"),
        ("", "", "flight_id '' is not a whole number of at most 38 digits: the field is empty"),
        ("N/A", "N/A", "flight_id 'N/A' is not a whole number of at most 38 digits"),
        ("abc", "def", "flight_id 'abc' is not a whole number of at most 38 digits"),
    ],
)
def test_a_first_row_with_a_wrong_number_is_never_called_a_header(
    flight_id: str, seats: str, wrong: str
) -> None:
    file = io.StringIO()
    csv.writer(file).writerow(fields_with(flight_id=flight_id, available_seats=seats))
    found = wrong_line(file.getvalue())
    assert found.startswith("1: ")
    assert wrong in found


@pytest.mark.parametrize(
    ("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
def test_another_separator_than_commas_is_named(separator: str, name: str) -> None:
    line = SAMPLE_LINE.replace(",", separator)
    assert wrong_line(line) == (
        f"1: 1 instead of 10 fields: they are separated by {name}; save the file with commas"
    )


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (
            f"{SAMPLE_LINE}\r{SAMPLE_LINE}\r",
            "1: a line ends with CR alone: save the file with LF or CRLF line ends",
        ),
        (
            f'{SAMPLE_LINE}\n"{SAMPLE_LINE}\n{SAMPLE_LINE}\n',
            "2: a quote is opened here and never closed",
        ),
        (
            f'{SAMPLE_LINE}\n"' + f"{SAMPLE_LINE}\n" * 9999,
            "2: a quote is opened here, and many lines later it is not closed",
        ),
    ],
)
def test_line_ends_and_quotes_are_named_as_what_they_are(content: str, wrong: str) -> None:
    assert wrong_line(content) == wrong
