"""The tables themselves: the one file that touches moto.

moto answers DynamoDB's calls, one set of tables a region, in memory. This file adds what
replication needs of it, and mends what differs from AWS where the workshop would show it:

- Every write is noticed, by whatever call it comes, and what a refused call has written is undone.
- An item, once written, is never changed: moto changes it in place, so an update works on a copy.
- Numbers are stored as DynamoDB writes them ("000" is "0"), sets in order.
- A stream keeps its latest records only, and stamps them with its own region.
- A query looks at its own partition, not through the whole table.

moto's parts keep their state in the process, so there is one sandbox a process.
"""

import copy
import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any, cast

from botocore import xform_name
from botocore.loaders import Loader
from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import ShardIterator, dynamodbstreams_backends
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from sandbox.api import ApiError, invalid
from sandbox.numbers import number
from sandbox.scaling import Scaling

ACCOUNT = DEFAULT_ACCOUNT_ID

STREAM_RECORDS = 10_000
"""How many records a stream keeps. AWS keeps them for 24 hours."""

SHARD_ITERATORS = 1_000
"""How many shard iterators a region keeps; moto leaves one behind with every GetRecords."""

NOT_SERVED = (
    "BatchExecuteStatement",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "ImportTable",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
)
"""PartiQL, which moto answers wrongly, and what makes tables or files in other ways than AWS."""

ItemKey = tuple[DynamoType, DynamoType | None]
"""A primary key: the partition key's value and the sort key's."""

_before: dict[tuple[str, str, ItemKey], Item | None] = {}
"""What the call under way has written so far, by region, table and key: the items as they were."""


@dataclass(frozen=True)
class Change:
    """What a client's call has changed in a table."""

    region: str
    table: str
    key: ItemKey
    after: Item | None
    units: int
    """The write units it costs, one for every 1 KB begun of the larger of old and new item."""


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


