"""Query and Scan, answered without moto.

moto 5.2.5 orders binary keys by their Base64, and ends pages at other places than AWS. Source: API
reference, Query and Scan.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.dynamo_type import Item as Stored

from sandbox.api import Ask, Json, invalid
from sandbox.expressions.conditions import holds
from sandbox.expressions.key_conditions import KeySchema, check_filter, check_key_conditions
from sandbox.expressions.nodes import Constant
from sandbox.expressions.paths import project
from sandbox.expressions.request import Expressions, read_expressions
from sandbox.expressions.values import Item, checked_item, comparable, type_of
from sandbox.moto_patches import SandboxTable
from sandbox.moto_tables import MotoTables, plain

PAGE = 1024 * 1024
"""Bytes of the items that one call looks at."""

SELECTIONS = ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")


@dataclass(frozen=True)
class Source:
    """What is searched: a table or one of its indexes."""

    table: SandboxTable
    index: str | None
    is_global: bool
    schema: KeySchema
    """The keys of the table or index."""
    attributes: frozenset[str] | None
    """Those that an index holds; None: all."""

    @property
    def order(self) -> list[str]:
        """The attributes by which the items are in order, and which a page ends with."""
        own = [name for name, _ in self.schema]
        return own + [name for name in self.table.table_key_attrs if name not in own]

    def position(self, item: Stored) -> tuple[Any, ...]:
        """Where an item is in the order."""
        return tuple(comparable({v.type: v.value}) for v in map(item.attrs.__getitem__, self.order))

    def items(self, partition_key: DynamoType | None) -> Iterator[Stored]:
        """The items, or those of one partition, in no order."""
        if self.index is None and partition_key is not None:
            yield from self.table.partition(partition_key)
            return
        for item in self.table.every_item():
            keys = [item.attrs.get(name) for name, _ in self.schema]
            types = [key.type if key is not None else None for key in keys]
            if types != [kind for _, kind in self.schema]:
                continue
            if partition_key is None or keys[0] == partition_key:
                yield item

    def visible(self, item: Stored) -> Item:
        """An item as the table or index shows it."""
        attributes = plain(item)
        if self.attributes is None:
            return attributes
        return {name: attributes[name] for name in attributes if name in self.attributes}


class Searches:
    """Queries and scans. Callers hold the schedule's lock."""

    def __init__(self, tables: MotoTables) -> None:
        self._tables = tables

    def answers(self) -> dict[str, Ask]:
        """The operations that are answered here."""
        return {"Query": self._query, "Scan": self._scan}

    def _query(self, region: str, operation: str, request: Json) -> Json:
        parameters = ("KeyConditions", "KeyConditionExpression")
        if all(request.get(parameter) is None for parameter in parameters):
            raise invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
                "the request."
            )
        expressions = read_expressions(operation, request)
        source = self._source(region, request)
        conditions = expressions.key_conditions
        check_key_conditions(conditions, source.schema)
        if expressions.condition is not None:
            parameter = "QueryFilter" if request.get("QueryFilter") else "Filter Expression"
            check_filter(expressions.condition, source.schema, parameter)
        partition, *sort = [conditions[name] for name, _ in source.schema if name in conditions]
        wanted = partition.operands[1]
        assert isinstance(wanted, Constant)
        found = source.items(DynamoType(wanted.value))
        if sort:
            found = (item for item in found if holds(sort[0], plain(item)))
        start = _start(source, request)
        if start is not None and not holds(partition, start):
            raise invalid(
                "The provided starting key is outside query boundaries based on provided conditions"
            )
        if start is not None and sort and not holds(sort[0], start):
            raise invalid("The provided starting key does not match the range key predicate")
        return _answer(source, found, start, expressions, request)

    def _scan(self, region: str, operation: str, request: Json) -> Json:
        segments = _segments(request)
        expressions = read_expressions(operation, request)
        source = self._source(region, request)
        found = source.items(None)
        if segments is not None:
            found = (item for item in found if item.is_within_segment(segments))
        return _answer(source, found, _start(source, request), expressions, request)

    def _source(self, region: str, request: Json) -> Source:
        table = self._tables.in_service(region, str(request.get("TableName")))
        types = {entry["AttributeName"]: entry["AttributeType"] for entry in table.attr}
        name = request.get("IndexName")
        if name is None:
            return Source(table, None, False, list(table.key_types().items()), None)
        index = next((index for index in table.all_indexes() if index.name == name), None)
        if index is None:
            raise invalid(f"The table does not have the specified index: {name}")
        is_global = index in table.global_indexes
        if is_global and request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        schema = [(key["AttributeName"], types[key["AttributeName"]]) for key in index.schema]
        kind = index.projection.get("ProjectionType", "ALL")
        held = None
        if kind != "ALL" and not (request.get("Select") == "ALL_ATTRIBUTES" and not is_global):
            included = index.projection.get("NonKeyAttributes", []) if kind == "INCLUDE" else []
            held = frozenset([*table.table_key_attrs, *(key for key, _ in schema), *included])
        return Source(table, name, is_global, schema, held)


