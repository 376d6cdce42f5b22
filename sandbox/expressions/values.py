"""Attribute values: what AWS accepts, how it writes them, and how two of them compare.

A value is a JSON object with one field, its type: {"N": "7"}. Once `checked`, a value is written in
one way only: numbers without needless zeros, sets in order. So equal values have equal JSON.

Sources: Developer Guide, "Supported data types and naming rules"; API reference, AttributeValue.
"""

import base64
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from sandbox.api import ApiError, invalid
from sandbox.numbers import MAGNITUDE, number

Value = dict[str, Any]
"""An attribute value, such as {"S": "Delta"}."""

Item = dict[str, Value]
"""An item, by the names of its attributes."""

TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")
LEVELS = 32
NAME_SIZE = 65535
"""Bytes of an attribute's name."""
EXACT = Context(prec=300)
"""Enough digits for the sum of the largest number and the smallest one."""


def type_of(value: Value) -> str:
    """A value's type: "S", "N" and so on."""
    return next(iter(value))


def checked(value: Any, level: int = 0) -> Value:
    """A value as DynamoDB stores it, or a refusal."""
    if not isinstance(value, dict):
        raise _unreadable("Unexpected value type in payload")
    known = {kind: content for kind, content in value.items() if kind in TYPES}
    if not known:
        raise invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    if len(known) > 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes"
        )
    [(kind, content)] = known.items()
    if level > LEVELS:
        raise invalid("Nesting Levels have exceeded supported limits")
    return {kind: _content(kind, content, level)}


def checked_item(item: Any, level: int = 0) -> Item:
    """A map of attribute values as DynamoDB stores it, or a refusal."""
    if not isinstance(item, dict):
        raise _unreadable("Unexpected field type")
    return {checked_name(name): checked(value, level + 1) for name, value in item.items()}


def checked_name(name: str) -> str:
    """An attribute's name, or a refusal."""
    if not name:
        raise invalid("Empty attribute name")
    if len(name) > NAME_SIZE // 4 and len(name.encode()) > NAME_SIZE:
        raise invalid("Attribute name is too large, must be less than 65536 bytes")
    return name


def _content(kind: str, content: Any, level: int) -> Any:
    if kind in ("S", "N", "B"):
        return _scalar(kind, content)
    if kind == "M":
        return checked_item(content, level)
    if kind in ("BOOL", "NULL"):
        if not isinstance(content, bool):
            raise _unreadable("Unexpected token received from parser")
        if kind == "NULL" and not content:
            raise invalid(
                "One or more parameter values were invalid: Null attribute value types must have "
                "the value of true"
            )
        return content
    if not isinstance(content, list):
        raise _unreadable("Unexpected field type")
    if kind == "L":
        return [checked(element, level + 1) for element in content]
    return _set(kind, content)


def _scalar(kind: str, content: Any) -> str:
    if not isinstance(content, str):
        found = "NUMBER_VALUE" if isinstance(content, int | float) else "VALUE"
        raise _unreadable(f"{found} cannot be converted to String")
    if kind == "N":
        return number(content)
    if kind == "B":
        try:
            return base64.b64encode(base64.b64decode(content, validate=True)).decode()
        except ValueError:
            raise _unreadable("Invalid Base64 characters or length") from None
    return content


def _set(kind: str, content: list[Any]) -> list[str]:
    elements = [_scalar(kind[0], element) for element in content]
    wrong = "One or more parameter values were invalid: "
    if not elements:
        name = {"SS": "An string set ", "NS": "An number set "}.get(kind)
        raise invalid(
            wrong + (f"{name} may not be empty" if name else "Binary sets should not be empty")
        )
    if len(set(elements)) < len(elements):
        listed = f"[{', '.join(map(str, content))}]"
        raise invalid(
            {
                "SS": f"{wrong}Input collection {listed} contains duplicates.",
                "NS": "Input collection contains duplicates",
                "BS": f"{wrong}Input collection {listed}of type BS contains duplicates.",
            }[kind]
        )
    return in_order(kind, elements)


def in_order(kind: str, elements: list[str]) -> list[str]:
    """The elements of a set of type `kind`, in the order in which the sandbox writes them."""
    return sorted(elements, key=Decimal if kind == "NS" else str)


def fresh(value: Any) -> Any:
    """A copy of a value or item, of which no part is in it twice."""
    if isinstance(value, dict):
        return {key: fresh(part) for key, part in value.items()}
    return [fresh(part) for part in value] if isinstance(value, list) else value


def total(left: str, right: str, sign: int = 1) -> str:
    """The sum of two numbers, or their difference (`sign` -1), as DynamoDB stores it."""
    exact = EXACT.add(Decimal(left), sign * Decimal(right))
    try:
        return number(str(exact))
    except ApiError as error:
        if "significant" in error.message:  # AWS calls this an overflow, too
            raise invalid(f"Number overflow. {MAGNITUDE} larger than supported range") from None
        raise


def comparable(value: Value) -> Any:
    """What Python orders as DynamoDB does: of a string, number or binary."""
    [(kind, content)] = value.items()
    if kind == "N":
        return Decimal(content)
    return base64.b64decode(content) if kind == "B" else content


def ordered(left: Value | None, right: Value | None, test: Callable[[Any, Any], bool]) -> bool:
    """Whether `test` (operator.lt and so on) holds; never between values of two types."""
    if left is None or right is None or type_of(left) != type_of(right):
        return False
    return type_of(left) in ("S", "N", "B") and test(comparable(left), comparable(right))


def begins_with(whole: Value | None, start: Value | None) -> bool:
    """Whether a string begins with a string, or a binary with a binary."""
    if whole is None or start is None or type_of(whole) != type_of(start):
        return False
    return type_of(whole) in ("S", "B") and bool(comparable(whole).startswith(comparable(start)))


def contains(whole: Value | None, part: Value | None) -> bool:
    """Whether a string or binary has a part, or a set or list an element."""
    if whole is None or part is None:
        return False
    [(kind, content)] = whole.items()
    [(part_kind, part_content)] = part.items()
    if kind == "L":
        return part in content
    if kind in ("SS", "NS", "BS"):
        return kind[0] == part_kind and part_content in content
    return kind == part_kind and kind in ("S", "B") and comparable(part) in comparable(whole)


def size(value: Value | None) -> Value | None:
    """What `size(path)` is; numbers, booleans and nulls have no size."""
    if value is None or type_of(value) in ("N", "BOOL", "NULL"):
        return None
    [(kind, content)] = value.items()
    return {"N": str(len(comparable(value) if kind == "B" else content))}


def _unreadable(message: str) -> ApiError:
    return ApiError("SerializationException", message)
