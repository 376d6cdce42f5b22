"""All expressions of one request, or the legacy parameters in their places."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sandbox.api import Json, invalid
from sandbox.expressions import legacy
from sandbox.expressions.key_conditions import KeyConditions, key_conditions
from sandbox.expressions.nodes import Action, Call, Path
from sandbox.expressions.parser import read_condition, read_projection, read_update
from sandbox.expressions.references import References
from sandbox.expressions.words import ExpressionError

Read = TypeVar("Read")


class Parameters(NamedTuple):
    """Which expressions an operation takes, and which legacy parameters in their places."""

    expressions: tuple[str, ...]
    legacy: tuple[str, ...]


PARAMETERS = {
    "GetItem": Parameters(("ProjectionExpression",), ("AttributesToGet",)),
    "PutItem": Parameters(("ConditionExpression",), ("Expected", "ConditionalOperator")),
    "DeleteItem": Parameters(("ConditionExpression",), ("Expected", "ConditionalOperator")),
    "UpdateItem": Parameters(
        ("UpdateExpression", "ConditionExpression"),
        ("AttributeUpdates", "Expected", "ConditionalOperator"),
    ),
    "Query": Parameters(
        ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
        ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    ),
    "Scan": Parameters(
        ("ProjectionExpression", "FilterExpression"),
        ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    ),
}

FILTERS = ("QueryFilter", "ScanFilter")
NAMES = ("ExpressionAttributeNames", "ExpressionAttributeValues")


@dataclass(frozen=True)
class Expressions:
    """What a request asks for, beside its keys."""

    condition: Call | None
    """Of a write, or the filter of a query or scan."""
    actions: list[Action]
    key_conditions: KeyConditions
    projection: list[Path] | None
    """The paths to return; None: all attributes."""


def read_expressions(operation: str, request: Json) -> Expressions:
    """The expressions of a request; a ValidationException if AWS refuses them."""
    parameters = PARAMETERS[operation]
    _check_kinds(parameters, request)
    old = _read_legacy(request)
    references = References(request)

    def read(parameter: str, reader: Callable[[str, References], Read]) -> Read | None:
        if parameter not in parameters.expressions or request.get(parameter) is None:
            return None
        try:
            return reader(request[parameter], references)
        except ExpressionError as error:
            raise invalid(f"Invalid {parameter}: {error}") from None

    actions = read("UpdateExpression", read_update)
    condition = read("ConditionExpression", read_condition)
    key_condition = read("KeyConditionExpression", read_condition)
    filter_condition = read("FilterExpression", read_condition)
    projection = read("ProjectionExpression", read_projection)
    references.check_all_used()
    return Expressions(
        condition or filter_condition or old.condition,
        old.actions if actions is None else actions,
        old.key_conditions if key_condition is None else key_conditions(key_condition),
        old.projection if projection is None else projection,
    )


def _read_legacy(request: Json) -> Expressions:
    parameter = next((name for name in FILTERS if name in request), "Expected")
    names = request.get("AttributesToGet")
    return Expressions(
        legacy.condition(request, parameter),
        legacy.actions(request.get("AttributeUpdates") or {}),
        legacy.key_conditions(request),
        None if names is None else legacy.paths(names),
    )


def _check_kinds(parameters: Parameters, request: Json) -> None:
    """Refuse expressions beside legacy parameters, and names and values without expressions."""
    new = [name for name in parameters.expressions if request.get(name) is not None]
    old = [name for name in parameters.legacy if request.get(name) is not None]
    if "KeyConditionExpression" not in new and "KeyConditions" in old:
        old.remove("KeyConditions")  # these may stand beside a filter expression
    if new and old:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} "
            f"Expression parameters: {{{', '.join(new)}}}"
        )
    for name in NAMES:
        takers = [each for each in parameters.expressions if name == NAMES[0] or "Proj" not in each]
        if request.get(name) is not None and all(request.get(taker) is None for taker in takers):
            reason = ""
            if name == NAMES[1] and takers:
                verb = "are" if len(takers) > 1 else "is"
                reason = f": {' and '.join(takers)} {verb} null"
            raise invalid(f"{name} can only be specified when using expressions{reason}")
