"""Streams: every change once, under a number of its own, and readable for a while afterwards."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients import KEY, Clients, create_table, refusal

Aws = Callable[[str, str], Any]


@pytest.fixture
def streams(dynamodb: Clients, aws: Aws) -> Any:
    """A client of streams, in the region that has the exercise's table with three changes."""
    client = dynamodb("us-east-2")
    create_table(client)
    for seats in ("1", "2", "3"):
        client.put_item(TableName="flights", Item={**KEY, "seats": {"N": seats}})
    return aws("dynamodbstreams", "us-east-2")


def arn_of(streams: Any, table: str = "flights") -> str:
    [stream] = streams.list_streams(TableName=table)["Streams"]
    return str(stream["StreamArn"])


def shard_of(streams: Any, arn: str) -> dict[str, Any]:
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return dict(shard)


def iterator(streams: Any, arn: str, kind: str = "TRIM_HORIZON", **at: str) -> str:
    return str(
        streams.get_shard_iterator(
            StreamArn=arn,
            ShardId=shard_of(streams, arn)["ShardId"],
            ShardIteratorType=kind,
            **at,
        )["ShardIterator"]
    )


def records(streams: Any, arn: str) -> list[dict[str, Any]]:
    return list(streams.get_records(ShardIterator=iterator(streams, arn))["Records"])


def test_every_record_has_an_event_id_of_its_own(streams: Any, dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), "others")
    dynamodb("us-east-2").put_item(TableName="others", Item=KEY)
    tables = ("flights", "others")
    ids = [each["eventID"] for table in tables for each in records(streams, arn_of(streams, table))]
    assert len(set(ids)) == len(ids) == 4


@pytest.mark.parametrize(
    ("kind", "first"), [("AT_SEQUENCE_NUMBER", "2"), ("AFTER_SEQUENCE_NUMBER", "3")]
)
def test_reading_begins_at_or_after_a_sequence_number(streams: Any, kind: str, first: str) -> None:
    arn = arn_of(streams)
    second = records(streams, arn)[1]["dynamodb"]["SequenceNumber"]
    start = iterator(streams, arn, kind, SequenceNumber=second)
    [record] = streams.get_records(ShardIterator=start, Limit=1)["Records"]
    assert record["dynamodb"]["NewImage"]["seats"] == {"N": first}


def test_a_stream_that_was_disabled_can_be_read_to_its_end(streams: Any, dynamodb: Clients) -> None:
    client, arn = dynamodb("us-east-2"), arn_of(streams)
    client.update_table(TableName="flights", StreamSpecification={"StreamEnabled": False})
    client.put_item(TableName="flights", Item={**KEY, "seats": {"N": "4"}})
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED"
    answer = streams.get_records(ShardIterator=iterator(streams, arn))
    last = answer["Records"][-1]["dynamodb"]
    assert last["NewImage"]["seats"] == {"N": "3"}
    numbers = described["Shards"][0]["SequenceNumberRange"]
    assert numbers["EndingSequenceNumber"] == last["SequenceNumber"]
    assert "NextShardIterator" not in answer


def test_the_stream_of_a_table_that_was_deleted_can_be_read(
    streams: Any, dynamodb: Clients
) -> None:
    arn = arn_of(streams)
    dynamodb("us-east-2").delete_table(TableName="flights")
    assert len(records(streams, arn)) == 3


def test_only_the_latest_closed_streams_are_kept(
    streams: Any, dynamodb: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.items.streams.CLOSED_STREAMS", 2)
    client = dynamodb("us-east-2")
    for number in range(4):
        create_table(client, f"table-{number}")
        client.delete_table(TableName=f"table-{number}")
    names = [stream["TableName"] for stream in streams.list_streams()["Streams"]]
    assert sorted(names) == ["flights", "table-2", "table-3"]


def test_a_page_of_shards_after_the_only_one_is_empty(streams: Any) -> None:
    arn = arn_of(streams)
    after = shard_of(streams, arn)["ShardId"]
    described = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=after)
    assert described["StreamDescription"]["Shards"] == []


def test_a_stream_is_unknown_in_another_region(streams: Any, aws: Aws) -> None:
    arn, other = arn_of(streams), aws("dynamodbstreams", "eu-west-1")
    missing = f"ResourceNotFoundException: Requested resource not found: Stream: {arn} not found"
    assert refusal(other.describe_stream, StreamArn=arn) == missing
    assert refusal(other.get_records, ShardIterator=iterator(streams, arn)) == missing


def test_an_iterator_that_never_was_is_invalid_and_an_old_one_expires(
    streams: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(streams.get_records, ShardIterator="no such iterator") == (
        "ValidationException: Invalid ShardIterator"
    )
    start = iterator(streams, arn_of(streams))
    monkeypatch.setattr("sandbox.items.streams.ITERATOR_SECONDS", -1)
    assert refusal(streams.get_records, ShardIterator=start).startswith("ExpiredIteratorException:")


@pytest.mark.parametrize(
    ("kind", "number"),
    [("AT_SEQUENCE_NUMBER", None), ("LATEST", "1" * 30), ("AFTER_SEQUENCE_NUMBER", "9" * 30)],
    ids=["no number", "a needless number", "a number that is not there yet"],
)
def test_a_sequence_number_that_does_not_fit_is_refused(
    streams: Any, kind: str, number: str | None
) -> None:
    at = {} if number is None else {"SequenceNumber": number}
    assert refusal(lambda: iterator(streams, arn_of(streams), kind, **at)).startswith("Validation")


def test_reading_begins_at_the_start_of_a_stream_without_records(
    streams: Any, dynamodb: Clients
) -> None:
    create_table(dynamodb("us-east-2"), "others")
    arn = arn_of(streams, "others")
    first = shard_of(streams, arn)["SequenceNumberRange"]["StartingSequenceNumber"]
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        start = iterator(streams, arn, kind, SequenceNumber=first)
        assert streams.get_records(ShardIterator=start)["Records"] == []


def test_a_name_that_is_not_an_arn_is_refused(streams: Any) -> None:
    assert refusal(streams.describe_stream, StreamArn="x" * 40).startswith("ValidationException:")
