"""A fake DynamoDB on loopback, for the benchmarks and for the tests of what goes wrong.

It answers the calls that the scripts and their rivals make on one table of flights, as DynamoDB
answers them. The path to it, its capacity and the share of calls that go wrong can be set. It does
little work, because it shares the machine with the client that it times. Each region has its own
items, and nothing is replicated: to see replication, use the sandbox.
"""

import asyncio
import json
import random
import re
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fake_dynamodb.path import Path, reset
from fake_dynamodb.table import OPERATIONS, FlightsTable, Item, Json, Key, Refused
from fake_dynamodb.tls import server_context

FAULTS = (
    "error before",  # HTTP 500, nothing written
    "error after",  # HTTP 500, although the write was applied
    "reset before",  # the connection is reset, nothing written
    "reset after",  # the connection is reset, although the write was applied
    "half answer",  # the write was applied, the answer is cut off in the middle
    "throttled",  # refused with ThrottlingException
    "in part",  # a part of a batch is applied, the rest is unprocessed; other calls go well
    "slow",  # carried out and answered, but `slow` seconds late
)

MESSAGES = {
    "AccessDeniedException": "User: arn:aws:iam::123456789012:user/learner is not authorized to"
    " perform: dynamodb:{operation} on resource:"
    " arn:aws:dynamodb:{region}:123456789012:table/{table}",
    "ExpiredTokenException": "The security token included in the request is expired",
    "ProvisionedThroughputExceededException": "The level of configured provisioned throughput for"
    " the table was exceeded. Consider increasing your provisioning level with the UpdateTable"
    " API.",
    "ResourceNotFoundException": "Requested resource not found",
}


class Call(NamedTuple):
    """A call that was carried out, or refused."""

    time: float
    """That of time.monotonic()."""
    operation: str
    region: str
    connection: int
    """Another number for each connection."""


@dataclass(kw_only=True, eq=False)
class FakeDynamoDB:
    """The fake, served from a thread of its own inside a `with` block. `url`: where it listens.

    It counts the `calls` by operation, those that it `refused` by the error's code, and those that
    went wrong on purpose, `faulted`, by fault. `log` has each call that was carried out.
    """

    port: int = 0
    table: str = "flights"
    status: str | None = "ACTIVE"
    """The table's status. None: there is no such table. It may be changed while the fake serves."""
    round_trip: float = 0.0
    """Of the path to it, in seconds: see Path."""
    cuts: float = 0.0
    """The share of the connections, 0 to 1, that the path cuts: see Path."""
    ca_bundle: str | None = None
    """Serve TLS, and write the certificate of the CA to this file. None: plain HTTP."""
    overtaking: float = 0.0
    """Each call waits up to so many seconds, at random, before it is carried out."""
    page: int = 4000
    """The most items that a scan reads at once."""
    capacity: float | None = None
    """Write units a second in each region. None: as many as are asked for."""
    burst: float = 0.0
    """Write units saved up at the start; no more are ever saved up."""
    faults: float = 0.0
    """The share of the calls, 0 to 1, that go wrong, each in one of the ways in `kinds`."""
    kinds: Sequence[str] = FAULTS
    slow: float = 3.0
    seed: int = 1

    def __post_init__(self) -> None:
        self.flights = FlightsTable(self.page, self.capacity, self.burst)
        self.connections: set[Connection] = set()
        self._failing: tuple[int, str] | None = None
        self._random = random.Random(self.seed)
        self._tls = server_context(self.ca_bundle) if self.ca_bundle else None
        self._socket = listening = socket.create_server(("127.0.0.1", self.port))
        self._path: Path | None = None
        if self.round_trip or self.cuts:
            self._socket = socket.create_server(("127.0.0.1", 0))
            port = self._socket.getsockname()[1]
            self._path = Path(listening, port, self.round_trip, self.cuts, self.seed)
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        self.forget()

    def forget(self) -> None:
        """Go back to the items and the capacity of the start, and count from 0 again."""
        self.flights.forget()
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.faulted: Counter[str] = Counter()
        self.log: list[Call] = []

    def __enter__(self) -> "FakeDynamoDB":
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._serve())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        self._server = await self._loop.create_server(
            lambda: Connection(self), sock=self._socket, backlog=1024, ssl=self._tls
        )
        if self._path:
            await self._path.serve()

    async def _close(self) -> None:
        if self._path:
            self._path.close()
        self._server.close()
        for connection in list(self.connections):
            reset(connection.transport)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def items(self, region: str) -> dict[Key, Item]:
        """The items that `region` holds now, by (flight_id, airlines_name)."""
        return self.flights.items(region)

    @property
    def write_units(self) -> int:
        """Write units taken so far, in all regions."""
        return self.flights.write_units

    @property
    def writing_seconds(self) -> float:
        """Seconds from the first write, accepted or refused, to the last one accepted."""
        return self.flights.writing_seconds

    def fail_after(self, calls: int, code: str) -> None:
        """Answer this many calls, counted from the first one, and refuse all later ones."""
        self._failing = (calls, code)

    def stats(self) -> dict[str, Any]:
        """What was counted so far, and how many items each region holds."""
        names = "calls refused faulted log write_units writing_seconds".split()
        items = {region: len(items) for region, items in self.flights.regions.items()}
        return {"items": items, **{name: getattr(self, name) for name in names}}

    def next_call(self, operation: str) -> tuple[str | None, float]:
        """A call was read: what will go wrong with it, if anything, and how long it has to wait."""
        self.calls[operation] += 1
        wait = self._random.uniform(0, self.overtaking)
        if self._random.random() >= self.faults:
            return None, wait
        fault = self._random.choice(self.kinds)
        self.faulted[fault] += 1
        return fault, wait + (self.slow if fault == "slow" else 0)

    def answer(
        self, operation: str, region: str, body: bytes, fault: str | None
    ) -> tuple[int, bytes]:
        """Carry out a call: the HTTP status and the JSON of its answer."""
        try:
            if self._failing and self.calls.total() > self._failing[0]:
                raise Refused(self._failing[1])
            if fault == "reset before":
                return 0, b""  # nobody will see it
            if fault == "error before":
                raise Refused("InternalServerError")
            if fault == "throttled":
                raise Refused("ThrottlingException")
            answer = self._carry_out(operation, region, json.loads(body), fault)
            if fault == "error after":
                raise Refused("InternalServerError")
            return 200, json.dumps(answer).encode()
        except Refused as refused:
            code, *message = refused.args
            places = {"operation": operation, "region": region, "table": self.table}
            text = message[0] if message else MESSAGES.get(code, code).format(**places)
        except (LookupError, TypeError, ValueError) as wrong:
            code, text = "SerializationException", f"This call lacks something: {wrong!r}"
        self.refused[code] += 1
        error = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": text}
        return 500 if code == "InternalServerError" else 400, json.dumps(error).encode()

    def _carry_out(self, operation: str, region: str, request: Json, fault: str | None) -> Json:
        batch = request.get("RequestItems", {})
        if self.table not in (request.get("TableName"), *batch) or self.status is None:
            raise Refused("ResourceNotFoundException")
        if operation == "DescribeTable":
            key = {"flight_id": "HASH", "airlines_name": "RANGE"}
            schema = [{"AttributeName": name, "KeyType": role} for name, role in key.items()]
            table = {"TableName": self.table, "TableStatus": self.status, "KeySchema": schema}
            return {"Table": table}
        if self.status != "ACTIVE":  # for reads and writes it is not there yet, as on AWS
            raise Refused("ResourceNotFoundException")
        if operation not in OPERATIONS:
            raise Refused("UnknownOperationException")
        kept_back = []
        if fault == "in part" and batch:
            asked = batch[self.table]
            parts = asked["Keys"] if operation == "BatchGetItem" else asked
            self._random.shuffle(parts)
            most = len(parts) - 1
            kept_back = [parts.pop() for _ in range(self._random.randint(min(1, most), most))]
        answer = OPERATIONS[operation](self.flights, region, request)
        if kept_back and operation == "BatchGetItem":
            answer["UnprocessedKeys"] = {self.table: {"Keys": kept_back}}
        elif kept_back:
            answer["UnprocessedItems"].setdefault(self.table, []).extend(kept_back)
        return answer


