"""A table's keys and indexes, and whether a key or an item fits them.

Every refusal of a key is here, before anything is read or written. The texts are AWS's.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.api import ApiError, invalid
from sandbox.expressions.nodes import Path
from sandbox.expressions.values import Item, Value, checked_item, comparable, type_of
from sandbox.items.sizes import MAX_ITEM, item_size

Key = tuple[str, ...]
"""A primary key: the partition key's value and, if the table has one, the sort key's."""

MISMATCH = "The provided key element does not match the schema"
WRONG = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
TOO_LONG = (
    "Size of hashkey has exceeded the maximum size limit of2048 bytes",  # "of2048" is AWS's text
    "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
)
MAX_LENGTHS = (2048, 1024)
"""Of a partition key and of a sort key, in bytes."""


class Attribute(NamedTuple):
    """An attribute of a key."""

    name: str
    type: str
    """S, N or B."""


class Index(NamedTuple):
    """A secondary index."""

    name: str
    keys: tuple[Attribute, ...]
    is_global: bool
    projected: set[str] | None
    """The attributes that it holds; None: all."""

    def visible(self, item: Item) -> Item:
        """An item as the index shows it."""
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}


@dataclass(frozen=True)
class Schema:
    """The keys and indexes of a table."""

    keys: tuple[Attribute, ...]
    indexes: tuple[Index, ...]

    def index(self, name: str) -> Index:
        """An index by its name."""
        for index in self.indexes:
            if index.name == name:
                return index
        raise invalid(f"The table does not have the specified index: {name}")

    def key(self, item: Item) -> Key:
        """The key that a request gives: `item` has the key attributes, and no others."""
        if set(item) != {attribute.name for attribute in self.keys}:
            raise invalid(MISMATCH)
        for place, (name, kind) in enumerate(self.keys):
            if type_of(item[name]) != kind:
                raise invalid(MISMATCH)
            _check_content(place, name, item[name], WRONG)
        return self.key_of(item)

    def key_of(self, item: Item) -> Key:
        """The key of an item that fits."""
        return tuple(item[name][kind] for name, kind in self.keys)

    def key_item(self, item: Item) -> Item:
        """The key attributes of an item that fits."""
        return {name: item[name] for name, _ in self.keys}

    def check_item(self, item: Item, size_text: str = "Item size has exceeded") -> None:
        """Refuse an item that does not fit the table's keys or its indexes', or is too large."""
        for place, (name, kind) in enumerate(self.keys):
            if name not in item:
                raise invalid(f"{WRONG}Missing the key {name} in the item")
            if type_of(item[name]) != kind:
                raise invalid(
                    f"{WRONG}Type mismatch for key {name} "
                    f"expected: {kind} actual: {type_of(item[name])}"
                )
            _check_content(place, name, item[name], NOT_VALID)
        for index in self.indexes:
            _check_index_keys(index, item)
        if item_size(item) > MAX_ITEM:
            raise invalid(f"{size_text} the maximum allowed size")

    def check_update(self, paths: Iterable[Path]) -> None:
        """Refuse an update of key attributes, or of a place in an index's."""
        own = [attribute.name for attribute in self.keys]
        others = [attribute.name for index in self.indexes for attribute in index.keys]
        for path in paths:
            name = path.steps[0]
            if name in own:
                raise invalid(
                    f"{WRONG}Cannot update attribute {name}. This attribute is part of the key"
                )
            if name in others and len(path.steps) > 1:
                raise invalid(
                    "Key attributes must be scalars; list random access '[]' and map lookup '.' "
                    f"are not allowed: IndexKey: {name}"
                )


def is_in(index: Index, item: Item) -> bool:
    """Whether an index holds an item: it holds those with all of its keys.

    An item from before the index may have another type there.
    """
    return all(name in item and type_of(item[name]) == kind for name, kind in index.keys)


def start_key(schema: Schema, index: Index | None, given: object, is_query: bool) -> Item:
    """The ExclusiveStartKey of a query or scan of a table or an index."""
    unfit = "The provided starting key is invalid"
    try:
        item = checked_item(given)
        keys = schema.keys if index is None else (*schema.keys, *index.keys)
        if set(item) != {name for name, _ in keys}:
            raise invalid("" if is_query or index else MISMATCH)
        schema.key(schema.key_item(item))
    except ApiError as error:
        raise invalid(f"{unfit}: {error.message}" if error.message else unfit) from None
    if any(type_of(item[name]) != kind for name, kind in keys):
        raise invalid(MISMATCH)
    return item


def order(keys: tuple[Attribute, ...], item: Item) -> tuple[object, ...]:
    """What sorts items of one partition: the sort key's value, if there is one."""
    return tuple(comparable(item[name]) for name, _ in keys[1:])


def _check_content(place: int, name: str, value: Value, wrong: str) -> None:
    kind, content = type_of(value), value[type_of(value)]
    if kind == "N":
        return
    if not content:
        raise invalid(
            f"{wrong}The AttributeValue for a key attribute cannot contain an empty "
            f"{'string' if kind == 'S' else 'binary'} value. Key: {name}"
        )
    size = len(content.encode() if kind == "S" else base64.b64decode(content))
    if size > MAX_LENGTHS[place]:
        raise invalid(WRONG + TOO_LONG[place])


def _check_index_keys(index: Index, item: Item) -> None:
    for place, (name, kind) in enumerate(index.keys):
        if name not in item:
            continue
        value = item[name]
        if type_of(value) != kind:
            raise invalid(
                f"{WRONG}Type mismatch for Index Key {name} Expected: {kind} "
                f"Actual: {type_of(value)} IndexName: {index.name}"
            )
        if kind != "N" and not value[kind]:
            raise invalid(
                f"{NOT_VALID}A value specified for a secondary index key is not supported. "
                "The AttributeValue for a key attribute cannot contain an empty "
                f"{'string' if kind == 'S' else 'binary'} value. "
                f"IndexName: {index.name}, IndexKey: {name}"
            )
        _check_content(place, name, value, NOT_VALID)
