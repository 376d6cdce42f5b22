"""All regions' tables: what replication and the rules of global tables need of them.

A table that is CREATING or DELETING is out of service: moto does not see it, so it takes no reads
and writes, and DescribeTable still shows it.
"""

import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, cast

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

from sandbox.api import ApiError, invalid, not_found
from sandbox.expressions.values import checked
from sandbox.items.keys import Key
from sandbox.items.store import Record
from sandbox.items.table import Table
from sandbox.moto_patches import SandboxTable, schema_of

ACCOUNT = DEFAULT_ACCOUNT_ID


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
    has_local_indexes: bool
    has_time_to_live: bool


class MotoTables:
    """All regions' tables. Callers hold the schedule's lock."""

    def __init__(self) -> None:
        self._out_of_service: dict[tuple[str, str], SandboxTable] = {}

    def check_region(self, region: str) -> None:
        """Refuse a region that AWS does not have."""
        if region not in dynamodb_backends[ACCOUNT]:
            raise invalid(f"There is no AWS region {region}.")

    def open(self, region: str, name: str) -> Table:
        """A region's table for reads and writes; ResourceNotFoundException if it takes none."""
        table = self._backend(region).tables.get(name.rpartition("/")[2])
        if table is None:
            raise ApiError("ResourceNotFoundException", "Requested resource not found")
        return _opened(cast(SandboxTable, table))

    def replicate(self, region: str, table: str, key: object, item: object | None) -> None:
        """Store a replicated item, or delete it (None), and put the change on the stream."""
        _opened(self._table(region, table)).write(cast(Key, key), cast("Record | None", item))

    def copy(self, table: str, source: str, destination: str) -> None:
        """Fill the destination's table with all items of the source's."""
        stored = self._table(destination, table).store
        for record in self._table(source, table).store.scan():
            stored.put(record.key, record)

    def look(self, region: str, name: str, key: object) -> Record | None:
        """The item with this key, also in a table out of service; None if there is none."""
        if not self.exists(region, name):
            return None
        return self._find(region, name).store.find(cast(Key, key))

    def first_keys(self, region: str, name: str, count: int) -> list[object]:
        """The keys of a few of a table's items."""
        records = itertools.islice(self._find(region, name).store.scan(), count)
        return [record.key for record in records]

    def key_names(self, region: str, name: str) -> list[str]:
        """A table's key attributes, the partition key first."""
        return [attribute.name for attribute in schema_of(self._find(region, name)).keys]

    def key(self, partition: Mapping[str, str], sort: Mapping[str, str]) -> Key:
        """The primary key with these values, such as {"N": "7"}."""
        return tuple(str(*checked(dict(value)).values()) for value in (partition, sort))

    def key_values(self, key: object) -> list[str]:
        """A primary key's values, as text."""
        return list(cast(Key, key))

    def numbers(self, item: object) -> dict[str, str]:
        """An item's number attributes, by name."""
        attributes = cast(Record, item).item()
        return {name: value["N"] for name, value in attributes.items() if "N" in value}

    def key_of(self, region: str, name: str, attributes: Mapping[str, Any]) -> Key | None:
        """The primary key among an item's attributes; None if it does not fit the table."""
        schema = self.open(region, name).schema
        names = [attribute.name for attribute in schema.keys]
        try:
            return schema.key({each: attributes[each] for each in names if each in attributes})
        except ApiError:
            return None

    def names(self, region: str) -> list[str]:
        """The names of a region's tables, in service or not."""
        out_of_service = [name for other, name in self._out_of_service if other == region]
        return [*self._backend(region).tables, *out_of_service]

    def arn(self, region: str, name: str) -> str | None:
        """The ARN of a region's table; None if it has none of this name."""
        return self._find(region, name).table_arn if self.exists(region, name) else None

    def tags(self, region: str, name: str) -> dict[str, str]:
        """A table's tags."""
        return {tag["Key"]: tag["Value"] for tag in self._find(region, name).tags}

    def set_tags(self, region: str, name: str, tags: Mapping[str, str]) -> None:
        """Give a table these tags, and no others."""
        tagged = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._find(region, name).tags = tagged

    def time_to_live(self, region: str, name: str) -> str | None:
        """The attribute by which items expire; None if they do not."""
        return self._find(region, name).ttl.get("AttributeName")

    def set_time_to_live(self, region: str, name: str, attribute: str | None) -> None:
        """Set the attribute by which items expire; None: they do not."""
        status = "DISABLED" if attribute is None else "ENABLED"
        also = {} if attribute is None else {"AttributeName": attribute}
        self._find(region, name).ttl = {"TimeToLiveStatus": status, **also}

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
            is_empty=not table.store.count,
            protected=bool(table.deletion_protection_enabled),
            read_units=int(table.throughput["ReadCapacityUnits"]),
            write_units=int(table.throughput["WriteCapacityUnits"]),
            has_local_indexes=bool(table.indexes),
            has_time_to_live=table.ttl["TimeToLiveStatus"] == "ENABLED",
        )

    def out_of_service(self, region: str, name: str) -> bool:
        """Whether a region's table is there and takes neither reads nor writes."""
        return (region, name) in self._out_of_service

    def describe(self, region: str, name: str) -> dict[str, Any]:
        """A table as DescribeTable shows it, ready for JSON."""
        table = self._find(region, name)
        described: dict[str, Any] = table.describe()["TableDescription"]
        for times in (described, described.get("BillingModeSummary", {})):
            for name, value in times.items():
                if isinstance(value, datetime):  # of moto's, in UTC
                    times[name] = value.replace(tzinfo=timezone.utc).timestamp()
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
        self._out_of_service.pop((region, name)).close_stream()

    def close_stream(self, region: str, name: str) -> None:
        """Let no more changes go to a table's stream: the table is about to be deleted."""
        self._table(region, name).close_stream()

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


def _opened(table: SandboxTable) -> Table:
    return Table(table.region_name, table.name, schema_of(table), table.store, table.stream)
