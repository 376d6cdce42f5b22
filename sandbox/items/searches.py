"""Query and Scan.

Source: API reference, Query and Scan; Developer Guide, "Querying tables" and "Scanning tables".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.api import Call, Handler, Json, invalid
from sandbox.expressions.conditions import holds
from sandbox.expressions.key_conditions import check_filter, check_key_conditions
from sandbox.expressions.nodes import Call as Condition
from sandbox.expressions.nodes import Constant
from sandbox.expressions.paths import project
from sandbox.expressions.request import Expressions, read_expressions
from sandbox.expressions.values import Item, type_of
from sandbox.items.keys import Attribute, Index, is_in, order, start_key
from sandbox.items.sizes import item_size, read_units
from sandbox.items.store import POSITIONS, position
from sandbox.items.table import Table, Tables
from sandbox.items.units import consumed

PAGE = 1024 * 1024
"""How many bytes one call looks at: it stops at the item with which it has seen so many."""


@dataclass(frozen=True)
class Source:
    """What is searched: a table or one of its indexes."""

    table: Table
    index: Index | None
    keys: tuple[Attribute, ...]
    """Of the table or index."""
    whole: bool
    """Whether all attributes are read, not only those that the index holds."""

    def visible(self, item: Item) -> Item:
        """An item as the table or index shows it."""
        return item if self.whole or self.index is None else self.index.visible(item)

    def last_key(self, item: Item) -> Item:
        """LastEvaluatedKey after an item: the keys of the index and of the table."""
        names = dict.fromkeys(each.name for each in (*self.table.schema.keys, *self.keys))
        return {name: item[name] for name in names}


class Searches:
    """Queries and scans. Callers hold the schedule's lock."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def calls(self) -> dict[str, Handler]:
        """The operations that are answered here."""
        return {"Query": self._query, "Scan": self._scan}

    def _query(self, call: Call) -> Json:
        request = call.request
        parameters = ("KeyConditions", "KeyConditionExpression")
        if all(request.get(parameter) is None for parameter in parameters):
            raise invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
                "the request."
            )
        expressions = read_expressions("Query", request)
        source = self._source(call, expressions)
        conditions = expressions.key_conditions
        check_key_conditions(conditions, source.keys)
        if expressions.condition is not None:
            parameter = "QueryFilter" if request.get("QueryFilter") else "Filter Expression"
            check_filter(expressions.condition, source.keys, parameter)
        start = _start(source, request, is_query=True)
        if start is not None:
            _check_start(start, [conditions[name] for name, _ in source.keys if name in conditions])
        backward = request.get("ScanIndexForward") is False
        found = _partition(source, conditions[source.keys[0].name], start, backward)
        sort = [conditions[name] for name, _ in source.keys[1:] if name in conditions]
        if sort:
            found = (item for item in found if holds(sort[0], item))
        return _answer(source, found, expressions, request)

    def _scan(self, call: Call) -> Json:
        segment, segments = _segments(call.request)
        expressions = read_expressions("Scan", call.request)
        source = self._source(call, expressions)
        start = _start(source, call.request, is_query=False)
        if start is not None and not _is_within(source, start, segment, segments):
            raise invalid(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                f"ExclusiveStartKey with correct Segment. TotalSegments: {segments} "
                f"Segment: {segment}"
            )
        return _answer(source, _all(source, start, segment, segments), expressions, call.request)

    def _source(self, call: Call, expressions: Expressions) -> Source:
        request = call.request
        table = self._tables.open(call.region, request["TableName"])
        name, select = request.get("IndexName"), request.get("Select")
        index = None if name is None else table.schema.index(name)
        _check_select(select, index, expressions, request)
        if index is None:
            return Source(table, None, table.schema.keys, whole=True)
        if index.is_global and request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        # A local index fetches what it does not hold from the table.
        whole = not index.is_global and (select == "ALL_ATTRIBUTES" or bool(expressions.projection))
        return Source(table, index, index.keys, whole)


def _partition(
    source: Source, partition: Condition, start: Item | None, backward: bool
) -> Iterator[Item]:
    """The items of one partition after `start`, in the order of the sort key, or backward."""
    wanted = partition.operands[1]
    assert isinstance(wanted, Constant)
    value = wanted.value[type_of(wanted.value)]
    schema, store = source.table.schema, source.table.store
    if source.index is None:
        after = None if start is None else schema.key_of(start)
        yield from (record.item() for record in store.partition(value, after, backward))
        return
    records = store.scan() if source.index.is_global else store.partition(value)
    items = (record.item() for record in records)
    found = [item for item in items if is_in(source.index, item) and holds(partition, item)]
    yield from _after(start, found, source, backward)


