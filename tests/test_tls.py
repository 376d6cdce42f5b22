"""TLS between a script and DynamoDB: whom it trusts, what it reads, and what it says."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from common import ca_bundle
from fake_dynamodb.server import FakeDynamoDB
from tests.scripts import FLIGHTS_DATA, Script, command

SCAN = ("scan_flights", "flights", "us-east-2")
QUERY = ("query_flights", "flights", "us-east-2")
EC_QUERY = ("ec_query_flights", "flights", "222", "us-east-2", "eu-west-1")
LOAD = ("load_flights", "flights", FLIGHTS_DATA, "us-east-2")


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    return str(tmp_path / "ca.pem")


@pytest.fixture
def secure(ca_file: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDynamoDB]:
    """The exercise's 2,500 flights behind TLS, with a certificate of a CA in `ca_file`."""
    fake = FakeDynamoDB(ca_bundle=ca_file)
    fake.flights.start_with(FLIGHTS_DATA)
    with fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        yield fake


@pytest.mark.parametrize("arguments", [SCAN, QUERY, EC_QUERY, LOAD])
def test_a_certificate_that_is_not_trusted_is_refused_at_once(
    script: Script,
    secure: FakeDynamoDB,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", None)  # nothing is tried again
    code, _, err = script(*arguments)
    assert code == 1
    assert err.startswith(
        f"{arguments[0]}.py: the certificate of {secure.url} is not trusted"
        " ([SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    )
    assert (
        "): check AWS_ENDPOINT_URL, or, if your network inspects TLS, set AWS_CA_BUNDLE to the"
        " file of its CA certificates" in err
    )
    assert err.count("\n") == 1
    assert not secure.calls


def test_the_bundle_of_the_environment_is_trusted(
    script: Script, secure: FakeDynamoDB, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", ca_file)
    assert "are 2500 " in script(*SCAN).out


def test_the_bundle_of_the_configuration_file_is_trusted(
    script: Script,
    secure: FakeDynamoDB,
    ca_file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config"
    config.write_text(f"[default]\nca_bundle = {ca_file}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert "are 2500 " in script(*SCAN).out


@pytest.mark.parametrize("content", [None, "", "no certificate\n"])
def test_a_bundle_that_cannot_be_read_is_reported(
    script: Script,
    secure: FakeDynamoDB,
    tmp_path: Path,
    content: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    code, out, err = script(*QUERY)
    assert (code, out) == (1, "")
    assert err.startswith(f"query_flights.py: no TLS connection to {secure.url} (")
    assert err.endswith("): check AWS_ENDPOINT_URL and AWS_CA_BUNDLE\n")


@pytest.mark.parametrize("arguments", [SCAN, QUERY, LOAD])
def test_the_connections_of_a_client_read_the_bundle_once(
    script: Script,
    secure: FakeDynamoDB,
    ca_file: str,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, cafile: str, *others: None) -> None:
        read.append(cafile)
        load(context, cafile, *others)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    monkeypatch.setenv("AWS_CA_BUNDLE", ca_file)
    assert script(*arguments).code == 0
    assert read == [ca_file]


def test_a_client_that_is_built_differently_is_left_as_it_is() -> None:
    ca_bundle.read_once(object())


def serve_as_proxy(listening: socket.socket, asked_for: list[str]) -> None:
    """Serve one client after another as an HTTP proxy: CONNECT, then bytes to and fro."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        asked_for.append(head.split()[1].decode())
        host, _, port = asked_for[-1].partition(":")
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        for pair in ((client, server), (server, client)):
            threading.Thread(target=copy, args=pair, daemon=True).start()


def test_a_proxy_is_used(
    script: Script, secure: FakeDynamoDB, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[str] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        arguments = (listening, asked_for)
        threading.Thread(target=serve_as_proxy, args=arguments, daemon=True).start()
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("AWS_CA_BUNDLE", ca_file)
        finished = script(*SCAN)
    assert "are 2500 " in finished.out
    assert set(asked_for) == {secure.url.removeprefix("https://")}


@pytest.mark.parametrize("arguments", [SCAN, QUERY, EC_QUERY])
def test_no_script_crashes_while_other_threads_are_in_a_handshake(
    secure: FakeDynamoDB, arguments: tuple[str, ...]
) -> None:
    runs = [
        subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(5)
    ]
    for run in runs:
        _, err = run.communicate(timeout=20)
        assert (run.returncode, err.count(b"\n")) == (1, 1)


@pytest.mark.parametrize("arguments", [SCAN, QUERY, EC_QUERY, LOAD])
def test_https_at_a_port_of_plain_http_is_reported(
    script: Script, fake: FakeDynamoDB, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fake.url.replace("http:", "https:")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    code, _, err = script(*arguments)
    assert code == 1
    assert err.startswith(f"{arguments[0]}.py: no TLS connection to {url} (")
    assert "): check AWS_ENDPOINT_URL and AWS_CA_BUNDLE" in err


@pytest.mark.parametrize("kind", ["half answer", "reset before", "reset after"])
def test_a_load_over_connections_that_are_cut_is_complete(
    script: Script, ca_file: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", ca_file)
    with FakeDynamoDB(ca_bundle=ca_file, cuts=0.3, faults=0.2, kinds=[kind]) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        finished = script(*LOAD)
        assert (finished.code, finished.err) == (0, "")
        assert len(fake.items("us-east-2")) == 2500


@pytest.mark.parametrize("arguments", [SCAN, QUERY, EC_QUERY, LOAD])
def test_a_path_that_cuts_every_handshake_is_reported(
    script: Script, ca_file: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.ATTEMPTS", 2)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    monkeypatch.setenv("AWS_CA_BUNDLE", ca_file)
    with FakeDynamoDB(ca_bundle=ca_file, cuts=1) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        code, _, err = script(*arguments)
        assert not fake.calls
    assert code == 1
    assert err.startswith(f"{arguments[0]}.py: ")
    assert err.count("\n") == 1
