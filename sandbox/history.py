"""What replication has done lately: writes on their way, arrivals, and writes that have lost.

A write loses when a write that another region made without knowing it takes its place. A region
that knows a write and overwrites it makes an ordinary update. So it matters what each region knew:
for each region, the latest of its writes that had come in (a version vector). It is kept for items
with deliveries in flight only; once those are done, every region knows everything.
"""

import math
import weakref
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sandbox.group import Group, Item, Key, Link, Write
from sandbox.last_writer_wins import Stamp

ARRIVALS = 100
"""How many arrivals the figures of the lag are about."""

LOSSES, LINES, ITEMS = 200, 24, 50
"""How much is kept of a group: losses, lines of the time line, items that were written last."""

LINE_GAP, LINE_SECONDS = 1.0, 5.0
"""Writes of one kind share a line of the time line if the gap between them is at most so many
seconds, and the line at most so long.
"""

SAMPLE = 10
"""How many of its writes a line keeps."""

Known = Mapping[str, int]
"""By region: the stamp's time of the latest of its writes that are known."""


class Tables(Protocol):
    """What the history needs of the tables."""

    def numbers(self, item: Item) -> Mapping[str, str]:
        """An item's number attributes, by name."""


class Delivery(NamedTuple):
    """A write on its way to one region."""

    number: int
    """Another one for each delivery."""
    link: Link
    write: Write
    due: float
    """On the schedule's clock, in seconds. It may be late: a paused replica takes nothing."""
    knew: Known
    """What its region knew of the item, this write included."""


class Loss(NamedTuple):
    """A write that lost."""

    number: int
    """Of the group's losses, from 1."""
    loser: Write
    winner: Write


@dataclass
class Line:
    """Writes of one kind that came close together: one line of the time line."""

    number: int
    kind: str
    """accepted; arrived; older (it arrived, and the region held a newer one); lost."""
    link: Link
    """From where to where; of an accepted write the region, twice; of a lost one, to the winner."""
    began: float
    """In seconds on the schedule's clock."""
    ended: float
    """When its last write came."""
    count: int = 0
    sample: list[Write] = field(default_factory=list)
    """The first few."""
    least: float = math.inf
    most: float = 0.0
    """How many seconds the quickest and the slowest took."""

    def add(self, write: Write, seconds: float) -> None:
        self.count += 1
        self.least = min(self.least, seconds)
        self.most = max(self.most, seconds)
        if len(self.sample) < SAMPLE:
            self.sample.append(write)


class Latest(NamedTuple):
    """What was written last to an item."""

    write: Write
    attribute: str | None
    """The number attribute that changed last; None if none has been seen to change."""


@dataclass
class Race:
    """An item with deliveries in flight."""

    deliveries: int = 0
    own: dict[str, tuple[Write, Known]] = field(default_factory=dict)
    """By region: the latest write it accepted, and what it knew then."""
    known: dict[str, Known] = field(default_factory=lambda: defaultdict(dict))
    """By region: what it knows now."""


