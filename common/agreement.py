"""Waiting until the replicas of a table show the same seats."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from common.calls import all_at_once
from common.errors import Trouble
from common.flights import Flight
from common.lag import ARRIVAL_SECONDS
from common.seat_calls import get_seats, set_seats

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SETTLE_SECONDS = 1
"""Replicas have settled if they show the same seats before and after so long."""
BETWEEN_SECONDS = 0.05

Found = TypeVar("Found")


def set_everywhere(replicas: Sequence["DynamoDBClient"], table: str, seats: int) -> Flight:
    """Give one sample flight so many seats through the first client, and wait until all show them.

    The seats that are seen in the end are those that were written here: the flight had another
    number of seats everywhere before. Raises Trouble if that takes longer than ARRIVAL_SECONDS.
    """
    agreed = _wait(
        lambda: agreement(replicas, table) or None,
        "no sample flight has the same seats in both regions: wait until no other program writes"
        " them, and check that replication is not paused",
    )
    flight = next((each for each in agreed if agreed[each] != seats), next(iter(agreed)))
    if agreed[flight] == seats:
        _set(replicas, table, flight, seats + 1)
    _set(replicas, table, flight, seats)
    return flight


def settle(replicas: Sequence["DynamoDBClient"], table: str, flight: Flight) -> int:
    """The seats that all replicas show in the end. Raises Trouble after ARRIVAL_SECONDS."""

    def settled() -> int | None:
        before = agreement(replicas, table).get(flight)
        if before is not None:
            time.sleep(SETTLE_SECONDS)
        return before if agreement(replicas, table).get(flight) == before else None

    return _wait(
        settled,
        f"both regions still show different seats of flight {flight.id} of {flight.airline} after"
        f" {ARRIVAL_SECONDS} seconds: check that replication is not paused, and see"
        " watch_flights.py",
    )


def agreement(replicas: Sequence["DynamoDBClient"], table: str) -> dict[Flight, int]:
    """The sample flights that have the same seats in all replicas, with these seats."""
    first, *others = all_at_once(lambda client: get_seats(client, table), replicas)
    return {
        flight: seats
        for flight, seats in first.items()
        if all(each.get(flight) == seats for each in others)
    }


def _set(replicas: Sequence["DynamoDBClient"], table: str, flight: Flight, seats: int) -> None:
    set_seats(replicas[0], table, flight, seats)
    _wait(
        lambda: agreement(replicas, table).get(flight) == seats or None,
        f"flight {flight.id} of {flight.airline} does not show {seats} seats in both regions after"
        f" {ARRIVAL_SECONDS} seconds: wait until no other program writes it, and check that"
        " replication is not paused",
    )


def _wait(condition: Callable[[], Found | None], otherwise: str) -> Found:
    """What the condition returns as soon as that is not None. Trouble says `otherwise`."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while (found := condition()) is None:
        if time.monotonic() > deadline:
            raise Trouble(otherwise)
        time.sleep(BETWEEN_SECONDS)
    return found
