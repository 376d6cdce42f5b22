"""Updating the seats of the sample flights."""

import pytest

from common.aws import dynamodb
from common.errors import Trouble
from common.flights import update_seats
from fake_dynamodb.server import FakeDynamoDB
from tests.scripts import FLIGHTS_DATA


@pytest.fixture
def flights(fake: FakeDynamoDB) -> FakeDynamoDB:
    fake.flights.start_with(FLIGHTS_DATA)
    return fake


def test_an_update_says_whether_it_changed_anything(flights: FakeDynamoDB) -> None:
    assert update_seats(dynamodb("us-east-2"), "flights", 222)
    assert not update_seats(dynamodb("us-east-2"), "flights", 222)
    del flights.items("us-east-2")[658410767, "southwest"]["available_seats"]
    assert update_seats(dynamodb("us-east-2"), "flights", 222)


def test_an_update_creates_no_flight_and_reports_what_became_of_the_others(
    flights: FakeDynamoDB,
) -> None:
    del flights.items("us-east-2")[658410767, "southwest"]
    with pytest.raises(Trouble) as trouble:
        update_seats(dynamodb("us-east-2"), "flights", 222)
    assert str(trouble.value) == (
        "table flights in us-east-2 lacks flight 658410767 of southwest;"
        " the other sample flights were updated:"
        " load data/flights_data.csv with load_flights.py first"
    )
    assert (658410767, "southwest") not in flights.items("us-east-2")


def test_several_missing_flights_are_counted(flights: FakeDynamoDB) -> None:
    flights.items("us-east-2").clear()
    with pytest.raises(Trouble) as trouble:
        update_seats(dynamodb("us-east-2"), "flights", 222)
    assert str(trouble.value) == (
        "table flights in us-east-2 lacks flight 5603280670 of Quatar and 9 more sample flights:"
        " load data/flights_data.csv with load_flights.py first"
    )
