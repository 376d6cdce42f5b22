"""Last writer wins, as a pure function; replication, with a clock that the test moves."""

import itertools

import pytest

from sandbox.group import Replica
from sandbox.last_writer_wins import Stamp, wins
from sandbox.replication import SPREAD
from tests.world import REGIONS, World


def held_after(deliveries: tuple[tuple[Stamp, str | None], ...]) -> str | None:
    """What a replica holds once the writes have been delivered in this order."""
    version, value = None, None
    for incoming, new in deliveries:
        if wins(incoming, version):
            version, value = incoming, new
    return value


@pytest.mark.parametrize(
    ("writes", "last"),
    [
        (
            {
                Stamp(1, "us-east-2"): "a",
                Stamp(2, "eu-west-1"): "b",
                Stamp(3, "us-east-2"): "c",
            },
            "c",
        ),
        ({Stamp(1, "us-east-2"): "a", Stamp(2, "eu-west-1"): None}, None),
        (
            {
                Stamp(2, "us-east-2"): None,
                Stamp(3, "eu-west-1"): "b",
                Stamp(1, "eu-west-1"): "c",
            },
            "b",
        ),
        (
            {
                Stamp(5, "us-east-2"): "a",
                Stamp(5, "eu-west-1"): "b",
                Stamp(5, "ap-south-1"): "c",
            },
            "a",
        ),
        ({Stamp(5, "us-east-2"): None, Stamp(5, "eu-west-1"): "b"}, None),
    ],
    ids=["three writes", "a delete last", "a delete between", "a tie", "a tie with a delete"],
)
def test_every_order_of_delivery_ends_with_the_last_write(
    writes: dict[Stamp, str | None], last: str | None
) -> None:
    for order in itertools.permutations(writes.items()):
        assert held_after(order) == last


def test_a_write_delivered_twice_changes_nothing() -> None:
    assert not wins(Stamp(1, "us-east-2"), Stamp(1, "us-east-2"))


def test_a_write_reaches_the_other_regions_after_the_lag_give_or_take_40_percent() -> None:
    world = World(lag=1.0)
    for key in range(200):
        world.write("us-east-2", key, "seats")
    world.at(1 - SPREAD - 0.01)
    assert world.tables["eu-west-1"] == {}
    world.at(1 + SPREAD + 0.01)
    assert world.tables["eu-west-1"] == world.tables["us-east-2"]
    assert len(world.latencies) == 2 * 200
    assert max(world.latencies) - min(world.latencies) > SPREAD


def test_items_overtake_one_another_but_the_writes_of_one_item_keep_their_order() -> None:
    world = World()
    for count in range(50):
        for key in ("a", "b"):
            world.write("us-east-2", key, (key, count))
        world.at(world.clock.now + 0.01)
    world.at(10)
    arrived = [item for region, _, item in world.applied if region == "eu-west-1"]
    assert arrived != sorted(arrived, key=lambda item: (item[1], item[0]))  # type: ignore[index]
    for key in ("a", "b"):
        assert [item for item in arrived if item[0] == key] == [  # type: ignore[index]
            (key, count) for count in range(50)
        ]


def test_without_a_lag_a_write_is_everywhere_at_once() -> None:
    world = World(lag=0)
    world.write("eu-west-1", "a", 1)
    world.schedule.run_due()
    assert world.tables == {region: {"a": 1} for region in REGIONS}


def test_the_last_of_two_writers_wins_in_every_region() -> None:
    world = World()
    world.write("us-east-2", "a", 111)
    world.at(0.01)
    world.write("eu-west-1", "a", 0)
    assert (world.tables["us-east-2"], world.tables["eu-west-1"]) == ({"a": 111}, {"a": 0})
    world.at(2)
    assert world.tables == {region: {"a": 0} for region in REGIONS}


def test_three_writers_at_once_end_alike_in_every_region() -> None:
    world = World()
    for region in REGIONS:
        world.write(region, "a", region)
    world.at(2)
    assert world.tables == {region: {"a": REGIONS[-1]} for region in REGIONS}


