"""What the scripts cost beside other ways of doing the same, in one table.

    $ python benchmarks/run.py            # seven minutes or so
    $ python benchmarks/run.py --quick    # small sizes: shows that it works, not how fast

Every figure is measured in this run: whole processes, start-up included, against a fake DynamoDB
on loopback (fake_dynamodb). The path to it takes as long as a path to AWS: bytes take half a round
trip each way, and the first bytes of a connection one round trip more. It speaks TLS, where a row
does not say otherwise, and its clients read a CA bundle as large as botocore's. Each run measures
every row of a group once, one after another; shown are the medians over the runs. "x" is how many
times as long a row takes as the first row of its group, within the same run.
"""

import argparse
import importlib.util
import json
import os
import platform
import shutil
import socket
import ssl
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

    def load_a_longer_file(self) -> bool:
        rows = 400 if self.quick else 10_000
        path = self.csv(rows)
        return self.compare(
            f"Load {rows:,} rows",
            [
                Row("load_flights.py", loader(path), loads=rows),
                Row("boto3 batch_writer", batch_writer(path), loads=rows),
                Row("aiodynamo, 100 batches at once", aiodynamo(path), loads=rows),
            ],
            milliseconds=80,
        )

    def load_a_long_file(self) -> bool:
        """Over plain HTTP, which leaves the client's processor as the only limit."""

        def row(rows: int) -> Row:
            def speed(seconds: float, counts: Counts) -> str:
                return f"{rows / seconds:,.0f} rows a second"

            return Row(f"{rows:,} rows", loader(self.csv(rows)), note=speed, loads=rows)

        rows = [row(400), row(800)] if self.quick else [row(10_000), row(100_000)]
        return self.compare("load_flights.py", rows, milliseconds=20, tls=False)

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
        def window(seconds: float, counts: Counts) -> str:
            log = [(when, operation, region) for when, operation, region, _ in counts["log"]]
            updated = max(when for when, operation, _ in log if operation == "UpdateItem")
            asked = ("Query", OTHER_REGION)
            reads = [when for when, *call in log if tuple(call) == asked and when > updated]
            return f"the ten reads arrive {sorted(reads)[9] - updated:.2f} s after the last update"

        regions = [REGION, OTHER_REGION]
        rows = [
            Row(
                "ec_query_flights.py, less its pause of 1 s",
                script("ec_query_flights.py", TABLE, "222", *regions),
                lambda taken, _: taken - 1,
                note=window,
            ),
            Row("one call after another", rival("update_and_queries", TABLE, "222", *regions)),
        ]
        title = "Ten updates, ten queries, ten queries"
        return self.compare(title, rows, ["--csv", self.csv(2500)], milliseconds=200)

    def scan(self) -> bool:
        pages, page = (8, 50) if self.quick else (80, 500)
        rows = [
            Row("scan_flights.py", script("scan_flights.py", TABLE, REGION)),
            Row("boto3 paginator", rival("paginator", TABLE, REGION)),
            Row("AWS CLI", aws("scan", "--select", "COUNT")),
        ]
        table = ["--csv", self.csv(pages * page), "--page", str(page)]
        return self.compare(f"Scan {pages} pages", rows, table, milliseconds=50)

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
        self,
        title: str,
        rows: list[Row],
        options: Sequence[str] = (),
        *,
        milliseconds: int,
        tls: bool = True,
    ) -> bool:
        """Measure a group, and the floor, on an endpoint with these options, and print it."""
        rows = [*rows, FLOOR]
        round_trip = self.seconds(milliseconds)
        path = f"{1000 * round_trip:g} ms{'' if tls else ', plain HTTP'}"
        heading(f"{title}, {path}", "seconds", "x", "peak MB")
        taken: dict[str, list[tuple[Measured, Counts]]] = {row.name: [] for row in rows}
        ca_bundle = str(Path(self.directory, "ca.pem")) if tls else None
        with endpoint(["--round-trip", str(round_trip), *options], ca_bundle) as url:
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
    trusted = {"AWS_CA_BUNDLE": kept["SSL_CERT_FILE"]} if url.startswith("https") else {}
    return kept | environment(url) | trusted


def counts_since_last(url: str) -> Counts:
    """What the endpoint counted since the last time; it starts afresh."""
    request = urllib.request.Request(url, method="DELETE")
    with urllib.request.urlopen(request, context=ssl.create_default_context()) as answer:
        counts: Counts = json.load(answer)
    return counts


def checked(row: Row, measured: Measured, counts: Counts) -> tuple[Measured, Counts]:
    """A load that left items out is trouble, however it ended."""
    there = counts["items"].get(REGION, 0)
    if row.loads and there != row.loads and not measured.trouble:
        measured = measured._replace(trouble=f"{there} of {row.loads} rows are in the table")
    return measured, counts


@contextmanager
def endpoint(options: Sequence[str], ca_bundle: str | None = None) -> Iterator[str]:
    """The fake DynamoDB in a process of its own: its URL. `ca_bundle`: a file to write, for TLS."""
    tls = ["--ca-bundle", ca_bundle] if ca_bundle else []
    command = [sys.executable, "-m", "fake_dynamodb", *tls, *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if ca_bundle:
                trust(ca_bundle)
            yield url
        finally:
            process.terminate()


def trust(ca_bundle: str) -> None:
    """Let this process and those that it starts trust the CA in the file, beside botocore's."""
    import botocore

    with open(ca_bundle, "ab") as bundle:
        bundle.write(Path(botocore.__file__).with_name("cacert.pem").read_bytes())
    os.environ["SSL_CERT_FILE"] = ca_bundle


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
            benchmark.load_a_longer_file(),
            benchmark.load_a_long_file(),
            benchmark.load_into_a_small_table(),
            benchmark.query(),
            benchmark.update_and_query(),
            benchmark.scan(),
            benchmark.call_the_sandbox(),
        ]
    return 0 if all(done) else 1


if __name__ == "__main__":
    raise SystemExit(main())