class Stream(StreamShard):
    """A table's stream. Records are written out when they are read: items never change."""

    def add(self, old: Item | None, new: Item | None) -> None:
        """moto tells of a write: note how the item was. `record` follows once the call is done."""
        item = old or new
        assert item is not None
        where = (self.table.region_name, self.table.name, (item.hash_key, item.range_key))
        _before.setdefault(where, old)

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

    def set_stream_specification(self, streams: dict[str, Any] | None) -> None:
        super().set_stream_specification(streams)
        self.stream_shard = Stream(self.account_id, self)
        if not self.has_stream:
            self.latest_stream_label = None

    @property
    def has_stream(self) -> bool:
        """Whether records are kept. moto tells `Stream` of every write in any case."""
        return bool((self.stream_specification or {}).get("StreamEnabled"))

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

    def query(self, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> Any:
        index = kwargs.get("index_name") or (len(args) > 6 and args[6])
        if index or hash_key is None:
            return super().query(hash_key, *args, **kwargs)
        partition = copy.copy(self)
        partition.items = defaultdict(dict)
        if hash_key in self.items:
            partition.items[hash_key] = self.items[hash_key]
        return Table.query(partition, hash_key, *args, **kwargs)

    def all_items(self) -> list[Item]:
        def order(item: Item) -> tuple[Any, ...]:
            return tuple(key.cast_value for key in (item.hash_key, item.range_key) if key)

        return sorted(self.every_item(), key=order)

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
        """Let the item be this, or not be (None), without a word to the stream."""
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

    def update_item(self, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        for value in (kwargs.get("expression_attribute_values") or {}).values():
            if "N" in value:
                value["N"] = number(value["N"])  # moto adds no numbers written as 1E2
        if not kwargs.get("update_expression"):
            kwargs["attribute_updates"] = kwargs.get("attribute_updates") or {}
        table = self.get_table(table_name)
        hash_key, range_key = self.get_keys_value(table, key)
        before = table.get_item(hash_key, range_key)
        if before is not None:
            where = (self.region_name, table.name, (hash_key, range_key))
            _before.setdefault(where, before)
            cast(SandboxTable, table).store((hash_key, range_key), copy.deepcopy(before))
        item = super().update_item(table_name, key, *args, **kwargs)
        normalise(item)
        return item


models.Table = SandboxTable  # type: ignore[attr-defined]
dynamodb_backends.backend = SandboxBackend

# moto keeps a list of all objects that it has ever made; these are made by every call.
for model in (Item, StreamRecord, ShardIterator):
    model.instances_tracked = deque(maxlen=0)  # type: ignore[union-attr]


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


class MotoTables:
    """All regions' tables. Callers hold the schedule's lock."""

    def __init__(self) -> None:
        """Begin with nothing, whatever an earlier sandbox of this process has left."""
        BackendDict.reset()
        self._app = DomainDispatcherApplication(create_backend_app)
        self._out_of_service: dict[tuple[str, str], SandboxTable] = {}
        self._operations = {
            service: set(Loader().load_service_model(service, "service-2")["operations"])
            for service in ("dynamodb", "dynamodbstreams")
        }

    def check_region(self, region: str) -> None:
        """Refuse a region that AWS does not have."""
        if region not in dynamodb_backends[ACCOUNT]:
            raise invalid(f"There is no AWS region {region}.")

    def knows(self, operation: str, streams: bool = False) -> bool:
        """Whether moto answers an operation of DynamoDB, or of its streams."""
        handler, service = (
            (DynamoDBStreamsHandler, "dynamodbstreams") if streams else (DynamoHandler, "dynamodb")
        )
        if operation in NOT_SERVED or operation not in self._operations[service]:
            return False
        return hasattr(handler, xform_name(operation))

    def call(
        self, environ: dict[str, Any], body: bytes
    ) -> tuple[str, list[tuple[str, str]], bytes, list[Change]]:
        """Let moto answer a client's call: status line, headers, body, and what was written.

        A call that fails has written nothing.
        """
        _before.clear()
        environ = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            answer, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        except BaseException:
            self._undo()
            raise
        if not status.startswith("2"):
            self._undo()
        changes = []
        for (region, name, key), before in _before.items():
            after = self._table(region, name).get_item(*key)
            if not _same(before, after):
                self._record(region, name, before, after)
                size = max(item.size() for item in (before, after) if item is not None)
                changes.append(Change(region, name, key, after, -(-size // 1024)))
        return status, headers.to_wsgi_list(), b"".join(answer), changes

    def check_iterator(self, region: str, request: dict[str, Any]) -> None:
        """Refuse a GetRecords with an iterator that is no longer kept, and drop the oldest ones.

        moto keeps them all; AWS's expire after 15 minutes.
        """
        iterators = dynamodbstreams_backends[ACCOUNT][region].shard_iterators
        while len(iterators) > SHARD_ITERATORS:
            del iterators[next(iter(iterators))]
        if request.get("ShardIterator") not in iterators:
            raise ApiError("ExpiredIteratorException", "The shard iterator has expired.")

    def replicate(self, region: str, table: str, key: object, item: object | None) -> None:
        """Store a replicated item, or delete it (None), and put the change on the stream."""
        item_key, after = cast(ItemKey, key), cast("Item | None", item)
        stored = self._table(region, table)
        before = stored.get_item(*item_key)
        stored.store(item_key, after)
        if not _same(before, after):
            self._record(region, table, before, after)

    def copy(self, table: str, source: str, destination: str) -> None:
        """Fill the destination's table with all items of the source's."""
        stored = self._table(destination, table)
        for item in self._table(source, table).every_item():
            stored.store((item.hash_key, item.range_key), item)

    def check_batch(self, region: str, request: dict[str, Any]) -> None:
        """Refuse a BatchWriteItem that AWS refuses and moto does not.

        Source: API reference, BatchWriteItem: 25 requests at the most, and no item twice.
        """
        requests = request.get("RequestItems", {})
        if not 1 <= sum(map(len, requests.values())) <= 25:
            raise invalid(
                "1 validation error detected: Value at 'requestItems' failed to satisfy "
                "constraint: Map value must satisfy constraint: [Member must have length less than "
                "or equal to 25, Member must have length greater than or equal to 1]"
            )
        for name, writes in requests.items():
            table = self._find(region, name)
            if table is None:
                continue
            items = [
                attributes
                for write in writes
                for request in write.values()
                for attributes in request.values()
            ]
            names = table.table_key_attrs
            if not all(name in item for name in names for item in items):
                raise invalid("The provided key element does not match the schema")
            keys = {json.dumps([_key_value(item[name]) for name in names]) for item in items}
            if len(keys) < len(items):
                raise invalid("Provided list of item keys contains duplicates")

    def facts(self, region: str, name: str) -> TableFacts | None:
        """What stands in a region under a name, in service or not; None if nothing does."""
        table = self._find(region, name)
        if table is None:
            return None
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

    def in_service(self, region: str, name: str) -> bool:
        """Whether a region's table takes reads and writes."""
        return name in self._backend(region).tables

    def describe(self, region: str, name: str) -> dict[str, Any]:
        """A table as DescribeTable shows it, ready for JSON."""
        table = self._find(region, name)
        assert table is not None
        described: dict[str, Any] = table.describe()["TableDescription"]
        described["CreationDateTime"] = described["CreationDateTime"].timestamp()
        return described

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

    def scaling(self, region: str, name: str) -> list[Scaling]:
        """The auto scaling of a table: what has both a target and a policy."""
        from moto.applicationautoscaling.models import applicationautoscaling_backends

        backend = applicationautoscaling_backends[ACCOUNT][region]
        resource = f"table/{name}"
        targets = {
            target.scalable_dimension: target
            for target in backend.describe_scalable_targets("dynamodb", [resource], None)
        }
        return [
            Scaling(
                policy.scalable_dimension,
                int(targets[policy.scalable_dimension].min_capacity or 0),
                int(targets[policy.scalable_dimension].max_capacity or 0),
                policy.policy_name,
                policy.target_tracking_scaling_policy_configuration or {},
            )
            for policy in backend.policies.values()
            if policy.resource_id == resource and policy.scalable_dimension in targets
        ]

    def scale(self, region: str, name: str, scaling: Scaling) -> None:
        """Register a target and its policy with Application Auto Scaling."""
        from moto.applicationautoscaling.models import applicationautoscaling_backends

        backend = applicationautoscaling_backends[ACCOUNT][region]
        resource = f"table/{name}"
        backend.register_scalable_target(
            "dynamodb",
            resource,
            scaling.dimension,
            scaling.minimum,
            scaling.maximum,
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/dynamodb.application-autoscaling."
            "amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
            cast(str, None),
        )
        backend.put_scaling_policy(
            scaling.policy,
            "dynamodb",
            resource,
            scaling.dimension,
            scaling.tracking,
            "TargetTrackingScaling",
        )

    def publish(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Give CloudWatch metric data, in the form that PutMetricData takes."""
        from moto.cloudwatch.models import cloudwatch_backends

        cloudwatch_backends[ACCOUNT][region].put_metric_data(namespace, data)

    def _backend(self, region: str) -> DynamoDBBackend:
        self.check_region(region)
        return dynamodb_backends[ACCOUNT][region]

    def _table(self, region: str, name: str) -> SandboxTable:
        return cast(SandboxTable, self._backend(region).tables[name])

    def _find(self, region: str, name: str) -> SandboxTable | None:
        if (region, name) in self._out_of_service:
            return self._out_of_service[region, name]
        return cast("SandboxTable | None", self._backend(region).tables.get(name))

    def _record(self, region: str, name: str, before: Item | None, after: Item | None) -> None:
        table = self._table(region, name)
        if table.has_stream:
            cast(Stream, table.stream_shard).record(before, after)

    def _undo(self) -> None:
        for (region, name, key), before in _before.items():
            self._table(region, name).store(key, before)
        _before.clear()


def _key_value(value: dict[str, str]) -> dict[str, str]:
    """A key attribute's value; 7 and 007 are one."""
    return {"N": number(value["N"])} if "N" in value else value


def _same(one: Item | None, other: Item | None) -> bool:
    """Whether a write has changed nothing."""
    if one is None or other is None:
        return one is other
    return bool(one.to_json() == other.to_json())