def test_a_late_write_does_not_bring_a_deleted_item_back() -> None:
    world = World()
    world.write("us-east-2", "a", 1)
    world.write("eu-west-1", "a", None)
    world.at(2)
    assert world.tables == {region: {} for region in REGIONS}


def test_an_agreed_item_leaves_nothing_behind() -> None:
    world = World()
    for count in range(100):
        for region in REGIONS:
            world.write(region, "a", count)
            world.write(region, "b", None)
    assert world.group.in_flight
    world.at(5)
    assert world.group.in_flight == {}
    assert set(world.group.pending.values()) == {0}


def test_a_new_replica_starts_with_the_newest_of_every_item() -> None:
    world = World()
    del world.group.replicas["ap-southeast-1"]
    world.write("us-east-2", "old", 1)
    world.at(2)
    world.write("us-east-2", "a", 1)
    world.write("eu-west-1", "a", 2)
    world.write("eu-west-1", "b", 3)
    world.group.replicas["ap-southeast-1"] = Replica("CREATING")
    world.replication.join(world.group, "ap-southeast-1")
    assert world.group.active() == list(REGIONS)
    assert world.tables["ap-southeast-1"] == {"old": 1, "a": 2, "b": 3}
    world.at(5)
    assert world.tables == {region: {"old": 1, "a": 2, "b": 3} for region in REGIONS}


def test_a_region_that_has_left_gets_nothing_more() -> None:
    world = World()
    world.write("us-east-2", "a", 1)
    del world.group.replicas["eu-west-1"]
    world.at(2)
    assert world.tables["eu-west-1"] == {}
    assert world.tables["ap-southeast-1"] == {"a": 1}


def test_what_a_leaving_region_accepted_reaches_the_others_before_it_goes() -> None:
    world = World()
    world.write("eu-west-1", "a", 1)
    del world.group.replicas["eu-west-1"]
    world.replication.catch_up(world.group, world.group.active())
    assert world.tables["us-east-2"] == {"a": 1}
    world.tables["us-east-2"]["a"] = 2  # written there, now that there is no group any more
    world.at(5)
    assert world.tables["us-east-2"] == {"a": 2}


def test_a_region_that_comes_back_begins_with_the_newest_of_every_item() -> None:
    world = World()
    world.write("eu-west-1", "a", 1)
    del world.group.replicas["eu-west-1"]
    world.replication.catch_up(world.group, world.group.active())
    world.tables["eu-west-1"] = {}
    world.write("us-east-2", "b", 2)
    world.group.replicas["eu-west-1"] = Replica("CREATING")
    world.replication.join(world.group, "eu-west-1")
    assert world.tables["eu-west-1"] == {"a": 1, "b": 2}
    world.at(5)
    assert world.tables == {region: {"a": 1, "b": 2} for region in REGIONS}


def test_deliveries_into_and_out_of_a_paused_region_wait_and_the_last_writer_wins_at_the_end() -> (
    None
):
    world = World(lag=1.0)
    world.write("us-east-2", "seats", "before")
    world.replication.pause(world.group, "us-east-2")
    world.write("eu-west-1", "seats", "ireland")
    world.write("us-east-2", "own", "ohio")
    world.at(5)
    world.write("us-east-2", "seats", "ohio")
    world.at(10)
    assert world.tables == {
        "us-east-2": {"seats": "ohio", "own": "ohio"},
        "eu-west-1": {"seats": "ireland"},
        "ap-southeast-1": {"seats": "ireland"},
    }
    world.replication.resume(world.group, "us-east-2")
    assert list(world.tables.values()) == [{"seats": "ohio", "own": "ohio"}] * 3
    assert not world.group.in_flight
    assert not +world.group.pending


def test_a_delivery_between_two_paused_regions_waits_for_both() -> None:
    world = World(lag=1.0)
    for region in REGIONS[:2]:
        world.replication.pause(world.group, region)
    world.write("us-east-2", "seats", "ohio")
    world.at(5)
    world.replication.resume(world.group, "us-east-2")
    assert [world.tables[region] for region in REGIONS] == [
        {"seats": "ohio"},
        {},
        {"seats": "ohio"},
    ]
    world.replication.resume(world.group, "eu-west-1")
    assert world.tables["eu-west-1"] == {"seats": "ohio"}
