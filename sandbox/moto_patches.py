"""What the sandbox changes in moto: subclasses of its tables, streams and backend.

moto answers DynamoDB's calls, one set of tables a region, in memory. `install` puts these changes
into moto, and empties it; nothing happens by importing this file.

- Every write is noted in a journal, whatever call makes it.
- An item, once written, is never changed: moto changes it in place, so an update works on a copy.
- Numbers are stored as DynamoDB writes them ("000" is "0"), and sets in the order of their values
  (DynamoDB promises none).
- A stream keeps its latest records only, and stamps them with its own region.

moto keeps its state in the process, so there is one sandbox a process.
"""

import copy
import hashlib
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, cast

from moto.core.base_backend import BackendDict
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table
from moto.dynamodbstreams.models import ShardIterator

from sandbox.api import ApiError
from sandbox.moto_journal import ItemKey, Journal
from sandbox.numbers import number

STREAM_RECORDS = 10_000
"""How many records a stream keeps. AWS keeps them for 24 hours."""


def install(journal: Journal) -> None:
    """Change moto, and begin with nothing, whatever an earlier sandbox of this process has left.

    `journal` is where the tables note their writes.
    """
    BackendDict.reset()
    # A class of its own for each sandbox, because moto asks isinstance(table, models.Table).
    cast(Any, models).Table = type("Table", (SandboxTable,), {"journal": journal})
    dynamodb_backends.backend = SandboxBackend
    # moto keeps a list of all objects that it has ever made; these are made by every call.
    for model in (Item, StreamRecord, ShardIterator):
        model.instances_tracked = deque(maxlen=0)  # type: ignore[union-attr]


class Stream(StreamShard):
    """A table's stream. Records are written out when they are read: items never change."""

    table: "SandboxTable"

    def add(self, old: Item | None, new: Item | None) -> None:
        """moto has made a write: note how the item was. `record` follows once the call is done."""
        item = old or new
        assert item is not None
        self.table.note((item.hash_key, item.range_key), old)

    def record(self, old: Item | None, new: Item | None) -> None:
        """Put a change on the stream."""
        event = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        cast(list[Any], self.items).append((event, old, new, now))
        if len(self.items) >= 2 * STREAM_RECORDS:
            del self.items[:STREAM_RECORDS]
            self.starting_sequence_number += STREAM_RECORDS

    def get(self, start: int, quantity: int) -> list[dict[str, Any]]:
        """The records from sequence number `start` on."""
        first = start - self.starting_sequence_number
        if first < 0:
            raise ApiError("TrimmedDataAccessException", "The requested records were trimmed.")
        return [
            self._written_out(start + offset, *entry)
            for offset, entry in enumerate(cast(list[Any], self.items)[first : first + quantity])
        ]

    def _written_out(
        self, number: int, event: str, old: Item | None, new: Item | None, at: datetime
    ) -> dict[str, Any]:
        view = (self.table.stream_specification or {})["StreamViewType"]
        record = StreamRecord(self.table, view, event, old, new, number).to_json()
        region = self.table.region_name
        record["awsRegion"] = region
        record["eventID"] = hashlib.md5(f"{region}{number}".encode()).hexdigest()
        record["dynamodb"]["ApproximateCreationDateTime"] = at
        return record

    def __deepcopy__(self, memo: dict[int, Any]) -> "Stream":
        """moto copies a table before a transaction; its stream stays the same."""
        return self


class SandboxTable(Table):
    """moto's table, with items that never change and queries that look at one partition."""

    journal: Journal

    def note(self, key: ItemKey, before: Item | None) -> None:
        """Put into the journal that the call under way writes an item, which was like this."""
        self.journal.note((self.region_name, self.name, key), before)

    def set_stream_specification(self, streams: dict[str, Any] | None) -> None:
        super().set_stream_specification(streams)
        self.stream_shard = Stream(self.account_id, self)
        if not self.has_stream:
            self.latest_stream_label = None

    @property
    def has_stream(self) -> bool:
        """Whether records are kept. moto calls `Stream` for every write in any case."""
        return bool((self.stream_specification or {}).get("StreamEnabled"))

    def key_types(self) -> dict[str, str]:
        """The key attributes with their types, the partition key first."""
        types = {entry["AttributeName"]: entry["AttributeType"] for entry in self.attr}
        return {name: types[name] for name in self.table_key_attrs}

    def get_item(
        self,
        hash_key: DynamoType,
        range_key: DynamoType | None = None,
        projection_expression: list[list[str]] | None = None,
    ) -> Item | None:
        if hash_key not in self.items:  # moto would make an empty partition of it
            return None
        return super().get_item(hash_key, range_key, projection_expression)

    def put_item(self, *args: Any, **kwargs: Any) -> Item:
        item = super().put_item(*args, **kwargs)
        normalise(item)
        return item

    def partition(self, hash_key: DynamoType) -> list[Item]:
        """The items of a partition key, in no order."""
        found: Any = self.items.get(hash_key)
        if found is None:
            return []
        return list(found.values()) if self.has_range_key else [found]

    def __deepcopy__(self, memo: dict[int, Any]) -> "SandboxTable":
        """moto copies a table before each write of a transaction: the copy can share the items."""
        twin = copy.copy(self)
        twin.items = defaultdict(
            dict,
            {
                hash_key: dict(partition) if self.has_range_key else partition
                for hash_key, partition in self.items.items()
            },
        )
        return twin

    def every_item(self) -> Iterator[Item]:
        """All items, in no order."""
        for partition in self.items.values():
            if self.has_range_key:
                yield from partition.values()
            else:
                yield cast(Item, partition)

    def store(self, key: ItemKey, item: Item | None) -> None:
        """Let the item be this, or not be (None), and leave the stream alone."""
        hash_key, range_key = key
        if range_key is None:
            self.items.pop(hash_key, None)
            if item is not None:
                self.items[hash_key] = cast(Any, item)
            return
        partition = self.items.setdefault(hash_key, {})
        partition.pop(range_key, None)
        if item is not None:
            partition[range_key] = item
        elif not partition:
            del self.items[hash_key]


class SandboxBackend(DynamoDBBackend):
    """moto's DynamoDB of one region."""

    __module__ = DynamoDBBackend.__module__  # moto finds a service's URLs by its module's name


def normalise(item: Item) -> None:
    """Write an item's numbers as DynamoDB does, and its sets in order. The item is still new."""
    for value in (item.hash_key, item.range_key, *item.attrs.values()):
        if value is not None:
            _normalise_value(value)


def _normalise_value(value: DynamoType) -> None:
    if value.type == "N":
        value.value = number(value.value)
    elif value.type == "NS":
        value.value = sorted({number(text) for text in value.value}, key=Decimal)
    elif value.is_set():
        value.value = sorted(set(value.value))
    elif value.is_list():
        for element in value.value:
            _normalise_value(element)
    elif value.is_map():
        for element in value.value.values():
            _normalise_value(element)
