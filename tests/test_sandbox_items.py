"""Reads and writes of items answer as AWS's do, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients import KEY, Clients, create_table, refusal

KEYS: dict[str, Any] = {"TableName": "flights", "Key": KEY}
OTHER: dict[str, Any] = {"flight_id": {"N": "7"}, "airlines_name": {"S": "Delta"}}
VALUES: dict[str, Any] = {":zero": {"N": "0"}, ":one": {"N": "1"}, ":text": {"S": "1"}}
FAILED = "ConditionalCheckFailedException: The conditional request failed"


@pytest.fixture
def client(dynamodb: Clients) -> Any:
    """A client of a region with the exercise's table, which holds KEY with one seat."""
    client = dynamodb("us-east-2")
    create_table(client)
    client.put_item(TableName="flights", Item={**KEY, "seats": {"N": "1"}})
    return client


def stored(client: Any, key: dict[str, Any] = KEY) -> dict[str, Any] | None:
    """The item with a key, without its key."""
    item = client.get_item(TableName="flights", Key=key, ConsistentRead=True).get("Item")
    return item and {name: item[name] for name in item if name not in key}


def chosen(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {name: values[name] for name in names}}


@pytest.mark.parametrize(
    "wanted",
    [
        {"UpdateExpression": "REMOVE seats"},
        {"UpdateExpression": "DELETE s :s", "ExpressionAttributeValues": {":s": {"SS": ["a"]}}},
        {"AttributeUpdates": {"seats": {"Action": "DELETE"}}},
    ],
)
def test_what_only_takes_away_creates_no_item(client: Any, wanted: dict[str, Any]) -> None:
    answer = client.update_item(TableName="flights", Key=OTHER, ReturnValues="ALL_NEW", **wanted)
    assert "Attributes" not in answer
    assert stored(client, OTHER) is None


def test_an_update_without_a_change_creates_the_item(client: Any) -> None:
    client.update_item(TableName="flights", Key=OTHER)
    assert stored(client, OTHER) == {}


@pytest.mark.parametrize(
    ("wanted", "expression", "returned"),
    [
        ("NONE", "SET seats = :one", None),
        ("ALL_OLD", "SET seats = :zero", {**KEY, "seats": {"N": "1"}}),
        ("ALL_NEW", "SET seats = :zero", {**KEY, "seats": {"N": "0"}}),
        ("UPDATED_OLD", "SET seats = :one, gate = :one", {"seats": {"N": "1"}}),
        ("UPDATED_NEW", "SET seats = :one", {"seats": {"N": "1"}}),
        ("UPDATED_OLD", "SET gate = :one", None),
        ("UPDATED_NEW", "REMOVE seats", None),
        ("UPDATED_NEW", "ADD seats :one", {"seats": {"N": "2"}}),
    ],
)
def test_an_update_returns_what_it_is_asked_for(
    client: Any, wanted: str, expression: str, returned: dict[str, Any] | None
) -> None:
    names = [name for name in VALUES if name in expression]
    values = chosen(VALUES, *names) if names else {}
    answer = client.update_item(**KEYS, UpdateExpression=expression, ReturnValues=wanted, **values)
    assert answer.get("Attributes") == returned


