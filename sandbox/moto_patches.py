"""What the sandbox changes in moto, which keeps what a table is, but not the items that it holds.

`install` puts these changes into moto, and empties it; nothing happens by importing this file.
They are for moto 5.2.5.
"""

import uuid
from datetime import datetime
from typing import Any, cast

from moto.core.base_backend import BackendDict
from moto.core.common_models import BaseModel
from moto.core.utils import utcnow
from moto.dynamodb import models
from moto.dynamodb.models.table import Table

from sandbox.items.keys import Attribute, Index, Schema, is_in
from sandbox.items.sizes import item_size
from sandbox.items.store import Store
from sandbox.items.streams import Stream, Streams


def install(streams: Streams) -> None:
    """Change moto, and begin with nothing, whatever an earlier sandbox of this process has left.

    moto keeps its state in the process, so there is one sandbox a process. `streams` takes the
    streams of the tables that moto makes.
    """
    BackendDict.reset()
    # A class of its own for each sandbox, because moto asks isinstance(table, models.Table).
    cast(Any, models).Table = type("Table", (SandboxTable,), {"streams": streams})
    # moto keeps every object that it has ever made in a list, for pages that are not served here.
    cast(Any, BaseModel).__new__ = lambda cls, *_, **__: object.__new__(cls)


class SandboxTable(Table):
    """moto's table, with a store for its items and a stream that can still be read when closed."""

    streams: Streams
    stream: Stream | None = None
    on_demand_since: datetime | None = None
    """When the table was switched to on-demand for the last time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.on_demand_since is not None:
            self.on_demand_since = self.created_at
        self.table_id = str(uuid.uuid4())
        self.store = Store(schema_of(self).keys)

    @property
    def billing_mode(self) -> str:
        """PROVISIONED or PAY_PER_REQUEST."""
        return self._billing_mode

    @billing_mode.setter
    def billing_mode(self, mode: str) -> None:
        if mode == "PAY_PER_REQUEST" and getattr(self, "_billing_mode", "") != mode:
            self.on_demand_since = utcnow()
        self._billing_mode = mode

    def set_stream_specification(self, streams: dict[str, Any] | None) -> None:
        super().set_stream_specification(streams)
        self.close_stream()
        if not (self.stream_specification or {}).get("StreamEnabled"):
            self.latest_stream_label = None
            return
        label = str(self.latest_stream_label)
        view = (self.stream_specification or {})["StreamViewType"]
        self.stream = Stream(self.table_arn, label, view, schema_of(self))
        self.streams.add(self.stream)

    def close_stream(self) -> None:
        """Let no more changes go to the stream, if there is one."""
        if self.stream is not None:
            self.streams.close(self.stream)
            self.stream = None

    def describe(self, base_key: str = "TableDescription") -> dict[str, Any]:
        described = super().describe(base_key)
        table = described[base_key]
        schema = schema_of(self)
        keys = [schema.keys, *(index.keys for index in schema.indexes)]
        used = {attribute.name for each in keys for attribute in each}
        table["AttributeDefinitions"] = [
            each for each in table["AttributeDefinitions"] if each["AttributeName"] in used
        ]
        if self.on_demand_since is None:
            del table["BillingModeSummary"]
        else:
            since = self.on_demand_since
            table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = since
        table["TableId"] = self.table_id
        table["TableSizeBytes"] = self.store.size
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            indexes = table.pop(kind)
            if indexes:
                table[kind] = [self._describe_index(each) for each in indexes]
        return described

    def _describe_index(self, described: dict[str, Any]) -> dict[str, Any]:
        name = described["IndexName"]
        index = schema_of(self).index(name)
        items = [record.item() for record in self.store.scan()]
        held = [index.visible(item) for item in items if is_in(index, item)]
        return {
            **described,
            "IndexArn": f"{self.table_arn}/index/{name}",
            "ItemCount": len(held),
            "IndexSizeBytes": sum(map(item_size, held)),
        }

    def __len__(self) -> int:
        return self.store.count


def schema_of(table: Table) -> Schema:
    """The keys and indexes of a table."""
    types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}

    def keys(schema: list[dict[str, str]]) -> tuple[Attribute, ...]:
        return tuple(Attribute(key["AttributeName"], types[key["AttributeName"]]) for key in schema)

    own = keys(table.schema)
    indexes = []
    for index in table.all_indexes():
        its = keys(index.schema)
        projected = None
        if index.projection["ProjectionType"] != "ALL":
            names = {attribute.name for attribute in (*own, *its)}
            projected = names | set(index.projection.get("NonKeyAttributes", []))
        indexes.append(Index(index.name, its, index in table.global_indexes, projected))
    return Schema(own, tuple(indexes))
