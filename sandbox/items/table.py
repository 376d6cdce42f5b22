"""A region's table as the calls about items see it."""

from typing import NamedTuple, Protocol

from sandbox.items.keys import Key, Schema
from sandbox.items.store import Record, Store
from sandbox.items.streams import Stream


class Change(NamedTuple):
    """What a client's call has changed in a table."""

    region: str
    table: str
    key: Key
    after: Record | None
    units: int
    """The write units it costs: one for every 1 KB of the larger of the old and the new item."""


class Table(NamedTuple):
    """A table that takes reads and writes."""

    region: str
    name: str
    schema: Schema
    store: Store
    stream: Stream | None

    def write(self, key: Key, record: Record | None) -> bool:
        """Store an item, or delete it (None), and put the change on the stream.

        Returns whether that changed anything.
        """
        before = self.store.put(key, record)
        if same(before, record):
            return False
        if self.stream is not None:
            self.stream.add(before, record)
        return True


class Tables(Protocol):
    """Where the tables are."""

    def open(self, region: str, name: str) -> Table:
        """A region's table, by its name or ARN; ResourceNotFoundException if it takes no reads and
        writes.
        """


def same(one: Record | None, other: Record | None) -> bool:
    """Whether two items are equal, whatever the order of their attributes."""
    if one is None or other is None:
        return one is other
    return one.text == other.text or (one.size == other.size and one.item() == other.item())
