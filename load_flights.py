"""Load a CSV file of flights into a table in one region.

    $ python load_flights.py flights data/flights_data.csv us-east-2

The file has no header and ten columns: flight_id, airlines_name, available_seats, seat_type,
support, phone, from, to, date, time. All of it is checked before anything is written. A row
replaces the item of its flight_id and airlines_name, so that loading a file again does no harm.
"""

import argparse
import csv
import heapq
import itertools
import math
import random
import re
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from common.aws import dynamodb, region
from common.calls import Calls
from common.cli import run
from common.errors import MORE_CAPACITY, Trouble, explained, is_passing, is_throttled
from common.flights import PARTITION_KEY, SEATS, SORT_KEY
from common.timing import Stopwatch, in_seconds

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import WriteRequestTypeDef

OTHERS = "seat_type support phone from to date time".split()
COLUMNS = (PARTITION_KEY, SORT_KEY, SEATS, *OTHERS)
TELL_EVERY = 250  # rows

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
WHOLE_NUMBER = re.compile("-?[0-9]{1,38}")
SORT_KEY_BYTES = 1024
ITEM_BYTES = 400 * 1024
TOO_LARGE = f"the item would be larger than {ITEM_BYTES // 1024} KB"
BATCH = 25  # items in a call of BatchWriteItem

AT_ONCE = 48  # calls; with more, this machine is what they wait for
ATTEMPTS = 8  # to send a batch that meets errors other than throttling
PATIENCE_SECONDS = 30  # in which not a single row is acknowledged
SETTLE_SECONDS = 1  # for the answers that are on their way when the load has to end

Key = tuple[int, str]
Item = dict[str, dict[str, str]]


class Row(NamedTuple):
    key: Key
    item: Item


@dataclass(order=True)
class Batch:
    """Rows for one call, no two of one key. Times are time.monotonic()'s."""

    due: float
    rows: list[Row] = field(compare=False)
    attempt: int = field(default=1, compare=False)
    started: float = field(default=0, compare=False)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument("csv", metavar="CSV")
    parser.add_argument("region", metavar="REGION", type=region)
    args = parser.parse_args(argv)
    done = told = 0
    with Stopwatch() as watch, open(args.csv, "rb") as file:
        total = count_rows(file, args.csv)
        client = dynamodb(args.region, connections=AT_ONCE, attempts=1)  # load() tries again itself
        try:
            for acknowledged in load(client, args.table, read_rows(file, args.csv)):
                done += acknowledged
                while told + TELL_EVERY <= done:
                    told += TELL_EVERY
                    clear_bar()
                    seconds = in_seconds(watch.seconds)
                    print(f"Processed {told} items in {seconds} seconds", flush=True)
                draw_bar(done, total, watch.seconds)
        except (Trouble, KeyboardInterrupt) as end:
            so_far = f"at least {done} of {total} rows are loaded; running this again is safe"
            raise type(end)(f"{str(end) or 'interrupted'} ({so_far})") from end
        finally:
            clear_bar()
    print(f"TotalRowCount: {done}, Total seconds: {in_seconds(watch.seconds)}")
    return 0


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


class Backlog:
    """The rows that were read and are not yet acknowledged.

    Of the rows of one key only the first may be on its way, so that the last in the file is written
    last, however calls overtake one another. At most `most` rows are held, however long the file.
    """

    def __init__(self, rows: Iterator[Row], most: int = 4 * AT_ONCE * BATCH) -> None:
        self._unread = rows
        self._room = most
        self._ready: deque[Row] = deque()
        self._of_key: dict[Key, list[Row]] = {}  # the first is ready, or on its way
        self._read_all = False

    @property
    def empty(self) -> bool:
        return self._read_all and not self._of_key

    def take(self, most: int) -> list[Row]:
        """Rows for a batch; none if all that are left have to wait for those on their way."""
        while len(self._ready) < most and self._room and not self._read_all:
            row = next(self._unread, None)
            if row is None:
                self._read_all = True
                break
            self._room -= 1
            same = self._of_key.setdefault(row.key, [])
            same.append(row)
            if len(same) == 1:
                self._ready.append(row)
        return [self._ready.popleft() for _ in range(min(most, len(self._ready)))]

    def give_back(self, rows: Sequence[Row]) -> None:
        """These were not written: they are the next to be taken."""
        self._ready.extendleft(reversed(rows))

    def acknowledge(self, rows: Sequence[Row]) -> None:
        """These were written: the next rows of their keys may go."""
        self._room += len(rows)
        for row in rows:
            same = self._of_key[row.key]
            same.pop(0)
            if same:
                self._ready.append(same[0])
            else:
                del self._of_key[row.key]


