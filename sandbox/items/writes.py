"""PutItem, UpdateItem, DeleteItem and BatchWriteItem.

A call is planned to its end before anything is stored, so a refused call has written nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from sandbox.api import ApiError, Call, Handler, Json, invalid
from sandbox.expressions.conditions import holds
from sandbox.expressions.paths import project
from sandbox.expressions.request import Expressions, read_expressions
from sandbox.expressions.updates import updated
from sandbox.expressions.values import Item, checked_item
from sandbox.items.keys import Key
from sandbox.items.sizes import write_units
from sandbox.items.store import Record, record_of
from sandbox.items.table import Change, Table, Tables
from sandbox.items.units import consumed

MAX_WRITES = 25
"""In a call of BatchWriteItem."""

ON_FAILURE = "ReturnValuesOnConditionCheckFailure"


class Write(NamedTuple):
    """A write that is asked for."""

    table: Table
    key: Key
    item: Item
    """The item of a PutItem; the key attributes of another write."""
    operation: str
    """PutItem, UpdateItem, DeleteItem; ConditionCheck writes nothing."""
    expressions: Expressions
    show_on_failure: bool
    """Whether the refusal shows the item, if the condition does not hold."""


class Plan(NamedTuple):
    """What a write would do."""

    write: Write
    before: Record | None
    after: Record | None

    @property
    def units(self) -> int:
        """The write units it costs."""
        return write_units(max(each.size if each else 0 for each in (self.before, self.after)))


class Writes:
    """Writes of items. Callers hold the schedule's lock."""

    def __init__(self, tables: Tables, written: Callable[[Change], None]) -> None:
        """`written` is called with every change that clients make."""
        self._tables = tables
        self._written = written

    def calls(self) -> dict[str, Handler]:
        """The operations that are answered here."""
        return {
            "PutItem": self._write_item,
            "UpdateItem": self._write_item,
            "DeleteItem": self._write_item,
            "BatchWriteItem": self._batch_write_item,
        }

    def read(self, region: str, operation: str, request: Json) -> Write:
        """The write that a request, or an element of a transaction, asks for."""
        like = "DeleteItem" if operation == "ConditionCheck" else operation
        expressions = read_expressions(like, request)
        given = checked_item(request["Item" if operation == "PutItem" else "Key"])
        table = self._tables.open(region, request["TableName"])
        if operation == "PutItem":
            table.schema.check_item(given)
            key = table.schema.key_of(given)
        else:
            key = table.schema.key(given)
        table.schema.check_update(action.path for action in expressions.actions)
        shown = request.get(ON_FAILURE) == "ALL_OLD"
        return Write(table, key, given, operation, expressions, shown)

    def plan(self, write: Write) -> Plan:
        """What a write would do; a refusal if its condition does not hold."""
        before = write.table.store.find(write.key)
        stored = before.item() if before else None
        if not holds(write.expressions.condition, stored):
            raise ApiError(
                "ConditionalCheckFailedException",
                "The conditional request failed",
                details={"Item": stored} if write.show_on_failure and stored else {},
            )
        item: Item | None = None
        if write.operation == "PutItem":
            item = write.item
        elif write.operation == "UpdateItem":
            item = updated(write.expressions.actions, write.item, stored)
        elif write.operation == "ConditionCheck":
            return Plan(write, before, before)
        if item is None:
            return Plan(write, before, None)
        if write.operation == "UpdateItem":
            write.table.schema.check_item(item, "Item size to update has exceeded")
        return Plan(write, before, record_of(write.table.schema, item))

    def carry_out(self, plan: Plan) -> None:
        """Store what a write leaves."""
        table, key = plan.write.table, plan.write.key
        if table.write(key, plan.after):
            self._written(Change(table.region, table.name, key, plan.after, plan.units))

    def _write_item(self, call: Call) -> Json:
        wanted = call.request.get("ReturnValues", "NONE")
        if call.operation != "UpdateItem" and wanted not in ("ALL_OLD", "NONE"):
            raise invalid("ReturnValues can only be ALL_OLD or NONE")
        plan = self.plan(self.read(call.region, call.operation, call.request))
        self.carry_out(plan)
        shown = _shown(plan, wanted)
        units = {plan.write.table.name: plan.units}
        return {**({"Attributes": shown} if shown else {}), **consumed(call.request, units)}

    def _batch_write_item(self, call: Call) -> Json:
        requests = call.request["RequestItems"]
        if sum(map(len, requests.values())) > MAX_WRITES:
            raise invalid("Too many items requested for the BatchWriteItem call")
        writes = [
            self._read_batched(call.region, name, request)
            for name, table_requests in requests.items()
            for request in table_requests
        ]
        places = {(write.table.name, write.key) for write in writes}
        if len(places) < len(writes):
            raise invalid("Provided list of item keys contains duplicates")
        units: dict[str, float] = {}
        for write in writes:
            plan = self.plan(write)
            self.carry_out(plan)
            units[write.table.name] = units.get(write.table.name, 0) + plan.units
        return {"UnprocessedItems": {}, **consumed(call.request, units, many=True)}

    def _read_batched(self, region: str, table: str, request: Json) -> Write:
        if len(request) != 1:
            raise invalid(
                "Supplied AttributeValue has more than one datatypes set, "
                "must contain exactly one of the supported datatypes"
            )
        [(kind, wanted)] = request.items()
        if kind == "DeleteRequest":
            return self.read(region, "DeleteItem", {"TableName": table, **wanted})
        item = checked_item(wanted["Item"])
        schema = self._tables.open(region, table).schema
        schema.key({name: item[name] for name, _ in schema.keys if name in item})
        return self.read(region, "PutItem", {"TableName": table, **wanted})


def _shown(plan: Plan, wanted: str) -> Item | None:
    """What ReturnValues shows of the item before or after a write."""
    if wanted == "NONE":
        return None
    record = plan.before if wanted.endswith("OLD") else plan.after
    if record is None or not wanted.startswith("UPDATED"):
        return record.item() if record else None
    return project([action.path for action in plan.write.expressions.actions], record.item())
