"""GetItem and BatchGetItem."""

from typing import NamedTuple

from sandbox.api import Call, Handler, Json, invalid
from sandbox.expressions.paths import project
from sandbox.expressions.request import Expressions, read_expressions
from sandbox.expressions.values import Item, checked_item
from sandbox.items.keys import Key
from sandbox.items.sizes import read_units
from sandbox.items.table import Table, Tables
from sandbox.items.units import consumed

MAX_KEYS = 100
MAX_ANSWER = 16 * 1024 * 1024
"""In bytes, of the items in an answer to BatchGetItem."""


class Batch(NamedTuple):
    """What is to be read of one table."""

    name: str
    """As the request has it: the table's name or ARN."""
    table: Table
    keys: list[Key]
    expressions: Expressions


class Reads:
    """Reads of items by their keys. Callers hold the schedule's lock."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def calls(self) -> dict[str, Handler]:
        """The operations that are answered here."""
        return {"GetItem": self._get_item, "BatchGetItem": self._batch_get_item}

    def _get_item(self, call: Call) -> Json:
        request = call.request
        expressions = read_expressions("GetItem", request)
        given = checked_item(request["Key"])
        table = self._tables.open(call.region, request["TableName"])
        item, size = read(table, table.schema.key(given), expressions)
        units = read_units(size, bool(request.get("ConsistentRead")))
        return {
            **({} if item is None else {"Item": item}),
            **consumed(request, {table.name: units}),
        }

    def _batch_get_item(self, call: Call) -> Json:
        requests = call.request["RequestItems"]
        if sum(len(request["Keys"]) for request in requests.values()) > MAX_KEYS:
            raise invalid("Too many items requested for the BatchGetItem call")
        asked = {name: _read_keys(request) for name, request in requests.items()}
        batches = [self._batch(call.region, name, *each) for name, each in asked.items()]
        responses: dict[str, list[Item]] = {}
        unprocessed: Json = {}
        units: dict[str, float] = {}
        left = MAX_ANSWER
        for name, table, keys, expressions in batches:
            request = requests[name]
            responses[name] = []
            for given, key in zip(request["Keys"], keys, strict=True):
                item, size = read(table, key, expressions)
                if size > left:
                    unprocessed.setdefault(name, {**request, "Keys": []})["Keys"].append(given)
                    continue
                left -= size
                cost = read_units(size, bool(request.get("ConsistentRead")))
                units[table.name] = units.get(table.name, 0) + cost
                responses[name] += [] if item is None else [item]
        return {
            "Responses": responses,
            "UnprocessedKeys": unprocessed,
            **consumed(call.request, units, many=True),
        }

    def _batch(self, region: str, name: str, given: list[Item], expressions: Expressions) -> Batch:
        table = self._tables.open(region, name)
        keys = [table.schema.key(item) for item in given]
        if len(set(keys)) < len(keys):
            raise invalid("Provided list of item keys contains duplicates")
        return Batch(name, table, keys, expressions)


def _read_keys(request: Json) -> tuple[list[Item], Expressions]:
    expressions = read_expressions("GetItem", request)
    return [checked_item(key) for key in request["Keys"]], expressions


def read(table: Table, key: Key, expressions: Expressions) -> tuple[Item | None, int]:
    """What a read shows of the item with this key, and the item's size; None if there is none."""
    record = table.store.find(key)
    if record is None:
        return None, 0
    paths, item = expressions.projection, record.item()
    return (item if paths is None else project(paths, item)), record.size
