"""The sandbox speaks HTTP as AWS does; what it does not know is refused in JSON."""

import gc
import http.client
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.clients import KEY, Clients, create_global_table, create_table, refusal, shard_iterator
from tests.waiting import until


def post(
    url: str,
    target: str,
    body: bytes,
    region: str = "us-east-2",
    differently: dict[str, str | None] | None = None,
) -> tuple[int, Any]:
    """A request by hand, signed for DynamoDB in a region as far as the sandbox looks.

    `differently` replaces headers; None drops one.
    """
    scope = f"test/20260101/{region}/dynamodb/aws4_request"
    usual: dict[str, str | None] = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20260101T000000Z",
        "X-Amz-Target": target,
    }
    changed = {**usual, **(differently or {})}
    headers = {name: value for name, value in changed.items() if value is not None}
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("DynamoDB_20120810.NoSuchThing", b"{}", "UnknownOperationException"),
        ("DynamoDBStreams_20120810.NoSuchThing", b"{}", "UnknownOperationException"),
        (
            "DynamoDB_20120810.DescribeKinesisStreamingDestination",
            b"{}",
            "UnknownOperationException",
        ),
        ("", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.CallAction", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.RestoreTableFromBackup", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.CreateBackup", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.DescribeEndpoints", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.ExecuteStatement", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.BatchExecuteStatement", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.ExecuteTransaction", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.CreateGlobalTable", b"no json", "SerializationException"),
        ("DynamoDB_20120810.PutItem", b"no json", "SerializationException"),
        ("DynamoDB_20120810.ListTables", b"\xff", "SerializationException"),
        ("DynamoDB_20120810.DescribeTable", b"[]", "SerializationException"),
        ("DynamoDB_20120810.UpdateTable", b"{}", "ValidationException"),
        ("DynamoDB_20120810.BatchWriteItem", b"{}", "ValidationException"),
        ("DynamoDB_20120810.PutItem", b'{"TableName": 7}', "SerializationException"),
        (
            "DynamoDB_20120810.BatchWriteItem",
            b'{"RequestItems": {"flights": [{"PutRequest": null, "Other": []}]}}',
            "ValidationException",
        ),
        (
            "DynamoDB_20120810.GetItem",
            '{"TableName": "flights", "Key": {"flight_id": {"B": "éé"}}}'.encode(),
            "SerializationException",
        ),
        ("DynamoDB_20120810.PutItem", b'{"a":' * 10**5, "SerializationException"),
        ("DynamoDB_20120810.PutItem", b'{"TableName": "\\ud800"}', "SerializationException"),
        ("DynamoDB_20120810.UpdateGlobalTable", b"{}", "ValidationException"),
    ],
)
def test_what_the_sandbox_does_not_know_is_refused_in_json(
    sandbox: Sandbox, target: str, body: bytes, code: str
) -> None:
    status, answer = post(sandbox.url, target, body)
    assert status == 400
    assert answer["__type"].rpartition("#")[2] == code


@pytest.mark.parametrize("path", ["/moto-api/reset", "/foo/bar"])
def test_motos_own_pages_are_not_served(sandbox: Sandbox, path: str) -> None:
    status, answer = post(f"{sandbox.url}{path}", "DynamoDB_20120810.ListTables", b"{}")
    assert (status, answer["__type"].rpartition("#")[2]) == (400, "UnknownOperationException")


def test_a_region_that_aws_does_not_have_is_refused(sandbox: Sandbox) -> None:
    status, answer = post(sandbox.url, "DynamoDB_20120810.ListTables", b"{}", region="nowhere-9")
    assert (status, answer["message"]) == (400, "There is no AWS region nowhere-9.")


def test_other_services_are_refused(aws: Callable[[str, str], Any]) -> None:
    assert refusal(aws("sqs", "us-east-2").list_queues).endswith("The sandbox has no service sqs.")


def test_there_is_no_page_elsewhere(sandbox: Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{sandbox.url}/elsewhere")
    assert (refused.value.code, refused.value.read()) == (404, b"<UnknownOperationException/>\n")


def test_a_crash_of_the_sandbox_is_an_internal_error_with_its_traceback_on_stderr(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.front.scope", lambda request: 1 / 0)
    status, answer = post(sandbox.url, "DynamoDB_20120810.ListTables", b"{}")
    assert (status, answer) == (
        500,
        {
            "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError",
            "message": "Internal server error",
        },
    )
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == "sandbox: DynamoDB_20120810.ListTables failed:"
    assert last == "ZeroDivisionError: division by zero"


HALF_SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-2/dynamodb/aws4_request"


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        (
            {"Authorization": None},
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        ),
        (
            {"Authorization": "Basic dGVzdDp0ZXN0"},
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        ),
        (
            {"Authorization": HALF_SIGNED, "X-Amz-Date": None},
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            f"Authorization={HALF_SIGNED}",
        ),
    ],
    ids=["not signed", "another kind of authorization", "half signed"],
)
def test_a_request_that_is_not_signed_gets_awss_text(
    sandbox: Sandbox, headers: dict[str, str | None], code: str, message: str
) -> None:
    status, answer = post(sandbox.url, "DynamoDB_20120810.ListTables", b"{}", differently=headers)
    assert (status, answer) == (
        400,
        {"__type": f"com.amazon.coral.service#{code}", "message": message},
    )


