"""Whether a condition holds for an item.

An attribute that is not there, or of another type, makes a comparison false, never an error; only
<> is then true.
"""

import operator
from collections.abc import Callable
from typing import Any

from sandbox.expressions.nodes import Call, Constant, Node, Path
from sandbox.expressions.paths import find
from sandbox.expressions.values import (
    Item,
    Value,
    begins_with,
    contains,
    ordered,
    size,
    type_of,
)

ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Call | None, item: Item | None) -> bool:
    """Whether a condition holds for an item (None: not there). No condition always holds."""
    return condition is None or _holds(condition, item or {})


def _holds(condition: Node, item: Item) -> bool:
    assert isinstance(condition, Call)
    name, operands = condition.operator, condition.operands
    if name == "AND":
        return all(_holds(operand, item) for operand in operands)
    if name == "OR":
        return any(_holds(operand, item) for operand in operands)
    if name == "NOT":
        return not _holds(operands[0], item)
    first, *others = (_value(operand, item) for operand in operands)
    return _test(name, first, others)


def _value(operand: Node, item: Item) -> Value | None:
    if isinstance(operand, Path):
        return find(operand, item)
    if isinstance(operand, Constant):
        return operand.value
    return size(_value(operand.operands[0], item))


def _test(name: str, first: Value | None, others: list[Value | None]) -> bool:
    if name in ("=", "IN"):
        return first is not None and first in others
    if name == "<>":
        return first is None or first != others[0]
    if name in ORDERINGS:
        return ordered(first, others[0], ORDERINGS[name])
    if name == "BETWEEN":
        low, high = others
        return ordered(first, low, operator.ge) and ordered(first, high, operator.le)
    if name == "attribute_exists":
        return first is not None
    if name == "attribute_not_exists":
        return first is None
    if name == "attribute_type":
        return first is not None and others == [{"S": type_of(first)}]
    return {"begins_with": begins_with, "contains": contains}[name](first, others[0])
