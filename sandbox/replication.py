"""Replication: what a region accepts reaches every other replica of the group, later.

How it works. A client's write is applied to the region's own table at once; `accepted` then hands
the new item to the schedule, once for every other replica. When a delivery is due, the last writer
wins: it is applied if its stamp is newer than that of what the replica holds, else dropped.

The stamps are kept beside the tables, not in the items (version 2017.11.29 kept them in `aws:rep:*`
attributes), and only for items with deliveries under way. Once an item's last delivery is done, all
replicas hold the same, and whatever is written next is newer.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sandbox.group import Group, Item, Key, Road, UnderWay, Write
from sandbox.last_writer_wins import Stamp, wins
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
        # There is one clock here, so that no two writes have the same stamp, as on AWS they may.
        self._latest = max(self._clock(), self._latest + 1)
        write = Write(Stamp(self._latest, source), key, item, units, self._schedule.clock())
        under_way = group.under_way.setdefault(key, UnderWay(write))
        under_way.newest = write
        under_way.stamps[source] = write.stamp
        for region in group.active():
            if region != source:
                self._send(group, Road(source, region), write, under_way)
        self._settle(group, key, under_way)

    def join(self, group: Group, region: str) -> None:
        """Fill the new replica's table with the newest of every item, and let it be ACTIVE."""
        self._tables.copy(group.table, group.active()[0], region)
        for under_way in group.under_way.values():
            under_way.stamps.pop(region, None)
        group.replicas[region].status = "ACTIVE"
        self.catch_up(group, [region])

    def catch_up(self, group: Group, regions: Sequence[str]) -> None:
        """Let these replicas hold the newest of every item now, ahead of the deliveries."""
        for key, under_way in group.under_way.items():
            newest = under_way.newest
            for region in regions:
                if wins(newest.stamp, under_way.stamps.get(region)):
                    self._tables.replicate(region, group.table, key, newest.item)
                    under_way.stamps[region] = newest.stamp

    def _send(self, group: Group, road: Road, write: Write, under_way: UnderWay) -> None:
        due = self._schedule.arrival(not_before=under_way.last_arrival.get(road, 0.0))
        under_way.last_arrival[road] = due
        under_way.deliveries += 1
        group.pending[road] += 1
        self._schedule.at(due, lambda: self._deliver(group, road, write, under_way))

    def _deliver(self, group: Group, road: Road, write: Write, under_way: UnderWay) -> None:
        region = road.destination
        if region in group.active():
            if wins(write.stamp, under_way.stamps.get(region)):
                self._tables.replicate(region, group.table, write.key, write.item)
                under_way.stamps[region] = write.stamp
            self._metrics.delivered(group, road, write.units, self._schedule.clock() - write.began)
        group.pending[road] -= 1
        under_way.deliveries -= 1
        self._settle(group, write.key, under_way)

    def _settle(self, group: Group, key: Key, under_way: UnderWay) -> None:
        """Forget an item on which all replicas agree: nothing older can arrive any more."""
        if not under_way.deliveries:
            del group.under_way[key]
