"""Write rows to a table in batches, many at a time, as fast as DynamoDB accepts them."""

import heapq
import math
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from common.calls import Calls
from common.errors import MORE_CAPACITY, Trouble, explained, is_throttled, is_transient
from common.flights import KEYS, PARTITION_KEY, SORT_KEY, Key, Row

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import WriteRequestTypeDef

# The most items that BatchWriteItem takes in one call:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH = 25

AT_ONCE = 64  # calls: over TLS, 48 take 1.1 times as long at 200 ms, 100 no less at any distance
ATTEMPTS = 8  # at a batch that meets transient errors
PATIENCE_SECONDS = 30  # without a single acknowledged row before the load gives up
SETTLE_SECONDS = 1  # to wait for the last answers when a load ends early


@dataclass(order=True)
class Batch:
    """Rows for one call, no two with the same key. Times are those of time.monotonic()."""

    due: float
    rows: list[Row] = field(compare=False)
    attempt: int = field(default=1, compare=False)
    started: float = field(default=0, compare=False)


class Outcome(NamedTuple):
    """What became of a batch. DynamoDB leaves rows unprocessed when it throttles a part of it."""

    written: Sequence[Row]
    unprocessed: Sequence[Row]


class Backlog:
    """The rows that were read and are not acknowledged yet.

    Calls overtake one another. So of several rows with one key only the first may be on its way:
    the last one in the file is then written last. Holds `most` rows at most, however long the file.
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
        """Up to `most` rows for a batch. None if all rows left wait for rows on their way."""
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
        """These rows were not written: take() returns them next."""
        self._ready.extendleft(reversed(rows))

    def acknowledge(self, rows: Sequence[Row]) -> None:
        """These rows were written: the next rows with their keys may go."""
        self._room += len(rows)
        for row in rows:
            same = self._of_key[row.key]
            same.pop(0)
            if same:
                self._ready.append(same[0])
            else:
                del self._of_key[row.key]


class Pace:
    """How fast rows go out: without a limit, until DynamoDB throttles some of them.

    From then on the rate is a little below the one at which DynamoDB accepted rows lately. Each
    batch that DynamoDB accepts whole raises the rate, the first by 1 %, the next by 2 %, and so
    on. Each batch that it refuses whole leads to a pause, twice as long as the one before.
    """

    def __init__(self, now: float) -> None:
        self.rate = math.inf  # rows a second
        self.due = now  # when the next batch may go
        self._slowed = self._since = now
        self._taken: float = 0
        self._whole_in_a_row = self._refused_in_a_row = 0

    def batch_size(self) -> int:
        """Rows for the next batch. A slow table gets small batches, about four a second."""
        return max(1, int(min(BATCH, self.rate / 4)))

    def sent(self, rows: int, now: float) -> None:
        self.due = max(self.due, now) + rows / self.rate * random.uniform(0.8, 1.2)

    def answered(self, batch: Batch, taken: int, now: float) -> None:
        """DynamoDB accepted `taken` rows of this batch, and throttled the rest."""
        self._taken += taken
        if taken == len(batch.rows):
            self._whole_in_a_row += 1
            self._refused_in_a_row = 0
            self.rate *= 1 + self._whole_in_a_row / 100
        elif batch.started >= self._slowed:  # an older batch says nothing about the present rate
            self._whole_in_a_row = 0
            self._refused_in_a_row = 0 if taken else self._refused_in_a_row + 1
            self._slow_down(batch, taken, now)

    def _slow_down(self, batch: Batch, taken: int, now: float) -> None:
        if math.isinf(self.rate):
            # The table has used up its saved capacity. Go on with one batch per round trip.
            self.rate = len(batch.rows) / max(now - batch.started, 0.001)
            self._taken, self._since = 0, now
        elif taken:
            # The table had no capacity left at the last throttling, and has none now. So the rows
            # that it accepted in between are what it can take.
            took = self._taken / max(now - self._since, 0.001)
            self.rate = max(self.rate / 8, took / 2, 0.9 * min(self.rate, took))
            self._taken, self._since = self._taken / 2, (self._since + now) / 2  # halve the past
        self._slowed = now
        self.due = now if taken else now + pause(self._refused_in_a_row)
        self.sent(self.batch_size(), now)


def pause(times: int) -> float:
    """Seconds to wait after so many failures in a row, with jitter: 5 at most."""
    return random.uniform(0.5, 1) * min(5.0, 0.025 * 2.0**times)


def load(client: "DynamoDBClient", table: str, rows: Iterator[Row]) -> Iterator[int]:
    """Write all rows. Yields the number of rows in each acknowledgement.

    Raises Trouble for an error that trying again does not mend.
    """
    calls: Calls[Batch, Outcome] = Calls(lambda batch: write(client, table, batch.rows))
    with explained(client, table, KEYS):
        try:
            yield from send_all(calls, rows)
        except (Exception, KeyboardInterrupt):
            yield from settle(calls)
            raise


def send_all(calls: Calls[Batch, Outcome], rows: Iterator[Row]) -> Iterator[int]:
    """Send all rows, and send again those that were throttled or lost. Yields what load() yields.

    Raises at once an error that is not transient. Raises a transient one after ATTEMPTS at one
    batch, or after PATIENCE_SECONDS without an acknowledged row.
    """
    backlog = Backlog(rows)
    pace = Pace(time.monotonic())
    failed: list[Batch] = []  # a heap: the batch to send again first is on top
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
        batch, outcome = done
        now = time.monotonic()
        if isinstance(outcome, Exception):
            if now - heard > PATIENCE_SECONDS:
                raise outcome
            if is_transient(outcome) and batch.attempt < ATTEMPTS:
                due = now + pause(batch.attempt)
                heapq.heappush(failed, Batch(due, batch.rows, batch.attempt + 1))
                continue
            if not is_throttled(outcome):
                raise outcome
            outcome = Outcome(written=[], unprocessed=batch.rows)
        backlog.acknowledge(outcome.written)
        backlog.give_back(outcome.unprocessed)
        pace.answered(batch, len(outcome.written), now)
        if outcome.written:
            heard = now
            yield len(outcome.written)
        elif now - heard > PATIENCE_SECONDS:
            raise Trouble(
                f"DynamoDB has accepted no row for {PATIENCE_SECONDS} seconds: {MORE_CAPACITY}"
            )


def settle(calls: Calls[Batch, Outcome]) -> Iterator[int]:
    """Wait SETTLE_SECONDS for the calls under way: their rows count too. Yields like load()."""
    end = time.monotonic() + SETTLE_SECONDS
    while calls.running and (done := calls.next_done(timeout=max(0, end - time.monotonic()))):
        _, outcome = done
        if not isinstance(outcome, Exception):
            yield len(outcome.written)


def next_batch(failed: list[Batch], backlog: Backlog, pace: Pace, now: float) -> Batch | None:
    """The batch to send now, if any. One that failed and has waited long enough comes first."""
    if failed and failed[0].due <= now:
        return heapq.heappop(failed)
    if pace.due <= now and (rows := backlog.take(pace.batch_size())):
        pace.sent(len(rows), now)
        return Batch(now, rows)
    return None


def until_next(failed: list[Batch], pace: Pace, now: float) -> float | None:
    """Seconds until there may be a batch to send. None: not before an answer comes."""
    dues = [pace.due, *(batch.due for batch in failed[:1])]
    return min((due - now for due in dues if due > now), default=None)


def write(client: "DynamoDBClient", table: str, rows: Sequence[Row]) -> Outcome:
    """Write rows in one call of BatchWriteItem."""
    puts: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": row.item}} for row in rows]
    answer = client.batch_write_item(RequestItems={table: puts})
    unprocessed = answer.get("UnprocessedItems")
    if not unprocessed:
        return Outcome(rows, [])
    items = [put["PutRequest"]["Item"] for puts in unprocessed.values() for put in puts]
    keys = {(int(item[PARTITION_KEY]["N"]), item[SORT_KEY]["S"]) for item in items}
    return Outcome(
        written=[row for row in rows if row.key not in keys],
        unprocessed=[row for row in rows if row.key in keys],
    )
