"""Last writer wins, as a pure function over values.

Source of the rule: AWS Prescriptive Guidance, "Using Amazon DynamoDB global tables": every item
carries a private timestamp of its last write, and a replicated write is applied only if its own
timestamp is greater. The rule is per item, never per attribute; a delete is a write like any other.
"""

from typing import NamedTuple


class Stamp(NamedTuple):
    """When and where a write was accepted. Stamps order as tuples: by time, then by region name."""

    accepted: int
    """In nanoseconds since the epoch."""
    region: str
    """It decides between two writes of the same instant."""


def wins(incoming: Stamp, stored: Stamp | None) -> bool:
    """Whether a replicated write replaces what the replica holds (None: nothing newer is known)."""
    return stored is None or incoming > stored
