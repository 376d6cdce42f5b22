"""Calls made at the same time, so that many cost about one round trip."""

from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Calls(Generic[Argument, Result]):
    """`call`, made on background threads; what came of each, as it comes.

    How many run at once is up to whoever starts them: `running` counts those not yet told of. The
    threads are daemons, so that a program that has to end, at Ctrl-C say, waits for no answer.
    """

    def __init__(self, call: Callable[[Argument], Result]) -> None:
        self._call = call
        self._done: SimpleQueue[tuple[Argument, Result | Exception]] = SimpleQueue()
        self.running = 0

    def start(self, argument: Argument) -> None:
        """Make the call with this argument."""
        self.running += 1
        Thread(target=self._make, args=(argument,), daemon=True).start()

    def next_done(self, timeout: float | None = None) -> tuple[Argument, Result | Exception] | None:
        """The argument of a call that ended, and its result or the exception that it raised.

        Waits for one, but no longer than `timeout` seconds; None if none ended.
        """
        try:
            done = self._done.get(timeout=timeout)
        except Empty:
            return None
        self.running -= 1
        return done

    def _make(self, argument: Argument) -> None:
        try:
            self._done.put((argument, self._call(argument)))
        except Exception as error:
            self._done.put((argument, error))


def all_at_once(call: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """[call(argument) for argument in arguments], all at once; so does the first error end it."""
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
