"""Multi-Region strong consistency, with a clock that moves when told: no thread, no moto."""

import random
from collections.abc import Mapping

import pytest

from sandbox.api import ApiError
from sandbox.group import CURRENT, Attempt, Group, Item, Key, Link, Replica, Strong, Write
from sandbox.last_writer_wins import Stamp
from sandbox.schedule import Schedule
from sandbox.strong.consistency import StrongConsistency

OHIO, IRELAND, VIRGINIA, TOKYO = "us-east-2", "eu-west-1", "us-east-1", "ap-northeast-1"


class World:
    """A group with a counter for each key, tables that are dicts, and a clock."""

    def __init__(self, *regions: str, witness: str | None = None, lag: float = 1.0) -> None:
        self.now = 0.0
        self.schedule = Schedule(lambda: self.now)
        self.tables: dict[str, dict[Key, int]] = {region: {} for region in regions}
        self.streams: dict[str, list[tuple[Key, int]]] = {region: [] for region in regions}
        replicas = {region: Replica() for region in regions}
        self.group = Group("flights", CURRENT, replicas, Strong(witness))
        self.strong = StrongConsistency(self, self, self, self.schedule, lag)
        self.delivered_units = 0

    def replicate(self, region: str, table: str, key: Key, item: Item | None) -> None:
        assert isinstance(item, int)
        self.tables[region][key] = item
        self.streams[region].append((key, item))

    def delivered(self, group: Group, link: Link, units: int, seconds: float) -> None:
        self.delivered_units += units

    def accepted(self, group: Group, write: Write, due: Mapping[Link, float]) -> None:
        pass

    def replaced(self, group: Group, region: str, write: Write, held: Stamp | None) -> None:
        pass

    def arrived(
        self, group: Group, link: Link, write: Write, applied: bool, seconds: float
    ) -> None:
        pass

    def later(self, seconds: float) -> None:
        """Let so much time pass."""
        self.now += seconds
        self.schedule.run_due()

    def begin(self, region: str, *keys: Key) -> tuple[Attempt, float]:
        return self.strong.begin(self.group, region, frozenset(keys))

    def add(self, attempt: Attempt, key: Key) -> int:
        """Do what an UpdateItem with ADD 1 does after its wait."""
        region = attempt.region
        try:
            self.strong.enter(self.group, attempt)
            value = self.tables[region].get(key, 0) + 1
            self.replicate(region, "flights", key, value)
            self.strong.accepted(self.group, region, key, value, units=1)
        finally:
            self.strong.end(self.group, attempt)
        return value

    def read(self, attempt: Attempt, key: Key) -> int:
        """Do what a strongly consistent GetItem does after its wait."""
        self.strong.enter(self.group, attempt)
        self.strong.end(self.group, attempt)
        return self.tables[attempt.region].get(key, 0)


def code(error: pytest.ExceptionInfo[ApiError]) -> str:
    return f"{error.value.code} {error.value.status}"


@pytest.mark.parametrize(
    ("regions", "witness", "region", "seconds"),
    [
        ((OHIO, IRELAND), VIRGINIA, OHIO, 0.020),
        ((OHIO, IRELAND), VIRGINIA, IRELAND, 0.072),
        ((OHIO, IRELAND, VIRGINIA), None, VIRGINIA, 0.020),
        ((OHIO, IRELAND), TOKYO, IRELAND, 0.080),
        ((OHIO, IRELAND), TOKYO, OHIO, 0.080),
    ],
)
def test_a_call_waits_for_the_round_trip_to_the_nearest_other_member(
    regions: tuple[str, ...], witness: str | None, region: str, seconds: float
) -> None:
    assert World(*regions, witness=witness).begin(region)[1] == seconds


def test_a_strong_read_sees_a_write_that_was_acknowledged_before_and_an_eventual_one_does_not() -> (
    None
):
    world = World(OHIO, IRELAND, witness=VIRGINIA)
    writing, wait = world.begin(OHIO, "seats")
    world.later(wait)
    world.add(writing, "seats")
    assert world.tables[IRELAND] == {}
    reading, wait = world.begin(IRELAND)
    world.later(wait)
    assert world.read(reading, "seats") == 1


def test_without_strong_reads_a_write_arrives_after_the_lag() -> None:
    world = World(OHIO, IRELAND, witness=VIRGINIA, lag=1.0)
    world.add(world.begin(OHIO, "seats")[0], "seats")
    world.later(0.59)
    assert world.tables[IRELAND] == {}
    world.later(0.82)
    assert world.tables[IRELAND] == {"seats": 1}
    assert world.delivered_units == 1


