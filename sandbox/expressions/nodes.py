"""What an expression is made of, once it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sandbox.expressions.values import Value


@dataclass(frozen=True)
class Path:
    """Where a value is in an item: names in maps, and indexes (numbers) in lists."""

    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        """As AWS writes it in refusals."""
        return f"[{', '.join(f'[{s}]' if isinstance(s, int) else s for s in self.steps)}]"


@dataclass(frozen=True)
class Constant:
    """A value that the request gives."""

    value: Value


@dataclass(frozen=True)
class Call:
    """An operator or function, and its operands: "AND", "BETWEEN", "<", "size" and so on."""

    operator: str
    operands: tuple[Node, ...]


Node: TypeAlias = Path | Constant | Call


@dataclass(frozen=True)
class Action:
    """One change of an update: "SET", "REMOVE", "ADD" or "DELETE", where, and by what."""

    kind: str
    path: Path
    operand: Node | None = None
    mismatch: str = "An operand in the update expression has an incorrect data type"
    """What AWS answers to ADD or DELETE on an attribute of another type."""
