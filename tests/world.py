"""Replication without a server: no thread, no moto, and a clock that the test moves."""

from sandbox.group import LEGACY, Group, Item, Key, Link, Replica
from sandbox.history import History
from sandbox.replication import Replication
from sandbox.schedule import Schedule

REGIONS = ("us-east-2", "eu-west-1", "ap-southeast-1")


class Clock:
    """A clock in seconds that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class World:
    """A group of three replicas, tables that are dicts, and a clock: no thread, no moto."""

    def __init__(self, lag: float = 1.0) -> None:
        self.clock = Clock()
        self.schedule = Schedule(self.clock)
        self.tables: dict[str, dict[Key, Item]] = {region: {} for region in REGIONS}
        self.applied: list[tuple[str, Key, Item | None]] = []
        self.latencies: list[float] = []
        self.group = Group("flights", LEGACY, {region: Replica() for region in REGIONS})
        self.history = History(self, self.clock)
        self.replication = Replication(
            self, self, self.history, self.schedule, lag, lambda: round(self.clock.now * 1e9)
        )

    def write(self, region: str, key: Key, item: Item | None) -> None:
        """A client's write, as the server hands it on."""
        self._store(region, key, item)
        self.replication.accepted(self.group, region, key, item, units=1)

    def replicate(self, region: str, table: str, key: Key, item: Item | None) -> None:
        self.applied.append((region, key, item))
        self._store(region, key, item)

    def copy(self, table: str, source: str, destination: str) -> None:
        self.tables[destination] = dict(self.tables[source])

    def delivered(self, group: Group, link: Link, units: int, seconds: float) -> None:
        self.latencies.append(seconds)

    def numbers(self, item: Item) -> dict[str, str]:
        return {name: str(value) for name, value in item.items()} if isinstance(item, dict) else {}

    def at(self, seconds: float) -> None:
        """Let it be later."""
        while self.clock.now < seconds:
            self.clock.now = min(seconds, self.clock.now + 0.001)
            self.schedule.run_due()

    def _store(self, region: str, key: Key, item: Item | None) -> None:
        if item is None:
            self.tables[region].pop(key, None)
        else:
            self.tables[region][key] = item
