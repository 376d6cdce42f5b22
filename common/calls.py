"""Calls made at the same time: many of them take about one round trip."""

from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Calls(Generic[Argument, Result]):
    """Makes calls of one function on background threads, and hands out each result as it comes.

    The caller decides how many run at once. `running` counts the calls whose result next_done()
    has not returned yet. A thread that is free makes the next call: a new thread for each call of
    a load took a quarter longer. The threads are daemons: a program that has to end waits for none
    of them. (concurrent.futures would wait for all of them.)
    """

    def __init__(self, call: Callable[[Argument], Result]) -> None:
        self._call = call
        self._due: SimpleQueue[Argument] = SimpleQueue()
        self._done: SimpleQueue[tuple[Argument, Result | Exception]] = SimpleQueue()
        self._threads = 0
        self.running = 0

    def start(self, argument: Argument) -> None:
        self.running += 1
        self._due.put(argument)
        if self._threads < self.running:
            self._threads += 1
            Thread(target=self._make_calls, daemon=True).start()

    def next_done(self, timeout: float | None = None) -> tuple[Argument, Result | Exception] | None:
        """The argument of a call that ended, and its result or the exception that it raised.

        Waits up to `timeout` seconds (None: as long as it takes). Returns None if no call ended.
        """
        try:
            done = self._done.get(timeout=timeout)
        except Empty:
            return None
        self.running -= 1
        return done

    def _make_calls(self) -> None:
        while True:
            argument = self._due.get()
            try:
                self._done.put((argument, self._call(argument)))
            except Exception as error:
                self._done.put((argument, error))


def all_at_once(call: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """Call with each argument, all at the same time. Returns the results in order.

    The first error ends it and is raised. Calls that still run then are left to themselves.
    """
    numbered = list(enumerate(arguments))
    calls = Calls[tuple[int, Argument], Result](lambda pair: call(pair[1]))
    for pair in numbered:
        calls.start(pair)
    results: dict[int, Result] = {}
    while calls.running:
        if done := calls.next_done():
            (number, _), result = done
            if isinstance(result, Exception):
                raise result
            results[number] = result
    return [results[number] for number, _ in numbered]
