"""The changes that a watcher of several regions sees, and what its lines say of them."""

import pytest

from common.board import change_line, frame, heading, seats_line
from common.changes import Changes
from common.flights import SAMPLE_FLIGHTS

QUATAR = SAMPLE_FLIGHTS[0]
REGIONS = ["us-east-2", "eu-west-1"]


@pytest.fixture
def changes() -> Changes:
    """Both regions have been read once, and show 266 seats."""
    changes = Changes([QUATAR], REGIONS)
    for region in REGIONS:
        changes.read(region, {QUATAR: 266}, 0)
    return changes


def test_a_change_is_behind_in_the_other_region_until_it_arrives(changes: Changes) -> None:
    assert changes.read("us-east-2", {QUATAR: 222}, 0.2) == [QUATAR]
    assert [changes.behind(QUATAR, region) for region in REGIONS] == [False, True]
    assert changes.read("eu-west-1", {QUATAR: 266}, 0.3) == []
    assert changes.read("eu-west-1", {QUATAR: 222}, 0.5) == [QUATAR]
    assert [changes.behind(QUATAR, region) for region in REGIONS] == [False, False]
    [change] = changes.changes
    assert (change.region, change.seen, change.settled) == ("us-east-2", 0.2, True)
    assert changes.lags == [pytest.approx(0.3)]
    assert changes.errors == [pytest.approx(0.2)]


def test_a_change_that_a_later_one_replaces_never_shows_elsewhere(changes: Changes) -> None:
    changes.read("us-east-2", {QUATAR: 111}, 0.2)
    changes.read("eu-west-1", {QUATAR: 266}, 0.3)
    changes.read("eu-west-1", {QUATAR: 0}, 0.5)
    assert [changes.behind(QUATAR, region) for region in REGIONS] == [True, False]
    changes.read("us-east-2", {QUATAR: 0}, 0.9)
    first, second = changes.changes
    assert first.settled
    assert first.lags == {}
    assert second.lags == {"us-east-2": pytest.approx(0.4)}


def test_of_two_changes_between_the_same_two_reads_nobody_can_say_which_was_later(
    changes: Changes,
) -> None:
    changes.read("us-east-2", {QUATAR: 111}, 0.2)
    changes.read("eu-west-1", {QUATAR: 0}, 0.21)
    assert [changes.behind(QUATAR, region) for region in REGIONS] == [None, None]


def test_a_region_that_has_neither_of_two_such_changes_is_behind() -> None:
    changes = Changes([QUATAR], [*REGIONS, "eu-central-1"])
    for region in changes.regions:
        changes.read(region, {QUATAR: 266}, 0)
    changes.read("us-east-2", {QUATAR: 111}, 0.2)
    changes.read("eu-west-1", {QUATAR: 0}, 0.21)
    assert [changes.behind(QUATAR, region) for region in changes.regions] == [None, None, True]


def test_regions_that_differ_from_the_start_agree_without_a_lag() -> None:
    changes = Changes([QUATAR], REGIONS)
    changes.read("us-east-2", {QUATAR: 222}, 0)
    changes.read("eu-west-1", {QUATAR: 266}, 0)
    assert changes.behind(QUATAR, "eu-west-1") is None
    assert changes.read("eu-west-1", {QUATAR: 222}, 0.2) == [QUATAR]
    assert changes.changes == []
    assert changes.lags == []


def test_what_a_region_shows_after_a_silence_counts_for_no_lag(changes: Changes) -> None:
    changes.read("us-east-2", {QUATAR: 222}, 0.2)
    changes.silent["eu-west-1"] = "no answer"
    assert seats_line(changes, QUATAR).split() == ["5603280670", "Quatar", "222", "-*"]
    changes.read("eu-west-1", {QUATAR: 222}, 9.0)
    assert changes.silent == {}
    assert changes.lags == []
    assert change_line(changes.changes[0], REGIONS).split()[-2:] == ["+8.8", "s"]


def test_a_flight_that_goes_and_comes_is_a_change(changes: Changes) -> None:
    changes.read("us-east-2", {}, 0.2)
    assert seats_line(changes, QUATAR, 0.2).split() == ["0.2", "5603280670", "Quatar", "-", "266*"]
    assert change_line(changes.changes[0], REGIONS).split()[3:] == ["missing", "not", "yet"]


def test_lines_for_three_regions_fit_into_80_columns() -> None:
    regions = ["ap-southeast-2", "ap-northeast-3", "eu-central-1"]
    changes = Changes(SAMPLE_FLIGHTS, regions)
    for region in regions:
        changes.read(region, dict.fromkeys(SAMPLE_FLIGHTS, 1), 0)
    changes.read(regions[0], dict.fromkeys(SAMPLE_FLIGHTS, 10**37), 99999.9)
    lines = [heading("flight", changes), *frame(changes, "flights", 99999.9, 23)]
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert lines[1].split() == ["flights", *regions]
    assert lines[2].split() == ["5603280670", "Quatar", "10000000000...", "1*", "1*"]
    assert lines[13].startswith("Latest changes, after 99999.9 seconds")


def test_a_low_terminal_shows_as_many_lines_as_it_has(changes: Changes) -> None:
    assert len(frame(changes, "flights", 0, 2)) == 2
