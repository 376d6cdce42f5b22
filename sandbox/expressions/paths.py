"""Where in an item a value is, and what is left of an item when some paths are chosen."""

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.expressions.nodes import Path
from sandbox.expressions.values import Item, Value

Branches = dict[str | int, Any]
"""Chosen paths as a tree: the next steps, each with its own branches. No branches: all of it."""


def find(path: Path, item: Item) -> Value | None:
    """The value at a path; None if there is none."""
    value: Value | None = {"M": item}
    for step in path.steps:
        value = child(value, step)
        if value is None:
            return None
    return value


def child(value: Value | None, step: str | int) -> Value | None:
    """A map's value of a name, or a list's of an index."""
    if value is None:
        return None
    if isinstance(step, str):
        found: Value | None = value.get("M", {}).get(step)
        return found
    elements: list[Value] = value.get("L", [])
    return elements[step] if step < len(elements) else None


def project(paths: Iterable[Path], item: Item) -> Item:
    """The parts of an item at these paths. Elements of a list move up, in the order of the list."""
    tree: Branches = {}
    for path in paths:
        branches = tree
        for step in path.steps:
            branches = branches.setdefault(step, {})
    chosen = _pruned({"M": item}, tree) if tree else None
    return chosen["M"] if chosen else {}


def _pruned(value: Value, branches: Branches) -> Value | None:
    if not branches:
        return value
    chosen = {}
    for step, further in branches.items():
        found = child(value, step)
        kept = None if found is None else _pruned(found, further)
        if kept is not None:
            chosen[step] = kept
    if not chosen:
        return None
    return {"M": chosen} if "M" in value else {"L": [chosen[index] for index in sorted(chosen)]}


def clash(paths: Sequence[Path]) -> tuple[str, str] | None:
    """The first two paths that cannot be chosen or changed together: the kind, and AWS's words.

    The kind is "overlap" if one leads into the other, or "conflict" if they take one value for a
    map and for a list.
    """
    for index, second in enumerate(paths):
        for first in paths[:index]:
            kind = _clash(first, second)
            if kind:
                return kind, (
                    f"Two document paths {kind} with each other; must remove or rewrite one of "
                    f"these paths; path one: {first}, path two: {second}"
                )
    return None


def _clash(first: Path, second: Path) -> str:
    for one, other in zip(first.steps, second.steps, strict=False):
        if type(one) is not type(other):
            return "conflict"
        if one != other:
            return ""
    return "overlap"
