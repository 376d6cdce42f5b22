"""What all tests stand on: no way to AWS, and a sandbox where one is asked for.

`@pytest.mark.sandbox(lag=0.5, refuse_legacy=True)` sets up the sandbox of a test; without it a
write is everywhere at once, and version 2017.11.29 is served.
"""

import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

import common.aws
from common.cli import run
from fake_dynamodb.server import FakeDynamoDB
from sandbox.environment import environment
from sandbox.server import Sandbox
from tests import browser
from tests.clients import Clients, create_global_table
from tests.scripts import ROOT, SAMPLE, Finished, Script
from tests.waiting import until

NOBODY = "http://127.0.0.1:9"
"""An endpoint where nobody answers."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that a browser was missing, if it was."""
    if any(
        report.longrepr[2].endswith(browser.MISSING)
        for report in terminalreporter.getreports("skipped")
    ):
        terminalreporter.write_line(browser.MISSING)


@pytest.fixture(autouse=True)
def no_way_to_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dummy credentials, a loopback endpoint, and nothing of the user's own configuration."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment(NOBODY).items():
        monkeypatch.setenv(name, value)
    common.aws._session.cache_clear()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDynamoDB]:
    """A fake DynamoDB with an empty table, the endpoint of everything the test calls."""
    with FakeDynamoDB() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone without a .venv, in a folder with a space in its name."""
    copy = tmp_path / "the clone"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "benchmarks"))
    return copy


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A running sandbox, the endpoint of everything the test calls."""
    marker = request.node.get_closest_marker("sandbox")
    with Sandbox(**{"lag": 0, **(marker.kwargs if marker else {})}) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


@pytest.fixture
def aws(sandbox: Sandbox) -> Callable[[str, str], Any]:
    """boto3 clients on the sandbox, by service and region."""

    @cache
    def client(service: str, region: str) -> Any:
        return boto3.client(service, region_name=region)  # type: ignore[call-overload]

    return client


@pytest.fixture
def dynamodb(aws: Callable[[str, str], Any]) -> Clients:
    """DynamoDB clients on the sandbox, by region."""
    return lambda region: aws("dynamodb", region)


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Script:
    """Runs a script in this process: script("scan_flights", "flights", "us-east-2")."""

    def finished(name: str, *arguments: str) -> Finished:
        main = importlib.import_module(name).main
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
        common.aws._session.cache_clear()
        capsys.readouterr()
        try:
            code = run(main)
        except SystemExit as usage:
            code = int(usage.code or 0)
        return Finished(code, *capsys.readouterr())

    return finished


@pytest.fixture
def flights(dynamodb: Clients) -> None:
    """The exercise's global table, with its ten sample flights, in both regions."""
    create_global_table(dynamodb)
    for item in SAMPLE:
        dynamodb("us-east-2").put_item(TableName="flights", Item=item)
    ireland = dynamodb("eu-west-1")
    until(lambda: ireland.scan(TableName="flights")["Count"] == len(SAMPLE))
