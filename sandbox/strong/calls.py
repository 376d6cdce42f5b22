"""The calls on items of a group with multi-Region strong consistency.

Writes and strongly consistent reads wait before they are answered as those of any other table.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from sandbox.api import Call, Handler, Json, invalid
from sandbox.group import Group, Groups, Key
from sandbox.moto_tables import MotoTables
from sandbox.schedule import Schedule
from sandbox.strong.consistency import StrongConsistency
from sandbox.strong.rules import OF_STRONG

Wanted = dict[str, list[dict[str, Any]]]
"""The tables that a call needs to be up to date, and of each item that it writes the attributes,
or those of its key."""


class StrongCalls:
    """Answers calls on items. Callers hold the schedule's lock, which is free during the wait."""

    def __init__(
        self, tables: MotoTables, groups: Groups, strong: StrongConsistency, schedule: Schedule
    ) -> None:
        self._tables = tables
        self._groups = groups
        self._strong = strong
        self._schedule = schedule

    def calls(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """The operations that this concerns; `handlers` answer them once the call has waited."""
        wanted: dict[str, Callable[[Call], Wanted]] = {
            "PutItem": partial(_one_write, "Item"),
            "UpdateItem": partial(_one_write, "Key"),
            "DeleteItem": partial(_one_write, "Key"),
            "BatchWriteItem": _batch_of_writes,
            "GetItem": _one_read,
            "Query": _one_read,
            "Scan": _one_read,
            "BatchGetItem": _batch_of_reads,
        }
        return {
            **{name: partial(self._answer, wanted[name], handlers[name]) for name in wanted},
            "TransactGetItems": partial(self._transaction, handlers["TransactGetItems"]),
            "TransactWriteItems": partial(self._transaction, handlers["TransactWriteItems"]),
            "UpdateTimeToLive": partial(self._time_to_live, handlers["UpdateTimeToLive"]),
        }

    def _answer(self, wanted: Callable[[Call], Wanted], handler: Handler, call: Call) -> Json:
        """Wait as long as the farthest of the groups demands, and then answer."""
        with ExitStack() as attempts:
            begun, seconds = [], 0.0
            for group, keys in self._strong_groups(wanted, call):
                attempt, its_seconds = self._strong.begin(group, call.region, keys)
                attempts.callback(self._strong.end, group, attempt)
                begun.append((group, attempt))
                seconds = max(seconds, its_seconds)
            if seconds:
                self._schedule.wait(seconds)
            for group, attempt in begun:
                self._strong.enter(group, attempt)
            return handler(call)

    def _strong_groups(
        self, wanted: Callable[[Call], Wanted], call: Call
    ) -> list[tuple[Group, frozenset[Key]]]:
        """The groups with strong consistency that the call concerns, and the keys it writes."""
        found: list[tuple[Group, frozenset[Key]]] = []
        for name, items in wanted(call).items():
            group = self._groups.of(call.region, name.rpartition("/")[2])
            if group is not None and group.strong is not None:
                keys = [self._tables.key_of(call.region, group.table, item) for item in items]
                found.append((group, frozenset(key for key in keys if key is not None)))
        return found

    def _transaction(self, handler: Handler, call: Call) -> Json:
        for action in call.request.get("TransactItems", []):
            for details in action.values():
                self._refuse(call.region, details.get("TableName", ""), "Transactions are")
        return handler(call)

    def _time_to_live(self, handler: Handler, call: Call) -> Json:
        self._refuse(call.region, call.table(), "Time to live is")
        return handler(call)

    def _refuse(self, region: str, table: str, what: str) -> None:
        group = self._groups.of(region, table.rpartition("/")[2])
        if group is not None and group.strong is not None:
            raise invalid(f"{what} not supported for {OF_STRONG}: {group.table}")


def _one_write(member: str, call: Call) -> Wanted:
    return {call.table(): [call.request[member]]}


def _batch_of_writes(call: Call) -> Wanted:
    return {
        name: [
            details["Item"] if "Item" in details else details["Key"]
            for request in requests
            for details in request.values()
        ]
        for name, requests in call.request["RequestItems"].items()
    }


def _one_read(call: Call) -> Wanted:
    return {call.table(): []} if call.request.get("ConsistentRead") else {}


def _batch_of_reads(call: Call) -> Wanted:
    requests = call.request["RequestItems"]
    return {name: [] for name, each in requests.items() if each.get("ConsistentRead")}
