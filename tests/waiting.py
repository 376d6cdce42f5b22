"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable

DEADLINE_SECONDS = 20


def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds; fail after a deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.01)
