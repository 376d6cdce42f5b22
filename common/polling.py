"""Reading the sample flights in several regions again and again, each region at its own pace."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from common.calls import Calls
from common.errors import Trouble
from common.flights import Flight
from common.seat_calls import get_seats

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

POLL_SECONDS = 0.2
SILENT_SECONDS = 2


class Read(NamedTuple):
    """What a region answered. `seats` is Trouble if it did not."""

    region: str
    seats: dict[Flight, int] | Trouble
    at: float
    """In seconds since the first read."""


def poll(clients: Mapping[str, "DynamoDBClient"], table: str) -> Iterator[Read]:
    """Read the sample flights through the client of each region every POLL_SECONDS, for ever.

    A region that has not answered for SILENT_SECONDS is Trouble, again and again until it answers
    or its read fails. The other regions do not wait for it.
    """
    started = time.perf_counter()
    reads = Calls[str, dict[Flight, int]](lambda region: get_seats(clients[region], table))
    asked: dict[str, float] = {}
    waiting: set[str] = set()
    while True:
        now = time.perf_counter()
        for region in clients:
            if region not in waiting and now >= asked.get(region, 0) + POLL_SECONDS:
                asked[region] = now
                waiting.add(region)
                reads.start(region)
            elif region in waiting and now > asked[region] + SILENT_SECONDS:
                silent = Trouble(f"no answer for {SILENT_SECONDS} seconds")
                yield Read(region, silent, now - started)
        idle = [asked[region] + POLL_SECONDS - now for region in clients if region not in waiting]
        if done := reads.next_done(timeout=min([POLL_SECONDS, *idle])):
            region, seats = done
            waiting.remove(region)
            if isinstance(seats, Exception) and not isinstance(seats, Trouble):
                raise seats
            yield Read(region, seats, time.perf_counter() - started)
