"""TransactWriteItems and TransactGetItems.

Source: API reference, TransactWriteItems and TransactGetItems; Developer Guide, "Amazon DynamoDB
Transactions: How it works".
"""

import hashlib
import json
import time

from sandbox.api import ApiError, Call, Handler, Json, invalid
from sandbox.expressions.request import read_expressions
from sandbox.expressions.values import checked_item
from sandbox.items.keys import Key
from sandbox.items.reads import read
from sandbox.items.sizes import read_units
from sandbox.items.table import Tables
from sandbox.items.units import consumed
from sandbox.items.writes import Plan, Write, Writes

OPERATIONS = {
    "ConditionCheck": "ConditionCheck",
    "Put": "PutItem",
    "Delete": "DeleteItem",
    "Update": "UpdateItem",
}
MAX_PAYLOAD = 4 * 1024 * 1024
"""In bytes."""

TOKEN_SECONDS = 10 * 60
"""How long a ClientRequestToken is remembered."""


class Transactions:
    """Transactions. Callers hold the schedule's lock."""

    def __init__(self, tables: Tables, writes: Writes) -> None:
        self._tables = tables
        self._writes = writes
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}
        """When a region's token was used, and for which request."""

    def calls(self) -> dict[str, Handler]:
        """The operations that are answered here."""
        return {
            "TransactGetItems": self._transact_get_items,
            "TransactWriteItems": self._transact_write_items,
        }

    def _transact_get_items(self, call: Call) -> Json:
        gets = [element["Get"] for element in call.request["TransactItems"]]
        read_all = [(read_expressions("GetItem", get), checked_item(get["Key"])) for get in gets]
        responses: list[Json] = []
        units: dict[str, float] = {}
        places = []
        for get, (expressions, given) in zip(gets, read_all, strict=True):
            table = self._tables.open(call.region, get["TableName"])
            key = table.schema.key(given)
            places.append((table.name, key))
            item, size = read(table, key, expressions)
            responses.append({} if item is None else {"Item": item})
            units[table.name] = units.get(table.name, 0) + 2 * read_units(size, consistent=True)
        _check_distinct(places)
        return {"Responses": responses, **consumed(call.request, units, many=True)}

    def _transact_write_items(self, call: Call) -> Json:
        if len(json.dumps(call.request["TransactItems"])) > MAX_PAYLOAD:
            raise invalid("Transaction payload size cannot exceed 4MB")  # of the request, not items
        if self._is_done(call):
            return {}
        writes = self._read(call)
        _check_distinct([(write.table.name, write.key) for write in writes])
        plans = self._plan(writes)
        units: dict[str, float] = {}
        for plan in plans:
            self._writes.carry_out(plan)
            table = plan.write.table.name
            units[table] = units.get(table, 0) + 2 * plan.units
        if "ClientRequestToken" in call.request:
            self._remember(call)
        return consumed(call.request, units, many=True)

    def _read(self, call: Call) -> list[Write]:
        """The writes of a transaction. The first that does not fit its table cancels it."""
        elements = call.request["TransactItems"]
        for element in elements:
            if len(element) != 1:
                raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
            [(kind, request)] = element.items()
            read_expressions(OPERATIONS[kind].replace("ConditionCheck", "DeleteItem"), request)
        writes = []
        for number, element in enumerate(elements):
            [(kind, request)] = element.items()
            try:
                writes.append(self._writes.read(call.region, OPERATIONS[kind], request))
            except ApiError as error:
                if error.code != "ValidationException":
                    raise
                reasons: list[Json] = [{"Code": "None"} for _ in elements]
                reasons[number] = _reason(error)
                raise _cancelled(reasons) from None
        return writes

    def _plan(self, writes: list[Write]) -> list[Plan]:
        """What the writes would do. All conditions that do not hold are reported."""
        plans: list[Plan] = []
        reasons: list[Json] = []
        for write in writes:
            try:
                plans.append(self._writes.plan(write))
                reasons.append({"Code": "None"})
            except ApiError as error:
                reasons.append(_reason(error))
        if len(plans) < len(writes):
            raise _cancelled(reasons)
        return plans

    def _is_done(self, call: Call) -> bool:
        """Whether this transaction has been made before, with the same ClientRequestToken."""
        now = time.monotonic()
        for token, (used, _) in list(self._tokens.items()):
            if now - used < TOKEN_SECONDS:
                break
            del self._tokens[token]
        known = self._tokens.get((call.region, call.request.get("ClientRequestToken", "")))
        if known is None:
            return False
        if known[1] != _fingerprint(call.request):
            raise ApiError(
                "IdempotentParameterMismatchException",
                "The ClientRequestToken was used before, with another request.",
            )
        return True

    def _remember(self, call: Call) -> None:
        place = (call.region, call.request["ClientRequestToken"])
        self._tokens[place] = (time.monotonic(), _fingerprint(call.request))


def _fingerprint(request: Json) -> str:
    return hashlib.sha256(json.dumps(request["TransactItems"], sort_keys=True).encode()).hexdigest()


def _check_distinct(places: list[tuple[str, Key]]) -> None:
    if len(set(places)) < len(places):
        raise invalid("Transaction request cannot include multiple operations on one item")


def _reason(error: ApiError) -> Json:
    """Why one write cancels a transaction."""
    code = error.code.removesuffix("Exception")
    code = "ValidationError" if code == "Validation" else code
    return {"Code": code, "Message": error.message, **error.details}


def _cancelled(reasons: list[Json]) -> ApiError:
    codes = ", ".join(reason["Code"] for reason in reasons)
    return ApiError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        details={"CancellationReasons": reasons},
    )
