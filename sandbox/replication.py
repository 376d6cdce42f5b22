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
from collections.abc import Callable, Mapping, Sequence
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


class Observer(Protocol):
    """Who watches. Only what happens is reported; nothing is asked."""

    def accepted(self, group: Group, write: Write, due: Mapping[Link, float]) -> None:
        """A region has accepted a write. `due`: when it is to arrive, for each of its links, on the
        schedule's clock.
        """

    def replaced(self, group: Group, region: str, write: Write, held: Stamp | None) -> None:
        """A replicated write has taken the place of what the region held.

        `held`: the stamp of that; None if it was a write that all regions agreed on before.
        """

    def arrived(
        self, group: Group, link: Link, write: Write, applied: bool, seconds: float
    ) -> None:
        """A delivery is done, so long after its write was accepted.

        `applied`: the write was newer than what the region held, and has replaced it.
        """


class Replication:
    """Deliveries between the replicas of all groups. Callers hold the schedule's lock."""

    def __init__(
        self,
        tables: Tables,
        metrics: DeliveryMetrics,
        observer: Observer,
        schedule: Schedule,
        lag: float,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`lag`: seconds from a write until the other regions see it, on average. `clock` stamps
        the writes, in nanoseconds.
        """
        self._tables = tables
        self._metrics = metrics
        self._observer = observer
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
        links = [Link(source, region) for region in group.active() if region != source]
        due = {link: self._send(group, link, write, in_flight) for link in links}
        self._observer.accepted(group, write, due)
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
        for in_flight in group.in_flight.values():
            for region in regions:
                self._apply(group, region, in_flight.newest, in_flight)

    def pause(self, group: Group, region: str) -> None:
        """Let the deliveries into and out of a region wait, until `resume`."""
        group.paused.add(region)

    def resume(self, group: Group, region: str) -> None:
        """Make the deliveries that have waited for this region; the last writer wins."""
        group.paused.remove(region)
        waiting, group.waiting = group.waiting, []
        for deliver in waiting:
            deliver()

    def _apply(self, group: Group, region: str, write: Write, in_flight: InFlight) -> bool:
        """Let the last writer win. Returns whether that is this write."""
        held = in_flight.stamps.get(region)
        if not wins(write.stamp, held):
            return False
        self._tables.replicate(region, group.table, write.key, write.item)
        in_flight.stamps[region] = write.stamp
        self._observer.replaced(group, region, write, held)
        return True

    def _send(self, group: Group, link: Link, write: Write, in_flight: InFlight) -> float:
        """Returns when the write is to arrive."""
        delay = self._lag * random.uniform(1 - SPREAD, 1 + SPREAD)
        due = max(self._schedule.clock() + delay, in_flight.last_arrival.get(link, 0.0))
        in_flight.last_arrival[link] = due
        in_flight.deliveries += 1
        group.pending[link] += 1
        self._schedule.at(due, lambda: self._deliver(group, link, write, in_flight))
        return due

    def _deliver(self, group: Group, link: Link, write: Write, in_flight: InFlight) -> None:
        if not group.paused.isdisjoint(link):
            group.waiting.append(lambda: self._deliver(group, link, write, in_flight))
            return
        seconds = self._schedule.clock() - write.began
        applied = False
        if link.destination in group.active():
            applied = self._apply(group, link.destination, write, in_flight)
            self._metrics.delivered(group, link, write.units, seconds)
        self._observer.arrived(group, link, write, applied, seconds)
        group.pending[link] -= 1
        in_flight.deliveries -= 1
        self._settle(group, write.key, in_flight)

    def _settle(self, group: Group, key: Key, in_flight: InFlight) -> None:
        """Forget an item on which all replicas agree: nothing older can arrive any more."""
        if not in_flight.deliveries:
            del group.in_flight[key]
