"""Calls made at the same time: their results, their errors, and who waits for whom."""

import threading

import pytest

from common.calls import Calls, all_at_once
from tests.waiting import until


def test_all_calls_are_under_way_together() -> None:
    everybody = threading.Barrier(10, timeout=10)
    assert sorted(all_at_once(lambda number: everybody.wait(), range(10))) == list(range(10))


def test_results_are_in_the_order_asked_for_however_the_calls_end() -> None:
    ended = [threading.Event() for _ in range(4)] + [threading.Event()]
    ended[4].set()

    def after_the_next(number: int) -> int:
        ended[number + 1].wait(10)
        ended[number].set()
        return number

    assert all_at_once(after_the_next, range(4)) == [0, 1, 2, 3]


def test_the_first_error_ends_it_while_other_calls_still_run() -> None:
    never = threading.Event()

    def call(number: int) -> None:
        if number == 3:
            raise ValueError("the fourth")
        never.wait(60)

    with pytest.raises(ValueError, match="the fourth"):
        all_at_once(call, range(10))
    never.set()


def test_next_done_returns_the_argument_with_the_result_or_the_error() -> None:
    calls: Calls[int, float] = Calls(lambda number: 1 / number)
    calls.start(4)
    assert calls.running == 1
    assert calls.next_done() == (4, 0.25)
    calls.start(0)
    done = calls.next_done()
    assert done is not None
    assert isinstance(done[1], ZeroDivisionError)
    assert calls.running == 0


def test_the_threads_end_with_the_calls() -> None:
    before = threading.active_count()
    all_at_once(lambda number: number, range(10))
    until(lambda: threading.active_count() <= before)


def test_the_threads_end_after_an_error() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        all_at_once(lambda number: 1 / number, range(10))
    until(lambda: threading.active_count() <= before)


def test_waiting_for_a_call_ends_after_the_timeout() -> None:
    calls: Calls[int, int] = Calls(lambda number: number)
    assert calls.next_done(timeout=0.01) is None
