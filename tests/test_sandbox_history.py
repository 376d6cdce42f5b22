"""What the sandbox remembers of replication: which writes lost, how long arrivals took."""

import random
from typing import NamedTuple

import pytest

from sandbox.group import Replica
from sandbox.history import ITEMS, LINES, LOSSES
from tests.world import REGIONS, World

OHIO, IRELAND, SINGAPORE = REGIONS


class Lost(NamedTuple):
    """A loss, in a test's words."""

    loser: str
    item: object
    winner: str
    newer: object
    milliseconds: float


def losses(world: World) -> list[Lost]:
    """The losses so far."""
    return [
        Lost(
            loss.loser.stamp.region,
            loss.loser.item,
            loss.winner.stamp.region,
            loss.winner.item,
            round((loss.winner.stamp.accepted - loss.loser.stamp.accepted) / 1e6, 3),
        )
        for loss in world.history.of(world.group).losses
    ]


def test_a_write_loses_to_a_later_one_of_a_region_that_did_not_have_it_yet() -> None:
    world = World()
    world.write(OHIO, "flight", {"seats": 111})
    world.at(0.036)
    world.write(IRELAND, "flight", {"seats": 0})
    world.at(5)
    assert losses(world) == [Lost(OHIO, {"seats": 111}, IRELAND, {"seats": 0}, 36)]


def test_a_write_that_the_other_region_had_is_not_lost_when_it_is_overwritten() -> None:
    world = World()
    world.write(OHIO, "flight", {"seats": 111})
    world.at(5)
    world.write(IRELAND, "flight", {"seats": 0})
    world.at(10)
    assert losses(world) == []


def test_a_write_that_its_own_region_overwrites_on_its_way_is_not_lost() -> None:
    world = World()
    for region, seats in ((OHIO, 222), (OHIO, 111), (IRELAND, 0)):
        world.write(region, "flight", {"seats": seats})
        world.at(world.clock.now + 0.1)
    world.at(5)
    assert losses(world) == [Lost(OHIO, {"seats": 111}, IRELAND, {"seats": 0}, 100)]


def test_of_three_writes_at_once_two_lose_each_once() -> None:
    for _ in range(20):  # the deliveries come in another order each time
        world = World()
        for region in REGIONS:
            world.write(region, "flight", {"seats": len(region)})
            world.at(world.clock.now + 0.01)
        world.at(5)
        assert sorted(loss.loser for loss in losses(world)) == [IRELAND, OHIO]


def test_a_delete_can_lose_and_can_win() -> None:
    world = World()
    world.write(OHIO, "a", None)
    world.write(IRELAND, "a", {"seats": 1})
    world.write(OHIO, "b", {"seats": 2})
    world.write(IRELAND, "b", None)
    world.at(5)
    assert {(loss.item is None, loss.newer is None) for loss in losses(world)} == {
        (True, False),
        (False, True),
    }


def test_a_write_is_not_lost_to_one_whose_region_knew_it_by_way_of_a_third() -> None:
    """Whichever way the writes go, Singapore has seen Ireland's, and Ireland has seen Ohio's."""
    for _ in range(50):
        world = World()
        world.write(OHIO, "flight", {"seats": 1})
        while world.tables[IRELAND] != {"flight": {"seats": 1}}:
            world.at(world.clock.now + 0.01)
        world.write(IRELAND, "flight", {"seats": 2})
        while world.tables[SINGAPORE] != {"flight": {"seats": 2}}:
            world.at(world.clock.now + 0.01)
        world.write(SINGAPORE, "flight", {"seats": 3})
        world.at(10)
        assert losses(world) == []


def test_what_a_leaving_region_accepted_can_still_win() -> None:
    world = World()
    world.write(OHIO, "flight", {"seats": 1})
    world.write(IRELAND, "flight", {"seats": 2})
    del world.group.replicas[IRELAND]
    world.replication.catch_up(world.group, world.group.active())
    assert [(loss.loser, loss.winner) for loss in losses(world)] == [(OHIO, IRELAND)]
    world.at(5)
    assert len(losses(world)) == 1


def test_deliveries_are_there_until_they_are_done() -> None:
    world = World()
    world.write(OHIO, "flight", {"seats": 1})
    history = world.history.of(world.group)
    assert [delivery.link.destination for delivery in history.deliveries.values()] == [
        IRELAND,
        SINGAPORE,
    ]
    assert all(0.6 <= delivery.due <= 1.4 for delivery in history.deliveries.values())
    world.at(5)
    assert not history.deliveries
    assert list(history.arrivals) == world.latencies


def test_the_number_attribute_that_changed_last_is_known() -> None:
    world = World()
    for item in ({"price": 7, "stock": 5}, {"price": 7, "stock": 4}, {"price": 7, "stock": 4}):
        world.write(OHIO, "shoe", item)
    assert world.history.of(world.group).latest["shoe"].attribute == "stock"


def test_writes_of_one_kind_that_come_close_together_share_a_line() -> None:
    world = World()
    for key in range(3):
        world.write(OHIO, key, {"seats": 1})
    world.at(10)
    world.write(OHIO, 0, {"seats": 2})
    lines = world.history.of(world.group).lines
    first, *arrived, last = [(line.kind, line.link.destination, line.count) for line in lines]
    assert (first, last) == (("accepted", OHIO, 3), ("accepted", OHIO, 1))
    assert sorted(arrived) == [("arrived", SINGAPORE, 3), ("arrived", IRELAND, 3)]


def test_what_is_remembered_is_bounded() -> None:
    world = World()
    for count in range(LOSSES + 100):
        for region in (OHIO, IRELAND):
            world.write(region, count, {"seats": count})
            world.write(region, "the same", {"seats": count})
        world.at(world.clock.now + 0.01)
    world.at(20)
    history = world.history.of(world.group)
    assert history.losses[-1].number > LOSSES
    assert (len(history.losses), len(history.latest)) == (LOSSES, ITEMS)
    assert len(history.lost) <= LOSSES
    assert len(history.lines) <= LINES
    assert not history.deliveries


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_nothing_is_left_once_all_has_arrived(seed: int) -> None:
    chance = random.Random(seed)
    world = World(lag=chance.choice((0.0, 0.5, 1.0)))
    replicas = world.group.replicas
    for count in range(100):
        world.write(
            chance.choice(world.group.active()),
            chance.choice("abc"),
            chance.choice((None, {"seats": count})),
        )
        event = chance.random()
        if event < 0.1 and len(replicas) > 1 and not world.group.paused:
            region = chance.choice(list(replicas))
            others = [other for other in replicas if other != region]
            world.replication.catch_up(world.group, others)
            del replicas[region]
            world.tables[region] = {}
        elif event < 0.2 and len(replicas) < len(REGIONS) and not world.group.paused:
            region = next(region for region in REGIONS if region not in replicas)
            replicas[region] = Replica("CREATING")
            world.replication.join(world.group, region)
        elif event < 0.25 and not world.group.paused:
            world.replication.pause(world.group, chance.choice(list(replicas)))
        elif event < 0.3 and world.group.paused:
            world.replication.resume(world.group, *world.group.paused)
        world.at(world.clock.now + chance.random() / 5)
    for region in list(world.group.paused):
        world.replication.resume(world.group, region)
    world.at(world.clock.now + 5)
    history = world.history.of(world.group)
    assert not history.deliveries
    assert not +history.on_way
    assert not history._races
