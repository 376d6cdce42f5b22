"""multi_update_flights.py: step 7."""

import pytest

from tests.clients import Clients, create_table
from tests.scripts import SAMPLE, Script, masked

TRANSCRIPT = """\
Updating flights table in region: us-east-2
input value used for updating flights 111
Updated seat availability for flight:5603280670 to 111
Updated seat availability for flight:26806130 to 111
Updated seat availability for flight:9902917690 to 111
Updated seat availability for flight:1079996 to 111
Updated seat availability for flight:2907581914 to 111
Updated seat availability for flight:53600600 to 111
Updated seat availability for flight:282027328 to 111
Updated seat availability for flight:421920151 to 111
Updated seat availability for flight:534890387 to 111
Updated seat availability for flight:658410767 to 111
Flight availability Updated successfully

Update start time: 2019-01-23 20:01:20
Update end time: 2019-01-23 20:01:21
Total time to update in seconds: 0.885948896408.
-----------------------------------

Updating flights table in region: eu-west-1
input value used for updating 000
Updated seat availability for flight:5603280670 to 0
Updated seat availability for flight:26806130 to 0
Updated seat availability for flight:9902917690 to 0
Updated seat availability for flight:1079996 to 0
Updated seat availability for flight:2907581914 to 0
Updated seat availability for flight:53600600 to 0
Updated seat availability for flight:282027328 to 0
Updated seat availability for flight:421920151 to 0
Updated seat availability for flight:534890387 to 0
Updated seat availability for flight:658410767 to 0
Flight availability Updated successfully

Update start time: 2019-01-23 20:01:21
Update end time: 2019-01-23 20:01:23
Total time to update in seconds: 1.59334993362.
-----------------------------------

### Starting to QUERY table flights from us-east-2 ###

Available seats in the Quatar flight 5603280670 are 111
Available seats in the British flight 26806130 are 111
Available seats in the Emirates flight 9902917690 are 111
Available seats in the JetBlue flight 1079996 are 111
Available seats in the Delta flight 2907581914 are 111
Available seats in the UnitedAirlines flight 53600600 are 111
Available seats in the Alaska flight 282027328 are 111
Available seats in the spirit flight 421920151 are 111
Available seats in the Republic flight 534890387 are 111
Available seats in the southwest flight 658410767 are 111

Query start time: 2019-01-23 20:01:21
Query end time: 2019-01-23 20:01:23
Total query time in seconds: 1.59334993362.
-----------------------------------

Retrying the QUERY AFTER SLEEPING for 2 seconds...

###  Starting to QUERY table flights from us-east-2  ###

Available seats in the Quatar flight 5603280670 are 0
Available seats in the British flight 26806130 are 0
Available seats in the Emirates flight 9902917690 are 0
Available seats in the JetBlue flight 1079996 are 0
Available seats in the Delta flight 2907581914 are 0
Available seats in the UnitedAirlines flight 53600600 are 0
Available seats in the Alaska flight 282027328 are 0
Available seats in the spirit flight 421920151 are 0
Available seats in the Republic flight 534890387 are 0
Available seats in the southwest flight 658410767 are 0

Query start time: 2019-01-23 20:01:25
Query end time: 2019-01-23 20:01:26
Total query time in seconds: 0.687509059906.

"""
"""The exercise leaves out the full stop of the second update's total."""

LAST_WRITER_WINS = ("multi_update_flights", "flights", "111", "us-east-2", "000", "eu-west-1")


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=1)
def test_it_prints_what_the_exercise_shows(script: Script) -> None:
    finished = script(*LAST_WRITER_WINS)
    assert masked(finished.out) == masked(TRANSCRIPT)
    assert (finished.code, finished.err) == (0, "")


@pytest.mark.usefixtures("flights")
def test_000_is_stored_as_the_number_0(
    script: Script, dynamodb: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("multi_update_flights.PAUSE_SECONDS", 0)
    script(*LAST_WRITER_WINS)
    items = dynamodb("eu-west-1").scan(TableName="flights")["Items"]
    assert [item["available_seats"] for item in items] == [{"N": "0"}] * 10


def test_the_region_whose_update_changes_nothing_is_named(
    dynamodb: Clients, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for region in ("us-east-2", "eu-west-1"):  # not joined, so each keeps its own seats
        create_table(dynamodb(region))
        for item in SAMPLE:
            dynamodb(region).put_item(TableName="flights", Item=item)
    monkeypatch.setattr("multi_update_flights.PAUSE_SECONDS", 0)
    script(*LAST_WRITER_WINS)
    again = script("multi_update_flights", "flights", "222", "us-east-2", "000", "eu-west-1")
    assert again.err == (
        "multi_update_flights.py: every flight in eu-west-1 already had 0 seats,"
        " and a write that changes nothing leaves nothing to replicate: choose a new value\n"
    )
