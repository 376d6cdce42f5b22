"""Key conditions: which partition of a table or index, and which sort keys.

Source: Developer Guide, "Key condition expressions for the Query operation".
"""

from collections.abc import Sequence

from sandbox.api import invalid
from sandbox.expressions.nodes import Call, Constant, Node, Path
from sandbox.expressions.values import type_of

REVERSED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
ALLOWED = (*REVERSED, "BETWEEN", "begins_with")

KeySchema = Sequence[tuple[str, str]]
"""Name and type of the partition key, and of the sort key if there is one."""

KeyConditions = dict[str, Call]
"""A condition for each key attribute: the operator, the path, and the values."""


def key_conditions(expression: Call) -> KeyConditions:
    """The conditions that a key condition expression joins, each with its path first."""
    found: KeyConditions = {}
    for condition in _joined(expression):
        ordered = _path_first(condition)
        [name] = _attributes(ordered)
        if name in found:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        found[name] = ordered
    return found


def _joined(node: Node) -> list[Call]:
    assert isinstance(node, Call)
    if node.operator == "AND":
        return [condition for operand in node.operands for condition in _joined(operand)]
    if node.operator not in ALLOWED:
        raise invalid(f"Invalid operator used in KeyConditionExpression: {node.operator}")
    return [node]


def _path_first(condition: Call) -> Call:
    operator, operands = condition.operator, condition.operands
    wrong = "Invalid condition in KeyConditionExpression: "
    if any(isinstance(operand, Call) for operand in operands):
        raise invalid("KeyConditionExpressions cannot contain nested operations")
    paths = [operand for operand in operands if isinstance(operand, Path)]
    if len(paths) > 1:
        raise invalid(f"{wrong}Multiple attribute names used in one condition")
    if not paths:
        raise invalid(f"{wrong}No key attribute specified")
    if len(paths[0].steps) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    if isinstance(operands[0], Path):
        return condition
    if operator not in REVERSED:
        raise invalid(
            f"{wrong}{operator} operator must have the key attribute as its first operand"
        )
    return Call(REVERSED[operator], operands[::-1])


def check_key_conditions(conditions: KeyConditions, schema: KeySchema) -> None:
    """Refuse conditions that do not fit the keys of the table or index."""
    if not 1 <= len(conditions) <= 2:
        raise invalid("Conditions can be of length 1 or 2 only")
    if len(conditions) > len(schema):
        raise invalid("Query key condition not supported")
    partition_key = schema[0][0]
    for name, kind in schema:
        if name not in conditions:
            if name == partition_key or len(conditions) > 1:
                raise invalid(f"Query condition missed key schema element: {name}")
            continue
        operator, values = conditions[name].operator, conditions[name].operands[1:]
        if operator not in ALLOWED:
            raise invalid("Attempted conditional constraint is not an indexable operation")
        if any(isinstance(v, Constant) and type_of(v.value) != kind for v in values):
            raise invalid(
                "One or more parameter values were invalid: "
                "Condition parameter type does not match schema type"
            )
        if name == partition_key and operator != "=":
            raise invalid("Query key condition not supported")


def check_filter(condition: Call, schema: KeySchema, parameter: str) -> None:
    """Refuse a query's filter that asks for key attributes."""
    names = _attributes(condition)
    for name, _ in schema:
        if name in names:
            raise invalid(
                f"{parameter} can only contain non-primary key attributes: "
                f"Primary key attribute: {name}"
            )


def _attributes(node: Node) -> set[str]:
    if isinstance(node, Path):
        return {str(node.steps[0])}
    if isinstance(node, Call):
        return set().union(*map(_attributes, node.operands))
    return set()
