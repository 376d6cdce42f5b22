"""The benchmarks work from end to end. How fast or large anything is, no test asserts."""

import re
import subprocess
import sys

from tests.scripts import ROOT

RUN = ROOT / "benchmarks" / "run.py"

TABLE = """\
Load 200 rows, 8 ms
  load_flights.py
  put_item, one row a call (20 rows measured, scaled)
  boto3 batch_writer
  dynamodb-csv
  aiodynamo, 100 batches at once
  floor: interpreter, import boto3, client, one call
Load 400 rows, 8 ms
  load_flights.py
  boto3 batch_writer
  aiodynamo, 100 batches at once
  floor: interpreter, import boto3, client, one call
load_flights.py, 2 ms, plain HTTP
  400 rows
  800 rows
  floor: interpreter, import boto3, client, one call
Load 200 rows, 1000 write units/s, 50 saved up, 2 ms
  load_flights.py
  boto3 batch_writer
  floor: interpreter, import boto3, client, one call
Ten queries, 20 ms
  query_flights.py
  one call after another
  AWS CLI (one call, times ten)
  floor: interpreter, import boto3, client, one call
Ten updates, ten queries, ten queries, 20 ms
  ec_query_flights.py, less its pause of 1 s
  one call after another
  floor: interpreter, import boto3, client, one call
Scan 8 pages, 5 ms
  scan_flights.py
  boto3 paginator
  AWS CLI
  floor: interpreter, import boto3, client, one call
One put_item through boto3
  moto's own server
  sandbox
  sandbox, a table with a replica
  floor: an endpoint that does nearly nothing
One update_item through boto3
  moto's own server
  sandbox
  sandbox, a table with a replica
  floor: an endpoint that does nearly nothing
One query through boto3
  moto's own server
  sandbox
  sandbox, a table with a replica
  floor: an endpoint that does nearly nothing
"""


def test_a_quick_run_fills_every_row_of_the_table() -> None:
    run = subprocess.run(
        [sys.executable, RUN, "--quick", "--runs", "1"], capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")
    about, explanation, *lines = run.stdout.splitlines()
    assert about.endswith("Whole processes, medians; runs: 1.")
    assert explanation.startswith("x: ")
    # Two or three figures, then perhaps a remark. A row without figures has hyphens: they stay.
    figures = r" +(\d+\.\d\d|seconds|ms)( +\d+\.\d\d| +x)( +\d+| +peak MB)?(  \S.*)?$"
    names = [re.sub(figures, "", line) for line in lines if line]
    assert "\n".join(names) + "\n" == TABLE


def test_no_number_of_runs_below_one() -> None:
    run = subprocess.run(
        [sys.executable, RUN, "--runs", "0"], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 2
    assert run.stderr.startswith("usage: run.py ")
    assert run.stdout == ""


def test_a_short_soak_prints_the_memory_after_each_round() -> None:
    soak = subprocess.run(
        [sys.executable, RUN.with_name("soak.py"), "--writes", "1000"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (soak.returncode, soak.stderr) == (0, "")
    assert re.fullmatch(r" +writes +MB\n +1,000 +\d+\n", soak.stdout)
