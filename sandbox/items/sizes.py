"""How large an item is, and what it costs to read and to write.

Source: Developer Guide, "DynamoDB item sizes and formats" and "DynamoDB read and write operations".
"""

import base64

from sandbox.expressions.values import Item, Value

MAX_ITEM = 400 * 1024
"""In bytes, with the names of the attributes."""

COLLECTION = 3
"""What a list or map adds; each of its elements adds one more."""


def item_size(item: Item) -> int:
    """The size of an item in bytes."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(size: int, consistent: bool) -> float:
    """What reading so many bytes costs: a unit for every 4 KB, half if eventually consistent."""
    return max(1, -(-size // 4096)) * (1.0 if consistent else 0.5)


def write_units(size: int) -> int:
    """What writing so many bytes costs: a unit for every 1 KB."""
    return max(1, -(-size // 1024))


def _value_size(value: Value) -> int:
    [(kind, content)] = value.items()
    if kind in ("SS", "NS", "BS"):
        return sum(_scalar_size(kind[0], element) for element in content)
    if kind == "L":
        return COLLECTION + sum(1 + _value_size(element) for element in content)
    if kind == "M":
        return COLLECTION + len(content) + item_size(content)
    return _scalar_size(kind, content) if kind in ("S", "N", "B") else 1


def _scalar_size(kind: str, content: str) -> int:
    if kind == "S":
        return len(content.encode())
    if kind == "B":
        return len(base64.b64decode(content))
    digits = content.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + content.startswith("-")
