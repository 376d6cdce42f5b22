"""The sandbox as a server: HTTP on loopback, one port for all regions."""

import socket
import threading
from types import TracebackType

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.front import Front
from sandbox.schedule import Schedule


class Sandbox:
    """A running sandbox: `with Sandbox() as sandbox:` serves at `sandbox.url` until the block ends.

    There is one a process. Its state is in memory and ends with it.
    """

    def __init__(self, lag: float = 0.5, port: int = 0, refuse_legacy: bool = False) -> None:
        """`lag`: seconds until another region sees a write, on average; `port` 0: any free one.

        Raises OSError where the port cannot be had.
        """
        self._schedule = Schedule(lag)
        front = Front(self._schedule, refuse_legacy)
        with socket.create_server(("127.0.0.1", port), backlog=128) as listening:
            host, port = listening.getsockname()
            self._server = make_server(
                host, port, front, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self.url = f"http://{host}:{port}"
        self._threads = [
            threading.Thread(target=self._schedule.run_forever, daemon=True),
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
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()


class _Quiet(WSGIRequestHandler):
    """A request handler that does not log every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
