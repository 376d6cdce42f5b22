"""Every kind of write travels, a refused one leaves no trace, and the streams show it."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.clients import (
    KEY,
    Clients,
    create_global_table,
    create_table,
    refusal,
    shard_iterator,
    unchecked,
)
from tests.waiting import until

REGIONS = ("us-east-2", "eu-west-1", "ap-southeast-1")
OTHER: dict[str, Any] = {"flight_id": {"N": "26806130"}, "airlines_name": {"S": "British"}}
WRONG: dict[str, Any] = {"flight_id": {"S": "no number"}, "airlines_name": {"S": "British"}}


@pytest.fixture
def flights(dynamodb: Clients) -> Clients:
    """A global table in three regions."""
    create_global_table(dynamodb, *REGIONS)
    return dynamodb


def items(flights: Clients, region: str) -> list[dict[str, Any]]:
    found = flights(region).get_paginator("scan").paginate(TableName="flights").build_full_result()
    return sorted(found["Items"], key=str)


def everywhere(flights: Clients) -> list[dict[str, Any]]:
    """The items that all replicas hold; fails if they differ."""
    first, *others = (items(flights, region) for region in REGIONS)
    for other in others:
        assert other == first
    return first


def records(aws: Callable[[str, str], Any], region: str) -> Iterator[str]:
    """What a region's stream holds: event and seats, old and new."""
    iterator = shard_iterator(aws, region)
    answer = aws("dynamodbstreams", region).get_records(ShardIterator=iterator)
    for record in answer["Records"]:
        assert record["awsRegion"] == region
        seats = [
            record["dynamodb"].get(image, {}).get("seats", {}).get("N", "-")
            for image in ("OldImage", "NewImage")
        ]
        yield f"{record['eventName']} {seats[0]} to {seats[1]}"


WRITES: dict[str, dict[str, Any]] = {
    "PutItem": {"Item": {**KEY, "seats": {"N": "7"}}},
    "UpdateItem": {
        "Key": KEY,
        "UpdateExpression": "SET seats = :s",
        "ExpressionAttributeValues": {":s": {"N": "7"}},
    },
    "BatchWriteItem": {
        "RequestItems": {"flights": [{"PutRequest": {"Item": {**KEY, "seats": {"N": "7"}}}}]}
    },
    "TransactWriteItems": {
        "TransactItems": [{"Put": {"TableName": "flights", "Item": {**KEY, "seats": {"N": "7"}}}}]
    },
}
DELETES: dict[str, dict[str, Any]] = {
    "DeleteItem": {"Key": KEY},
    "BatchWriteItem": {"RequestItems": {"flights": [{"DeleteRequest": {"Key": KEY}}]}},
    "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": "flights", "Key": KEY}}]},
}


def call(flights: Clients, region: str, operation: str, request: dict[str, Any]) -> Any:
    named = {} if operation.startswith(("Batch", "Transact")) else {"TableName": "flights"}
    client = flights(region)
    method = client.meta.method_to_api_mapping
    name = next(python for python, api in method.items() if api == operation)
    return getattr(client, name)(**named, **request)


@pytest.mark.parametrize("operation", WRITES)
def test_every_kind_of_write_reaches_every_region(flights: Clients, operation: str) -> None:
    call(flights, "eu-west-1", operation, WRITES[operation])
    assert everywhere(flights) == [{**KEY, "seats": {"N": "7"}}]


@pytest.mark.parametrize("operation", DELETES)
def test_every_kind_of_delete_reaches_every_region(flights: Clients, operation: str) -> None:
    flights("us-east-2").put_item(TableName="flights", Item=KEY)
    call(flights, "ap-southeast-1", operation, DELETES[operation])
    assert everywhere(flights) == []


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        (
            "PutItem",
            {"Item": {**KEY, "seats": {"N": "9"}}, "ConditionExpression": "attribute_exists(gone)"},
        ),
        (
            "UpdateItem",
            {
                "Key": KEY,
                "UpdateExpression": "SET seats = :s, gone.deeper = :s",
                "ExpressionAttributeValues": {":s": {"N": "9"}},
            },
        ),
        (
            "UpdateItem",
            {
                "Key": OTHER,
                "UpdateExpression": "SET seats = :s",
                "ConditionExpression": "attribute_exists(flight_id)",
                "ExpressionAttributeValues": {":s": {"N": "9"}},
            },
        ),
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "flights": [
                        {"PutRequest": {"Item": {**KEY, "seats": {"N": "9"}}}},
                        {"PutRequest": {"Item": WRONG}},
                    ]
                }
            },
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "flights", "Item": {**KEY, "seats": {"N": "9"}}}},
                    {
                        "Delete": {
                            "TableName": "flights",
                            "Key": OTHER,
                            "ConditionExpression": "attribute_exists(flight_id)",
                        }
                    },
                ]
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_write_leaves_no_trace_anywhere(
    flights: Clients, aws: Callable[[str, str], Any], operation: str, request_: dict[str, Any]
) -> None:
    flights("us-east-2").put_item(TableName="flights", Item={**KEY, "seats": {"N": "1"}})
    assert refusal(lambda: call(flights, "us-east-2", operation, request_))
    assert everywhere(flights) == [{**KEY, "seats": {"N": "1"}}]
    for region in REGIONS:
        assert list(records(aws, region)) == ["INSERT - to 1"]


