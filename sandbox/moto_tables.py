"""All regions' tables: what replication and the rules of global tables need of them.

A table that is CREATING or DELETING is out of service: moto does not see it, so it takes no reads
and writes, and DescribeTable still shows it.
"""

import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodbstreams.models import dynamodbstreams_backends

from sandbox.api import ApiError, Json, invalid, not_found
from sandbox.moto_journal import ItemKey, Place
from sandbox.moto_patches import SandboxTable, Stream

ACCOUNT = DEFAULT_ACCOUNT_ID

SHARD_ITERATORS = 1_000
"""How many shard iterators a region keeps; moto leaves one behind with every GetRecords."""


@dataclass(frozen=True)
class TableFacts:
    """What the rules of global tables ask of a table."""

    key_schema: list[dict[str, str]]
    indexes: list[tuple[str, str]]
    """Name and key schema of each secondary index, sorted."""
    stream_view: str | None
    """NEW_AND_OLD_IMAGES and so on; None without a stream."""
    on_demand: bool
    is_empty: bool
    protected: bool
    read_units: int
    write_units: int


class MotoTables:
    """All regions' tables. Callers hold the schedule's lock."""

    def __init__(self) -> None:
        self._out_of_service: dict[tuple[str, str], SandboxTable] = {}

    def check_region(self, region: str) -> None:
        """Refuse a region that AWS does not have."""
        if region not in dynamodb_backends[ACCOUNT]:
            raise invalid(f"There is no AWS region {region}.")

    def replicate(self, region: str, table: str, key: object, item: object | None) -> None:
        """Store a replicated item, or delete it (None), and put the change on the stream."""
        item_key, after = cast(ItemKey, key), cast("Item | None", item)
        stored = self._table(region, table)
        before = stored.get_item(*item_key)
        stored.store(item_key, after)
        if not same(before, after):
            self.record(region, table, before, after)

    def copy(self, table: str, source: str, destination: str) -> None:
        """Fill the destination's table with all items of the source's."""
        stored = self._table(destination, table)
        for item in self._table(source, table).every_item():
            stored.store((item.hash_key, item.range_key), item)

    def item(self, place: Place) -> Item | None:
        """The item that is at a place now."""
        region, name, key = place
        return self._table(region, name).get_item(*key)

    def look(self, region: str, name: str, key: object) -> Item | None:
        """The item with this key, also in a table out of service; None if there is none."""
        if not self.exists(region, name):
            return None
        return self._find(region, name).get_item(*cast(ItemKey, key))

    def first_keys(self, region: str, name: str, count: int) -> list[object]:
        """The keys of a few of a table's items."""
        items = itertools.islice(self._find(region, name).every_item(), count)
        return [(item.hash_key, item.range_key) for item in items]

    def key(self, partition: Mapping[str, str], sort: Mapping[str, str]) -> ItemKey:
        """The primary key with these values, such as {"N": "7"}."""
        return DynamoType(dict(partition)), DynamoType(dict(sort))

    def key_values(self, key: object) -> list[str]:
        """A primary key's values, as text."""
        return [str(value.value) for value in cast(ItemKey, key) if value is not None]

    def numbers(self, item: object) -> dict[str, str]:
        """An item's number attributes, by name."""
        attributes: dict[str, DynamoType] = cast(Item, item).attrs
        return {name: value.value for name, value in attributes.items() if value.type == "N"}

    def restore(self, place: Place, item: Item | None) -> None:
        """Put back the item that was at a place, or nothing (None). The stream is left alone."""
        region, name, key = place
        self._table(region, name).store(key, item)

    def record(self, region: str, name: str, before: Item | None, after: Item | None) -> None:
        """Put a change on the table's stream, if it has one."""
        table = self._table(region, name)
        if table.has_stream:
            cast(Stream, table.stream_shard).record(before, after)

    def check_iterator(self, region: str, iterator: str) -> None:
        """Refuse an iterator that is no longer kept, and drop the oldest ones.

        moto keeps them all; AWS's expire after 15 minutes.
        """
        iterators = dynamodbstreams_backends[ACCOUNT][region].shard_iterators
        while len(iterators) > SHARD_ITERATORS:
            del iterators[next(iter(iterators))]
        if iterator not in iterators:
            raise ApiError("ExpiredIteratorException", "The shard iterator has expired.")

    def attributes(self, region: str, name: str, key: Json) -> Json | None:
        """The item with this key, as the API writes it; None if there is none."""
        table = self.in_service(region, name)
        if {attribute: next(iter(value)) for attribute, value in key.items()} != table.key_types():
            raise invalid("The provided key element does not match the schema")
        partition_key, *sort_key = (DynamoType(key[name]) for name in table.table_key_attrs)
        item = table.get_item(partition_key, sort_key[0] if sort_key else None)
        return None if item is None else plain(item)

    def in_service(self, region: str, name: str) -> SandboxTable:
        """A table that takes reads and writes, by its name or ARN; ResourceNotFoundException."""
        table = self._backend(region).tables.get(name.rpartition("/")[2])
        if table is None:
            raise ApiError("ResourceNotFoundException", "Requested resource not found")
        return cast(SandboxTable, table)

    def key_names(self, region: str, name: str) -> list[str]:
        """A table's key attributes, the partition key first."""
        names: list[str] = self._find(region, name).table_key_attrs
        return names

    def exists(self, region: str, name: str) -> bool:
        """Whether a region has a table of this name, in service or not."""
        return self.out_of_service(region, name) or name in self._backend(region).tables

    def facts(self, region: str, name: str) -> TableFacts:
        """What a region's table is, in service or not; ResourceNotFoundException without one."""
        table = self._find(region, name)
        return TableFacts(
            key_schema=table.schema,
            indexes=sorted((index.name, str(index.schema)) for index in table.all_indexes()),
            stream_view=(table.stream_specification or {}).get("StreamViewType"),
            on_demand=table.billing_mode == "PAY_PER_REQUEST",
            is_empty=next(table.every_item(), None) is None,
            protected=bool(table.deletion_protection_enabled),
            read_units=int(table.throughput["ReadCapacityUnits"]),
            write_units=int(table.throughput["WriteCapacityUnits"]),
        )

    def out_of_service(self, region: str, name: str) -> bool:
        """Whether a region's table is there and takes neither reads nor writes."""
        return (region, name) in self._out_of_service

    def describe(self, region: str, name: str) -> dict[str, Any]:
        """A table as DescribeTable shows it, ready for JSON."""
        table = self._find(region, name)
        described: dict[str, Any] = table.describe()["TableDescription"]
        described["CreationDateTime"] = described["CreationDateTime"].timestamp()
        return described

    def identity(self, region: str, arn: str) -> str | None:
        """What tells the region's table that has this ARN, or whose stream has it, from one that
        is made again under its name. None if there is no such table or stream.
        """
        name, _, stream = arn.rpartition(":table/")[2].partition("/stream/")
        if not self.exists(region, name):
            return None
        described = self.describe(region, name)
        named = described.get("LatestStreamArn") if stream else described["TableArn"]
        return str(described["CreationDateTime"]) if arn == named else None

    def stream_arn(self, region: str, name: str) -> str | None:
        """The ARN of a table's stream; None without a stream."""
        return self.describe(region, name).get("LatestStreamArn")

    def create_replica(self, name: str, source: str, region: str) -> None:
        """Make the table of a new replica after the source's, empty and not in service yet."""
        model = self._table(source, name)
        backend = self._backend(region)
        backend.create_table(
            name,
            schema=copy.deepcopy(model.schema),
            throughput=copy.deepcopy(model.throughput),
            attr=copy.deepcopy(model.attr),
            global_indexes=[copy.deepcopy(index.describe()) for index in model.global_indexes],
            indexes=[copy.deepcopy(index.describe()) for index in model.indexes],
            streams=copy.deepcopy(model.stream_specification),
            billing_mode=str(model.billing_mode),
            sse_specification=copy.deepcopy(model.sse_specification),
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        self.leave_service(region, name)

    def enter_service(self, region: str, name: str) -> None:
        """From now on the region's table takes reads and writes."""
        self._backend(region).tables[name] = self._out_of_service.pop((region, name))

    def leave_service(self, region: str, name: str) -> None:
        """From now on the region's table takes neither; DescribeTable still shows it."""
        self._out_of_service[region, name] = self._table(region, name)
        del self._backend(region).tables[name]

    def drop(self, region: str, name: str) -> None:
        """Delete a table that is out of service, with its items."""
        del self._out_of_service[region, name]

    def enable_stream(self, region: str, name: str) -> None:
        """Give a table without a stream the one that replication needs."""
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self._table(region, name).set_stream_specification(stream)

    def set_capacity(
        self, region: str, name: str, on_demand: bool, read: int | None, write: int | None
    ) -> None:
        """Set a table's billing mode and, where it is provisioned, its units (None: as before)."""
        table = self._table(region, name)
        table.billing_mode = "PAY_PER_REQUEST" if on_demand else "PROVISIONED"
        units = dict(table.throughput)
        units["ReadCapacityUnits"] = 0 if on_demand else read or units["ReadCapacityUnits"]
        units["WriteCapacityUnits"] = 0 if on_demand else write or units["WriteCapacityUnits"]
        table.throughput = units

    def _backend(self, region: str) -> DynamoDBBackend:
        self.check_region(region)
        return dynamodb_backends[ACCOUNT][region]

    def _table(self, region: str, name: str) -> SandboxTable:
        return cast(SandboxTable, self._backend(region).tables[name])

    def _find(self, region: str, name: str) -> SandboxTable:
        if not self.exists(region, name):
            raise not_found(name)
        if self.out_of_service(region, name):
            return self._out_of_service[region, name]
        return self._table(region, name)


def same(one: Item | None, other: Item | None) -> bool:
    """Whether a write has changed nothing."""
    if one is None or other is None:
        return one is other
    return bool(one.to_json() == other.to_json())


def plain(item: Item) -> Json:
    """An item as the API writes it."""
    return {name: _plain_value(value) for name, value in item.attrs.items()}


def _plain_value(value: DynamoType) -> Json:
    if value.is_map():
        return {"M": {name: _plain_value(part) for name, part in value.value.items()}}
    if value.is_list():
        return {"L": [_plain_value(part) for part in value.value]}
    return {value.type: value.value}
