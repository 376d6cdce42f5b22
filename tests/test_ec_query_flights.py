"""ec_query_flights.py: step 5's second command."""

import re
from typing import Any

import pytest

from fake_dynamodb.server import FakeDynamoDB
from tests.clients import Clients, create_table
from tests.scripts import FLIGHTS_DATA, SAMPLE, SEATS, Script, masked, seats_in

TRANSCRIPT = """\
## Starting to Update table flights from us-east-2 with 222 ##

Updated seat availability for flight:5603280670 to 222
Updated seat availability for flight:26806130 to 222
Updated seat availability for flight:9902917690 to 222
Updated seat availability for flight:1079996 to 222
Updated seat availability for flight:2907581914 to 222
Updated seat availability for flight:53600600 to 222
Updated seat availability for flight:282027328 to 222
Updated seat availability for flight:421920151 to 222
Updated seat availability for flight:534890387 to 222
Updated seat availability for flight:658410767 to 222
Flight availability Updated successfully

Update start time: 2019-01-23 19:57:25
Update endtime: 2019-01-23 19:57:26
Total time to update in seconds: 0.902311086655
-----------------------------------

## Starting to Query table flights from eu-west-1  ##

Available seats in the Quatar flight 5603280670 are 266
Available seats in the British flight 26806130 are 828
Available seats in the Emirates flight 9902917690 are 222
Available seats in the JetBlue flight 1079996 are 222
Available seats in the Delta flight 2907581914 are 222
Available seats in the UnitedAirlines flight 53600600 are 222
Available seats in the Alaska flight 282027328 are 222
Available seats in the spirit flight 421920151 are 222
Available seats in the Republic flight 534890387 are 222
Available seats in the southwest flight 658410767 are 222

Query start time: 2019-01-23 19:57:26
Endtime: 2019-01-23 19:57:27
Total query time in seconds: 1.49783086777.
-----------------------------------

## Retrying the QUERY AFTER SLEEPING for 1 second... ##

Available seats in the Quatar flight 5603280670 are 222
Available seats in the British flight 26806130 are 222
Available seats in the Emirates flight 9902917690 are 222
Available seats in the JetBlue flight 1079996 are 222
Available seats in the Delta flight 2907581914 are 222
Available seats in the UnitedAirlines flight 53600600 are 222
Available seats in the Alaska flight 282027328 are 222
Available seats in the spirit flight 421920151 are 222
Available seats in the Republic flight 534890387 are 222
Available seats in the southwest flight 658410767 are 222

Query start time: 2019-01-23 19:57:28
Endtime: 2019-01-23 19:57:30
Total query time in seconds: 1.40652298927.
"""


def without_seats(output: str) -> str:
    """The output without the seats in both queries: in the first some are stale, some fresh."""
    return re.sub(r"(Available seats .* are) \d+", r"\1 <seats>", output)


STALE_THEN_FRESH = ("ec_query_flights", "flights", "222", "us-east-2", "eu-west-1")


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0.5)
def test_it_prints_what_the_exercise_shows_with_stale_seats_in_the_first_query(
    script: Script,
) -> None:
    finished = script(*STALE_THEN_FRESH)
    first, second = seats_in(finished.out)[:10], seats_in(finished.out)[10:]
    assert any(seats == old for seats, old in zip(first, SEATS.values(), strict=True))
    assert all(seats in (old, 222) for seats, old in zip(first, SEATS.values(), strict=True))
    assert second == [222] * 10
    assert without_seats(masked(finished.out)) == without_seats(masked(TRANSCRIPT))
    assert (finished.code, finished.err) == (0, "")


def seats_in_table(client: Any) -> list[dict[str, str]]:
    return [item["available_seats"] for item in client.scan(TableName="flights")["Items"]]


@pytest.mark.usefixtures("flights")
def test_only_the_seats_of_the_sample_flights_are_touched(
    script: Script, dynamodb: Clients
) -> None:
    ohio = dynamodb("us-east-2")
    other = {**SAMPLE[0], "airlines_name": {"S": "Aer Lingus"}}
    ohio.put_item(TableName="flights", Item={**SAMPLE[0], "seat_type": {"S": "FirstClass"}})
    ohio.put_item(TableName="flights", Item=other)
    script(*STALE_THEN_FRESH)
    updated = {**SAMPLE[0], "seat_type": {"S": "FirstClass"}, "available_seats": {"N": "222"}}
    items = ohio.scan(TableName="flights")["Items"]
    assert updated in items
    assert other in items
    assert len(items) == 11


@pytest.mark.usefixtures("flights")
def test_an_update_that_changes_nothing_is_explained(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ec_query_flights.PAUSE_SECONDS", 0)
    assert script(*STALE_THEN_FRESH).err == ""
    again = script(*STALE_THEN_FRESH)
    assert again.err == (
        "ec_query_flights.py: every flight in us-east-2 already had 222 seats,"
        " and a write that changes nothing leaves nothing to replicate: choose a new value\n"
    )
    assert again.code == 0


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=5)
def test_seats_that_are_still_stale_after_the_pause_are_explained(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ec_query_flights.PAUSE_SECONDS", 0)
    finished = script(*STALE_THEN_FRESH)
    assert finished.out.endswith(".\n")
    assert (finished.code, finished.err) == (
        0,
        "ec_query_flights.py: replication to eu-west-1 takes longer than the pause, so some seats"
        " are still the old ones: to see the rest, run python query_flights.py flights eu-west-1"
        " in a moment (if they stay, somebody else has set them since)\n",
    )


@pytest.mark.parametrize("region", ["us-east-2", "eu-west-1"])
def test_a_missing_flight_is_named_before_anything_is_updated(
    script: Script, dynamodb: Clients, region: str
) -> None:
    for name in ("us-east-2", "eu-west-1"):  # not joined, so a flight can be missing in one
        create_table(dynamodb(name))
        for item in SAMPLE[:9] if name == region else SAMPLE:
            dynamodb(name).put_item(TableName="flights", Item=item)
    finished = script(*STALE_THEN_FRESH)
    assert finished == (
        1,
        "## Starting to Update table flights from us-east-2 with 222 ##\n\n",
        f"ec_query_flights.py: table flights in {region} lacks flight 658410767 of southwest:"
        " load data/flights_data.csv with load_flights.py first\n",
    )
    assert {"N": "222"} not in seats_in_table(dynamodb("us-east-2"))


def test_a_missing_table_in_the_second_region_is_reported_before_anything_is_updated(
    script: Script, dynamodb: Clients
) -> None:
    create_table(dynamodb("us-east-2"))
    for item in SAMPLE:
        dynamodb("us-east-2").put_item(TableName="flights", Item=item)
    finished = script(*STALE_THEN_FRESH)
    assert finished.code == 1
    assert finished.err.startswith("ec_query_flights.py: there is no table flights in eu-west-1:")
    assert {"N": "222"} not in seats_in_table(dynamodb("us-east-2"))


def test_the_reads_after_the_update_use_connections_that_were_opened_before_it(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ec_query_flights.PAUSE_SECONDS", 0)
    fake = FakeDynamoDB(round_trip=0.2)
    fake.flights.start_with(FLIGHTS_DATA)
    with fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        script(*STALE_THEN_FRESH)
    updated = max(call.time for call in fake.log if call.operation == "UpdateItem")
    reads = [call for call in fake.log if call.region == "eu-west-1"]
    before = [read.connection for read in reads if read.time < updated]
    after = [read.connection for read in reads if read.time > updated]
    assert (len(before), len(after)) == (10, 20)
    assert set(after) <= set(before)