def _all(source: Source, start: Item | None, segment: int, segments: int) -> Iterator[Item]:
    """All items after `start` of one segment, in an order that has nothing to do with the keys."""
    schema, store = source.table.schema, source.table.store
    if source.index is None:
        after = None if start is None else schema.key_of(start)
        yield from (record.item() for record in store.scan(after, segment, segments))
        return
    items = (record.item() for record in store.scan())
    held = [item for item in items if is_in(source.index, item)]
    found = [item for item in held if _is_within(source, item, segment, segments)]
    yield from _after(start, found, source, backward=False)


def _after(start: Item | None, found: list[Item], source: Source, backward: bool) -> list[Item]:
    """An index's items after `start`, in order."""

    def place(item: Item) -> tuple[object, ...]:
        partition = _partition_value(source, item)
        own = source.table.schema.keys
        return (
            position(partition),
            partition,
            *order(source.keys, item),
            *order(own[:1] + own, item),
        )

    found.sort(key=place, reverse=backward)
    if start is None:
        return found
    last = place(start)
    return [item for item in found if (place(item) < last if backward else place(item) > last)]


def _answer(source: Source, found: Iterator[Item], expressions: Expressions, request: Json) -> Json:
    """One page of what is found."""
    limit = request.get("Limit")
    chosen: list[Item] = []
    scanned, size, last = 0, 0, None
    for item in found:
        scanned, last = scanned + 1, item
        visible = source.visible(item)
        size += item_size(visible)
        if holds(expressions.condition, visible):
            paths = expressions.projection
            chosen.append(visible if paths is None else project(paths, visible))
        if scanned == limit or size >= PAGE:
            break
    else:
        last = None  # there is nothing after it
    answer: Json = {"Count": len(chosen), "ScannedCount": scanned}
    if request.get("Select") != "COUNT":
        answer["Items"] = chosen
    if last is not None:
        answer["LastEvaluatedKey"] = source.last_key(last)
    units = {source.table.name: read_units(size, bool(request.get("ConsistentRead")))}
    index = source.index
    kind = "GlobalSecondaryIndexes" if index and index.is_global else "LocalSecondaryIndexes"
    return {**answer, **consumed(request, units, index=(kind, index.name) if index else None)}


def _start(source: Source, request: Json, is_query: bool) -> Item | None:
    """The key after which a page begins."""
    given = request.get("ExclusiveStartKey")
    if given is None:
        return None
    return start_key(source.table.schema, source.index, given, is_query)


def _check_start(start: Item, conditions: list[Condition]) -> None:
    partition, *sort = conditions
    if sort and not holds(sort[0], start):
        raise invalid("The provided starting key does not match the range key predicate")
    if holds(partition, start):
        return
    if sort:
        raise invalid("The query can return at most one row and cannot be restarted")
    raise invalid(
        "The provided starting key is outside query boundaries based on provided conditions"
    )


def _segments(request: Json) -> tuple[int, int]:
    """Which segment of how many a scan reads."""
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is not None and total is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"
        )
    if total is not None and segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"
        )
    if segment is None or total is None:
        return 0, 1
    if segment >= total:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    return segment, total


def _is_within(source: Source, item: Item, segment: int, segments: int) -> bool:
    place = position(_partition_value(source, item))
    return segment * POSITIONS // segments <= place < (segment + 1) * POSITIONS // segments


def _partition_value(source: Source, item: Item) -> str:
    name, kind = source.keys[0]
    return str(item[name][kind])


def _check_select(
    select: str | None, index: Index | None, expressions: Expressions, request: Json
) -> None:
    """Refuse a Select that does not fit the rest of the request."""
    parameter = "AttributesToGet" if "AttributesToGet" in request else "ProjectionExpression"
    if select == "SPECIFIC_ATTRIBUTES" and expressions.projection is None:
        raise invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES"
        )
    if select not in (None, "SPECIFIC_ATTRIBUTES") and expressions.projection is not None:
        what = "only the Count" if select == "COUNT" else select
        raise invalid(f"Cannot specify the {parameter} when choosing to get {what}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if index is None or not index.is_global or index.projected is None:
        return
    wrong = "One or more parameter values were invalid: "
    if select == "ALL_ATTRIBUTES":
        raise invalid(
            f"{wrong}Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL"
        )
    wanted = dict.fromkeys(str(path.steps[0]) for path in expressions.projection or ())
    missing = [name for name in wanted if name not in index.projected]
    if missing:
        raise invalid(
            f"{wrong}Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )
