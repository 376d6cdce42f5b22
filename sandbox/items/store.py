"""The items of one table, and how they are found.

Items are kept as text, so nobody can change one that is stored, and replicas and streams share it.
"""

import bisect
import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sandbox.expressions.values import Item, comparable
from sandbox.items.keys import Attribute, Key, Schema
from sandbox.items.sizes import item_size

POSITIONS = 2**64
"""How many places there are for partitions. A segment of a parallel scan is a range of them."""


class Record(NamedTuple):
    """An item as it is stored."""

    key: Key
    text: str
    """JSON."""
    size: int
    """In bytes, as DynamoDB counts."""

    def item(self) -> Item:
        """The item, as a new object."""
        item: Item = json.loads(self.text)
        return item


def record_of(schema: Schema, item: Item) -> Record:
    """An item that fits its table, ready to be stored."""
    text = json.dumps(item, separators=(",", ":"), ensure_ascii=False)
    return Record(schema.key_of(item), text, item_size(item))


def position(partition: str) -> int:
    """Where a partition is among all. Scans go by it; it has nothing to do with the values."""
    digest = hashlib.blake2b(partition.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Store:
    """A table's items: partitions in the order of their positions, each in the sort key's order."""

    def __init__(self, keys: tuple[Attribute, ...]) -> None:
        """`keys` are the table's."""
        self._sort_type = keys[1].type if len(keys) > 1 else None
        self._partitions: dict[str, list[Record]] = {}
        self._order: list[tuple[int, str]] = []
        self.count = 0
        self.size = 0
        """In bytes."""

    def find(self, key: Key) -> Record | None:
        """The item with this key; None if there is none."""
        partition = self._partitions.get(key[0], [])
        place = self._place(partition, key)
        return partition[place] if _is_at(partition, place, key) else None

    def put(self, key: Key, record: Record | None) -> Record | None:
        """Store an item, or delete it (None). Returns what was stored before."""
        partition = self._partitions.get(key[0])
        if partition is None:
            if record is None:
                return None
            partition = self._partitions[key[0]] = []
            bisect.insort(self._order, (position(key[0]), key[0]))
        place = self._place(partition, key)
        before = partition[place] if _is_at(partition, place, key) else None
        partition[place : place + (before is not None)] = [] if record is None else [record]
        if not partition:
            del self._partitions[key[0]]
            del self._order[bisect.bisect_left(self._order, (position(key[0]), key[0]))]
        self.count += (record is not None) - (before is not None)
        self.size += (record.size if record else 0) - (before.size if before else 0)
        return before

    def partition(
        self, value: str, after: Key | None = None, backward: bool = False
    ) -> list[Record]:
        """The items of one partition that come after this key (None: all), in order or backward."""
        partition = self._partitions.get(value, [])
        if after is None:
            return partition[::-1] if backward else partition[:]
        place = self._place(partition, after)
        if backward:
            return partition[:place][::-1]
        return partition[place + _is_at(partition, place, after) :]

    def scan(
        self, after: Key | None = None, segment: int = 0, segments: int = 1
    ) -> Iterator[Record]:
        """The items after this key (None: from the first on) of one of `segments` equal parts."""
        first = (segment * POSITIONS // segments, "")
        end = ((segment + 1) * POSITIONS // segments, "")
        if after is not None:
            yield from self.partition(after[0], after)
            first = (position(after[0]), after[0] + "\0")
        low = bisect.bisect_left(self._order, first)
        for place in range(low, bisect.bisect_left(self._order, end)):
            yield from self._partitions[self._order[place][1]]

    def _place(self, partition: list[Record], key: Key) -> int:
        """Where in its partition an item with this key is, or would be."""
        kind = self._sort_type
        if kind is None:
            return 0

        def sort_value(record: Record) -> Any:
            return comparable({kind: record.key[1]})

        return bisect.bisect_left(partition, comparable({kind: key[1]}), key=sort_value)


def _is_at(partition: list[Record], place: int, key: Key) -> bool:
    return place < len(partition) and partition[place].key == key