class Connection(asyncio.Protocol):
    """One client's connection: HTTP/1.1, kept alive, one call at a time."""

    transport: asyncio.Transport

    def __init__(self, fake: FakeDynamoDB) -> None:
        self.fake = fake
        self.unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self.fake.connections.add(self)

    def connection_lost(self, exception: Exception | None) -> None:
        self.fake.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if data.startswith(b"\x16"):  # TLS's first byte, where plain HTTP is spoken
            self.send(400, b"")
        head, end, rest = self.unread.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if end and len(rest) >= size:
            self.unread = rest[size:]
            self.read(head, rest[:size])

    def read(self, head: bytes, body: bytes) -> None:
        """A whole request is here. Carry it out now, or when it is due."""
        if head.startswith(b"DELETE "):  # DynamoDB has no such request: it comes from run.py
            self.send(200, json.dumps(self.fake.stats()).encode())
            self.fake.forget()
            return
        target = re.search(rb"(?i)\nx-amz-target: *DynamoDB_20120810\.(\w+)", head)
        scope = re.search(rb"(?i)\nauthorization: .*?Credential=[^/]+/\d+/([\w-]+)/", head)
        operation = target[1].decode() if target else "nothing"
        region = scope[1].decode() if scope else "nowhere"
        fault, wait = self.fake.next_call(operation)
        if wait:
            self.loop.call_later(wait, self.carry_out, operation, region, body, fault)
        else:
            self.carry_out(operation, region, body, fault)

    def carry_out(self, operation: str, region: str, body: bytes, fault: str | None) -> None:
        self.fake.log.append(Call(time.monotonic(), operation, region, id(self)))
        status, answer = self.fake.answer(operation, region, body, fault)
        if self.transport.is_closing():
            return
        if fault in ("reset before", "reset after"):
            reset(self.transport)
        else:
            self.send(status, answer, broken_off=fault == "half answer")

    def send(self, status: int, answer: bytes, broken_off: bool = False) -> None:
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Error'}\r\n"
            f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(answer)}\r\n"
            f"x-amz-crc32: {zlib.crc32(answer)}\r\n\r\n"
        )
        if broken_off:
            answer = answer[: len(answer) // 2]
        self.transport.write(head.encode() + answer)
        if broken_off:
            self.transport.close()
