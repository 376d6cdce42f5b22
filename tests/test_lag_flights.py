"""lag_flights.py: step 9's measurement."""

import csv
import re
import signal
import subprocess
from pathlib import Path

import pytest

from common.lag import histogram, summary
from tests.clients import Clients, create_table
from tests.scripts import SAMPLE, Script, command

LAG = ("lag_flights", "flights", "us-east-2", "eu-west-1")

SHOWN = """\
Update 1 of 2, to 979 seats: 10 of 10 flights arrived after <s> to <s> seconds
Update 2 of 2, to 980 seats: 10 of 10 flights arrived after <s> to <s> seconds

lag from us-east-2 to eu-west-1:
min <s>, median <s>, p95 <s>, max <s> seconds, of 20 samples
Possible error: up to <s> seconds too long, the time of a read (at most <s>)

"""


def lags_in(path: Path) -> list[float]:
    with path.open(newline="") as file:
        return [float(row["seconds"]) for row in csv.DictReader(file)]


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0.2)
def test_it_prints_a_line_per_update_then_the_lags_and_a_histogram(
    script: Script, tmp_path: Path
) -> None:
    code, out, err = script(*LAG, "--updates", "2", "--csv", str(tmp_path / "lags.csv"))
    figures, end, bars = out.partition(")\n\n")
    assert re.sub(r"\d+\.\d{3}", "<s>", figures + end) == SHOWN
    assert sum(int(line.split()[4]) for line in bars.splitlines()) == 20
    assert (code, err) == (0, "")
    lags = lags_in(tmp_path / "lags.csv")
    assert len(lags) == 20
    assert max(lags) > 0.1  # the sandbox delivers after 0.12 to 0.28 seconds


@pytest.mark.usefixtures("flights")
def test_each_update_sets_seats_that_no_flight_had(script: Script, dynamodb: Clients) -> None:
    dynamodb("us-east-2").put_item(
        TableName="flights", Item={**SAMPLE[0], "available_seats": {"N": "9" * 38}}
    )
    dynamodb("us-east-2").put_item(
        TableName="flights", Item={**SAMPLE[1], "available_seats": {"N": "1"}}
    )
    code, out, _ = script(*LAG, "--updates", "2")
    assert code == 0
    assert "Update 1 of 2, to 2 seats: 10 of 10 flights" in out
    assert "Update 2 of 2, to 3 seats: 10 of 10 flights" in out


def test_updates_that_never_arrive_are_reported_and_the_rest_goes_on(
    script: Script, dynamodb: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.lag.ARRIVAL_SECONDS", 0.1)
    monkeypatch.setattr("lag_flights.ARRIVAL_SECONDS", 0.1)
    for region in ("us-east-2", "eu-west-1"):  # two tables of the same name, and no global table
        create_table(dynamodb(region))
        for item in SAMPLE:
            dynamodb(region).put_item(TableName="flights", Item=item)
    code, out, err = script(*LAG, "--updates", "2", "--csv", str(tmp_path / "lags.csv"))
    assert (
        "Update 2 of 2, to 980 seats: 0 of 10 flights arrived\nNot arrived within 0.1 seconds: "
    ) in out
    assert out.endswith(
        "\nlag from us-east-2 to eu-west-1:\n20 updates did not arrive within 0.1 seconds\n"
    )
    assert err.startswith("lag_flights.py: some updates did not arrive in eu-west-1 within ")
    assert code == 1
    assert (tmp_path / "lags.csv").read_text().count(",\n") == 20


@pytest.mark.usefixtures("flights")
@pytest.mark.sandbox(lag=0.1)
def test_ctrl_c_reports_what_was_measured_so_far(tmp_path: Path) -> None:
    lags = tmp_path / "lags.csv"
    arguments = (*LAG, "--updates", "999", "--csv", str(lags))
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as measuring:
        assert measuring.stdout
        shown = measuring.stdout.readline()
        measuring.send_signal(signal.SIGINT)
        rest, err = measuring.communicate(timeout=10)
    assert (measuring.returncode, err) == (130, "lag_flights.py: interrupted\n")
    assert shown.startswith("Update 1 of 999, to 979 seats: 10 of 10 flights")
    samples = re.search(r"of (\d+) samples", rest)
    assert samples
    assert int(samples[1]) == len(lags_in(lags)) >= 10


@pytest.mark.usefixtures("flights")
def test_a_file_that_cannot_be_written_is_reported_before_anything_is_updated(
    script: Script, tmp_path: Path, dynamodb: Clients
) -> None:
    path = tmp_path / "nowhere" / "lags.csv"
    assert script(*LAG, "--csv", str(path)) == (
        1,
        "",
        f"lag_flights.py: cannot write {path}: No such file or directory\n",
    )
    items = dynamodb("us-east-2").scan(TableName="flights")["Items"]
    assert all(item in items for item in SAMPLE)


def test_a_summary_gives_the_nearest_rank_as_p95() -> None:
    assert (
        summary([each / 100 for each in range(100, 0, -1)])
        == "min 0.010, median 0.505, p95 0.950, max 1.000 seconds"
    )
    assert summary([0.5]) == "min 0.500, median 0.500, p95 0.500, max 0.500 seconds"


def test_a_histogram_has_bins_of_a_round_width() -> None:
    assert histogram([0.31, 0.32, 0.36, 0.41, 0.7]) == [
        "  0.30 to 0.35 s    2 ##################################################",
        "  0.35 to 0.40 s    1 #########################",
        "  0.40 to 0.45 s    1 #########################",
        *(f"  {low:.2f} to {low + 0.05:.2f} s    0" for low in (0.45, 0.5, 0.55, 0.6, 0.65)),
        "  0.70 to 0.75 s    1 #########################",
    ]
