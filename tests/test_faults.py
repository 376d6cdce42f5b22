"""A load when calls go wrong is complete, or an exit code and a sentence say what is missing."""

import signal
import subprocess
from collections.abc import Callable

import pytest

from common.batch_write import AT_ONCE
from fake_dynamodb.server import FAULTS, FakeDynamoDB
from tests.scripts import FLIGHTS_DATA, Finished, Script, command
from tests.waiting import until

LOAD = ("load_flights", "flights", FLIGHTS_DATA, "us-east-2")
SAFE = "rows are loaded; running this again is safe)"


@pytest.fixture
def load(script: Script, monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeDynamoDB], Finished]:
    """Load the exercise's 2,500 rows into the table of this fake."""

    def finished(fake: FakeDynamoDB) -> Finished:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        return script(*LOAD)

    return finished


def rows_reported(err: str) -> int:
    """The number of loaded rows that the one line on stderr ends with."""
    assert err.count("\n") == 1
    assert err.endswith(f" of 2500 {SAFE}\n")
    return int(err.rpartition(" (at least ")[2].split()[0])


def assert_complete(finished: Finished, fake: FakeDynamoDB) -> None:
    assert (finished.code, finished.err) == (0, "")
    announced = [int(line.split()[1]) for line in finished.out.splitlines()[:-1]]
    assert announced == list(range(250, 2501, 250))
    assert finished.out.splitlines()[-1].startswith("TotalRowCount: 2500, ")
    assert len(fake.items("us-east-2")) == 2500


@pytest.mark.parametrize("kind", FAULTS)
def test_a_load_is_complete_though_many_calls_go_wrong_in_one_way(
    load: Callable[[FakeDynamoDB], Finished], kind: str
) -> None:
    with FakeDynamoDB(faults=0.3, kinds=[kind], slow=0.2, round_trip=0.005) as fake:
        assert_complete(load(fake), fake)
        assert fake.faulted[kind] > 10


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_load_is_complete_though_one_call_in_ten_goes_wrong(
    load: Callable[[FakeDynamoDB], Finished], seed: int
) -> None:
    with FakeDynamoDB(faults=0.1, slow=0.5, seed=seed) as fake:
        assert_complete(load(fake), fake)


def test_a_slow_answer_holds_up_only_its_own_batch(
    load: Callable[[FakeDynamoDB], Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.aws.READ_SECONDS", 0.3)
    with FakeDynamoDB(faults=0.05, kinds=["slow"], slow=60) as fake:
        assert_complete(load(fake), fake)


def test_a_load_into_a_small_table_is_complete(load: Callable[[FakeDynamoDB], Finished]) -> None:
    with FakeDynamoDB(capacity=1000, burst=300) as fake:
        assert_complete(load(fake), fake)
        assert fake.write_units == 2500
        refused = fake.refused["ProvisionedThroughputExceededException"]
        assert refused < fake.calls["BatchWriteItem"] / 2


def test_a_load_gives_up_when_throttling_does_not_end(
    load: Callable[[FakeDynamoDB], Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.PATIENCE_SECONDS", 0.5)
    with FakeDynamoDB(capacity=0, burst=40) as fake:
        code, out, err = load(fake)
    assert (code, out) == (1, "")
    assert (
        "DynamoDB throttled every attempt at dynamodb:BatchWriteItem on table flights in us-east-2"
        in err
    )
    assert rows_reported(err) == 40


def test_a_load_gives_up_when_every_connection_breaks(
    load: Callable[[FakeDynamoDB], Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.ATTEMPTS", 3)
    with FakeDynamoDB(faults=1, kinds=["reset before"]) as fake:
        code, out, err = load(fake)
    assert (code, out) == (1, "")
    assert f"no answer from {fake.url}" in err
    assert rows_reported(err) == 0
    assert fake.calls["BatchWriteItem"] <= 3 * 100  # there are 100 batches


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ResourceNotFoundException", "there is no table flights in us-east-2"),
        ("ExpiredTokenException", "the AWS credentials have expired"),
        ("AccessDeniedException", "access denied"),
    ],
)
def test_an_error_that_is_not_transient_ends_a_load_at_once(
    load: Callable[[FakeDynamoDB], Finished], code: str, sentence: str
) -> None:
    with FakeDynamoDB(round_trip=0.05) as fake:
        fake.fail_after(60, code)
        finished = load(fake)
        assert finished.code == 1
        assert finished.err.startswith(f"load_flights.py: {sentence}")
        assert rows_reported(finished.err) == 25 * 60
        assert len(fake.items("us-east-2")) == 25 * 60
        assert (
            fake.refused[code] <= AT_ONCE + 1
        )  # those under way, and the question about the table


def test_ctrl_c_ends_a_load_at_once_and_reports_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeDynamoDB(faults=0.75, kinds=["slow"], slow=60) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        with subprocess.Popen(
            command(*LOAD), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as load:
            until(lambda: fake.faulted["slow"] == AT_ONCE)
            load.send_signal(signal.SIGINT)
            out, err = load.communicate(timeout=5)
        assert load.returncode == 130
        assert err.startswith("load_flights.py: interrupted (")
        assert rows_reported(err) == len(fake.items("us-east-2"))
        assert out.count("\n") == rows_reported(err) // 250


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan_flights", "flights", "us-east-2"),
        ("query_flights", "flights", "us-east-2"),
        ("ec_query_flights", "flights", "222", "us-east-2", "eu-west-1"),
    ],
)
def test_ctrl_c_ends_the_other_scripts_at_once(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeDynamoDB(faults=1, kinds=["slow"], slow=60) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        with subprocess.Popen(
            command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as script:
            until(lambda: fake.calls.total() >= 10)
            script.send_signal(signal.SIGINT)
            _, err = script.communicate(timeout=5)
        assert (script.returncode, err) == (130, f"{arguments[0]}.py: interrupted\n")
