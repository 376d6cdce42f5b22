"""What the scripts cost beside other ways of doing the same, in one table.

    $ python benchmarks/run.py            # seven minutes or so
    $ python benchmarks/run.py --quick    # small sizes: shows that it works, not how fast

Every figure is measured in this run: whole processes, start-up included, against an endpoint on
loopback that holds each answer for a round trip (fake_dynamodb). Each run measures every row of a
group once, one after another; shown are the medians over the runs. "x" is how many times as long
a row takes as the first row of its group, within the same run.
"""

import argparse
import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sandbox.environment import environment  # noqa: E402

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
TABLE, REGION, OTHER_REGION = "flights", "us-east-2", "eu-west-1"

Command = list[str] | None
"""None: it is not installed."""


class Measured(NamedTuple):
    """One process, from start to end."""

    seconds: float
    peak_mb: float
    output: str
    trouble: str
    """Why the figures do not count; empty if they do."""


Counts = dict[str, Any]
"""What the endpoint counted while a process ran: the JSON of FakeDynamoDB.stats()."""


@dataclass
class Row:
    """One row of the table: a command, and how to read what it took."""

    name: str
    command: Command
    figure: Callable[[float, float], float] = lambda seconds, floor: seconds
    """The seconds to show, made of the seconds measured and the floor's in the same run."""
    note: Callable[[float, Counts], str] = lambda seconds, counts: ""
    """What to say beside the figures."""
    loads: int = 0
    """How many items the table must hold afterwards, if it is a load."""


def script(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / name), *arguments]


def rival(name: str, *arguments: str) -> list[str]:
    return script("benchmarks/rivals.py", name, *arguments)


def installed(command: str, *arguments: str) -> Command:
    path = shutil.which(command, path=PATH)
    return [path, *arguments] if path else None


def aws(operation: str, *arguments: str) -> Command:
    table = ["--table-name", TABLE, "--region", REGION]
    return installed("aws", "dynamodb", operation, *table, *arguments)


def loader(path: str) -> Command:
    return script("load_flights.py", TABLE, path, REGION)


def batch_writer(path: str) -> Command:
    return rival("batch_writer", TABLE, path, REGION)


def aiodynamo(path: str) -> Command:
    """It leaves the choice of an HTTP client to its user: here, aiohttp."""
    there = all(importlib.util.find_spec(name) for name in ("aiodynamo", "aiohttp"))
    return rival("aiodynamo", TABLE, path, REGION) if there else None


def aws_query() -> Command:
    condition = ["--key-condition-expression", "flight_id = :id"]
    values = ["--expression-attribute-values", '{":id": {"N": "1079996"}}']
    return aws("query", *condition, *values)


FLOOR = Row("floor: interpreter, import boto3, client, one call", rival("floor", TABLE, REGION))


