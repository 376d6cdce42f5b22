"""The exercise's table of flights: its columns, the ten sample flights, and the seats on them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from common.calls import all_at_once
from common.cli import report
from common.errors import Trouble, explained, one_line

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PARTITION_KEY = "flight_id"
SORT_KEY = "airlines_name"
KEYS = {PARTITION_KEY: "N", SORT_KEY: "S"}
SEATS = "available_seats"
OTHERS = "seat_type support phone from to date time".split()
COLUMNS = (PARTITION_KEY, SORT_KEY, SEATS, *OTHERS)

Key = tuple[int, str]
"""The values of the partition key and the sort key."""
Item = dict[str, dict[str, str]]
"""An item as DynamoDB's JSON has it: {"flight_id": {"N": "1079996"}, ...}."""


class Row(NamedTuple):
    key: Key
    item: Item


class Flight(NamedTuple):
    id: int
    airline: str


SAMPLE_FLIGHTS = (
    Flight(5603280670, "Quatar"),
    Flight(26806130, "British"),
    Flight(9902917690, "Emirates"),
    Flight(1079996, "JetBlue"),
    Flight(2907581914, "Delta"),
    Flight(53600600, "UnitedAirlines"),
    Flight(282027328, "Alaska"),
    Flight(421920151, "spirit"),
    Flight(534890387, "Republic"),
    Flight(658410767, "southwest"),
)


def query_seats(
    client: "DynamoDBClient", table: str, consistent_read: bool = False
) -> list[tuple[Flight, int]]:
    """The seats left on each sample flight, all ten at once.

    They are read eventually consistently, or strongly with `consistent_read`. Raises Trouble if a
    flight is missing.
    """
    paginator = client.get_paginator("query")

    def query(flight: Flight) -> int | None:
        pages = paginator.paginate(
            TableName=table,
            KeyConditionExpression=f"{PARTITION_KEY} = :id",
            ExpressionAttributeValues={":id": {"N": str(flight.id)}},
            ProjectionExpression=f"{SORT_KEY}, {SEATS}",
            ConsistentRead=consistent_read,
        )
        for item in (item for page in pages for item in page["Items"]):
            if item[SORT_KEY] == {"S": flight.airline}:
                return whole_number(item.get(SEATS), flight)
        return None

    with explained(client, table, KEYS):
        seats_left = all_at_once(query, SAMPLE_FLIGHTS)
    _check_none_is_missing(seats_left, client, table)
    pairs = zip(SAMPLE_FLIGHTS, seats_left, strict=True)
    return [(flight, seats) for flight, seats in pairs if seats is not None]


def prepare(table: str, *clients: "DynamoDBClient", consistent_read: bool = False) -> None:
    """Check that all sample flights are there in each client's region, and open its connections.

    A new connection takes two round trips before its first call: TCP's and TLS's handshakes. The
    reads after an update must not wait for that: a read that comes late finds fresh seats, and
    shows nothing. Raises Trouble if the table or a flight is missing, before anything is updated.
    It reads as the script does: of a strongly consistent table, an eventually consistent read may
    not show yet what has been loaded a moment ago.
    """
    all_at_once(lambda client: query_seats(client, table, consistent_read), clients)


def update_seats(client: "DynamoDBClient", table: str, seats: int) -> bool:
    """Set the seats left on each sample flight, all ten at once, and leave the rest as it is.

    Returns whether any flight had another number of seats before. Raises Trouble if a flight is
    missing, and does not create it.
    """
    value = {"N": str(seats)}

    def update(flight: Flight) -> Any:
        """The flight as it was before. None: it is missing."""
        try:
            answer = client.update_item(
                TableName=table,
                Key={PARTITION_KEY: {"N": str(flight.id)}, SORT_KEY: {"S": flight.airline}},
                UpdateExpression=f"SET {SEATS} = :seats",
                ConditionExpression=f"attribute_exists({PARTITION_KEY})",
                ExpressionAttributeValues={":seats": value},
                ReturnValues="ALL_OLD",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return None
        return answer["Attributes"]

    with explained(client, table, KEYS):
        before = all_at_once(update, SAMPLE_FLIGHTS)
    _check_none_is_missing(before, client, table, "; the other sample flights were updated")
    return any(item.get(SEATS) != value for item in before)


def warn_unchanged(region: str, seats: int) -> None:
    """Explain on stderr why an update that set all seats to what they were shows nothing."""
    report(
        f"every flight in {region} already had {seats} seats, and a write that changes nothing"
        " leaves nothing to replicate: choose a new value"
    )


def warn_still_stale(table: str, region: str) -> None:
    """Explain on stderr why the last query shows other seats than the last update set."""
    report(
        f"replication to {region} takes longer than the pause, so some seats are still the old"
        f" ones: to see the rest, run python query_flights.py {table} {region} in a moment"
        " (if they stay, somebody else has set them since)"
    )


def whole_number(value: Any, flight: Flight) -> int:
    """The number in an attribute's value, {"N": "266"} for example."""
    try:
        return int(value["N"])
    except (KeyError, TypeError, ValueError) as error:
        raise Trouble(
            f"{SEATS} of flight {flight.id} of {flight.airline} is {one_line(repr(value))}, not a"
            " whole number: load data/flights_data.csv with load_flights.py again"
        ) from error


def _check_none_is_missing(
    found: Sequence[object], client: "DynamoDBClient", table: str, the_others: str = ""
) -> None:
    """Raise Trouble if what was found for a sample flight, in their order, is None.

    `the_others` says what happened to the flights that are there.
    """
    missing = [flight for flight, each in zip(SAMPLE_FLIGHTS, found, strict=True) if each is None]
    if not missing:
        return
    flight, *more = missing
    raise Trouble(
        f"table {table} in {client.meta.region_name} lacks flight {flight.id} of {flight.airline}"
        f"{f' and {len(more)} more sample flights' if more else ''}"
        f"{the_others if len(missing) < len(found) else ''}:"
        " load data/flights_data.csv with load_flights.py first"
    )
