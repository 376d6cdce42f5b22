"""Multi-Region strong consistency: the replicas of a group take the same writes in the same order.

How it works. A write, or a strongly consistent read, first waits for the round trip to the nearest
other member; whoever waits holds no lock. Then, in one step, the region takes all writes that the
others have accepted before, and the call sees the newest of every item: so calls in all regions
are in one order, and a condition or an ADD counts from the newest version. An eventually consistent
read does not wait, and sees what has arrived. If another region writes to an item while a write to
it waits, that write is in conflict and does not happen. The first one to have waited succeeds, but
no region does so twice while another waits: else the nearest regions would never let a far one in.

Sources: Developer Guide, "How DynamoDB global tables work"; Prescriptive Guidance, "Using Amazon
DynamoDB global tables". AWS publishes no times; these are round trips between the regions.
"""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from sandbox.api import ApiError
from sandbox.group import Attempt, Group, Item, Key, Link, Write
from sandbox.last_writer_wins import Stamp
from sandbox.replication import SPREAD, DeliveryMetrics, Observer
from sandbox.schedule import Schedule

ROUND_TRIPS = {
    frozenset(("us-east-1", "us-east-2")): 0.020,
    frozenset(("us-east-1", "eu-west-1")): 0.072,
    frozenset(("us-east-2", "eu-west-1")): 0.085,
}
"""Between two regions, in seconds."""

OTHER_ROUND_TRIP = 0.080
"""Between any other two."""


class Tables(Protocol):
    """What strong consistency needs of the tables."""

    def replicate(self, region: str, table: str, key: Key, item: Item | None) -> None:
        """Store an item in the region's table, or delete it (None), and put it on the stream."""


class StrongConsistency:
    """Writes of the groups with multi-Region strong consistency, and their order.

    Callers hold the schedule's lock, but not while they wait.
    """

    def __init__(
        self,
        tables: Tables,
        metrics: DeliveryMetrics,
        observer: Observer,
        schedule: Schedule,
        lag: float,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`lag`: seconds until an eventually consistent read in another region sees a write.
        `clock` stamps the writes, in nanoseconds.
        """
        self._tables = tables
        self._metrics = metrics
        self._observer = observer
        self._schedule = schedule
        self._lag = lag
        self._clock = clock
        self._latest = 0

    def begin(self, group: Group, region: str, keys: frozenset[Key]) -> tuple[Attempt, float]:
        """Announce a write to these items, or a strongly consistent read (no keys).

        Returns the attempt and the seconds to wait before `enter`. Raises ApiError if the region
        is cut off.
        """
        attempt = Attempt(region, keys)
        seconds = _round_trip(group, region)
        if group.strong is not None:
            group.strong.attempts.append(attempt)
        return attempt, seconds

    def enter(self, group: Group, attempt: Attempt) -> None:
        """Bring the region up to date after the wait; the call may now look at its table.

        Raises ApiError if the region has been cut off, or another one has written to the items.
        """
        _round_trip(group, attempt.region)
        if attempt.is_overtaken or _gives_way(group, attempt):
            raise ApiError(
                "ReplicatedWriteConflictException",
                "The request was rejected because one or more items in the request are being "
                "modified by a request in another Region.",
            )
        self.catch_up(group, attempt.region)

    def end(self, group: Group, attempt: Attempt) -> None:
        """The attempt has succeeded or failed."""
        if group.strong is not None:
            group.strong.attempts.remove(attempt)

    def accepted(self, group: Group, source: str, key: Key, item: Item | None, units: int) -> None:
        """Send a write that `source` has accepted (None: a delete) to every other replica."""
        if group.strong is None:
            return
        for attempt in group.strong.attempts:
            if attempt.region != source and key in attempt.keys and not attempt.is_overtaken:
                attempt.is_overtaken = True
                group.strong.last_winner = source
        self._latest = max(self._clock(), self._latest + 1)
        now = self._schedule.clock()
        write = Write(Stamp(self._latest, source), key, item, units, now)
        due = {}
        for region in group.active():
            if region != source:
                delay = self._lag * random.uniform(1 - SPREAD, 1 + SPREAD)
                arrival = max(now + delay, group.strong.last_arrival.get(region, 0.0))
                due[Link(source, region)] = group.strong.last_arrival[region] = arrival
                group.strong.behind[region].append(write)
                self._schedule.at(arrival, partial(self._arrive, group, region, write.stamp))
        self._observer.accepted(group, write, due)

    def catch_up(self, group: Group, region: str) -> None:
        """Let a region have all writes now."""
        if group.strong is not None and group.strong.behind[region]:
            self._take(group, region, group.strong.behind[region][-1].stamp)

    def _arrive(self, group: Group, region: str, newest: Stamp) -> None:
        if region not in group.paused:
            self._take(group, region, newest)

    def _take(self, group: Group, region: str, newest: Stamp) -> None:
        """Let a region have the writes up to this one, in their order."""
        if group.strong is None or region not in group.active():
            return
        behind = group.strong.behind[region]
        while behind and behind[0].stamp <= newest:
            write = behind.popleft()
            self._tables.replicate(region, group.table, write.key, write.item)
            seconds = self._schedule.clock() - write.began
            link = Link(write.stamp.region, region)
            self._metrics.delivered(group, link, write.units, seconds)
            self._observer.arrived(group, link, write, True, seconds)


def _gives_way(group: Group, attempt: Attempt) -> bool:
    """Whether a write must let that of another region succeed. If so, it does: sooner or later."""
    if group.strong is None or attempt.has_precedence:
        return False
    rivals = [
        other
        for other in group.strong.attempts
        if other.region != attempt.region
        and not other.is_overtaken
        and not other.keys.isdisjoint(attempt.keys)
    ]
    if rivals and group.strong.last_winner == attempt.region:
        rivals[0].has_precedence = True
    return any(rival.has_precedence for rival in rivals)


def _round_trip(group: Group, region: str) -> float:
    """The seconds to the nearest other member and back. Raises ApiError if it reaches none.

    While the group is made or dissolved, one region has the only table, and asks no other.
    """
    if group.strong is None or len(group.active()) < len(group.replicas):
        return 0.0
    members = [*group.replicas, *([group.strong.witness] if group.strong.witness else [])]
    reached = [other for other in members if other != region and other not in group.paused]
    if region in group.paused or not reached:
        raise ApiError(
            "InternalServerError",
            "The server encountered an internal error trying to fulfill the request.",
            500,
        )
    return min(ROUND_TRIPS.get(frozenset((region, other)), OTHER_ROUND_TRIP) for other in reached)
