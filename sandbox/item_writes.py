"""Calls that write items: their expressions are answered here, the rest by moto.

moto sees requests without expressions: conditions are tested before it is asked, and an update
becomes the put of its result. moto 5.2.5 evaluates expressions in other ways than AWS.
"""

from typing import NamedTuple

from sandbox.api import ApiError, Ask, Json, invalid
from sandbox.expressions.conditions import holds
from sandbox.expressions.paths import project
from sandbox.expressions.request import Expressions, read_expressions, without_expressions
from sandbox.expressions.updates import updated
from sandbox.expressions.values import Item, checked_item
from sandbox.moto_tables import MotoTables

RETURN_VALUES = ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
ON_FAILURE = ("ALL_OLD", "NONE")

TRANSACTED = {
    "ConditionCheck": "DeleteItem",
    "Put": "PutItem",
    "Delete": "DeleteItem",
    "Update": "UpdateItem",
}
"""The writes of a transaction, and the operations whose expressions they take."""


class Write(NamedTuple):
    """A write that is asked for."""

    region: str
    table: str
    key: Item
    request: Json
    """What moto is to do: the request without expressions."""
    expressions: Expressions
    return_on_failure: bool
    """Whether the refusal shows the item, if the condition does not hold."""


class ItemWrites:
    """Writes with AWS's expressions. Callers hold the schedule's lock."""

    def __init__(self, tables: MotoTables, ask_moto: Ask) -> None:
        self._tables = tables
        self._ask_moto = ask_moto

    def answers(self) -> dict[str, Ask]:
        """The operations that are answered here."""
        return {
            "PutItem": self._put_or_delete_item,
            "DeleteItem": self._put_or_delete_item,
            "UpdateItem": self._update_item,
            "BatchWriteItem": self._batch_write_item,
            "TransactWriteItems": self._transact_write_items,
        }

    def _put_or_delete_item(self, region: str, operation: str, request: Json) -> Json:
        write = self._read(region, operation, request)
        self._check(write)
        return self._ask_moto(region, operation, write.request)

    def _update_item(self, region: str, operation: str, request: Json) -> Json:
        _check_choice(request, "ReturnValues", RETURN_VALUES)
        write = self._read(region, operation, request)
        before, after = self._update(write)
        if after is None:
            return {}
        put = {**write.request, "Item": after}
        wanted = request.get("ReturnValues", "NONE")
        for name in ("Key", "ReturnValues"):
            put.pop(name, None)
        answer = self._ask_moto(region, "PutItem", put)
        shown = before if wanted.endswith("OLD") else after if wanted.endswith("NEW") else None
        if shown and wanted.startswith("UPDATED"):
            shown = project([action.path for action in write.expressions.actions], shown)
        return {**answer, "Attributes": shown} if shown else answer

    def _batch_write_item(self, region: str, operation: str, request: Json) -> Json:
        for writes in request["RequestItems"].values():
            for write in writes:
                if "PutRequest" in write:
                    write["PutRequest"]["Item"] = checked_item(write["PutRequest"].get("Item"))
        return self._ask_moto(region, operation, request)

    def _transact_write_items(self, region: str, operation: str, request: Json) -> Json:
        writes = []
        for element in request["TransactItems"]:
            if len(element) != 1 or next(iter(element)) not in TRANSACTED:
                raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
            [(kind, wanted)] = element.items()
            writes.append((kind, self._read(region, TRANSACTED[kind], wanted)))
        places = [(write.table, write.key) for _, write in writes]
        if any(place in places[:index] for index, place in enumerate(places)):
            raise invalid("Transaction request cannot include multiple operations on one item")
        reasons: list[Json] = []
        left: list[Json] = []
        for kind, write in writes:
            try:
                left += self._transacted(kind, write)
                reasons.append({"Code": "None"})
            except ApiError as error:
                reasons.append(_reason(error))
        codes = [reason["Code"] for reason in reasons]
        if set(codes) != {"None"}:
            raise ApiError(
                "TransactionCanceledException",
                "Transaction cancelled, please refer cancellation reasons for specific reasons "
                f"[{', '.join(codes)}]",
                details={"CancellationReasons": reasons},
            )
        return self._ask_moto(region, operation, {**request, "TransactItems": left}) if left else {}

    def _transacted(self, kind: str, write: Write) -> list[Json]:
        """What a write of a transaction leaves to moto. Refused if its condition does not hold."""
        if kind == "Update":
            _, item = self._update(write)
            return [{"Put": {"TableName": write.table, "Item": item}}] if item else []
        self._check(write)
        return [] if kind == "ConditionCheck" else [{kind: write.request}]

    def _read(self, region: str, operation: str, request: Json) -> Write:
        on_failure = "ReturnValuesOnConditionCheckFailure"
        _check_choice(request, on_failure, ON_FAILURE)
        expressions = read_expressions(operation, request)
        part = "Item" if operation == "PutItem" else "Key"
        if request.get(part) is None:
            raise invalid(
                f"1 validation error detected: Value null at '{part.lower()}' failed to satisfy "
                "constraint: Member must not be null"
            )
        item = checked_item(request.get(part))
        table = str(request.get("TableName"))
        key = item
        if operation == "PutItem":
            names = self._tables.in_service(region, table).table_key_attrs
            for name in names:
                if name not in item:
                    raise invalid(
                        "One or more parameter values were invalid: "
                        f"Missing the key {name} in the item"
                    )
            key = {name: item[name] for name in names}
        plain = {**without_expressions(operation, request), part: item}
        shown = plain.pop(on_failure, None) == "ALL_OLD"
        return Write(region, table, key, plain, expressions, shown)

    def _update(self, write: Write) -> tuple[Item | None, Item | None]:
        """The item before and after an update, whose condition must hold."""
        names = self._tables.in_service(write.region, write.table).table_key_attrs
        for action in write.expressions.actions:
            if action.path.steps[0] in names:
                raise invalid(
                    "One or more parameter values were invalid: Cannot update attribute "
                    f"{action.path.steps[0]}. This attribute is part of the key"
                )
        before = self._check(write)
        return before, updated(write.expressions.actions, write.key, before)

    def _check(self, write: Write) -> Item | None:
        """The item as it is; a refusal if the write's condition does not hold for it."""
        stored = self._tables.attributes(write.region, write.table, write.key)
        if holds(write.expressions.condition, stored):
            return stored
        raise ApiError(
            "ConditionalCheckFailedException",
            "The conditional request failed",
            details={"Item": stored} if write.return_on_failure and stored else {},
        )


def _reason(error: ApiError) -> Json:
    """Why a transaction is cancelled, for one of its writes."""
    code = error.code.removesuffix("Exception")
    code = "ValidationError" if code == "Validation" else code
    return {"Code": code, "Message": error.message, **error.details}


def _check_choice(request: Json, name: str, allowed: tuple[str, ...]) -> None:
    if request.get(name, "NONE") not in allowed:
        raise invalid(
            f"1 validation error detected: Value '{request[name]}' at "
            f"'{name[0].lower()}{name[1:]}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
