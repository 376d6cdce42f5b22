"""How long a piece of work took, and how that is printed."""

import time

import pytest

from common.timing import Stopwatch, in_seconds
from tests.waiting import until


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (143.13736200332642, "143.137362003"),
        (0.9023110866546631, "0.902311086655"),
        (1.4978308677673340, "1.49783086777"),
        (56.578758955, "56.578758955"),
    ],
)
def test_seconds_have_the_twelve_digits_of_the_exercise(length: float, shown: str) -> None:
    assert in_seconds(length) == shown


def test_seconds_grow_until_the_block_ends() -> None:
    with Stopwatch() as watch:
        earlier = watch.seconds
        until(lambda: watch.seconds > earlier)
    stopped = watch.seconds
    assert stopped > earlier
    assert watch.seconds == stopped


def test_started_and_ended_are_local_times() -> None:
    before = time.time()
    with Stopwatch() as watch:
        pass
    for shown in (watch.started, watch.ended):
        stamp = time.mktime(time.strptime(shown, "%Y-%m-%d %H:%M:%S"))
        assert int(before) <= stamp <= time.time()
