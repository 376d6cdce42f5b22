"""Write rows to a table in batches, many at once, as fast as DynamoDB takes them."""

import heapq
import itertools
import math
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from common.calls import Calls
from common.errors import MORE_CAPACITY, Trouble, explained, is_passing, is_throttled
from common.flights import PARTITION_KEY, SORT_KEY, Key, Row

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import WriteRequestTypeDef

BATCH = 25  # items in a call of BatchWriteItem

AT_ONCE = 48  # calls; with more, this machine is what they wait for
ATTEMPTS = 8  # to send a batch that meets errors other than throttling
PATIENCE_SECONDS = 30  # in which not a single row is acknowledged
SETTLE_SECONDS = 1  # for the answers that are on their way when the load has to end


@dataclass(order=True)
class Batch:
    """Rows for one call, no two of one key. Times are time.monotonic()'s."""

    due: float
    rows: list[Row] = field(compare=False)
    attempt: int = field(default=1, compare=False)
    started: float = field(default=0, compare=False)


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
