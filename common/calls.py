"""Calls made at the same time: many of them take about one round trip."""

from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")

END: Any = object()
"""In place of an argument: the thread that takes it ends."""


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
            arguments = (self._call, self._due, self._done)
            Thread(target=_make_calls, args=arguments, daemon=True).start()

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

    def __del__(self) -> None:
        for _ in range(self._threads):
            self._due.put(END)


def _make_calls(
    call: Callable[[Argument], Result],
    due: "SimpleQueue[Argument]",
    done: "SimpleQueue[tuple[Argument, Result | Exception]]",
) -> None:
    """What a thread does. It does not keep its Calls alive, which ends it in the end."""
    for argument in iter(due.get, END):
        try:
            done.put((argument, call(argument)))
        except Exception as error:
            done.put((argument, error))


def all_at_once(call: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """Call with each argument, all at the same time. Returns the results in order.

    The first error ends it and is raised. Calls that still run then are left to themselves.
    """
    numbered = list(enumerate(arguments))
    calls = Calls[tuple[int, Argument], Result](lambda pair: call(pair[1]))
    for pair in numbered:
        calls.start(pair)
    results: dict[int, Result] = {}
    try:
        while calls.running:
            if done := calls.next_done():
                (number, _), result = done
                if isinstance(result, Exception):
                    raise result
                results[number] = result
    finally:
        del calls  # else an error's traceback keeps it, and its threads
    return [results[number] for number, _ in numbered]
