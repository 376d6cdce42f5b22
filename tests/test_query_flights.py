"""query_flights.py: step 5's first command."""

import boto3
import pytest
from botocore.stub import Stubber

import common.flights
from common.flights import SAMPLE_FLIGHTS, query_seats
from tests.clients import Clients
from tests.scripts import SAMPLE, Script, masked

TRANSCRIPT = """\
Available seats in the Quatar flight 5603280670 are 266
Available seats in the British flight 26806130 are 828
Available seats in the Emirates flight 9902917690 are 491
Available seats in the JetBlue flight 1079996 are 978
Available seats in the Delta flight 2907581914 are 277
Available seats in the UnitedAirlines flight 53600600 are 623
Available seats in the Alaska flight 282027328 are 677
Available seats in the spirit flight 421920151 are 304
Available seats in the Republic flight 534890387 are 944
Available seats in the southwest flight 658410767 are 580

Query start time: 2019-01-23 17:07:58
Endtime: 2019-01-23 17:08:00
Total query time in seconds: 1.58885908127.
"""


@pytest.mark.usefixtures("flights")
@pytest.mark.parametrize("region", ["us-east-2", "eu-west-1"])
def test_it_prints_what_the_exercise_shows(script: Script, region: str) -> None:
    finished = script("query_flights", "flights", region)
    assert masked(finished.out) == masked(TRANSCRIPT)
    assert (finished.code, finished.err) == (0, "")


@pytest.mark.usefixtures("flights")
def test_another_airline_with_the_same_flight_id_is_not_the_sample_flight(
    script: Script, dynamodb: Clients
) -> None:
    namesake = {**SAMPLE[0], "airlines_name": {"S": "Aer Lingus"}, "available_seats": {"N": "7"}}
    dynamodb("us-east-2").put_item(TableName="flights", Item=namesake)
    assert masked(script("query_flights", "flights", "us-east-2").out) == masked(TRANSCRIPT)


@pytest.mark.usefixtures("flights")
def test_a_flight_that_is_missing_is_named_and_none_is_printed(
    script: Script, dynamodb: Clients
) -> None:
    key = {name: SAMPLE[3][name] for name in ("flight_id", "airlines_name")}
    dynamodb("us-east-2").delete_item(TableName="flights", Key=key)
    assert script("query_flights", "flights", "us-east-2") == (
        1,
        "",
        "query_flights.py: table flights in us-east-2 lacks flight 1079996 of JetBlue:"
        " load data/flights_data.csv with load_flights.py first\n",
    )


@pytest.mark.usefixtures("flights")
@pytest.mark.parametrize(
    "seats", [{"N": "2.5"}, {"S": "266"}, {"S": "\x1b[2J"}, {"NULL": True}, None]
)
def test_seats_that_are_not_a_whole_number_are_shown_safely(
    script: Script, dynamodb: Clients, seats: dict[str, str] | None
) -> None:
    flight = {**SAMPLE[3], "available_seats": seats}
    item = {name: value for name, value in flight.items() if value}
    dynamodb("us-east-2").put_item(TableName="flights", Item=item)
    assert script("query_flights", "flights", "us-east-2") == (
        1,
        "",
        f"query_flights.py: available_seats of flight 1079996 of JetBlue is {seats!r}, not a whole"
        " number: load data/flights_data.csv with load_flights.py again\n",
    )


def test_a_flight_on_a_second_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common.flights, "SAMPLE_FLIGHTS", SAMPLE_FLIGHTS[:1])
    client = boto3.client("dynamodb", region_name="us-east-2")
    request = {
        "TableName": "flights",
        "KeyConditionExpression": "flight_id = :id",
        "ExpressionAttributeValues": {":id": SAMPLE[0]["flight_id"]},
        "ProjectionExpression": "airlines_name, available_seats",
        "ConsistentRead": False,
    }
    key = {name: SAMPLE[0][name] for name in ("flight_id", "airlines_name")}
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": [], "LastEvaluatedKey": key}, request)
        stub.add_response("query", {"Items": SAMPLE[:1]}, {**request, "ExclusiveStartKey": key})
        assert query_seats(client, "flights") == [(SAMPLE_FLIGHTS[0], 266)]