def _answer(
    source: Source,
    found: Iterable[Stored],
    start: Item | None,
    expressions: Expressions,
    request: Json,
) -> Json:
    """One page of what is found."""
    select = _selection(source, expressions, request)
    limit = request.get("Limit")
    if limit is not None and limit < 1:
        raise invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
            "constraint: Member must have value greater than or equal to 1"
        )
    backward = request.get("ScanIndexForward") is False
    ordered = sorted(((source.position(item), item) for item in found), key=lambda row: row[0])
    if backward:
        ordered.reverse()
    if start is not None:
        after = tuple(comparable(start[name]) for name in source.order)
        ordered = [row for row in ordered if (row[0] < after if backward else row[0] > after)]
    chosen: list[Item] = []
    scanned, size, last = 0, 0, None
    for _, item in ordered:
        size += item.size()
        if last is not None and size > PAGE:
            size -= item.size()
            break
        scanned, last = scanned + 1, item
        attributes = source.visible(item)
        if holds(expressions.condition, attributes):
            paths = expressions.projection
            chosen.append(attributes if paths is None else project(paths, attributes))
        if scanned == limit:
            break
    answer: Json = {"Count": len(chosen), "ScannedCount": scanned}
    if select != "COUNT":
        answer["Items"] = chosen
    if last is not None and (scanned < len(ordered) or scanned == limit):
        answer["LastEvaluatedKey"] = {name: plain(last)[name] for name in source.order}
    return {**answer, **_capacity(source, size, request)}


def _start(source: Source, request: Json) -> Item | None:
    """The key after which a page begins."""
    if request.get("ExclusiveStartKey") is None:
        return None
    key = checked_item(request["ExclusiveStartKey"])
    types = {**source.table.key_types(), **dict(source.schema)}
    if set(key) != set(types):
        raise invalid("The provided starting key is invalid")
    if any(type_of(key[name]) != kind for name, kind in types.items()):
        raise invalid(
            "The provided starting key is invalid: "
            "The provided key element does not match the schema"
        )
    return key


def _segments(request: Json) -> tuple[int, int] | None:
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is None and total is None:
        return None
    if total is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"
        )
    for name, value, least in (("totalSegments", total, 1), ("segment", segment, 0)):
        if value < least:
            raise invalid(
                f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy "
                f"constraint: Member must have value greater than or equal to {least}"
            )
    if segment >= total:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    return segment, total


def _selection(source: Source, expressions: Expressions, request: Json) -> str | None:
    """What Select asks for, or a refusal if it does not fit the rest of the request."""
    select: str | None = request.get("Select")
    if select is None:
        return None
    if select not in SELECTIONS:
        raise invalid(
            f"1 validation error detected: Value '{select}' at 'select' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(SELECTIONS)}]"
        )
    parameter = "AttributesToGet" if "AttributesToGet" in request else "ProjectionExpression"
    if select == "SPECIFIC_ATTRIBUTES" and expressions.projection is None:
        raise invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES"
        )
    if select != "SPECIFIC_ATTRIBUTES" and expressions.projection is not None:
        what = "only the Count" if select == "COUNT" else select
        raise invalid(f"Cannot specify the {parameter} when choosing to get {what}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and source.index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if select == "ALL_ATTRIBUTES" and source.is_global and source.attributes is not None:
        raise invalid(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
            f"supported for global secondary index {source.index} because its projection type is "
            "not ALL"
        )
    return select


def _capacity(source: Source, size: int, request: Json) -> Json:
    """ConsumedCapacity, if it is asked for: a unit for each 4 KB begun, or half of one."""
    asked = request.get("ReturnConsumedCapacity", "NONE")
    if asked == "NONE":
        return {}
    units = max(1, -(-size // 4096)) * (1.0 if request.get("ConsistentRead") else 0.5)
    consumed: Json = {"TableName": source.table.name, "CapacityUnits": units}
    if asked == "INDEXES":
        used = {"CapacityUnits": units}
        consumed["Table"] = used if source.index is None else {"CapacityUnits": 0.0}
        if source.index is not None:
            scope = "Global" if source.is_global else "Local"
            consumed[f"{scope}SecondaryIndexes"] = {source.index: used}
    return {"ConsumedCapacity": consumed}
