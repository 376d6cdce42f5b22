"""Replication: what a region accepts reaches every other replica of the group, later.

How it works. A client's write is applied to the region's own table at once; `accepted` then hands
the new item to the schedule, once for every other replica. When a delivery is due, the last writer
wins: it is applied if its version is newer than the one the replica holds, and dropped otherwise.

The versions are kept beside the tables, not in the items (version 2017.11.29 kept them in
`aws:rep:*` attributes), and only for items with deliveries under way. Once an item's last delivery
is done, all replicas hold the same version of it, and whatever is written next is newer.
"""

import time
from collections.abc import Callable
from typing import Protocol

from sandbox.group import Group, Item, Key, Road, UnderWay, Write
from sandbox.last_writer_wins import Version, wins
from sandbox.schedule import Schedule


class Tables(Protocol):
    """What replication needs of the tables."""

    def replicate(self, region: str, table: str, key: Key, item: Item | None) -> None:
        """Store an item in the region's table, or delete it (None), and put it on the stream."""

    def copy(self, table: str, source: str, destination: str) -> None:
        """Fill the destination's table with all items of the source's."""


class Metrics(Protocol):
    """Who is told of every delivery."""

    def delivered(self, group: Group, road: Road, units: int, seconds: float) -> None:
        """A write of so many units took so long from its acceptance to the other region."""


class Replication:
    """Deliveries between the replicas of all groups. Callers hold the schedule's lock."""

    def __init__(
        self,
        tables: Tables,
        metrics: Metrics,
        schedule: Schedule,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`clock` stamps the writes, in nanoseconds."""
        self._tables = tables
        self._metrics = metrics
        self._schedule = schedule
        self._clock = clock
        self._latest = 0

    def accepted(self, group: Group, source: str, key: Key, item: Item | None, units: int) -> None:
        """Send a write that `source` has accepted (None: a delete) to every other replica."""
        self._latest = max(self._clock(), self._latest + 1)
        write = Write(Version(self._latest, source), key, item, units, self._schedule.clock())
        under_way = group.under_way.setdefault(key, UnderWay(write))
        under_way.newest = write
        under_way.versions[source] = write.version
        for region in group.active():
            if region != source:
                self._send(group, Road(source, region), write, under_way)
        self._settle(group, key, under_way)

    def join(self, group: Group, region: str) -> None:
        """Fill the new replica's table with the newest version of every item in the group."""
        self._tables.copy(group.table, group.active()[0], region)
        for key, under_way in group.under_way.items():
            newest = under_way.newest
            self._tables.replicate(region, group.table, key, newest.item)
            under_way.versions[region] = newest.version

    def _send(self, group: Group, road: Road, write: Write, under_way: UnderWay) -> None:
        due = self._schedule.arrival(not_before=under_way.last_arrival.get(road, 0.0))
        under_way.last_arrival[road] = due
        under_way.deliveries += 1
        group.pending[road] += 1
        self._schedule.at(due, lambda: self._deliver(group, road, write, under_way))

    def _deliver(self, group: Group, road: Road, write: Write, under_way: UnderWay) -> None:
        region = road.destination
        group.pending[road] -= 1
        if region in group.active():
            if wins(write.version, under_way.versions.get(region)):
                self._tables.replicate(region, group.table, write.key, write.item)
                under_way.versions[region] = write.version
            self._metrics.delivered(group, road, write.units, self._schedule.clock() - write.began)
        under_way.deliveries -= 1
        self._settle(group, write.key, under_way)

    def _settle(self, group: Group, key: Key, under_way: UnderWay) -> None:
        """Forget an item on which all replicas agree: nothing older can arrive any more."""
        if not under_way.deliveries:
            del group.under_way[key]