@pytest.mark.parametrize("path", ["/", "/elsewhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "", "8.8.8.8"])
def test_a_host_that_is_not_this_machine_is_refused(
    sandbox: Sandbox, path: str, method: str, host: str
) -> None:
    request = urllib.request.Request(f"{sandbox.url}{path}", None, {"Host": host}, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_from_elsewhere_is_refused(sandbox: Sandbox, method: str) -> None:
    headers = {"Origin": "http://evil.example"}
    request = urllib.request.Request(sandbox.url, None, headers, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    assert not [name for name in refused.value.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("length", "status"),
    [("9" * 30, 400), ("-1", 400), ("+1", 400), ("x", 400), (str(16 * 1024**2 + 1), 413)],
)
def test_a_length_that_cannot_be_is_refused(sandbox: Sandbox, length: str, status: int) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


def test_regions_have_tables_of_their_own(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"))
    dynamodb("us-east-2").put_item(TableName="flights", Item=KEY)
    assert dynamodb("eu-west-1").list_tables()["TableNames"] == []
    create_table(dynamodb("eu-west-1"))
    assert dynamodb("eu-west-1").scan(TableName="flights")["Count"] == 0


def test_many_clients_at_once_are_all_served(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    create_table(client)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for count in range(10):
                key = {**KEY, "flight_id": {"N": str(number * 100 + count)}}
                client.put_item(TableName="flights", Item=key)
                client.scan(TableName="flights")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert client.scan(TableName="flights")["Count"] == 200


def test_a_new_sandbox_begins_with_nothing(dynamodb: Clients, sandbox: Sandbox) -> None:
    create_table(dynamodb("us-east-2"))
    with Sandbox() as other:
        status, answer = post(other.url, "DynamoDB_20120810.ListTables", b"{}")
    assert (status, answer) == (200, {"TableNames": []})


def test_a_stream_keeps_its_latest_records_only(
    dynamodb: Clients, aws: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.items.streams.STREAM_RECORDS", 10)
    client, streams = dynamodb("us-east-2"), aws("dynamodbstreams", "us-east-2")
    create_table(client)
    at_first = shard_iterator(aws, "us-east-2")
    for number in range(25):
        client.put_item(TableName="flights", Item={**KEY, "seats": {"N": str(number)}})
    assert refusal(streams.get_records, ShardIterator=at_first).startswith("TrimmedDataAccess")
    iterator = shard_iterator(aws, "us-east-2")
    seats = []
    while records := (answer := streams.get_records(ShardIterator=iterator, Limit=4))["Records"]:
        seats += [record["dynamodb"]["NewImage"]["seats"]["N"] for record in records]
        iterator = answer["NextShardIterator"]
    assert seats == [str(number) for number in range(10, 25)]


def test_writing_the_same_items_over_and_over_leaves_no_more_behind(
    dynamodb: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.items.streams.STREAM_RECORDS", 10)
    create_global_table(dynamodb)
    client = dynamodb("us-east-2")

    def items_left(first: int) -> int:
        for number in range(first, first + 100):
            client.put_item(TableName="flights", Item={**KEY, "seats": {"N": str(number)}})
        gc.collect()
        return sum(type(thing).__name__ == "Item" for thing in gc.get_objects())

    after_the_first_hundred = items_left(0)
    assert items_left(100) <= after_the_first_hundred + 20


def statistics(
    aws: Callable[[str, str], Any], region: str, metric: str, wanted: str, **dimensions: str
) -> float:
    """One statistic of one series over the last hour; 0 without a datapoint."""
    now = datetime.now(timezone.utc)
    points = aws("cloudwatch", region).get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=[
            {"Name": name, "Value": value}
            for name, value in {"TableName": "flights", **dimensions}.items()
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=7200,
        Statistics=[wanted],
    )["Datapoints"]
    return float(sum(point[wanted] for point in points))


@pytest.mark.sandbox(lag=0.5)
def test_cloudwatch_has_the_latency_that_there_really_was(
    dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    create_global_table(dynamodb)
    for number in range(50):
        item = {**KEY, "flight_id": {"N": str(number)}}
        dynamodb("us-east-2").put_item(TableName="flights", Item=item)
    until(lambda: dynamodb("eu-west-1").scan(TableName="flights")["Count"] == 50)
    there = {"ReceivingRegion": "eu-west-1"}
    latency = "ReplicationLatency"
    assert 400 < statistics(aws, "us-east-2", latency, "Average", **there) < 1000
    assert statistics(aws, "us-east-2", latency, "Minimum", **there) >= 0.6 * 500
    assert statistics(aws, "us-east-2", latency, "SampleCount", **there) == 50
    assert statistics(aws, "eu-west-1", latency, "SampleCount", ReceivingRegion="us-east-2") == 0
    assert statistics(aws, "us-east-2", "PendingReplicationCount", "Maximum", **there) > 0
    consumed = "ConsumedWriteCapacityUnits"
    assert statistics(aws, "us-east-2", consumed, "Sum", Source="Customer") == 50
    assert statistics(aws, "eu-west-1", consumed, "Sum", Source="GlobalTable") == 50
    assert statistics(aws, "eu-west-1", consumed, "Sum") == 50


def test_nobody_reaches_the_sandbox_at_another_address(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with socket.socket() as client:
        client.settimeout(1)
        assert client.connect_ex(("127.0.0.2", port)) != 0


def test_a_connection_brings_many_requests(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    connection.connect()
    one = connection.sock
    for _ in range(3):
        connection.request("GET", "/")
        assert connection.getresponse().read().startswith(b"<!doctype html>")
    assert connection.sock is one
    connection.close()


def test_a_client_that_stops_in_the_middle_does_not_hold_a_thread(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.server._Connection.timeout", 0.2)
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf")
        assert client.recv(4096) == b""


def test_half_a_request_is_refused(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf")
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The request is not complete." in answer
