"""Writing rows in batches: which go together, when, and how fast."""

import copy
import itertools
import threading
from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from common import batch_write
from common.batch_write import Backlog, Batch, Outcome, Pace, load, send_all, settle
from common.calls import Calls
from common.errors import Trouble
from common.flights import Row
from common.flights_csv import to_row
from tests.sample_row import fields_with


def test_unprocessed_rows_are_sent_again() -> None:
    rows = [to_row(fields_with(flight_id=str(number))) for number in range(3)]
    client = boto3.client("dynamodb", region_name="us-east-2")
    puts = [{"PutRequest": {"Item": row.item}} for row in rows]
    with Stubber(client) as stub:
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {"flights": puts[1:2]}},
            {"RequestItems": {"flights": puts}},
        )
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {}},
            {"RequestItems": {"flights": puts[1:2]}},
        )
        assert list(load(client, "flights", iter(rows))) == [2, 1]
        stub.assert_no_pending_responses()


def test_rows_acknowledged_within_a_moment_after_the_end_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_write, "SETTLE_SECONDS", 0.2)
    rows = list(numbered("abc"))
    never = threading.Event()

    def write(batch: Batch) -> Outcome:
        if batch.attempt == 2:
            raise OSError("lost on the way")
        if batch.attempt == 3:
            never.wait(60)
        return Outcome(written=rows[1:], unprocessed=rows[:1])

    calls: Calls[Batch, Outcome] = Calls(write)
    for attempt in (1, 2, 1, 3):
        calls.start(Batch(0, rows, attempt))
    assert list(settle(calls)) == [2, 2]
    never.set()


def numbered(keys: str) -> Iterator[Row]:
    """A row for each letter, which is its airline; its seats are its place among the rows."""
    for place, key in enumerate(keys):
        yield Row((1, key), {"available_seats": {"N": str(place)}})


def last_written(backlog: Backlog, under_way: tuple[Row, ...], size: int) -> Iterator[list[str]]:
    """The places of the rows in the order written, for every way in which calls may end."""
    backlog = copy.deepcopy(backlog)
    taken = tuple(backlog.take(size))
    assert len({row.key for row in under_way + taken}) == len(under_way + taken)
    if not under_way + taken:
        assert backlog.empty
        yield []
    for row in under_way + taken:
        others = tuple(other for other in under_way + taken if other is not row)
        then = copy.deepcopy(backlog)
        then.acknowledge([row])
        for rest in last_written(then, others, size):
            yield [row.item["available_seats"]["N"], *rest]


@pytest.mark.parametrize("keys", ["aa", "aba", "aaab", "abab", "aabca"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_rows_of_one_key_are_written_in_the_order_of_the_file(keys: str, size: int) -> None:
    backlog = Backlog(iter(list(numbered(keys))))
    orders = list(last_written(backlog, (), size))
    assert orders
    for order, key in itertools.product(orders, set(keys)):
        assert sorted(order) == sorted(map(str, range(len(keys))))
        assert [place for place in order if keys[int(place)] == key] == sorted(
            place for place in order if keys[int(place)] == key
        )


def test_rows_given_back_are_taken_again_first() -> None:
    backlog = Backlog(numbered("abcdef"))
    first = backlog.take(3)
    backlog.give_back(first[1:])
    backlog.acknowledge(first[:1])
    assert [row.key[1] for row in backlog.take(4)] == ["b", "c", "d", "e"]


def test_no_more_rows_are_held_than_there_is_room_for() -> None:
    rows = numbered("a" * 1000)
    backlog = Backlog(rows, most=10)
    [first] = backlog.take(25)
    assert len(list(rows)) == 990
    backlog.acknowledge([first])
    assert len(backlog.take(25)) == 1


def taken_from_a_small_table(units: float, burst: float, rows: int) -> tuple[float, int, int]:
    """Rows sent at the pace to a table, one call at a time: seconds, calls, and those throttled."""
    now, left, calls, throttled = 0.0, burst, 0, 0
    pace = Pace(now)
    while rows:
        if now < pace.due:
            left, now = min(burst, left + (pace.due - now) * units), pace.due
        batch = Batch(now, list(numbered("a" * min(rows, pace.batch_size()))), started=now)
        pace.sent(len(batch.rows), now)
        left, now = min(burst, left + 0.02 * units), now + 0.02
        taken = min(len(batch.rows), int(left))
        left, rows, calls = left - taken, rows - taken, calls + 1
        throttled += taken < len(batch.rows)
        pace.answered(batch, taken, now)
    return now, calls, throttled


@pytest.mark.parametrize(("units", "burst"), [(5, 5), (30, 300), (100, 300), (800, 2000)])
def test_a_small_table_is_used_to_its_capacity_and_few_calls_are_refused(
    units: int, burst: int
) -> None:
    rows = burst + 30 * units
    seconds, calls, throttled = taken_from_a_small_table(units, burst, rows)
    assert rows >= 0.95 * (burst + seconds * units)
    assert throttled < calls / 3


def test_a_batch_sent_before_the_last_slowing_down_does_not_slow_it_again() -> None:
    rows = list(numbered("a" * 25))
    pace = Pace(0)
    pace.answered(Batch(0, rows, started=0), 20, 1)
    slow, due = pace.rate, pace.due
    pace.answered(Batch(0, rows, started=0.5), 0, 1.1)
    assert (pace.rate, pace.due) == (slow, due)
    pace.answered(Batch(0, rows, started=due), 5, due + 1)
    assert pace.rate < slow


def test_the_pause_grows_with_each_batch_that_is_refused_whole() -> None:
    rows = list(numbered("a" * 25))
    pace, now, pauses = Pace(0), 0.0, []
    for _ in range(6):
        pace.answered(Batch(0, rows, started=now), 0, now + 0.001)
        pauses.append(pace.due - now)
        now = pace.due
    assert pauses[0] < 0.2
    assert pauses[5] > 4 * pauses[0]


def test_nothing_waits_while_nothing_is_throttled() -> None:
    pace = Pace(0)
    pace.sent(25, 0)
    pace.answered(Batch(0, list(numbered("a" * 25))), 25, 0.02)
    assert pace.due == 0
    assert pace.batch_size() == 25


def test_after_throttling_it_speeds_up_again() -> None:
    pace = Pace(0)
    pace.answered(Batch(0, list(numbered("a" * 25))), 0, 1)
    slow, now = pace.rate, 1.0
    while pace.rate < 1000 * slow:
        now = pace.due
        batch = Batch(now, list(numbered("a" * pace.batch_size())), started=now)
        pace.sent(len(batch.rows), now)
        pace.answered(batch, len(batch.rows), now)
    assert now < 15


def test_a_load_gives_up_on_a_table_that_accepts_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_write, "PATIENCE_SECONDS", 0.2)
    rows = [Row((number, "Delta"), {}) for number in range(100)]
    calls: Calls[Batch, Outcome] = Calls(lambda batch: Outcome([], batch.rows))
    with pytest.raises(Trouble, match=r"has accepted no row for 0\.2 seconds: wait a minute, or"):
        list(send_all(calls, iter(rows)))