class Pace:
    """How fast rows go out: as fast as can be, until DynamoDB throttles some.

    Then a little slower than it has taken them of late; and each batch that it takes whole makes
    the next ones faster, by one percent more than the batch before did. After a batch of which it
    takes nothing there is a pause, twice as long each time.
    """

    def __init__(self, now: float) -> None:
        self.rate = math.inf  # rows a second
        self.due = now  # when the next batch may go
        self._slowed = self._since = now
        self._taken: float = 0
        self._whole_in_a_row = self._refused_in_a_row = 0

    def batch_size(self) -> int:
        """Rows for the next batch: a slow table gets smaller ones, at least four a second."""
        return max(1, int(min(BATCH, self.rate / 4)))

    def sent(self, rows: int, now: float) -> None:
        self.due = max(self.due, now) + rows / self.rate * random.uniform(0.8, 1.2)

    def answered(self, batch: Batch, taken: int, now: float) -> None:
        """DynamoDB took so many rows of this batch, and throttled the rest."""
        self._taken += taken
        if taken == len(batch.rows):
            self._whole_in_a_row += 1
            self._refused_in_a_row = 0
            self.rate *= 1 + self._whole_in_a_row / 100
        elif batch.started >= self._slowed:  # those sent before say nothing about the pace since
            self._whole_in_a_row = 0
            self._refused_in_a_row = 0 if taken else self._refused_in_a_row + 1
            self._slow_down(batch, taken, now)

    def _slow_down(self, batch: Batch, taken: int, now: float) -> None:
        if math.isinf(self.rate):
            # So far the table lived on what it had saved up. Go on with a batch each round trip.
            self.rate = len(batch.rows) / max(now - batch.started, 0.001)
            self._taken, self._since = 0, now
        elif taken:
            # It had nothing to spare when it last threw rows back, nor has it now: what it took in
            # between is what it can take.
            took = self._taken / max(now - self._since, 0.001)
            self.rate = max(self.rate / 8, took / 2, 0.9 * min(self.rate, took))
            self._taken, self._since = self._taken / 2, (self._since + now) / 2  # forget, by halves
        self._slowed = now
        self.due = now if taken else now + pause(self._refused_in_a_row)
        self.sent(self.batch_size(), now)


def pause(times: int) -> float:
    """Seconds to wait when something has gone wrong so many times, with jitter."""
    return random.uniform(0.5, 1) * min(5.0, 0.025 * 2.0**times)


def load(client: "DynamoDBClient", table: str, rows: Iterator[Row]) -> Iterator[int]:
    """Write all rows. Yields how many DynamoDB has acknowledged, each time that it does.

    Raises Trouble when an error does not pass.
    """
    calls: Calls[Batch, list[Row]] = Calls(lambda batch: write(client, table, batch.rows))
    with explained(client, table):
        try:
            yield from send_all(calls, rows)
        except (Exception, KeyboardInterrupt):
            yield from settle(calls)
            raise


def send_all(calls: Calls[Batch, list[Row]], rows: Iterator[Row]) -> Iterator[int]:
    """Send all rows, and again what is throttled or lost on the way. Yields what load() yields.

    Raises the error that does not pass, or has not when ATTEMPTS are spent on a batch or
    PATIENCE_SECONDS are over.
    """
    backlog = Backlog(rows)
    pace = Pace(time.monotonic())
    failed: list[Batch] = []  # a heap: on top the one to be sent again first
    heard = time.monotonic()
    while True:
        now = time.monotonic()
        while calls.running < AT_ONCE and (batch := next_batch(failed, backlog, pace, now)):
            batch.started = now
            calls.start(batch)
        if backlog.empty:
            return
        full = calls.running == AT_ONCE
        done = calls.next_done(timeout=None if full else until_next(failed, pace, now))
        if done is None:
            continue
        batch, answer = done
        now = time.monotonic()
        if isinstance(answer, Exception):
            if now - heard > PATIENCE_SECONDS:
                raise answer
            if is_passing(answer) and batch.attempt < ATTEMPTS:
                due = now + pause(batch.attempt)
                heapq.heappush(failed, Batch(due, batch.rows, batch.attempt + 1))
                continue
            if not is_throttled(answer):
                raise answer
            answer = batch.rows
        back = {row.key for row in answer}
        taken = [row for row in batch.rows if row.key not in back]
        backlog.acknowledge(taken)
        backlog.give_back(answer)
        pace.answered(batch, len(taken), now)
        if taken:
            heard = now
            yield len(taken)
        elif now - heard > PATIENCE_SECONDS:
            raise Trouble(
                f"DynamoDB took not one row in {PATIENCE_SECONDS} seconds: {MORE_CAPACITY}"
            )


def settle(calls: Calls[Batch, list[Row]]) -> Iterator[int]:
    """Count what is still acknowledged, though for SETTLE_SECONDS only: it will be in the table."""
    end = time.monotonic() + SETTLE_SECONDS
    while calls.running and (done := calls.next_done(timeout=max(0, end - time.monotonic()))):
        batch, unprocessed = done
        if not isinstance(unprocessed, Exception):
            yield len(batch.rows) - len(unprocessed)


def next_batch(failed: list[Batch], backlog: Backlog, pace: Pace, now: float) -> Batch | None:
    """What to send now, if anything: what failed and has waited long enough comes first."""
    if failed and failed[0].due <= now:
        return heapq.heappop(failed)
    if pace.due <= now and (rows := backlog.take(pace.batch_size())):
        pace.sent(len(rows), now)
        return Batch(now, rows)
    return None


def until_next(failed: list[Batch], pace: Pace, now: float) -> float | None:
    """In how many seconds there may be something to send; None: not until an answer comes."""
    dues = [pace.due, *(batch.due for batch in failed[:1])]
    return min((due - now for due in dues if due > now), default=None)


def write(client: "DynamoDBClient", table: str, rows: Sequence[Row]) -> list[Row]:
    """Write rows in one call. Returns those that DynamoDB hands back, since it throttled them."""
    puts: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": row.item}} for row in rows]
    answer = client.batch_write_item(RequestItems={table: puts})
    back = set()
    for request in itertools.chain.from_iterable(answer.get("UnprocessedItems", {}).values()):
        item = request["PutRequest"]["Item"]
        back.add((int(item[PARTITION_KEY]["N"]), item[SORT_KEY]["S"]))
    return [row for row in rows if row.key in back]


def draw_bar(done: int, total: int, seconds: float) -> None:
    """On a terminal: a line on stderr, which the next line printed there takes the place of."""
    if sys.stderr.isatty():
        bar = "#" * (30 * done // total)
        rate = f"{done / seconds:.0f} rows a second"
        print(f"\r[{bar:30}] {done}/{total}, {rate} ", end="", file=sys.stderr, flush=True)


def clear_bar() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(run(main))
