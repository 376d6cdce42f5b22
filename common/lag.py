"""Replication lag: measuring it with the sample flights, and summing up what was measured."""

import itertools
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from common.calls import Calls
from common.flights import SAMPLE_FLIGHTS, Flight
from common.seat_calls import get_seats, set_seats

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# AWS says "usually within a second", and promises no limit:
# https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/overview.html
ARRIVAL_SECONDS = 30
"""How long to wait for a write to arrive in another region."""

BINS = 10
BAR = 50


class Lag(NamedTuple):
    """How long one update was on its way. Times are in seconds."""

    flight: Flight
    seconds: float | None
    """From the answer to the update until the answer to the first read that shows it.
    None: no read showed it within ARRIVAL_SECONDS."""
    read: float
    """How long that read took. If both regions are equally far away, the lag may be that much
    shorter."""


def new_seats(had: set[int]) -> Iterator[int]:
    """Numbers of seats that are not in `had`: higher ones, unless those have too many digits."""
    first = max(had) + 1 if max(had) < 10**30 else 1
    return (seats for seats in itertools.count(first) if seats not in had)


def measure(
    writer: "DynamoDBClient", reader: "DynamoDBClient", table: str, seats: int
) -> Iterator[Lag]:
    """Update the sample flights through one client, all ten at once, and read them through the
    other without a pause. Yields the lag of each as soon as it is known.

    No flight may have this number of seats before.
    """

    def update(flight: Flight) -> float:
        set_seats(writer, table, flight, seats)
        return time.perf_counter()

    updates = Calls(update)
    for flight in SAMPLE_FLIGHTS:
        updates.start(flight)
    answered: dict[Flight, float] = {}
    waiting = list(SAMPLE_FLIGHTS)
    while waiting:
        sent = time.perf_counter()
        there = get_seats(reader, table)
        now = time.perf_counter()
        while done := updates.next_done(timeout=0):
            flight, at = done
            if isinstance(at, Exception):
                raise at
            answered[flight] = at
        for flight in [flight for flight in waiting if flight in answered]:
            seconds = max(0.0, now - answered[flight])
            if there.get(flight) == seats:
                yield Lag(flight, seconds, now - sent)
            elif seconds > ARRIVAL_SECONDS:
                yield Lag(flight, None, now - sent)
            else:
                continue
            waiting.remove(flight)


def summary(seconds: Sequence[float]) -> str:
    """Lags in a line: "min 0.301, median 0.512, p95 0.690, max 0.702 seconds".

    p95 is the shortest of them that 95 % do not exceed. There must be at least one.
    """
    in_order = sorted(seconds)
    p95 = in_order[math.ceil(0.95 * len(in_order)) - 1]
    return (
        f"min {in_order[0]:.3f}, median {statistics.median(in_order):.3f},"
        f" p95 {p95:.3f}, max {in_order[-1]:.3f} seconds"
    )


def histogram(seconds: Sequence[float]) -> list[str]:
    """Lags as lines: "0.30 to 0.35 s    9 ########". There must be at least one lag."""
    # The width of a bin is 1, 2 or 5 times a power of ten, for up to BINS of them, and one more.
    least = max((max(seconds) - min(seconds)) / BINS, 0.001)
    power = 10.0 ** math.floor(math.log10(least))
    width = next(each * power for each in (1, 2, 5, 10) if each * power > least * 0.999)
    decimals = max(0, -math.floor(math.log10(width) + 1e-9))
    bins = Counter(math.floor(each / width + 1e-9) for each in seconds)
    most = max(bins.values())
    return [
        f"{number * width:6.{decimals}f} to {(number + 1) * width:.{decimals}f} s"
        f" {bins[number]:4} {'#' * math.ceil(BAR * bins[number] / most)}".rstrip()
        for number in range(min(bins), max(bins) + 1)
    ]
