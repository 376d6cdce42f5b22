"""The exercise's table of flights: its keys, the ten sample flights, and the seats left on them."""

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from common.calls import all_at_once
from common.errors import Trouble, explained

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PARTITION_KEY = "flight_id"
SORT_KEY = "airlines_name"
SEATS = "available_seats"
OTHERS = "seat_type support phone from to date time".split()
COLUMNS = (PARTITION_KEY, SORT_KEY, SEATS, *OTHERS)

Key = tuple[int, str]
Item = dict[str, dict[str, str]]


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


def query_seats(client: "DynamoDBClient", table: str) -> list[tuple[Flight, str]]:
    """The seats left on each sample flight, read eventually consistently, all ten at once.

    Raises Trouble if a flight is not there.
    """
    paginator = client.get_paginator("query")

    def query(flight: Flight) -> str | None:
        pages = paginator.paginate(
            TableName=table,
            KeyConditionExpression=f"{PARTITION_KEY} = :id",
            ExpressionAttributeValues={":id": {"N": str(flight.id)}},
            ProjectionExpression=f"{SORT_KEY}, {SEATS}",
        )
        for item in (item for page in pages for item in page["Items"]):
            if item[SORT_KEY] == {"S": flight.airline} and "N" in item.get(SEATS, {}):
                return item[SEATS]["N"]
        return None

    with explained(client, table):
        return _all_there(all_at_once(query, SAMPLE_FLIGHTS), client, table)


def update_seats(client: "DynamoDBClient", table: str, seats: int) -> bool:
    """Set the seats left on each sample flight, all ten at once, and touch nothing else.

    Returns whether that changed any of them. Raises Trouble if a flight is not there; makes none.
    """
    from botocore.exceptions import ClientError

    value = {"N": str(seats)}

    def update(flight: Flight) -> bool | None:
        try:
            answer = client.update_item(
                TableName=table,
                Key={PARTITION_KEY: {"N": str(flight.id)}, SORT_KEY: {"S": flight.airline}},
                UpdateExpression=f"SET {SEATS} = :seats",
                ConditionExpression=f"attribute_exists({PARTITION_KEY})",
                ExpressionAttributeValues={":seats": value},
                ReturnValues="ALL_OLD",  # to see whether the value was another one
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return answer.get("Attributes", {}).get(SEATS) != value

    with explained(client, table):
        outcome = " (those that are were updated)"
        changed = _all_there(all_at_once(update, SAMPLE_FLIGHTS), client, table, outcome)
    return any(change for _, change in changed)


Found = TypeVar("Found")


def _all_there(
    found: list[Found | None], client: "DynamoDBClient", table: str, outcome: str = ""
) -> list[tuple[Flight, Found]]:
    """Each sample flight with what was found for it; Trouble if that is None for any.

    `outcome`: what happened to the others, for the sentence.
    """
    pairs = list(zip(SAMPLE_FLIGHTS, found, strict=True))
    missing = [flight for flight, each in pairs if each is None]
    if missing:
        others = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
        raise Trouble(
            f"flight {missing[0].id} of {missing[0].airline}{others} not in table {table}"
            f" in {client.meta.region_name}{outcome if len(missing) < len(pairs) else ''}:"
            " load data/flights_data.csv with load_flights.py first"
        )
    return [(flight, each) for flight, each in pairs if each is not None]