def test_of_two_writes_to_an_item_in_two_regions_at_a_time_one_is_in_conflict() -> None:
    world = World(OHIO, IRELAND, witness=VIRGINIA)
    far, _ = world.begin(IRELAND, "seats")
    near, _ = world.begin(OHIO, "seats")
    other, _ = world.begin(IRELAND, "meals")
    assert world.add(near, "seats") == 1
    with pytest.raises(ApiError) as refusal:
        world.add(far, "seats")
    assert code(refusal) == "ReplicatedWriteConflictException 400"
    assert world.add(other, "meals") == 1
    again, _ = world.begin(IRELAND, "seats")
    assert world.add(again, "seats") == 2


def test_no_region_wins_twice_while_another_one_waits() -> None:
    world = World(OHIO, IRELAND, witness=VIRGINIA)
    lost, _ = world.begin(IRELAND, "seats")
    world.add(world.begin(OHIO, "seats")[0], "seats")
    waiting, _ = world.begin(IRELAND, "seats")
    for _ in range(3):
        with pytest.raises(ApiError):
            world.add(world.begin(OHIO, "seats")[0], "seats")
    with pytest.raises(ApiError):
        world.add(lost, "seats")
    assert world.add(waiting, "seats") == 2
    assert world.add(world.begin(OHIO, "seats")[0], "seats") == 3


def test_writes_in_one_region_are_not_in_conflict() -> None:
    world = World(OHIO, IRELAND, witness=VIRGINIA)
    attempts = [world.begin(OHIO, "seats")[0] for _ in range(3)]
    assert [world.add(attempt, "seats") for attempt in attempts] == [1, 2, 3]


def test_all_replicas_take_all_writes_in_one_order() -> None:
    world = World(OHIO, IRELAND, VIRGINIA)
    for region in (OHIO, IRELAND, OHIO, VIRGINIA, IRELAND):
        world.add(world.begin(region, "seats")[0], "seats")
    world.later(2)
    assert [*world.streams.values()] == [[("seats", value) for value in range(1, 6)]] * 3


def test_a_region_that_is_cut_off_neither_writes_nor_reads_strongly_and_the_others_do() -> None:
    world = World(OHIO, IRELAND, witness=VIRGINIA)
    waiting, _ = world.begin(OHIO, "seats")
    world.group.paused.add(OHIO)
    with pytest.raises(ApiError) as refusal:
        world.begin(OHIO, "seats")
    assert code(refusal) == "InternalServerError 500"
    with pytest.raises(ApiError) as refusal:
        world.add(waiting, "seats")
    assert code(refusal) == "InternalServerError 500"
    world.add(world.begin(IRELAND, "seats")[0], "seats")
    world.later(5)
    assert world.tables == {OHIO: {}, IRELAND: {"seats": 1}}
    world.group.paused.clear()
    world.strong.catch_up(world.group, OHIO)
    assert world.tables[OHIO] == {"seats": 1}


def test_the_last_region_that_reaches_no_other_member_is_cut_off_too() -> None:
    world = World(OHIO, IRELAND, VIRGINIA)
    world.group.paused.update((OHIO, IRELAND))
    with pytest.raises(ApiError) as refusal:
        world.begin(VIRGINIA)
    assert code(refusal) == "InternalServerError 500"


def test_a_region_whose_neighbour_is_cut_off_asks_the_next_one() -> None:
    world = World(OHIO, IRELAND, VIRGINIA)
    world.group.paused.add(VIRGINIA)
    assert world.begin(OHIO)[1] == 0.085


@pytest.mark.parametrize("seed", range(20))
def test_every_increment_counts_and_no_strong_read_goes_back_however_the_calls_overlap(
    seed: int,
) -> None:
    chance = random.Random(seed)
    world = World(OHIO, IRELAND, VIRGINIA, lag=0.3)
    acknowledged = {"a": 0, "b": 0}
    conflicts = 0

    def run(region: str, key: str, writes: bool) -> None:
        attempt, wait = world.begin(region, *([key] if writes else []))
        at_least = acknowledged[key]

        def finish() -> None:
            nonlocal conflicts
            if not writes:
                value = world.read(attempt, key)
                assert value >= at_least
                acknowledged[key] = max(acknowledged[key], value)
                return
            try:
                value = world.add(attempt, key)
            except ApiError:
                conflicts += 1
            else:
                assert value == acknowledged[key] + 1
                acknowledged[key] = value

        world.schedule.at(world.now + wait, finish)

    for _ in range(300):
        run(chance.choice((OHIO, IRELAND, VIRGINIA)), chance.choice("ab"), chance.random() < 0.6)
        world.later(chance.expovariate(50))
    world.later(1)  # the last calls end
    world.later(1)  # the last writes arrive
    assert conflicts
    assert [*world.tables.values()] == [acknowledged] * 3
