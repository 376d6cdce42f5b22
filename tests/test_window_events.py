"""The page's HTTP: who may read it, and events that cost the sandbox nothing."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.clients import Clients
from tests.scripts import SAMPLE
from tests.waiting import until


@contextlib.contextmanager
def connection(sandbox: Sandbox, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET, before its body is read."""
    client = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=20)
    client.request("GET", path, headers=headers)
    yield client.getresponse()
    client.close()


def events(answer: http.client.HTTPResponse) -> Iterator[Any]:
    """What the events say, as they come, without the beats."""
    for line in answer:
        if line.startswith(b"data: {"):
            yield json.loads(line.removeprefix(b"data: "))


def write(dynamodb: Clients, region: str, seats: int) -> None:
    item = {**SAMPLE[0], "available_seats": {"N": str(seats)}}
    dynamodb(region).put_item(TableName="flights", Item=item)


@pytest.mark.parametrize("path", ["/", "/events"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8000"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ],
)
def test_another_host_or_origin_is_refused(
    sandbox: Sandbox, path: str, headers: dict[str, str]
) -> None:
    with connection(sandbox, path, **headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("path", ["/", "/events"])
def test_no_other_page_may_read_the_answers(sandbox: Sandbox, path: str) -> None:
    with connection(sandbox, path) as answer:
        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_the_page_keeps_to_itself(sandbox: Sandbox) -> None:
    with connection(sandbox, "/") as answer:
        policy = dict(
            rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; ")
        )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)


@pytest.mark.usefixtures("flights")
def test_an_event_has_the_whole_table_and_the_losses_that_are_new(
    sandbox: Sandbox, dynamodb: Clients
) -> None:
    with connection(sandbox, "/events") as answer:
        stream = events(answer)
        first = next(stream)
        assert first["tables"] == ["flights"]
        [table] = first["changed"]
        assert [row["cells"][1]["value"] for row in table["rows"]] == [
            item["available_seats"]["N"] for item in SAMPLE
        ]
        write(dynamodb, "eu-west-1", 7)
        [table] = next(event for event in stream if event["changed"])["changed"]
        assert [cell["value"] for cell in table["rows"][0]["cells"]] == ["7", "7"]


@pytest.mark.sandbox(lag=0.2)
@pytest.mark.usefixtures("flights")
def test_a_page_that_comes_later_sees_the_losses_too_and_each_once(
    sandbox: Sandbox, dynamodb: Clients
) -> None:
    with connection(sandbox, "/events") as early:
        stream = events(early)
        for count in range(3):
            write(dynamodb, "us-east-2", 2 * count)
            write(dynamodb, "eu-west-1", 2 * count + 1)
            seen: list[int] = []
            while not seen:
                seen = [loss["id"] for loss in next(stream)["losses"]]
            assert seen == [count + 1]
    with connection(sandbox, "/events") as late:
        losses = next(events(late))["losses"]
    assert [(loss["id"], loss["value"], loss["newer"]) for loss in losses] == [
        (1, "0", "1"),
        (2, "2", "3"),
        (3, "4", "5"),
    ]


@pytest.mark.usefixtures("flights")
def test_pages_that_do_not_read_cost_nothing_and_see_what_is_true_when_they_do(
    sandbox: Sandbox, dynamodb: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.window.BEAT_SECONDS", 0.2)
    port = int(sandbox.url.rpartition(":")[2])
    asleep = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    for client in asleep:
        client.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    for seats in range(200):
        write(dynamodb, "us-east-2", seats)
    newest = b'"value": "199"'
    for client in (asleep[0], asleep[-1]):
        with client.makefile("rb") as stream:
            assert any(newest in line for line in stream)
    for client in asleep:
        client.close()
    until(lambda: threading.active_count() < 20)
