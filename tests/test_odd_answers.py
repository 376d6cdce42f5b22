"""An endpoint that answers every call with success, and is not DynamoDB."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.scripts import ROOT, Script

SCRIPTS = {
    "load_flights": ("flights", str(ROOT / "data/flights_data.csv"), "us-east-2"),
    "scan_flights": ("flights", "us-east-2"),
    "query_flights": ("flights", "us-east-2"),
    "ec_query_flights": ("flights", "222", "us-east-2", "eu-west-1"),
    "multi_update_flights": ("flights", "111", "us-east-2", "000", "eu-west-1"),
}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], str]]:
    """Makes an endpoint that answers every call with this body, and returns its URL."""
    servers = []

    def serve(body: bytes) -> str:
        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        return url

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


BODIES = {
    "an empty object": b"{}",
    "a list": b"[]",
    "null": b"null",
    "a string": b'"text"',
    "nothing": b"",
    "text": b"text",
    "half an answer": b'{"Items": null, "Count"',
}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *((name, BODIES["an empty object"]) for name in SCRIPTS),
        *(("scan_flights", body) for body in BODIES.values()),
        *(("query_flights", body) for body in BODIES.values()),
    ],
)
def test_a_success_that_lacks_what_dynamodb_sends_is_not_a_success(
    script: Script, answering: Callable[[bytes], str], name: str, body: bytes
) -> None:
    url = answering(body)
    code, out, err = script(name, *SCRIPTS[name])
    assert code == 1
    assert "TotalRowCount" not in out
    assert "Total item count" not in out
    assert err.startswith(
        f"{name}.py: no answer from {url} (this is not a whole answer of DynamoDB: it "
    )
    assert "): check the network and AWS_ENDPOINT_URL" in err
    assert err.count("\n") == 1
