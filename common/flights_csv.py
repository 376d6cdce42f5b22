"""What a CSV file of flights is: the rows that it holds, and what is wrong with a line."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from common.errors import Trouble
from common.flights import COLUMNS, PARTITION_KEY, SEATS, SORT_KEY, Row

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
WHOLE_NUMBER = re.compile("-?[0-9]{1,38}")
SORT_KEY_BYTES = 1024
ITEM_BYTES = 400 * 1024
TOO_LARGE = f"the item would be larger than {ITEM_BYTES // 1024} KB"


def count_rows(file: BinaryIO, path: str) -> int:
    """Check the whole file, and count its rows."""
    if not file.seekable():
        raise Trouble(f"{path} is a pipe, and cannot be read twice: save it as a file first")
    total = sum(1 for _ in read_rows(file, path))
    if not total:
        raise Trouble(f"{path} has no rows: is it the right file?")
    return total


def read_rows(file: BinaryIO, path: str) -> Iterator[Row]:
    """The rows of the file, each read when it is asked for. Trouble names a wrong line."""
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
            if "field limit" in str(error):
                raise Trouble(f"{path}:{number}: {TOO_LARGE}") from error
            raise Trouble(f"{path}:{number}: not CSV ({error})") from error
        if not fields:
            blank = blank or number
            continue
        if blank:
            raise Trouble(f"{path}:{blank}: a blank line, and rows after it")
        try:
            row = to_row(fields)
        except ValueError as error:
            if number == 1 and looks_like_header(fields):
                raise Trouble(f"{path}:1: this looks like a header: delete the line") from error
            raise Trouble(f"{path}:{number}: {error}") from error
        yield row


def decode(file: Iterable[bytes], path: str) -> Iterator[str]:
    """The lines of the file. They are decoded one by one, so that Trouble can name one."""
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            byte = f"byte {line[error.start]:#04x}"
            raise Trouble(f"{path}:{number}: not UTF-8 ({byte}): save the file as UTF-8") from error
        if "\0" in text:
            raise Trouble(f"{path}:{number}: a NUL byte, so that this is not a CSV file")
        yield text


def to_row(fields: list[str]) -> Row:
    """The item that a line's fields make. ValueError says what is wrong with them."""
    if len(fields) != len(COLUMNS):
        raise ValueError(f"{len(fields)} instead of {len(COLUMNS)} fields")
    flight_id, airline, seats, *_ = fields
    if not WHOLE_NUMBER.fullmatch(flight_id):
        raise ValueError(
            f"{PARTITION_KEY} {flight_id[:50]!r} is no whole number of 38 digits at most"
        )
    if not airline:
        raise ValueError(f"{SORT_KEY} is empty")
    if len(airline.encode()) > SORT_KEY_BYTES:
        raise ValueError(f"{SORT_KEY} is longer than {SORT_KEY_BYTES} bytes")
    if not WHOLE_NUMBER.fullmatch(seats) or int(seats) < 0:
        raise ValueError(
            f"{SEATS} {seats[:50]!r} is no whole number, 0 or more, of 38 digits at most"
        )
    if sum(len(text.encode()) for text in (*COLUMNS, *fields)) > ITEM_BYTES:
        raise ValueError(TOO_LARGE)
    item = {column: {"S": text} for column, text in zip(COLUMNS, fields, strict=True)}
    item[PARTITION_KEY] = {"N": str(int(flight_id))}
    item[SEATS] = {"N": str(int(seats))}
    return Row((int(flight_id), airline), item)


def looks_like_header(fields: list[str]) -> bool:
    numbers = (fields[COLUMNS.index(column)] for column in (PARTITION_KEY, SEATS))
    return len(fields) == len(COLUMNS) and not any(map(WHOLE_NUMBER.fullmatch, numbers))
