"""The fake DynamoDB, with boto3 as its client."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fake_dynamodb.server import FakeDynamoDB

ClientFor = Callable[..., Any]


@pytest.fixture
def client_for() -> ClientFor:
    def client(fake: FakeDynamoDB, region: str = "us-east-2") -> Any:
        """A client that never tries again, because a test has to see each single answer."""
        return boto3.client(
            "dynamodb",
            region_name=region,
            endpoint_url=fake.url,
            aws_access_key_id="dummy",
            aws_secret_access_key="dummy",
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


def flight(number: int, seats: int = 100) -> dict[str, dict[str, str]]:
    key = {"flight_id": {"N": str(number)}, "airlines_name": {"S": "Delta"}}
    return {**key, "available_seats": {"N": str(seats)}}


def batch(*items: dict[str, dict[str, str]]) -> dict[str, list[dict[str, Any]]]:
    return {"flights": [{"PutRequest": {"Item": item}} for item in items]}


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return caught.value.response["Error"]["Code"]


def test_each_region_keeps_what_was_written_to_it(client_for: ClientFor) -> None:
    with FakeDynamoDB() as fake:
        ohio, ireland = client_for(fake), client_for(fake, "eu-west-1")
        answer = ohio.batch_write_item(RequestItems=batch(flight(1), flight(2)))
        assert answer["UnprocessedItems"] == {}
        ireland.put_item(TableName="flights", Item=flight(3))
        assert fake.items("us-east-2") == {(1, "Delta"): flight(1), (2, "Delta"): flight(2)}
        assert fake.items("eu-west-1") == {(3, "Delta"): flight(3)}
        assert fake.calls == {"BatchWriteItem": 1, "PutItem": 1}
        assert fake.write_units == 3


def test_a_batch_holds_a_key_once_and_25_items_at_most(client_for: ClientFor) -> None:
    with FakeDynamoDB() as fake:
        client = client_for(fake)
        with pytest.raises(ClientError, match="Provided list of item keys contains duplicates"):
            client.batch_write_item(RequestItems=batch(flight(7, 1), flight(7, 2)))
        with pytest.raises(ClientError, match="Too many items requested"):
            client.batch_write_item(RequestItems=batch(*map(flight, range(26))))
        assert fake.items("us-east-2") == {}
        assert fake.refused == {"ValidationException": 2}


def test_an_update_sets_the_seats_of_an_item_that_exists(client_for: ClientFor) -> None:
    def update(number: int) -> Any:
        return client.update_item(
            TableName="flights",
            Key={"flight_id": {"N": str(number)}, "airlines_name": {"S": "Delta"}},
            UpdateExpression="SET available_seats = :seats",
            ConditionExpression="attribute_exists(flight_id)",
            ExpressionAttributeValues={":seats": {"N": "222"}},
            ReturnValues="ALL_OLD",
        )

    with FakeDynamoDB() as fake:
        client = client_for(fake)
        client.put_item(TableName="flights", Item=flight(1, 266))
        assert update(1)["Attributes"] == flight(1, 266)
        with pytest.raises(ClientError) as caught:
            update(2)
        assert code_of(caught) == "ConditionalCheckFailedException"
        answer = client.query(
            TableName="flights",
            KeyConditionExpression="flight_id = :id",
            ExpressionAttributeValues={":id": {"N": "1"}},
        )
        assert answer["Items"] == [flight(1, 222)]
        assert list(fake.items("us-east-2")) == [(1, "Delta")]


@pytest.mark.parametrize("segments", [1, 2, 7])
def test_the_segments_of_a_scan_hold_every_item_once(client_for: ClientFor, segments: int) -> None:
    with FakeDynamoDB(page=10) as fake:
        client = client_for(fake)
        for number in range(100, 200, 25):
            client.batch_write_item(RequestItems=batch(*map(flight, range(number, number + 25))))
        found = []
        for segment in range(segments):
            which = {"TableName": "flights", "Segment": segment, "TotalSegments": segments}
            for page in client.get_paginator("scan").paginate(**which):
                found += [int(item["flight_id"]["N"]) for item in page["Items"]]
        assert sorted(found) == list(range(100, 200))
        assert fake.calls["Scan"] == {1: 10, 2: 10, 7: 14}[segments]


def test_a_call_takes_a_round_trip_and_more_on_a_new_connection(client_for: ClientFor) -> None:
    def seconds() -> float:
        started = time.monotonic()
        client.describe_table(TableName="flights")
        return time.monotonic() - started

    with FakeDynamoDB(round_trip=0.1) as fake:
        client = client_for(fake)
        assert seconds() >= 0.2
        assert 0.1 <= seconds() < 0.2


def test_with_tls_the_first_call_takes_three_round_trips(
    client_for: ClientFor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with FakeDynamoDB(round_trip=0.1, ca_bundle=str(tmp_path / "ca.pem")) as fake:
        client = client_for(fake)
        started = time.monotonic()
        client.describe_table(TableName="flights")
        assert time.monotonic() - started >= 0.3


def test_a_small_table_takes_what_fits_and_then_refuses(client_for: ClientFor) -> None:
    with FakeDynamoDB(capacity=1, burst=30) as fake:
        client = client_for(fake)
        client.batch_write_item(RequestItems=batch(*map(flight, range(20))))
        answer = client.batch_write_item(RequestItems=batch(*map(flight, range(20, 40))))
        unprocessed = answer["UnprocessedItems"]
        assert len(unprocessed["flights"]) + len(fake.items("us-east-2")) == 40
        with pytest.raises(ClientError) as caught:
            client.batch_write_item(RequestItems=unprocessed)
        assert code_of(caught) == "ProvisionedThroughputExceededException"
        assert fake.write_units == len(fake.items("us-east-2"))


@pytest.mark.parametrize(
    ("fault", "outcome", "written"),
    [
        ("error before", "InternalServerError", [0]),
        ("error after", "InternalServerError", [25]),
        ("reset before", "ConnectionClosedError", [0]),
        ("reset after", "ConnectionClosedError", [25]),
        ("half answer", "an answer without its content", [25]),
        ("throttled", "ThrottlingException", [0]),
        ("in part", "an answer", range(1, 25)),
        ("slow", "an answer", [25]),
    ],
)
def test_each_fault_happens_as_it_is_described(
    client_for: ClientFor, fault: str, outcome: str, written: Sequence[int]
) -> None:
    def outcome_of_a_batch() -> str:
        flights = batch(*map(flight, range(25)))
        try:
            answer = client_for(fake).batch_write_item(RequestItems=flights)
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        except BotoCoreError as broken:
            return type(broken).__name__
        if "UnprocessedItems" not in answer:
            return "an answer without its content"
        unprocessed = answer["UnprocessedItems"].get("flights", [])
        assert len(unprocessed) + len(fake.items("us-east-2")) == 25
        return "an answer"

    with FakeDynamoDB(faults=1, kinds=[fault], slow=0.2) as fake:
        started = time.monotonic()
        assert outcome_of_a_batch() == outcome
        assert len(fake.items("us-east-2")) in written
        assert time.monotonic() - started >= (0.2 if fault == "slow" else 0)
        assert fake.faulted == {fault: 1}


def test_calls_fail_from_a_given_one_on_and_a_table_can_go(client_for: ClientFor) -> None:
    with FakeDynamoDB() as fake:
        client = client_for(fake)
        fake.fail_after(1, "ExpiredTokenException")
        client.put_item(TableName="flights", Item=flight(1))
        with pytest.raises(ClientError, match="is expired") as caught:
            client.put_item(TableName="flights", Item=flight(2))
        assert code_of(caught) == "ExpiredTokenException"

    with FakeDynamoDB(status="CREATING") as fake:
        client = client_for(fake)
        assert client.describe_table(TableName="flights")["Table"]["TableStatus"] == "CREATING"
        with pytest.raises(ClientError) as caught:
            client.scan(TableName="flights")
        assert code_of(caught) == "ResourceNotFoundException"
        fake.status = None
        with pytest.raises(ClientError) as caught:
            client.describe_table(TableName="flights")
        assert code_of(caught) == "ResourceNotFoundException"