class GroupHistory:
    """What has happened in one group."""

    def __init__(self, tables: Tables, clock: Callable[[], float]) -> None:
        """`clock`: the schedule's, in seconds."""
        self._tables = tables
        self._clock = clock
        self._races: dict[Key, Race] = {}
        self._open: dict[tuple[str, Link], Line] = {}
        """The last line of each kind."""
        self.events = 0
        """How much has happened so far."""
        self.deliveries: dict[tuple[Link, Stamp], Delivery] = {}
        """What is on its way, the oldest first."""
        self.on_way: Counter[Link] = Counter()
        """How much of that each link carries."""
        self.arrivals: deque[float] = deque(maxlen=ARRIVALS)
        """How many seconds the last ones took."""
        self.losses: deque[Loss] = deque(maxlen=LOSSES)
        self.lost: OrderedDict[Key, dict[str, Write]] = OrderedDict()
        """Of items the writes that lost, by region, until somebody writes the item again."""
        self.lines: deque[Line] = deque(maxlen=LINES)
        """The time line, the oldest first."""
        self.latest: OrderedDict[Key, Latest] = OrderedDict()
        """The items written last, in that order."""

    def accepted(self, write: Write, due: Mapping[Link, float]) -> None:
        """A region has accepted a write. `due`: when it is to arrive, for each of its links."""
        region = write.stamp.region
        self._add_line("accepted", Link(region, region), write)
        self._add_latest(write)
        self.lost.pop(write.key, None)
        if not due and write.key not in self._races:
            return
        race = self._races.setdefault(write.key, Race())
        knew = {**race.known[region], region: write.stamp.accepted}
        race.known[region] = knew
        race.own[region] = (write, knew)
        race.deliveries += len(due)
        for link, when in due.items():
            self.events += 1
            self.on_way[link] += 1
            self.deliveries[link, write.stamp] = Delivery(self.events, link, write, when, knew)

    def replaced(self, region: str, write: Write, held: Stamp | None) -> None:
        """A replicated write has taken the place of another, or of what all regions agreed on."""
        race = self._races[write.key]
        newest, knew = race.own[write.stamp.region]
        if newest.stamp != write.stamp:
            knew = self.deliveries[Link(write.stamp.region, region), write.stamp].knew
        if held is not None and held.region == region and knew.get(region, 0) < held.accepted:
            self._add_loss(race.own[region][0], write)
        known = race.known[region]
        race.known[region] = {
            each: max(known.get(each, 0), knew.get(each, 0)) for each in {*known, *knew}
        }

    def arrived(self, link: Link, write: Write, applied: bool, seconds: float) -> None:
        """A delivery is done. `applied`: it was newer than what the region held."""
        del self.deliveries[link, write.stamp]
        self.on_way[link] -= 1
        self.arrivals.append(seconds)
        self._add_line("arrived" if applied else "older", link, write, seconds)
        race = self._races[write.key]
        race.deliveries -= 1
        if not race.deliveries:
            del self._races[write.key]

    def _add_loss(self, loser: Write, winner: Write) -> None:
        number = self.losses[-1].number + 1 if self.losses else 1
        self.losses.append(Loss(number, loser, winner))
        self.lost.setdefault(loser.key, {})[loser.stamp.region] = loser
        if len(self.lost) > LOSSES:
            self.lost.popitem(last=False)
        self._add_line("lost", Link(loser.stamp.region, winner.stamp.region), loser)

    def _add_line(self, kind: str, link: Link, write: Write, seconds: float = 0.0) -> None:
        self.events += 1
        now = self._clock()
        line = self._open.get((kind, link))
        if line is None or now - line.ended > LINE_GAP or now - line.began > LINE_SECONDS:
            line = self._open[kind, link] = Line(self.events, kind, link, now, now)
            self.lines.append(line)
        line.ended = now
        line.add(write, seconds)

    def _add_latest(self, write: Write) -> None:
        before = self.latest.pop(write.key, None)
        attribute = before.attribute if before else None
        if before and before.write.item is not None and write.item is not None:
            old, new = self._tables.numbers(before.write.item), self._tables.numbers(write.item)
            attribute = next((name for name in new if new[name] != old.get(name)), attribute)
        self.latest[write.key] = Latest(write, attribute)
        if len(self.latest) > ITEMS:
            self.latest.popitem(last=False)


class History:
    """What has happened in all groups: replication's observer. Callers hold the schedule's lock."""

    def __init__(self, tables: Tables, clock: Callable[[], float]) -> None:
        self._tables = tables
        self._clock = clock
        self._groups: weakref.WeakKeyDictionary[Group, GroupHistory] = weakref.WeakKeyDictionary()

    def of(self, group: Group) -> GroupHistory:
        """What has happened in a group, since it began."""
        if group not in self._groups:
            self._groups[group] = GroupHistory(self._tables, self._clock)
        return self._groups[group]

    def accepted(self, group: Group, write: Write, due: Mapping[Link, float]) -> None:
        self.of(group).accepted(write, due)

    def replaced(self, group: Group, region: str, write: Write, held: Stamp | None) -> None:
        self.of(group).replaced(region, write, held)

    def arrived(
        self, group: Group, link: Link, write: Write, applied: bool, seconds: float
    ) -> None:
        self.of(group).arrived(link, write, applied, seconds)
