"""ec_query_flights.py: step 5's second command."""

import re

import pytest

from tests.clients import Clients
from tests.scripts import SAMPLE, SEATS, Script, masked, seats_in

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


@pytest.mark.usefixtures("flights")
def test_a_missing_flight_is_named_and_not_created(script: Script, dynamodb: Clients) -> None:
    key = {name: SAMPLE[9][name] for name in ("flight_id", "airlines_name")}
    dynamodb("us-east-2").delete_item(TableName="flights", Key=key)
    finished = script(*STALE_THEN_FRESH)
    assert finished == (
        1,
        "## Starting to Update table flights from us-east-2 with 222 ##\n\n",
        "ec_query_flights.py: table flights in us-east-2 lacks flight 658410767 of southwest;"
        " the other sample flights were updated:"
        " load data/flights_data.csv with load_flights.py first\n",
    )
    assert "Item" not in dynamodb("us-east-2").get_item(TableName="flights", Key=key)
