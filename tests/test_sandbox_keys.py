"""A key of another type, an empty one, or one that is too long is refused by every call."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients import KEY, Clients, create_indexed_table, create_table, refusal

MISMATCH = "ValidationException: The provided key element does not match the schema"
WRONG_KEYS: dict[str, dict[str, Any]] = {
    "a string for a number": {**KEY, "flight_id": {"S": "5603280670"}},
    "a number for a string": {**KEY, "airlines_name": {"N": "1"}},
    "a partition key only": {"flight_id": {"N": "1"}},
    "one attribute more": {**KEY, "seats": {"N": "1"}},
    "no key at all": {},
}

Call = Callable[[Any, dict[str, Any]], Any]

BY_KEY: dict[str, Call] = {
    "GetItem": lambda client, key: client.get_item(TableName="flights", Key=key),
    "UpdateItem": lambda client, key: client.update_item(TableName="flights", Key=key),
    "DeleteItem": lambda client, key: client.delete_item(TableName="flights", Key=key),
    "BatchGetItem": lambda client, key: client.batch_get_item(
        RequestItems={"flights": {"Keys": [key]}}
    ),
    "BatchWriteItem": lambda client, key: client.batch_write_item(
        RequestItems={"flights": [{"DeleteRequest": {"Key": key}}]}
    ),
    "TransactGetItems": lambda client, key: client.transact_get_items(
        TransactItems=[{"Get": {"TableName": "flights", "Key": key}}]
    ),
}


@pytest.fixture
def client(dynamodb: Clients) -> Any:
    """A client of the region that has the exercise's table."""
    create_table(dynamodb("us-east-2"))
    return dynamodb("us-east-2")


@pytest.mark.parametrize("call", BY_KEY.values(), ids=BY_KEY)
@pytest.mark.parametrize("key", WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_key_that_does_not_fit_is_refused_by_every_call(
    client: Any, call: Call, key: dict[str, Any]
) -> None:
    assert refusal(lambda: call(client, key)) == MISMATCH


@pytest.mark.parametrize("call", BY_KEY.values(), ids=BY_KEY)
def test_an_empty_key_is_refused_by_every_call(client: Any, call: Call) -> None:
    assert refusal(lambda: call(client, {**KEY, "airlines_name": {"S": ""}})) == (
        "ValidationException: One or more parameter values were invalid: The AttributeValue for a "
        "key attribute cannot contain an empty string value. Key: airlines_name"
    )


def test_a_query_for_a_key_of_another_type_is_refused(client: Any) -> None:
    assert refusal(
        client.query,
        TableName="flights",
        KeyConditionExpression="flight_id = :id",
        ExpressionAttributeValues={":id": {"S": "5603280670"}},
    ) == (
        "ValidationException: One or more parameter values were invalid: "
        "Condition parameter type does not match schema type"
    )


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (
            {**KEY, "flight_id": {"S": "5603280670"}},
            "One or more parameter values were invalid: "
            "Type mismatch for key flight_id expected: N actual: S",
        ),
        (
            {"flight_id": {"N": "1"}},
            "One or more parameter values were invalid: Missing the key airlines_name in the item",
        ),
        (
            {**KEY, "airlines_name": {"S": ""}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: airlines_name",
        ),
        (
            {**KEY, "airlines_name": {"S": "x" * 1025}},
            "One or more parameter values were invalid: "
            "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        ),
        (
            {**KEY, "flight_number": {"N": "7"}},
            "One or more parameter values were invalid: Type mismatch for Index Key flight_number "
            "Expected: S Actual: N IndexName: by_number",
        ),
        (
            {**KEY, "flight_number": {"S": ""}},
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "string value. IndexName: by_number, IndexKey: flight_number",
        ),
    ],
    ids=[
        "another type",
        "a key that is missing",
        "an empty key",
        "a key that is too long",
        "another type for an index",
        "an empty key of an index",
    ],
)
def test_an_item_that_does_not_fit_the_keys_is_not_put(
    dynamodb: Clients, item: dict[str, Any], why: str
) -> None:
    client = dynamodb("us-east-2")
    create_indexed_table(client)
    assert refusal(client.put_item, TableName="flights", Item=item) == f"ValidationException: {why}"
    assert client.scan(TableName="flights", IndexName="by_number")["Count"] == 0


def test_an_update_that_gives_an_index_key_another_type_is_refused(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    create_indexed_table(client)
    assert "Type mismatch for Index Key flight_number Expected: S Actual: N" in refusal(
        client.update_item,
        TableName="flights",
        Key=KEY,
        UpdateExpression="SET flight_number = :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
    )


KEY_SIZE = len("flight_id") + 6 + len("airlines_name") + len("Quatar")


@pytest.mark.parametrize("kind", ["S", "B"])
def test_an_item_may_have_400_kb_whether_of_text_or_of_bytes(client: Any, kind: str) -> None:
    room = 400 * 1024 - KEY_SIZE - len("data")
    content = "x" if kind == "S" else b"x"
    client.put_item(TableName="flights", Item={**KEY, "data": {kind: content * room}})
    assert (
        refusal(
            client.put_item, TableName="flights", Item={**KEY, "data": {kind: content * (room + 1)}}
        )
        == "ValidationException: Item size has exceeded the maximum allowed size"
    )


def test_an_update_may_not_make_an_item_larger_than_400_kb(client: Any) -> None:
    assert (
        refusal(
            client.update_item,
            TableName="flights",
            Key=KEY,
            UpdateExpression="SET cargo = :d",
            ExpressionAttributeValues={":d": {"S": "x" * 400 * 1024}},
        )
        == "ValidationException: Item size to update has exceeded the maximum allowed size"
    )


@pytest.mark.parametrize("operation", ["scan", "query"])
def test_a_page_ends_with_the_item_that_fills_1_mb(client: Any, operation: str) -> None:
    for number in range(12):
        sort = {"airlines_name": {"S": f"{number:02}"}}
        client.put_item(TableName="flights", Item={**KEY, **sort, "data": {"S": "x" * 100_000}})
    asked: dict[str, Any] = {"TableName": "flights"}
    if operation == "query":
        asked["KeyConditionExpression"] = "flight_id = :id"
        asked["ExpressionAttributeValues"] = {":id": KEY["flight_id"]}
    first = getattr(client, operation)(**asked)
    rest = getattr(client, operation)(**asked, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert (first["Count"], rest["Count"]) == (11, 1)
    assert "LastEvaluatedKey" not in rest