@dataclass
class Benchmark:
    """The groups of the table. Each says whether our own script, its first row, did its work."""

    quick: bool
    runs: int
    directory: str
    """Where files may be left."""

    def load(self) -> bool:
        rows, sample = (200, 20) if self.quick else (2500, 100)
        path = self.csv(rows)
        subprocess.run(rival("for_dynamodb_csv", path, REGION), check=True)
        importer = installed("dynamodb-csv", "-i", "-t", TABLE, "-f", "flights.csv")
        put_items = Row(
            f"put_item, one row a call ({sample} rows measured, scaled)",
            rival("put_item", TABLE, self.csv(sample), REGION),
            figure=lambda seconds, floor: floor + (seconds - floor) * rows / sample,
            loads=sample,
        )
        return self.compare(
            f"Load {rows:,} rows",
            [
                Row("load_flights.py", loader(path), loads=rows),
                put_items,
                Row("boto3 batch_writer", batch_writer(path), loads=rows),
                Row("dynamodb-csv", importer, loads=rows),
                Row("aiodynamo, 100 batches at once", aiodynamo(path), loads=rows),
            ],
            milliseconds=80,
        )

    def load_longer_files(self) -> bool:
        def row(name: str, rows: int, command: Callable[[str], Command]) -> Row:
            def speed(seconds: float, counts: Counts) -> str:
                return f"{rows / seconds:,.0f} rows a second"

            return Row(f"{name}, {rows:,} rows", command(self.csv(rows)), note=speed, loads=rows)

        rows, more = (400, 800) if self.quick else (10_000, 100_000)
        return self.compare(
            "Load longer files",
            [
                row("load_flights.py", rows, loader),
                row("load_flights.py", more, loader),
                row("boto3 batch_writer", rows, batch_writer),
                row("aiodynamo, 100 batches at once", rows, aiodynamo),
            ],
            milliseconds=20,
        )

    def load_into_a_small_table(self) -> bool:
        def used(seconds: float, counts: Counts) -> str:
            share = counts["write_units"] / (burst + capacity * counts["writing_seconds"])
            calls, refused = (sum(counts[name].values()) for name in ("calls", "refused"))
            return f"{share:.1%} of the units used, {refused} of {calls} calls refused"

        rows, capacity, burst = (200, 1000, 50) if self.quick else (2500, 100, 300)
        path = self.csv(rows)
        return self.compare(
            f"Load {rows:,} rows, {capacity} write units/s, {burst} saved up",
            [
                Row("load_flights.py", loader(path), note=used, loads=rows),
                Row("boto3 batch_writer", batch_writer(path), note=used, loads=rows),
            ],
            ["--capacity", str(capacity), "--burst", str(burst)],
            milliseconds=20,
        )

    def query(self) -> bool:
        rows = [
            Row("query_flights.py", script("query_flights.py", TABLE, REGION)),
            Row("one call after another", rival("queries", TABLE, REGION)),
            Row("AWS CLI (one call, times ten)", aws_query(), lambda taken, _: 10 * taken),
        ]
        return self.compare("Ten queries", rows, ["--csv", self.csv(2500)], milliseconds=200)

    def update_and_query(self) -> bool:
        regions = [REGION, OTHER_REGION]
        rows = [
            Row(
                "ec_query_flights.py, less its pause of 1 s",
                script("ec_query_flights.py", TABLE, "222", *regions),
                lambda taken, _: taken - 1,
            ),
            Row("one call after another", rival("update_and_queries", TABLE, "222", *regions)),
            Row("AWS CLI (one query, times 30)", aws_query(), lambda taken, _: 30 * taken),
        ]
        title = "Ten updates, ten queries, ten queries"
        return self.compare(title, rows, ["--csv", self.csv(2500)], milliseconds=200)

    def scan(self) -> bool:
        pages, page = (8, 50) if self.quick else (80, 500)
        table = ["--csv", self.csv(pages * page), "--page", str(page)]
        return self.compare(f"Scan {pages} pages", self.scans(), table, milliseconds=50)

    def scan_one_page(self) -> bool:
        table = ["--csv", self.csv(2500)]
        return self.compare("Scan one page", self.scans(), table, milliseconds=50)

    def scans(self) -> list[Row]:
        return [
            Row("scan_flights.py", script("scan_flights.py", TABLE, REGION)),
            Row("boto3 paginator", rival("paginator", TABLE, REGION)),
            Row("AWS CLI", aws("scan", "--select", "COUNT")),
        ]

    def call_the_sandbox(self) -> bool:
        """One call through boto3 on the sandbox, beside the same call on moto's own server."""
        replicated = f"{TABLE}_replicated"
        took: dict[str, list[dict[str, float]]] = {}
        with (
            server("moto.server", "-p") as moto,
            server("sandbox", "--port") as sandbox,
            endpoint([]) as nearly_nothing,
        ):
            wait_for(moto)
            wait_for(sandbox)
            measure(rival("make_table", TABLE, REGION), moto, self.directory)
            measure(rival("make_table", TABLE, REGION), sandbox, self.directory)
            both = [REGION, OTHER_REGION]
            measure(rival("make_table", replicated, *both), sandbox, self.directory)
            for _ in range(self.runs):
                for name, url, table in (
                    ("moto's own server", moto, TABLE),
                    ("sandbox", sandbox, TABLE),
                    ("sandbox, a table with a replica", sandbox, replicated),
                    ("floor: an endpoint that does nearly nothing", nearly_nothing, TABLE),
                ):
                    calls = rival("calls", "20" if self.quick else "300", table, REGION)
                    measured = measure(calls, url, self.directory)
                    if measured.trouble:
                        show(name, ["-"], measured.trouble)
                        return False
                    took.setdefault(name, []).append(json.loads(measured.output))
        [of_moto, *_] = took.values()
        for operation in of_moto[0]:
            heading(f"One {operation} through boto3", "ms", "x")
            first = [each[operation] for each in of_moto]
            for name, times in took.items():
                values = [each[operation] for each in times]
                show(name, [f"{median(values):.2f}", ratio(values, first)])
        return True

    def compare(
        self, title: str, rows: list[Row], options: Sequence[str] = (), *, milliseconds: int
    ) -> bool:
        """Measure a group, and the floor, on an endpoint with these options, and print it."""
        rows = [*rows, FLOOR]
        round_trip = self.seconds(milliseconds)
        heading(f"{title}, {1000 * round_trip:g} ms a call", "seconds", "x", "peak MB")
        taken: dict[str, list[tuple[Measured, Counts]]] = {row.name: [] for row in rows}
        with endpoint(["--round-trip", str(round_trip), *options]) as url:
            for _ in range(self.runs):
                for row in rows:
                    if row.command:
                        measured = measure(row.command, url, self.directory)
                        taken[row.name].append(checked(row, measured, counts_since_last(url)))
        floors = [measured.seconds for measured, _ in taken[FLOOR.name]]
        first: list[float] = []
        for row in rows:
            measurements = taken[row.name]
            troubles = [measured.trouble for measured, _ in measurements if measured.trouble]
            if troubles or not measurements:
                show(row.name, ["-", "-", "-"], troubles[0] if troubles else "not installed")
                continue
            times = [measured.seconds for measured, _ in measurements]
            figures = [row.figure(*pair) for pair in zip(times, floors, strict=True)]
            if row is rows[0]:
                first = figures
            peak = median(measured.peak_mb for measured, _ in measurements)
            typical, counts = sorted(measurements)[len(measurements) // 2]
            columns = [f"{median(figures):.2f}", ratio(figures, first), f"{peak:.0f}"]
            show(row.name, columns, row.note(typical.seconds, counts))
        return bool(first)

    def csv(self, rows: int) -> str:
        """A file of so many flights, made once."""
        path = Path(self.directory, f"flights_{rows}.csv")
        if not path.exists():
            with path.open("wb") as lines:
                subprocess.run(script("data/make_flights.py", str(rows)), stdout=lines, check=True)
        return str(path)

    def seconds(self, milliseconds: int) -> float:
        """A round trip for the endpoint: a tenth of it when it has to be quick."""
        return milliseconds / (10_000 if self.quick else 1000)


def measure(command: list[str], url: str, directory: str) -> Measured:
    """Run a command in `directory` to its end, against the endpoint at `url`.

    Its peak memory is what the system says of that one process. It is never less than what this
    process holds when it starts another, so this file imports no more than it needs.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=process_environment(url), stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        last_words = (err.read().splitlines() or ["no word"])[-1]
        trouble = f"exit {process.returncode}: {last_words}" if process.returncode else ""
        unit = 1 if sys.platform == "darwin" else 1024
        return Measured(seconds, usage.ru_maxrss * unit / 1e6, out.read(), trouble)


def process_environment(url: str) -> dict[str, str]:
    """This endpoint, dummy credentials, and nothing of the user's AWS configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | environment(url)


def counts_since_last(url: str) -> Counts:
    """What the endpoint counted since the last time; it starts afresh."""
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE")) as answer:
        counts: Counts = json.load(answer)
    return counts


def checked(row: Row, measured: Measured, counts: Counts) -> tuple[Measured, Counts]:
    """A load that left items out is trouble, however it ended."""
    there = counts["items"].get(REGION, 0)
    if row.loads and there != row.loads and not measured.trouble:
        measured = measured._replace(trouble=f"{there} of {row.loads} rows are in the table")
    return measured, counts


@contextmanager
def endpoint(options: Sequence[str]) -> Iterator[str]:
    """The fake DynamoDB, in a process of its own: its URL."""
    command = [sys.executable, "-m", "fake_dynamodb", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def server(module: str, port_option: str) -> Iterator[str]:
    """A local DynamoDB in a process of its own: the URL where it will listen."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", module, port_option, str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    """Until somebody listens there, or half a minute."""
    port = int(url.rpartition(":")[2])
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


def ratio(values: list[float], to: list[float]) -> str:
    """The median of the ratios within each run."""
    ratios = [value / other for value, other in zip(values, to, strict=False)]
    return f"{median(ratios):.2f}" if ratios else "-"


def heading(title: str, *columns: str) -> None:
    print(f"\n{title:<72}{''.join(f'{column:>9}' for column in columns)}", flush=True)


def show(name: str, columns: Sequence[str], note: str = "") -> None:
    figures = "".join(f"{column:>9}" for column in columns)
    print(f"  {name:<70}{figures}  {note}".rstrip(), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="how often a row is measured; default 3"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes and short round trips")
    args = parser.parse_args(argv)
    if args.runs < 1:
        parser.error("argument --runs: one at least")
    print(
        f"{date.today()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}, boto3 {version('boto3')}."
        f" Whole processes, medians; runs: {args.runs}."
        "\nx: how many times as long as the first row of the group."
    )
    with tempfile.TemporaryDirectory() as directory:
        benchmark = Benchmark(args.quick, args.runs, directory)
        done = [
            benchmark.load(),
            benchmark.load_longer_files(),
            benchmark.load_into_a_small_table(),
            benchmark.query(),
            benchmark.update_and_query(),
            benchmark.scan(),
            benchmark.scan_one_page(),
            benchmark.call_the_sandbox(),
        ]
    return 0 if all(done) else 1


if __name__ == "__main__":
    raise SystemExit(main())