def test_an_update_of_a_part_returns_the_part(client: Any) -> None:
    client.update_item(
        **KEYS,
        UpdateExpression="SET m = :m",
        ExpressionAttributeValues={":m": {"M": {"l": {"L": [{"N": "1"}, {"N": "2"}]}}}},
    )
    answer = client.update_item(
        **KEYS,
        UpdateExpression="SET m.l[1] = :one, m.x = :zero",
        ReturnValues="UPDATED_OLD",
        **chosen(VALUES, ":one", ":zero"),
    )
    assert answer["Attributes"] == {"m": {"M": {"l": {"L": [{"N": "2"}]}}}}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("put_item", {"TableName": "flights", "Item": KEY}),
        ("delete_item", KEYS),
        ("update_item", {**KEYS, "UpdateExpression": "SET gate = :one"}),
    ],
)
def test_a_write_whose_condition_fails_changes_nothing_and_can_show_the_item(
    client: Any, operation: str, arguments: dict[str, Any]
) -> None:
    call = getattr(client, operation)
    names = [":text", ":one"] if operation == "update_item" else [":text"]
    condition = {"ConditionExpression": "seats = :text", **chosen(VALUES, *names)}
    assert refusal(call, **arguments, **condition) == FAILED
    with pytest.raises(ClientError) as caught:
        call(**arguments, **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    response: dict[str, Any] = {**caught.value.response}
    assert response["Item"] == {**KEY, "seats": {"N": "1"}}
    assert stored(client) == {"seats": {"N": "1"}}


def test_a_legacy_condition_guards_put_update_and_delete(client: Any) -> None:
    wrong = {"Expected": {"seats": {"Value": {"N": "7"}}}}
    assert refusal(client.delete_item, **KEYS, **wrong) == FAILED
    assert refusal(client.put_item, TableName="flights", Item=KEY, **wrong) == FAILED
    updates = {"AttributeUpdates": {"full": {"Value": {"BOOL": True}}}}
    assert refusal(client.update_item, **KEYS, **updates, **wrong) == FAILED
    client.update_item(**KEYS, **updates, Expected={"seats": {"Value": {"N": "1"}}})
    assert stored(client) == {"seats": {"N": "1"}, "full": {"BOOL": True}}


def test_a_key_can_be_read_by_an_update_but_not_changed(client: Any) -> None:
    client.update_item(**KEYS, UpdateExpression="SET twin = flight_id")
    assert stored(client) == {"seats": {"N": "1"}, "twin": KEY["flight_id"]}
    assert refusal(client.update_item, **KEYS, UpdateExpression="REMOVE airlines_name") == (
        "ValidationException: One or more parameter values were invalid: Cannot update attribute "
        "airlines_name. This attribute is part of the key"
    )


def test_a_filter_passes_over_items_of_other_types(client: Any) -> None:
    others: list[Any] = [{"S": "full"}, {"BOOL": True}, {"L": []}, None]
    for number, seats in enumerate(others):
        item = {"flight_id": {"N": str(number)}, "airlines_name": {"S": "Delta"}}
        client.put_item(TableName="flights", Item={**item, **({"seats": seats} if seats else {})})
    for expression in ("seats <= :one", "seats BETWEEN :one AND :one", "seats = :one"):
        answer = client.scan(
            TableName="flights", FilterExpression=expression, **chosen(VALUES, ":one")
        )
        assert (answer["Count"], answer["ScannedCount"]) == (1, 5), expression
        assert answer["Items"] == [{**KEY, "seats": {"N": "1"}}]


def fill(client: Any, count: int, **attributes: Any) -> None:
    """Put items of one flight, of airlines a00, a01 and so on."""
    for number in range(count):
        key = {"flight_id": {"N": "7"}, "airlines_name": {"S": f"a{number:02}"}}
        client.put_item(TableName="flights", Item={**key, **attributes})


FLIGHT: dict[str, Any] = {
    "TableName": "flights",
    "KeyConditionExpression": "flight_id = :f",
    "ExpressionAttributeValues": {":f": {"N": "7"}},
}


def test_a_page_ends_at_its_limit_before_the_filter_chooses(client: Any) -> None:
    fill(client, 4)
    pages = list(
        client.get_paginator("query").paginate(
            **FLIGHT, FilterExpression="attribute_exists(seats)", PaginationConfig={"PageSize": 2}
        )
    )
    assert [(page["Count"], page["ScannedCount"]) for page in pages] == [(0, 2), (0, 2), (0, 0)]


def test_a_page_ends_with_the_item_that_makes_it_a_megabyte(client: Any) -> None:
    fill(client, 4, text={"S": "x" * 400_000})
    pages = list(client.get_paginator("query").paginate(**FLIGHT, ScanIndexForward=False))
    names = [[item["airlines_name"]["S"] for item in page["Items"]] for page in pages]
    assert names == [["a03", "a02", "a01"], ["a00"]]


def test_a_query_chooses_by_sort_key_and_projects(client: Any) -> None:
    fill(client, 5, l={"L": [{"N": "1"}, {"N": "2"}]}, seats={"N": "3"})
    answer = client.query(
        TableName="flights",
        KeyConditionExpression="flight_id = :f AND airlines_name BETWEEN :from AND :to",
        ProjectionExpression="airlines_name, l[1]",
        ExpressionAttributeValues={
            ":f": {"N": "7.0"},
            ":from": {"S": "a01"},
            ":to": {"S": "a02x"},
        },
    )
    assert answer["Items"] == [
        {"airlines_name": {"S": name}, "l": {"L": [{"N": "2"}]}} for name in ("a01", "a02")
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"FilterExpression": "airlines_name <> :f"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
            "airlines_name",
        ),
        ({"IndexName": "gone"}, "The table does not have the specified index: gone"),
        (
            {"Select": "COUNT", "ProjectionExpression": "seats"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"ExclusiveStartKey": {"flight_id": {"N": "7"}}},
            "The provided starting key is invalid",
        ),
        (
            {"ExclusiveStartKey": KEY},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
    ],
)
def test_a_query_that_does_not_fit_is_refused(
    client: Any, changed: dict[str, Any], message: str
) -> None:
    assert refusal(client.query, **FLIGHT, **changed) == f"ValidationException: {message}"