def puts(count: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": {**KEY, "flight_id": {"N": str(n)}}}} for n in range(count)]


LIMITS = (
    "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length "
    "less than or equal to 25, Member must have length greater than or equal to 1]"
)


@pytest.mark.parametrize(
    ("batch", "why"),
    [
        ({}, "Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length"),
        ({"flights": puts(1), "others": []}, LIMITS),
        ({"flights": puts(26)}, LIMITS),
        ({"flights": puts(20), "others": puts(6)}, "Too many items requested for the BatchWrite"),
        ({"flights": puts(1) * 2}, "Provided list of item keys contains duplicates"),
        ({"flights": [{}]}, "must contain exactly one of the supported datatypes"),
        (
            {"flights": [{"PutRequest": {"Item": WRONG}}]},
            "The provided key element does not match the schema",
        ),
        (
            {"flights": [{"PutRequest": {"Item": {"airlines_name": {"S": "Delta"}}}}]},
            "The provided key element does not match the schema",
        ),
    ],
    ids=[
        "an empty batch",
        "an empty list beside another",
        "26 for one table",
        "26 for two tables",
        "an item twice",
        "an empty request",
        "a wrong key",
        "a missing key",
    ],
)
def test_a_batch_that_aws_refuses_is_refused(flights: Clients, batch: Any, why: str) -> None:
    create_table(flights("us-east-2"), "others")
    refused = refusal(unchecked("us-east-2").batch_write_item, RequestItems=batch)
    assert refused.startswith("ValidationException: ")
    assert why in refused
    assert everywhere(flights) == []


def test_a_batch_that_fails_half_way_leaves_nothing_in_a_table_without_a_stream(
    dynamodb: Clients,
) -> None:
    create_table(dynamodb("us-east-2"), StreamSpecification=None)
    batch = [{"PutRequest": {"Item": KEY}}, {"PutRequest": {"Item": WRONG}}]
    assert refusal(dynamodb("us-east-2").batch_write_item, RequestItems={"flights": batch})
    assert items(dynamodb, "us-east-2") == []


READS: dict[str, dict[str, Any]] = {
    "GetItem": {"Key": KEY},
    "Query": {
        "KeyConditionExpression": "flight_id = :id",
        "ExpressionAttributeValues": {":id": KEY["flight_id"]},
    },
    "Scan": {},
}


@pytest.mark.parametrize(
    ("operation", "request_"), [*WRITES.items(), *DELETES.items(), *READS.items()]
)
def test_an_answer_has_the_consumed_capacity_only_if_it_was_asked_for(
    flights: Clients, operation: str, request_: dict[str, Any]
) -> None:
    assert "ConsumedCapacity" not in call(flights, "us-east-2", operation, request_)
    asked = {**request_, "ReturnConsumedCapacity": "TOTAL"}
    assert "ConsumedCapacity" in call(flights, "us-east-2", operation, asked)


def test_numbers_are_stored_as_dynamodb_writes_them(flights: Clients) -> None:
    client = flights("us-east-2")
    client.put_item(
        TableName="flights",
        Item={
            "flight_id": {"N": "005"},
            "airlines_name": {"S": "Quatar"},
            "seats": {"N": "000"},
            "deep": {"M": {"list": {"L": [{"N": "1.50"}]}}},
            "set": {"NS": ["10", "2.0"]},
        },
    )
    client.update_item(
        TableName="flights",
        Key={"flight_id": {"N": "5.0"}, "airlines_name": {"S": "Quatar"}},
        UpdateExpression="ADD seats :n",
        ExpressionAttributeValues={":n": {"N": "1E1"}},
    )
    assert everywhere(flights) == [
        {
            "flight_id": {"N": "5"},
            "airlines_name": {"S": "Quatar"},
            "seats": {"N": "10"},
            "deep": {"M": {"list": {"L": [{"N": "1.5"}]}}},
            "set": {"NS": ["2", "10"]},
        }
    ]


def test_streams_carry_local_and_replicated_writes_once_and_no_echo(
    flights: Clients, aws: Callable[[str, str], Any]
) -> None:
    for region, seats in (("us-east-2", "1"), ("eu-west-1", "2"), ("eu-west-1", "2")):
        flights(region).put_item(TableName="flights", Item={**KEY, "seats": {"N": seats}})
    flights("ap-southeast-1").delete_item(TableName="flights", Key=KEY)
    for region in REGIONS:
        assert list(records(aws, region)) == [
            "INSERT - to 1",
            "MODIFY 1 to 2",
            "REMOVE 2 to -",
        ]


@pytest.mark.sandbox(lag=1)
def test_the_other_region_is_stale_and_then_it_is_not(flights: Clients) -> None:
    flights("us-east-2").put_item(TableName="flights", Item=KEY)
    strong = {"TableName": "flights", "Key": KEY, "ConsistentRead": True}
    assert "Item" in flights("us-east-2").get_item(**strong)
    assert "Item" not in flights("eu-west-1").get_item(**strong)
    until(lambda: "Item" in flights("eu-west-1").get_item(**strong))


@pytest.mark.sandbox(lag=1)
def test_a_write_that_changes_nothing_beats_nobody(flights: Clients) -> None:
    one, two = flights("us-east-2"), flights("eu-west-1")
    one.put_item(TableName="flights", Item={**KEY, "seats": {"N": "1"}})
    until(lambda: items(flights, "eu-west-1"))
    two.put_item(TableName="flights", Item={**KEY, "seats": {"N": "2"}})
    one.put_item(TableName="flights", Item={**KEY, "seats": {"N": "1"}})
    two_everywhere = [[{**KEY, "seats": {"N": "2"}}]] * len(REGIONS)
    until(lambda: [items(flights, region) for region in REGIONS] == two_everywhere)


@pytest.mark.sandbox(lag=1)
def test_conditions_and_add_are_judged_on_the_local_copy(flights: Clients) -> None:
    one, two = flights("us-east-2"), flights("eu-west-1")
    one.put_item(TableName="flights", Item={**KEY, "seats": {"N": "1"}})
    until(lambda: items(flights, "eu-west-1"))
    for client, change in ((one, "10"), (two, "100")):
        client.update_item(
            TableName="flights",
            Key=KEY,
            UpdateExpression="ADD seats :n",
            ConditionExpression="seats = :one",
            ExpressionAttributeValues={":n": {"N": change}, ":one": {"N": "1"}},
        )
    until(lambda: items(flights, "us-east-2")[0]["seats"] == {"N": "101"})


def write_of_some_kind(client: Any, choice: random.Random, number: str) -> None:
    """One write, of any kind, on one of few items, always with a number of its own."""
    key = {**KEY, "flight_id": {"N": str(choice.randrange(12))}}
    put = {**key, "seats": {"N": number}}
    kind = choice.randrange(5)
    if kind == 0:
        client.put_item(TableName="flights", Item=put)
    elif kind == 1:
        client.update_item(
            TableName="flights",
            Key=key,
            UpdateExpression="SET seats = :s",
            ExpressionAttributeValues={":s": {"N": number}},
        )
    elif kind == 2:
        client.delete_item(TableName="flights", Key=key)
    elif kind == 3:
        client.batch_write_item(RequestItems={"flights": [{"PutRequest": {"Item": put}}]})
    else:
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "flights", "Item": put}}])


@pytest.mark.sandbox(lag=0.2)
def test_six_writers_in_three_regions_end_with_equal_replicas_and_the_last_writes(
    flights: Clients, sandbox: Sandbox
) -> None:
    failed: list[BaseException] = []
    stop = time.monotonic() + 3

    def writer(number: int) -> None:
        client, choice = flights(REGIONS[number % 3]), random.Random(number)
        try:
            count = 0
            while time.monotonic() < stop:
                count += 1
                write_of_some_kind(client, choice, f"{number}{count:06}")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    for number in range(12):  # the last word on every item, from a region of its own
        key = {**KEY, "flight_id": {"N": str(number)}}
        client = flights(REGIONS[number % 3])
        if number % 4:
            client.put_item(TableName="flights", Item={**key, "seats": {"N": f"9{number}"}})
        else:
            client.put_item(TableName="flights", Item={**key, "seats": {"N": "0"}})
            client.delete_item(TableName="flights", Key=key)
    expected = sorted(
        (
            {**KEY, "flight_id": {"N": str(number)}, "seats": {"N": f"9{number}"}}
            for number in range(12)
            if number % 4
        ),
        key=str,
    )
    until(lambda: all(items(flights, region) == expected for region in REGIONS))
