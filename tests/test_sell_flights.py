"""sell_flights.py: step 10's two counters."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.clients import KEY, Clients
from tests.scripts import SAMPLE, Script, command

SELL = ("sell_flights", "flights", "us-east-2", "eu-west-1")


def tickets(out: str) -> Iterator[tuple[str, int]]:
    """Counter and seats left of each ticket that was sold."""
    for line in out.splitlines():
        if ": ticket " in line:
            yield line.split()[1].rstrip(":"), int(line.split()[-1])


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=1)
def test_two_regions_sell_each_seat_twice(script: Script, dynamodb: Clients) -> None:
    code, out, err = script(*SELL)
    assert (code, err) == (0, "")
    assert out.startswith("Flight 5603280670 of Quatar has 5 seats in both regions\n")
    for counter in ("us-east-2", "eu-west-1"):
        assert [left for name, left in tickets(out) if name == counter] == [4, 3, 2, 1, 0]
        assert f"Counter {counter}: refused, no seat left\n" in out
    assert out.endswith(
        "\nTickets sold by the counter in us-east-2: 5\n"
        "Tickets sold by the counter in eu-west-1: 5\n"
        "Tickets for 5 seats: 10\n"
        "Seats left, in both regions: 0\n"
    )
    for region in ("us-east-2", "eu-west-1"):
        item = dynamodb(region).get_item(TableName="flights", Key=KEY)["Item"]
        assert item == {**SAMPLE[0], "available_seats": {"N": "0"}}


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0.1)
@pytest.mark.parametrize("home", ["us-east-2", "eu-west-1"])
def test_a_home_region_sells_each_seat_once(script: Script, home: str) -> None:
    code, out, err = script(*SELL, "--seats", "7", "--home", home)
    assert (code, err) == (0, "")
    assert sorted((left for _, left in tickets(out)), reverse=True) == [6, 5, 4, 3, 2, 1, 0]
    assert out.endswith("\nTickets for 7 seats: 7\nSeats left, in both regions: 0\n")


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0.1)
def test_a_flight_that_has_so_many_seats_already_is_put_on_sale_all_the_same(
    script: Script, dynamodb: Clients
) -> None:
    for item in SAMPLE:
        dynamodb("us-east-2").put_item(
            TableName="flights", Item={**item, "available_seats": {"N": "1"}}
        )
    code, out, _ = script(*SELL, "--seats", "1", "--home", "us-east-2")
    assert code == 0
    assert "\nTickets for 1 seats: 1\n" in out


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=5)
def test_seats_that_do_not_arrive_are_reported_and_nothing_is_sold(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.agreement.ARRIVAL_SECONDS", 0.1)
    code, out, err = script(*SELL)
    assert (code, out) == (1, "")
    assert err == (
        "sell_flights.py: flight 5603280670 of Quatar does not show 5 seats in both regions after"
        " 0.1 seconds: wait until no other program writes it, and check that replication is not"
        " paused\n"
    )


def test_the_home_has_to_be_one_of_the_two_regions(script: Script) -> None:
    code, out, err = script(*SELL, "--home", "us-east-1")
    assert (code, out) == (2, "")
    assert err.endswith("error: --home is us-east-1: give us-east-2 or eu-west-1\n")


@pytest.mark.parametrize("number", ["0", "-1", "five", "1000000", "1.5"])
def test_a_number_of_seats_that_cannot_be_sold_is_refused(script: Script, number: str) -> None:
    code, out, err = script(*SELL, f"--seats={number}")
    assert (code, out) == (2, "")
    assert err.endswith(f"{number!r} is not a whole number from 1 to 999999\n")


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0.1)
def test_ctrl_c_prints_the_tickets_that_are_sold_so_far() -> None:
    with subprocess.Popen(
        command(*SELL, "--seats", "9999"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as selling:
        assert selling.stdout
        while ": ticket " not in selling.stdout.readline():
            pass
        selling.send_signal(signal.SIGINT)
        out, err = selling.communicate(timeout=10)
    assert (selling.returncode, err) == (130, "sell_flights.py: interrupted\n")
    assert int(out.partition("\nTickets for 9999 seats: ")[2]) == out.count(": ticket ") + 1
