"""What a group is: the replicas of one table, and the writes in flight between them."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import NamedTuple

from sandbox.last_writer_wins import Stamp

LEGACY = "2017.11.29"
CURRENT = "2019.11.21"

# What a key and an item are made of is for the tables to say.
Key = Hashable
"""A primary key: equal for equal keys, in every region."""

Item = object
"""A whole item, as the tables hold it. Once written it is never changed, so replicas share it."""


class Link(NamedTuple):
    """From the region that accepted a write to another region."""

    source: str
    destination: str


@dataclass
class Replica:
    """One region's table in a group."""

    status: str = "ACTIVE"
    """CREATING, ACTIVE or DELETING."""
    created_through: str | None = None
    """The region whose endpoint was asked to create it (version 2019.11.21)."""


class Write(NamedTuple):
    """A write on its way to the other replicas."""

    stamp: Stamp
    key: Key
    item: Item | None
    """The whole item as written; None is a delete."""
    units: int
    """The write units it costs, in every region."""
    began: float
    """When, in seconds on the schedule's clock."""


@dataclass
class InFlight:
    """An item with deliveries still to come."""

    newest: Write
    deliveries: int = 0
    stamps: dict[str, Stamp] = field(default_factory=dict)
    """Of the write that each region holds, unless it is one that all regions agreed on before."""
    last_arrival: dict[Link, float] = field(default_factory=dict)
    """When the last delivery on each link is due: an item's own writes keep their order."""


@dataclass(eq=False)
class Attempt:
    """A call that waits for its round trip, in a group with strong consistency."""

    region: str
    keys: frozenset[Key]
    """Of the items that it wants to write; none for a read."""
    is_overtaken: bool = False
    """Whether another region has written to one of the items meanwhile."""
    has_precedence: bool = False
    """Whether writes of other regions to its items give way to it."""


@dataclass
class Strong:
    """What a group with multi-Region strong consistency has besides its replicas."""

    witness: str | None
    """The region that keeps the writes and has no table; None with three replicas."""
    witness_status: str = "ACTIVE"
    """CREATING, ACTIVE or DELETING."""
    attempts: list[Attempt] = field(default_factory=list)
    last_winner: str | None = None
    """The region whose write was the last to succeed while another region's waited."""
    behind: dict[str, deque[Write]] = field(default_factory=lambda: defaultdict(deque))
    """The writes that each region does not have yet, in the order in which they were accepted."""
    last_arrival: dict[str, float] = field(default_factory=dict)
    """When each region will have all of them, on the schedule's clock."""


@dataclass(eq=False)
class Group:
    """A replication group: a global table. No two are equal."""

    table: str
    version: str
    """LEGACY or CURRENT."""
    replicas: dict[str, Replica]
    """By region, in the order they joined."""
    strong: Strong | None = None
    """With multi-Region strong consistency; None: the replicas are eventually consistent."""
    created: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    in_flight: dict[Key, InFlight] = field(default_factory=dict)
    pending: Counter[Link] = field(default_factory=Counter)
    """How many deliveries are in flight on each link."""
    paused: set[str] = field(default_factory=set)
    """The regions that experiments have cut off from all others."""
    waiting: list[Callable[[], None]] = field(default_factory=list)
    """Deliveries that have come due on a link that is cut, in that order."""

    def active(self) -> list[str]:
        """The regions whose replica takes reads and writes."""
        return [region for region, replica in self.replicas.items() if replica.status == "ACTIVE"]


class Groups:
    """All groups. A region's table is in one of them or in none."""

    def __init__(self) -> None:
        self._groups: list[Group] = []

    def add(self, group: Group) -> None:
        """Add a new group, none of whose tables may be in another."""
        self._groups.append(group)

    def all(self) -> list[Group]:
        """The groups, in the order they began."""
        return list(self._groups)

    def of(self, region: str, table: str) -> Group | None:
        """The group that holds the region's table."""
        for group in self._groups:
            if group.table == table and region in group.replicas:
                return group
        return None

    def legacy(self) -> list[Group]:
        """The groups of version 2017.11.29, by name. No two have the same."""
        found = [group for group in self._groups if group.version == LEGACY]
        return sorted(found, key=lambda group: group.table)

    def leave(self, group: Group, region: str) -> None:
        """Take a replica out. A group of version 2019.11.21 ends with its last pair of replicas,
        one of version 2017.11.29 with its last replica.
        """
        del group.replicas[region]
        if len(group.replicas) < (1 if group.version == LEGACY else 2):
            self._groups.remove(group)
            group.replicas.clear()  # so what is still in flight reaches nobody
