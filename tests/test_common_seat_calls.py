"""Reading, setting and selling the seats of the sample flights."""

import pytest

from common.aws import dynamodb as client_for
from common.errors import Trouble
from common.flights import SAMPLE_FLIGHTS
from common.seat_calls import get_seats, sell_seat, set_seats
from fake_dynamodb.server import FakeDynamoDB
from tests.clients import KEY, Clients
from tests.scripts import FLIGHTS_DATA, SEATS

QUATAR = SAMPLE_FLIGHTS[0]


def test_keys_that_a_throttled_read_leaves_out_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeDynamoDB(faults=1, kinds=["in part"]) as fake:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        assert get_seats(client_for("us-east-2"), "flights") == SEATS
        assert fake.calls["BatchGetItem"] > 1


@pytest.mark.usefixtures("flights")
def test_a_flight_that_is_missing_is_left_out_and_not_made(dynamodb: Clients) -> None:
    dynamodb("us-east-2").delete_item(TableName="flights", Key=KEY)
    client = client_for("us-east-2")
    assert list(get_seats(client, "flights")) == list(SAMPLE_FLIGHTS[1:])
    with pytest.raises(Trouble, match="ConditionalCheckFailedException"):
        set_seats(client, "flights", QUATAR, 5)
    assert sell_seat(client, "flights", QUATAR) is None
    assert "Item" not in dynamodb("us-east-2").get_item(TableName="flights", Key=KEY)


@pytest.mark.usefixtures("flights")
def test_seats_are_sold_until_none_is_left() -> None:
    client = client_for("us-east-2")
    set_seats(client, "flights", QUATAR, 2)
    assert [sell_seat(client, "flights", QUATAR) for _ in range(3)] == [1, 0, None]
    assert get_seats(client, "flights")[QUATAR] == 0


@pytest.mark.usefixtures("flights")
def test_seats_that_are_no_number_are_reported_in_printable_words(dynamodb: Clients) -> None:
    item = {**KEY, "available_seats": {"S": "\x1b[2J"}}
    dynamodb("us-east-2").put_item(TableName="flights", Item=item)
    with pytest.raises(Trouble) as trouble:
        get_seats(client_for("us-east-2"), "flights")
    assert str(trouble.value).startswith(
        "available_seats of flight 5603280670 of Quatar is {'S': '\\x1b[2J'}, not a whole number"
    )
