"""Replication: what a region accepts reaches every other replica of the group, later.

How it works. A client's write is applied to the region's own table at once; `accepted` then hands
the new item to the schedule, once for every other replica. When a delivery is due, the last writer
wins: it is applied if its stamp is newer than that of what the replica holds, else dropped.

The stamps are kept beside the tables, not in the items (version 2017.11.29 kept them in `aws:rep:*`
attributes), and only for items with deliveries in flight. Once an item's last delivery is done, all
replicas hold the same, and whatever is written next is newer.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sandbox.group import Group, InFlight, Item, Key, Link, Write
from sandbox.last_writer_wins import Stamp, wins
from sandbox.schedule import Schedule

SPREAD = 0.4
"""Deliveries take the lag plus or minus this share of it, so items overtake one another."""


class Tables(Protocol):
    """What replication needs of the tables."""

    def replicate(self, region: str, table: str, key: Key, item: Item | None) -> None:
        """Store an item in the region's table, or delete it (None), and put it on the stream."""

    def copy(self, table: str, source: str, destination: str) -> None:
        """Fill the destination's table with all items of the source's."""


class DeliveryMetrics(Protocol):
    """What counts the deliveries."""

    def delivered(self, group: Group, link: Link, units: int, seconds: float) -> None:
        """A write of so many units took so long from its acceptance to the other region."""


class Replication:
    """Deliveries between the replicas of all groups. Callers hold the schedule's lock."""

    def __init__(
        self,
        tables: Tables,
        metrics: DeliveryMetrics,
        schedule: Schedule,
        lag: float,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`lag`: seconds from a write until the other regions see it, on average. `clock` stamps
        the writes, in nanoseconds.
        """
        self._tables = tables
        self._metrics = metrics
        self._schedule = schedule
        self._lag = lag
        self._clock = clock
        self._latest = 0

    def accepted(self, group: Group, source: str, key: Key, item: Item | None, units: int) -> None:
        """Send a write that `source` has accepted (None: a delete) to every other replica."""
        # One clock stamps all writes, each later than the one before: no two are equal.
        self._latest = max(self._clock(), self._latest + 1)
        write = Write(Stamp(self._latest, source), key, item, units, self._schedule.clock())
        in_flight = group.in_flight.setdefault(key, InFlight(write))
        in_flight.newest = write
        in_flight.stamps[source] = write.stamp
        for region in group.active():
            if region != source:
                self._send(group, Link(source, region), write, in_flight)
        self._settle(group, key, in_flight)

    def join(self, group: Group, region: str) -> None:
        """Fill the new replica's table with the newest of every item, and let it be ACTIVE."""
        self._tables.copy(group.table, group.active()[0], region)
        for in_flight in group.in_flight.values():
            in_flight.stamps.pop(region, None)
        group.replicas[region].status = "ACTIVE"
        self.catch_up(group, [region])

    def catch_up(self, group: Group, regions: Sequence[str]) -> None:
        """Let these replicas hold the newest of every item now, ahead of the deliveries."""
        for key, in_flight in group.in_flight.items():
            newest = in_flight.newest
            for region in regions:
                if wins(newest.stamp, in_flight.stamps.get(region)):
                    self._tables.replicate(region, group.table, key, newest.item)
                    in_flight.stamps[region] = newest.stamp

    def pause(self, group: Group, region: str) -> None:
        """Let the deliveries into and out of a region wait, until `resume`."""
        group.paused.add(region)

    def resume(self, group: Group, region: str) -> None:
        """Make the deliveries that have waited for this region; the last writer wins."""
        group.paused.remove(region)
        waiting, group.waiting = group.waiting, []
        for deliver in waiting:
            deliver()

    def _send(self, group: Group, link: Link, write: Write, in_flight: InFlight) -> None:
        delay = self._lag * random.uniform(1 - SPREAD, 1 + SPREAD)
        due = max(self._schedule.clock() + delay, in_flight.last_arrival.get(link, 0.0))
        in_flight.last_arrival[link] = due
        in_flight.deliveries += 1
        group.pending[link] += 1
        self._schedule.at(due, lambda: self._deliver(group, link, write, in_flight))

    def _deliver(self, group: Group, link: Link, write: Write, in_flight: InFlight) -> None:
        if not group.paused.isdisjoint(link):
            group.waiting.append(lambda: self._deliver(group, link, write, in_flight))
            return
        region = link.destination
        if region in group.active():
            if wins(write.stamp, in_flight.stamps.get(region)):
                self._tables.replicate(region, group.table, write.key, write.item)
                in_flight.stamps[region] = write.stamp
            self._metrics.delivered(group, link, write.units, self._schedule.clock() - write.began)
        group.pending[link] -= 1
        in_flight.deliveries -= 1
        self._settle(group, write.key, in_flight)

    def _settle(self, group: Group, key: Key, in_flight: InFlight) -> None:
        """Forget an item on which all replicas agree: nothing older can arrive any more."""
        if not in_flight.deliveries:
            del group.in_flight[key]
