"""Calls about the seats of sample flights that take one round trip each: read, set and sell."""

from typing import TYPE_CHECKING, Any

from common.errors import explained
from common.flights import (
    KEYS,
    PARTITION_KEY,
    SAMPLE_FLIGHTS,
    SEATS,
    SORT_KEY,
    Flight,
    whole_number,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def get_seats(client: "DynamoDBClient", table: str) -> dict[Flight, int]:
    """The seats left on the sample flights that are there, read eventually consistently."""
    keys: Any = [_key(flight) for flight in SAMPLE_FLIGHTS]
    items: list[Any] = []
    with explained(client, table, KEYS):
        while keys:
            answer = client.batch_get_item(
                RequestItems={
                    table: {
                        "Keys": keys,
                        "ProjectionExpression": f"{PARTITION_KEY}, {SORT_KEY}, {SEATS}",
                    }
                }
            )
            items += answer["Responses"].get(table, [])
            # The keys that DynamoDB left out when it throttled a part of the call.
            keys = [
                key for left in answer.get("UnprocessedKeys", {}).values() for key in left["Keys"]
            ]
    seats = {(item[PARTITION_KEY]["N"], item[SORT_KEY]["S"]): item.get(SEATS) for item in items}
    return {
        flight: whole_number(seats[str(flight.id), flight.airline], flight)
        for flight in SAMPLE_FLIGHTS
        if (str(flight.id), flight.airline) in seats
    }


def set_seats(client: "DynamoDBClient", table: str, flight: Flight, seats: int) -> None:
    """Set the seats left on a flight that is there, and leave the rest as it is."""
    with explained(client, table, KEYS):
        client.update_item(
            TableName=table,
            Key=_key(flight),
            UpdateExpression=f"SET {SEATS} = :seats",
            ConditionExpression=f"attribute_exists({PARTITION_KEY})",
            ExpressionAttributeValues={":seats": {"N": str(seats)}},
            ReturnValues="UPDATED_NEW",  # without, a broken-off answer would look like success
        )


def sell_seat(client: "DynamoDBClient", table: str, flight: Flight) -> int | None:
    """Take one seat from those left on a flight, if there are any.

    Returns how many are left in the client's region. None: there was none left.

    Raises Conflict if a write in another region got ahead, in a table with multi-Region strong
    consistency. Then nothing was sold.
    """
    with explained(client, table, KEYS):
        try:
            answer = client.update_item(
                TableName=table,
                Key=_key(flight),
                UpdateExpression=f"SET {SEATS} = {SEATS} - :one",
                ConditionExpression=f"{SEATS} > :none",
                ExpressionAttributeValues={":one": {"N": "1"}, ":none": {"N": "0"}},
                ReturnValues="UPDATED_NEW",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return None
        except client.exceptions.ReplicatedWriteConflictException as error:
            raise Conflict from error
    return whole_number(answer["Attributes"].get(SEATS), flight)


class Conflict(Exception):
    """A write to the same item in another region got ahead of this one, which wrote nothing."""


def _key(flight: Flight) -> Any:
    return {PARTITION_KEY: {"N": str(flight.id)}, SORT_KEY: {"S": flight.airline}}
