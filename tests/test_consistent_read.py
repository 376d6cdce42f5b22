"""--consistent-read of the scripts that read: strong in one's own region, or everywhere."""

import pytest

from tests.clients import Clients
from tests.scripts import SAMPLE, Script
from tests.strong_table import IRELAND, OHIO, create_strong_table

LAG = pytest.mark.sandbox(lag=60)


def load_in_ohio(dynamodb: Clients) -> None:
    for item in SAMPLE:
        dynamodb(OHIO).put_item(TableName="flights", Item=item)


def seats(out: str) -> list[str]:
    """The seats that a query shows, or several."""
    return [line.split()[-1] for line in out.splitlines() if line.startswith("Available seats")]


@LAG
def test_scan_counts_what_another_region_has_just_written(
    script: Script, dynamodb: Clients
) -> None:
    create_strong_table(dynamodb)
    load_in_ohio(dynamodb)
    count = "Total item count of table flights are {}  in "
    assert count.format(0) in script("scan_flights", "flights", IRELAND).out
    assert count.format(10) in script("scan_flights", "flights", IRELAND, "--consistent-read").out


@LAG
def test_query_shows_what_another_region_has_just_written(
    script: Script, dynamodb: Clients
) -> None:
    create_strong_table(dynamodb)
    load_in_ohio(dynamodb)
    assert "lacks flight" in script("query_flights", "flights", IRELAND).err
    finished = script("query_flights", "flights", IRELAND, "--consistent-read")
    assert seats(finished.out) == [item["available_seats"]["N"] for item in SAMPLE]


@LAG
def test_ec_query_is_fresh_at_once_on_a_table_with_strong_consistency(
    script: Script, dynamodb: Clients
) -> None:
    create_strong_table(dynamodb)
    load_in_ohio(dynamodb)
    arguments = ("flights", "222", OHIO, IRELAND, "--consistent-read")
    finished = script("ec_query_flights", *arguments)
    assert seats(finished.out) == ["222"] * 20
    assert (finished.code, finished.err) == (0, "")


@LAG
def test_multi_update_shows_the_last_writer_at_once_on_a_table_with_strong_consistency(
    script: Script, dynamodb: Clients
) -> None:
    create_strong_table(dynamodb)
    load_in_ohio(dynamodb)
    arguments = ("flights", "111", OHIO, "000", IRELAND, "--consistent-read")
    finished = script("multi_update_flights", *arguments)
    assert seats(finished.out) == ["0"] * 20
    assert (finished.code, finished.err) == (0, "")


@pytest.mark.sandbox(lag=3)
@pytest.mark.usefixtures("flights")
def test_on_an_ordinary_global_table_it_is_fresh_in_its_own_region_and_stale_in_the_other(
    script: Script,
) -> None:
    option = "--consistent-read"
    stale = script("ec_query_flights", "flights", "222", OHIO, IRELAND, option)
    assert seats(stale.out) == [item["available_seats"]["N"] for item in SAMPLE] * 2
    assert "replication to eu-west-1 takes longer than the pause" in stale.err
    assert seats(script("query_flights", "flights", OHIO, option).out) == ["222"] * 10
