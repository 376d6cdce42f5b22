"""The parameters of before 2014, which AWS still takes, as trees.

Source: Developer Guide, "Legacy conditional parameters".
"""

from typing import Any

from sandbox.api import Json, invalid
from sandbox.expressions.key_conditions import KeyConditions
from sandbox.expressions.nodes import Action, Call, Constant, Node, Path
from sandbox.expressions.values import Value, checked, checked_name, comparable, type_of

OPERATORS = {
    "IN": "IN",
    "NULL": "attribute_not_exists",
    "BETWEEN": "BETWEEN",
    "LT": "<",
    "NOT_CONTAINS": "contains",
    "EQ": "=",
    "GT": ">",
    "NOT_NULL": "attribute_exists",
    "NE": "<>",
    "LE": "<=",
    "BEGINS_WITH": "begins_with",
    "GE": ">=",
    "CONTAINS": "contains",
}
"""By the names of ComparisonOperator."""

TYPES = {"EQ": None, "NE": None, "BEGINS_WITH": ("S", "B")}
"""The types that an operator compares with: all (None), or if it is not here S, N and B."""

WRONG = "One or more parameter values were invalid: "
MISMATCH = "Type mismatch for attribute to update"


def condition(request: Json, parameter: str) -> Call | None:
    """What Expected, QueryFilter or ScanFilter asks for."""
    given = request.get(parameter) or {}
    joint = request.get("ConditionalOperator")
    if joint not in (None, "AND", "OR"):
        raise _not_in("conditionalOperator", joint, ("OR", "AND"))
    if joint and not given:
        raise invalid("ConditionalOperator cannot be used without Filter or Expected")
    read = _expected if parameter == "Expected" else _condition
    conditions = tuple(read(parameter, name, entry) for name, entry in given.items())
    if joint and len(conditions) == 1:
        more = "when Filter or Expected has two or more elements"
        raise invalid(f"ConditionalOperator can only be used {more}")
    if len(conditions) > 1:
        return Call(joint or "AND", conditions)
    return conditions[0] if conditions else None


def key_conditions(request: Json) -> KeyConditions:
    """What KeyConditions asks for."""
    given = request.get("KeyConditions") or {}
    return {name: _condition("KeyConditions", name, entry) for name, entry in given.items()}


def actions(updates: Json) -> list[Action]:
    """What AttributeUpdates changes."""
    return [_action(checked_name(name), update) for name, update in updates.items()]


def paths(names: list[str]) -> list[Path]:
    """What AttributesToGet chooses."""
    for index, name in enumerate(names):
        if name in names[:index]:
            raise invalid(f"{WRONG}Duplicate value in attribute name: {name}")
    if not names:
        raise invalid(
            "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1"
        )
    return [Path((checked_name(name),)) for name in names]


def _expected(parameter: str, name: str, entry: Json) -> Call:
    value, exists = entry.get("Value"), entry.get("Exists")
    if "ComparisonOperator" in entry:
        if exists is not None:
            together = "Exists and ComparisonOperator cannot be used together"
            raise invalid(f"{WRONG}{together} for Attribute: {name}")
        if value is None:
            return _condition(parameter, name, entry)
        if "AttributeValueList" in entry:
            together = "Value and AttributeValueList cannot be used together"
            raise invalid(f"{WRONG}{together} for Attribute: {name}")
        return _condition(parameter, name, {**entry, "AttributeValueList": [value]})
    if "AttributeValueList" in entry:
        alone = "AttributeValueList can only be used with a ComparisonOperator"
        raise invalid(f"{WRONG}{alone} for Attribute: {name}")
    path = Path((name,))
    if exists is False:
        if value is not None:
            both = "Value cannot be used when Exists is false"
            raise invalid(f"{WRONG}{both} for Attribute: {name}")
        return Call("attribute_not_exists", (path,))
    if value is None:
        shown = "null" if exists is None else "true"
        must = f"Value must be provided when Exists is {shown}"
        raise invalid(f"{WRONG}{must} for Attribute: {name}")
    return Call("=", (path, Constant(checked(value))))


def _condition(parameter: str, name: str, entry: Json) -> Call:
    operator = entry.get("ComparisonOperator")
    if operator not in OPERATORS:
        field = f"{parameter[0].lower()}{parameter[1:]}.{name}.member.comparisonOperator"
        raise _not_in(field, operator, tuple(OPERATORS))
    values = [checked(value) for value in entry.get("AttributeValueList") or []]
    _check_values(operator, values)
    path = Path((name,))
    operands: tuple[Node, ...] = (path, *map(Constant, values))
    call = Call(OPERATORS[operator], operands)
    if operator == "NOT_CONTAINS":  # does not hold without the attribute
        return Call("AND", (Call("attribute_exists", (path,)), Call("NOT", (call,))))
    return call


def _check_values(operator: str, values: list[Value]) -> None:
    count = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2, "IN": max(1, len(values))}.get(operator, 1)
    if len(values) != count:
        raise invalid(f"{WRONG}Invalid number of argument(s) for the {operator} ComparisonOperator")
    if len({type_of(value) for value in values}) > 1:
        raise invalid(f"{WRONG}AttributeValues inside AttributeValueList must be of same type")
    types = TYPES.get(operator, ("S", "N", "B"))
    for value in values:
        if types is not None and type_of(value) not in types:
            raise invalid(
                f"{WRONG}ComparisonOperator {operator} is not valid for {type_of(value)} "
                "AttributeValue type"
            )
    if operator == "BETWEEN" and comparable(values[0]) > comparable(values[1]):
        raise invalid(
            "The BETWEEN condition was provided a range where the lower bound is greater than the "
            "upper bound"
        )


def _action(name: str, update: Json) -> Action:
    path = Path((name,))
    action: str = update.get("Action", "PUT")
    if action not in ("ADD", "PUT", "DELETE"):
        field = f"attributeUpdates.{name}.member.action"
        raise _not_in(field, action, ("ADD", "PUT", "DELETE"))
    if update.get("Value") is None:
        if action != "DELETE":
            only = "Only DELETE action is allowed when no attribute value is specified"
            raise invalid(WRONG + only)
        return Action("REMOVE", path)
    value = checked(update["Value"])
    kind = type_of(value)
    if action == "DELETE" and kind not in ("SS", "NS", "BS"):
        raise invalid(f"{WRONG}DELETE action with value is not supported for the type {kind}")
    if action == "ADD" and kind not in ("N", "L", "SS", "NS", "BS"):
        raise invalid(f"{WRONG}ADD action is not supported for the type {kind}")
    return Action("SET" if action == "PUT" else action, path, Constant(value), MISMATCH)


def _not_in(field: str, value: Any, allowed: tuple[str, ...]) -> Exception:
    return invalid(
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(allowed)}]"
    )
