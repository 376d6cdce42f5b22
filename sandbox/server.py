"""The sandbox as a server: HTTP/1.1 on loopback, one port for all regions."""

import contextlib
import re
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from sandbox.api import ApiError
from sandbox.front import Front
from sandbox.messages import Answer, Request, refusal
from sandbox.schedule import Schedule

IDLE_SECONDS = 60
"""How long a connection may be silent before it is closed."""

MAX_BODY = 16 * 1024 * 1024
"""In bytes, as on AWS."""


class Sandbox:
    """A running sandbox: `with Sandbox() as sandbox:` serves at `sandbox.url` until the block ends.

    There is one a process. Its state is in memory and ends with it.
    """

    def __init__(self, lag: float = 0.5, port: int = 0, refuse_legacy: bool = False) -> None:
        """`lag`: seconds until another region sees a write, on average; `port` 0: any free one.

        Raises OSError where the port cannot be had.
        """
        self._schedule = Schedule()
        front = Front(self._schedule, lag, refuse_legacy)
        self._window = front.window
        self._server = _Server(port, front)
        self.url = "http://{}:{}".format(*self._server.server_address)
        self._threads = [
            threading.Thread(target=self._schedule.run_forever, daemon=True),
            threading.Thread(target=self._window.run_forever, daemon=True),
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True),
        ]

    def __enter__(self) -> "Sandbox":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._schedule.stop()
        self._window.stop()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()


class _Server(ThreadingHTTPServer):
    """A thread for each connection."""

    request_queue_size = 128
    block_on_close = False

    def __init__(self, port: int, front: Front) -> None:
        self.front = front
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # that is a client that has gone
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):  # its client was faster
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    """A client's connection, which may bring many requests."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Server", ""  # as AWS calls itself
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece

    def answer(self) -> None:
        """Read a request and answer it."""
        try:
            body = self.rfile.read(self._length())
        except ApiError as error:
            self.close_connection = True
            self._send(refusal(error))
            return
        except OSError:  # silent for too long, or gone
            self.close_connection = True
            return
        if len(body) < self._length():
            self.close_connection = True
            self._send(refusal(ApiError("SerializationException", "The request is not complete.")))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.front.answer(Request(self.command, self.path, headers, body)))

    def _length(self) -> int:
        """How many bytes the body has."""
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"\d{1,18}", length, re.ASCII) or "Transfer-Encoding" in self.headers:
            raise ApiError("SerializationException", "The request has no usable Content-Length.")
        if int(length) > MAX_BODY:
            raise ApiError("RequestEntityTooLarge", "The request has more than 16 MB.", 413)
        return int(length)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer

    def _send(self, answer: Answer) -> None:
        at_once = isinstance(answer.body, bytes)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
        if not at_once or self.close_connection:
            self.send_header("Connection", "close")  # sets close_connection, too
        self.end_headers()
        for piece in [answer.body] if isinstance(answer.body, bytes) else answer.body:
            if self.command != "HEAD":
                self.wfile.write(piece)
                self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Log no requests, and no connections that fall silent."""
