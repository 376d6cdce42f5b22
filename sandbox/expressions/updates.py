"""What an update makes of an item.

All operands and all indexes mean the item as it was before the update. Source: Developer Guide,
"Update expressions".
"""

from collections.abc import Sequence

from sandbox.api import invalid
from sandbox.expressions.nodes import Action, Call, Constant, Node, Path
from sandbox.expressions.paths import find
from sandbox.expressions.values import Item, Value, fresh, in_order, total, type_of

WRONG_TYPE = "An operand in the update expression has an incorrect data type"
MISSING = "The provided expression refers to an attribute that does not exist in the item"
NO_SUCH_PLACE = "The document path provided in the update expression is invalid for update"


def updated(actions: Sequence[Action], key: Item, before: Item | None) -> Item | None:
    """The item after an update; None if none is there and the update would only take away."""
    if before is None and actions and all(a.kind in ("REMOVE", "DELETE") for a in actions):
        return None
    old = before if before is not None else key
    new: Item = fresh(old)
    in_maps: list[tuple[Item, str, Value | None]] = []
    in_lists: list[tuple[list[Value], int, Value | None]] = []
    results = [_result(action, old) for action in actions]
    for action, result in zip(actions, results, strict=True):
        *parents, last = action.path.steps
        parent = find(Path(tuple(parents)), new) or {}
        if isinstance(last, str) and "M" in parent:
            in_maps.append((parent["M"], last, result))
        elif isinstance(last, int) and "L" in parent:
            in_lists.append((parent["L"], last, result))
        else:
            raise invalid(NO_SUCH_PLACE)
    for attributes, name, result in in_maps:
        if result is None:
            attributes.pop(name, None)
        else:
            attributes[name] = result
    _change_lists(in_lists)
    return new


def _change_lists(changes: list[tuple[list[Value], int, Value | None]]) -> None:
    """Change elements of lists, given by their indexes before the update.

    An index past the end means the end. What is removed goes last, so that the others stay valid.
    """
    changes.sort(key=lambda change: change[1])
    removed = []
    for elements, index, result in changes:
        if result is not None:
            elements[index : index + 1] = [result]
        elif index < len(elements):
            removed.append((elements, index))
    for elements, index in reversed(removed):
        del elements[index]


def _result(action: Action, old: Item) -> Value | None:
    """What is at the action's path after it; None: nothing."""
    if action.kind == "REMOVE":
        return None
    assert action.operand is not None
    operand = _value(action.operand, old)
    if action.kind == "SET":
        return operand
    present = find(action.path, old)
    if present is not None and type_of(present) != type_of(operand):
        raise invalid(action.mismatch)
    return (_sum if action.kind == "ADD" else _difference)(present, operand)


def _sum(present: Value | None, operand: Value) -> Value:
    """What ADD makes of a number, a set, or (AttributeUpdates only) a list."""
    if present is None:
        return operand
    [(kind, content)] = present.items()
    if kind == "N":
        return {"N": total(content, operand["N"])}
    if kind == "L":
        return {"L": content + operand["L"]}
    return {kind: in_order(kind, list({*content, *operand[kind]}))}


def _difference(present: Value | None, operand: Value) -> Value | None:
    """What DELETE leaves of a set."""
    if present is None:
        return None
    [(kind, content)] = present.items()
    left = [element for element in content if element not in operand[kind]]
    return {kind: left} if left else None


def _value(operand: Node, item: Item) -> Value:
    if isinstance(operand, Constant):
        return operand.value
    if isinstance(operand, Path):
        found = find(operand, item)
        if found is None:
            raise invalid(MISSING)
        return found
    assert isinstance(operand, Call)
    first, second = operand.operands
    if operand.operator == "if_not_exists":
        assert isinstance(first, Path)
        found = find(first, item)
        return found if found is not None else _value(second, item)
    return _joined(operand.operator, _value(first, item), _value(second, item))


def _joined(operator: str, first: Value, second: Value) -> Value:
    kind = "L" if operator == "list_append" else "N"
    if kind not in first or kind not in second:
        raise invalid(WRONG_TYPE)
    if kind == "L":
        return {"L": first["L"] + second["L"]}
    return {"N": total(first["N"], second["N"], -1 if operator == "-" else 1)}
