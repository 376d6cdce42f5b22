"""What happens later: deliveries after the lag, and tables that take a moment to change."""

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable


class Schedule:
    """A queue of actions ordered by when they are due, and the sandbox's one lock.

    moto's tables have no locks of their own, so whoever touches one, a client's call or a delivery,
    holds `lock`. The clock is time.monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._stopped = False

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Run `action` at `due`. Actions due at the same time run in the order they were given."""
        with self._changed:
            heapq.heappush(self._queue, (due, next(self._order), action))
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Let so much time pass. The caller holds the lock; others may have it meanwhile."""
        passed = threading.Condition(self.lock)
        passed.wait_for(lambda: False, seconds)

    def run_due(self) -> None:
        """Run what is due by now."""
        with self.lock:
            while self._queue and self._queue[0][0] <= self.clock():
                heapq.heappop(self._queue)[2]()

    def run_forever(self) -> None:
        """Run each action when it is due, until `stop`: for a thread of its own."""
        while True:
            with self._changed:
                if self._stopped:
                    return
                try:
                    self.run_due()
                except Exception:  # one action that fails must not keep the others from running
                    traceback.print_exc()
                wait = self._queue[0][0] - self.clock() if self._queue else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)

    def stop(self) -> None:
        """End `run_forever`; what was not due yet never happens."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
