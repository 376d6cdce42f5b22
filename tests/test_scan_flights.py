"""scan_flights.py: the end of step 4."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

import scan_flights
from fake_dynamodb.server import FakeDynamoDB
from tests.clients import Clients
from tests.scripts import FLIGHTS_DATA, Script, masked

TRANSCRIPT = """\
Scanning table flights to get the total items
Total item count of table flights are 2500  in 5.89269590378 seconds
"""


@pytest.fixture
def in_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDynamoDB]:
    """The exercise's 2,500 flights, in pages of 20."""
    fake = FakeDynamoDB(page=20)
    fake.flights.start_with(FLIGHTS_DATA)
    with fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        yield fake


def test_it_prints_what_the_exercise_shows(script: Script, in_pages: FakeDynamoDB) -> None:
    finished = script("scan_flights", "flights", "eu-west-1")
    assert masked(finished.out) == masked(TRANSCRIPT)
    assert (finished.code, finished.err) == (0, "")


def test_every_page_is_read_once(script: Script, in_pages: FakeDynamoDB) -> None:
    script("scan_flights", "flights", "eu-west-1")
    pages = in_pages.calls["Scan"]
    assert 2500 / 20 <= pages <= 2500 / 20 + scan_flights.SEGMENTS


@pytest.mark.usefixtures("flights")
def test_it_counts_items_and_not_what_describe_table_says(
    script: Script, dynamodb: Clients
) -> None:
    finished = script("scan_flights", "flights", "eu-west-1")
    assert "Total item count of table flights are 10  in" in finished.out


def test_a_second_page_is_counted_and_no_item_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_flights, "SEGMENTS", 1)
    client = boto3.client("dynamodb", region_name="us-east-2")
    request = {
        "TableName": "flights",
        "Select": "COUNT",
        "ConsistentRead": False,
        "Segment": 0,
        "TotalSegments": 1,
    }
    key = {"flight_id": {"N": "1"}, "airlines_name": {"S": "Delta"}}
    with Stubber(client) as stub:
        stub.add_response("scan", {"Count": 2, "LastEvaluatedKey": key}, request)
        stub.add_response("scan", {"Count": 3}, {**request, "ExclusiveStartKey": key})
        assert scan_flights.count_items(client, "flights") == 5
