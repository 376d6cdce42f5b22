"""What a CSV file of flights is: which rows it holds, and what can be wrong with a line."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from common.errors import Trouble
from common.flights import COLUMNS, PARTITION_KEY, SEATS, SORT_KEY, Row

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
WHOLE_NUMBER = re.compile("-?[0-9]{1,38}")
COLUMN_NAME = re.compile("(?!n/?a$|null$|nan$|none$)[^\\W\\d][^\\d@:]*")
SORT_KEY_BYTES = 1024
ITEM_BYTES = 400 * 1024
TOO_LARGE = f"the item would be larger than {ITEM_BYTES // 1024} KB"


def count_rows(file: BinaryIO, path: str) -> int:
    """The number of rows in the file. Checks all of them: Trouble names the first wrong line."""
    if not file.seekable():
        raise Trouble(f"{path} is a pipe and cannot be read twice: save it as a file first")
    total = sum(1 for _ in read_lines(file, path))
    if not total:
        raise Trouble(f"{path} has no rows: is it the right file?")
    return total


def read_rows(file: BinaryIO, path: str) -> Iterator[Row]:
    """The rows of the file, read one by one. Trouble names a wrong line."""
    return map(to_row, read_lines(file, path))


def read_lines(file: BinaryIO, path: str) -> Iterator[list[str]]:
    """The fields of each row, from the file's start, checked. Trouble names a wrong line."""
    file.seek(0)
    csv.field_size_limit(ITEM_BYTES)
    lines = csv.reader(decode(file, path), strict=True)
    blank = None
    while True:
        number = lines.line_num + 1
        try:
            fields = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise Trouble(f"{path}:{number}: {not_csv(error, lines.line_num - number)}") from error
        if not fields:
            blank = blank or number
            continue
        if blank:
            raise Trouble(f"{path}:{blank}: a blank line with rows after it: delete the blank line")
        try:
            check(fields)
        except ValueError as error:
            if number == 1 and is_header(fields):
                raise Trouble(f"{path}:1: this is a header: delete the line") from error
            raise Trouble(f"{path}:{number}: {error}") from error
        yield fields


def decode(file: Iterable[bytes], path: str) -> Iterator[str]:
    """The lines of the file. Each is decoded by itself, so Trouble can name it."""
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            byte = f"byte {line[error.start]:#04x}"
            raise Trouble(f"{path}:{number}: not UTF-8 ({byte}): save the file as UTF-8") from error
        if "\0" in text:
            raise Trouble(f"{path}:{number}: a NUL byte: this is not a text file")
        yield text


def not_csv(error: csv.Error, lines_further: int) -> str:
    """What is wrong where the csv module gives up, so many lines after the row's first."""
    if "unexpected end of data" in str(error):
        return "a quote is opened here and never closed"
    if "field limit" in str(error):
        if lines_further:
            return "a quote is opened here, and many lines later it is not closed"
        return TOO_LARGE
    if "new-line character" in str(error):
        return "a line ends with CR alone: save the file with LF or CRLF line ends"
    return f"not CSV ({error})"


def check(fields: list[str]) -> None:
    """Raise ValueError if a line's fields make no row. It says what is wrong with them."""
    if len(fields) != len(COLUMNS):
        raise ValueError(f"{len(fields)} instead of {len(COLUMNS)} fields{separator(fields)}")
    flight_id, airline, seats, *_ = fields
    if not WHOLE_NUMBER.fullmatch(flight_id):
        raise ValueError(not_a_number(PARTITION_KEY, flight_id, "a whole number"))
    if not airline:
        raise ValueError(f"{SORT_KEY} is empty")
    if len(airline.encode()) > SORT_KEY_BYTES:
        raise ValueError(f"{SORT_KEY} is longer than {SORT_KEY_BYTES} bytes")
    if not WHOLE_NUMBER.fullmatch(seats) or int(seats) < 0:
        raise ValueError(not_a_number(SEATS, seats, "a whole number from 0 up"))
    if len("".join((*COLUMNS, *fields)).encode()) > ITEM_BYTES:
        raise ValueError(TOO_LARGE)


def to_row(fields: list[str]) -> Row:
    """The row that the checked fields of a line make."""
    flight_id, airline, seats, *_ = fields
    item = {column: {"S": text} for column, text in zip(COLUMNS, fields, strict=True)}
    item[PARTITION_KEY] = {"N": str(int(flight_id))}
    item[SEATS] = {"N": str(int(seats))}
    return Row((int(flight_id), airline), item)


def separator(fields: list[str]) -> str:
    """Names the separator that a line has instead of commas, where that can be seen."""
    line = ",".join(fields)
    for name, character in (("semicolons", ";"), ("tabs", "\t"), ("vertical bars", "|")):
        if line.count(character) == len(COLUMNS) - 1:
            return f": they are separated by {name}; save the file with commas"
    return ""


def not_a_number(column: str, text: str, wanted: str) -> str:
    """Says which field is not the number it has to be, and what a spreadsheet did to the field."""
    sentence = f"{column} {text[:50]!r} is not {wanted} of at most 38 digits"
    for trace, remedy in SPREADSHEET:
        if trace.fullmatch(text):
            return f"{sentence}: {remedy}"
    return sentence


SPREADSHEET = [
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        (r"", "the field is empty"),
        (r"#.*", "it is a spreadsheet's mark for an error; put the number there"),
        (r"\s+-?\d+\s*|-?\d+\s+", "remove the spaces"),
        (r"\s*\+\d+\s*", "remove the plus sign"),
        (r"'\d+'?", "remove the apostrophe"),
        (
            r"\s*[-+]?\d+([.,]\d+)?[eE][-+]?\d+\s*",
            "a spreadsheet has shortened it, and digits are lost; take the number from its source",
        ),
        (r"[-+]?\d{1,3}([,.'\s\u2019]\d{3})+", "remove the thousands separators"),
        (r"\s*[-+]?\d+[.,]\d*\s*", "remove the decimal point and what follows it"),
    )
]
"""What a spreadsheet leaves in a field of digits, and what to do about it."""


def is_header(fields: list[str]) -> bool:
    """Whether a line names the columns: ten different names, and in each more than a value."""
    names = {field.strip().casefold() for field in fields}
    return len(names) == len(COLUMNS) and all(map(COLUMN_NAME.fullmatch, names))