def test_binary_sort_keys_are_in_the_order_of_their_bytes(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    names = {"p": "S", "c": "B"}
    create_table(
        client,
        "blobs",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in names.items()
        ],
        KeySchema=[
            {"AttributeName": "p", "KeyType": "HASH"},
            {"AttributeName": "c", "KeyType": "RANGE"},
        ],
    )
    for blob in (b"\x80", b"\x7f", b"hi there", b"hi", b"z"):
        client.put_item(TableName="blobs", Item={"p": {"S": "x"}, "c": {"B": blob}})
    partition: dict[str, Any] = {":p": {"S": "x"}}
    answer = client.query(
        TableName="blobs", KeyConditionExpression="p = :p", ExpressionAttributeValues=partition
    )
    blobs = [item["c"]["B"] for item in answer["Items"]]
    assert blobs == [b"hi", b"hi there", b"z", b"\x7f", b"\x80"]
    answer = client.query(
        TableName="blobs",
        KeyConditionExpression="p = :p AND begins_with(c, :hi)",
        ExpressionAttributeValues={**partition, ":hi": {"B": b"hi"}},
    )
    assert [item["c"]["B"] for item in answer["Items"]] == [b"hi", b"hi there"]


def test_an_index_shows_what_it_holds_and_in_its_order(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    create_table(
        client,
        AttributeDefinitions=[
            {"AttributeName": "flight_id", "AttributeType": "N"},
            {"AttributeName": "airlines_name", "AttributeType": "S"},
            {"AttributeName": "seats", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_airline",
                "KeySchema": [
                    {"AttributeName": "airlines_name", "KeyType": "HASH"},
                    {"AttributeName": "seats", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        ],
    )
    for number, seats in enumerate(["10", "9", None, "100"]):
        item = {"flight_id": {"N": str(number)}, "airlines_name": {"S": "Delta"}}
        extra = {"gate": {"S": "A"}, **({"seats": {"N": seats}} if seats else {})}
        client.put_item(TableName="flights", Item={**item, **extra})
    query: dict[str, Any] = {
        "TableName": "flights",
        "IndexName": "by_airline",
        "KeyConditionExpression": "airlines_name = :a",
        "ExpressionAttributeValues": {":a": {"S": "Delta"}},
    }
    first = client.query(**query, Limit=2)
    rest = client.query(**query, ExclusiveStartKey=first["LastEvaluatedKey"])
    items = first["Items"] + rest["Items"]
    assert [item["seats"]["N"] for item in items] == ["9", "10", "100"]
    assert all(set(item) == {"flight_id", "airlines_name", "seats"} for item in items)
    assert refusal(client.query, **query, ConsistentRead=True) == (
        "ValidationException: Consistent reads are not supported on global secondary indexes"
    )


def test_a_transaction_updates_all_items_or_says_which_condition_failed(client: Any) -> None:
    take = {**KEYS, "UpdateExpression": "SET seats = seats - :one", **chosen(VALUES, ":one")}
    log: dict[str, Any] = {"TableName": "flights", "Item": {**OTHER, "log": {"S": "sold"}}}
    guarded = {**log, "ConditionExpression": "attribute_not_exists(flight_id)"}
    client.transact_write_items(TransactItems=[{"Update": take}, {"Put": guarded}])
    assert stored(client) == {"seats": {"N": "0"}}
    with pytest.raises(ClientError) as caught:
        client.transact_write_items(
            TransactItems=[
                {"Update": take},
                {"Put": {**guarded, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
            ]
        )
    assert caught.value.response["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed]"
    )
    assert caught.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": {**OTHER, "log": {"S": "sold"}},
        },
    ]
    assert stored(client) == {"seats": {"N": "0"}}


def test_a_transaction_touches_an_item_once(client: Any) -> None:
    check = {**KEYS, "ConditionExpression": "attribute_exists(seats)"}
    assert refusal(
        client.transact_write_items,
        TransactItems=[{"ConditionCheck": check}, {"Delete": KEYS}],
    ) == ("ValidationException: Transaction request cannot include multiple operations on one item")
    client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
    assert stored(client) == {"seats": {"N": "1"}}


def test_batches_and_transactions_of_reads_project(client: Any) -> None:
    wanted = {"ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "seats"}}
    batch = client.batch_get_item(RequestItems={"flights": {"Keys": [KEY], **wanted}})
    assert batch["Responses"] == {"flights": [{"seats": {"N": "1"}}]}
    transaction = client.transact_get_items(TransactItems=[{"Get": {**KEYS, **wanted}}])
    assert transaction["Responses"] == [{"Item": {"seats": {"N": "1"}}}]
    legacy = client.get_item(**KEYS, AttributesToGet=["seats", "gone"])
    assert legacy["Item"] == {"seats": {"N": "1"}}
