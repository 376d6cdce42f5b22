"""How long a piece of work took, and when it started and ended."""

import time


class Stopwatch:
    """Times a `with` block.

    `started` and `ended` are local times such as "2019-01-23 17:07:58". `seconds` grows until the
    block ends. Setting the computer's clock does not change it.
    """

    started: str
    ended: str

    def __enter__(self) -> "Stopwatch":
        self.started = _now()
        self._start = time.perf_counter()
        self._end: float | None = None
        return self

    def __exit__(self, *exception: object) -> None:
        self._end = time.perf_counter()
        self.ended = _now()

    @property
    def seconds(self) -> float:
        return (self._end or time.perf_counter()) - self._start


def in_seconds(length: float) -> str:
    """The exercise's 12 significant digits: "143.137362003"."""
    return f"{length:.12g}"


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")
