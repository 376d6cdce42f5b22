"""GetItem and BatchGetItem."""

from sandbox.api import Call, Handler, Json, invalid
from sandbox.expressions.paths import project
from sandbox.expressions.request import Expressions, read_expressions
from sandbox.expressions.values import Item
from sandbox.items.keys import Key
from sandbox.items.sizes import read_units
from sandbox.items.table import Table, Tables
from sandbox.items.units import consumed

MAX_KEYS = 100
MAX_ANSWER = 16 * 1024 * 1024
"""In bytes, of the items in an answer to BatchGetItem."""


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
        table = self._tables.open(call.region, request["TableName"])
        item, size = read(table, table.schema.key(request["Key"]), expressions)
        units = read_units(size, bool(request.get("ConsistentRead")))
        return {
            **({} if item is None else {"Item": item}),
            **consumed(request, {table.name: units}),
        }

    def _batch_get_item(self, call: Call) -> Json:
        wanted = [
            (name, keys, read_expressions("GetItem", keys))
            for name, keys in call.request["RequestItems"].items()
        ]
        if sum(len(keys["Keys"]) for _, keys, _ in wanted) > MAX_KEYS:
            raise invalid("Too many items requested for the BatchGetItem call")
        batches = []
        for name, keys, expressions in wanted:
            table = self._tables.open(call.region, name)
            batches.append(
                (name, keys, expressions, table, [table.schema.key(key) for key in keys["Keys"]])
            )
            if len(set(batches[-1][-1])) < len(keys["Keys"]):
                raise invalid("Provided list of item keys contains duplicates")
        responses: dict[str, list[Item]] = {}
        unprocessed: Json = {}
        units: dict[str, float] = {}
        left = MAX_ANSWER
        for name, keys, expressions, table, primary_keys in batches:
            responses[name] = []
            for given, key in zip(keys["Keys"], primary_keys, strict=True):
                item, size = read(table, key, expressions)
                if size > left:
                    unprocessed.setdefault(name, {**keys, "Keys": []})["Keys"].append(given)
                    continue
                left -= size
                cost = read_units(size, bool(keys.get("ConsistentRead")))
                units[table.name] = units.get(table.name, 0) + cost
                responses[name] += [] if item is None else [item]
        return {
            "Responses": responses,
            "UnprocessedKeys": unprocessed,
            **consumed(call.request, units, many=True),
        }


def read(table: Table, key: Key, expressions: Expressions) -> tuple[Item | None, int]:
    """What a read shows of the item with this key, and the item's size; None if there is none."""
    record = table.store.find(key)
    if record is None:
        return None, 0
    paths, item = expressions.projection, record.item()
    return (item if paths is None else project(paths, item)), record.size
