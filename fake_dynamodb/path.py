"""A network path to a server on loopback: bytes take their time, and connections can be cut."""

import asyncio
import random
import socket
import struct
from collections import deque


class Path:
    """Relays every connection to its socket to the server at `port`, and back.

    Bytes take half a round trip each way. The first bytes of a connection take one round trip
    more, the time of TCP's handshake: on loopback, connecting takes no time.
    """

    def __init__(
        self, listening: socket.socket, port: int, round_trip: float, cuts: float, seed: int
    ) -> None:
        """`round_trip`: in seconds. `cuts`: the share of the connections, 0 to 1, that are closed
        in the middle of the server's first bytes, which is in the TLS handshake if there is one.
        """
        self.socket, self.port, self.round_trip, self.cuts = listening, port, round_trip, cuts
        self.connections: set[End] = set()
        self.random = random.Random(seed)

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: ClientEnd(self), sock=self.socket, backlog=1024
        )

    def close(self) -> None:
        self.server.close()
        for end in list(self.connections):
            reset(end.transport)


class End(asyncio.Protocol):
    """One end of a relayed connection: the other end sends what this end receives, but later."""

    transport: asyncio.Transport
    other: "End"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.on_the_way: deque[bytes | Exception | None] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.path.connections.add(self)
        self.loop = asyncio.get_running_loop()
        self.usable = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self.forward(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.path.connections.discard(self)
        self.forward(error)

    def forward(self, data: bytes | Exception | None) -> None:
        self.on_the_way.append(data)
        left = max(self.loop.time(), self.usable)
        self.loop.call_at(left + self.path.round_trip / 2, self.arrive)

    def arrive(self) -> None:
        """Whatever was forwarded first is at the other end now."""
        data = self.on_the_way.popleft()
        if isinstance(data, bytes):
            self.other.transport.write(data)
        elif data:
            reset(self.other.transport)
        else:
            self.other.transport.close()


class ClientEnd(End):
    """The end that a client has connected to."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.usable += self.path.round_trip
        self.transport.pause_reading()
        self.connecting = self.loop.create_task(self.connect())

    async def connect(self) -> None:
        self.other = ServerEnd(self.path)
        self.other.other = self
        await self.loop.create_connection(lambda: self.other, "127.0.0.1", self.path.port)
        self.transport.resume_reading()


class ServerEnd(End):
    """The end that is connected to the server."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.cut = path.random.random() < path.cuts

    def data_received(self, data: bytes) -> None:
        if self.cut:
            self.forward(data[: len(data) // 2])
            self.transport.close()
        else:
            self.forward(data)


def reset(transport: asyncio.Transport) -> None:
    """Close a connection so that the other side sees a reset, not an orderly end."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
