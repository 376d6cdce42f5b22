"""Which errors are worth another attempt, and how a long message is shortened."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from common.errors import is_throttled, is_transient, one_line


def refused(code: str, status: int = 400) -> ClientError:
    error = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "BatchWriteItem")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        refused("InternalServerError", 500),
        refused("503", 503),
        refused("ReplicatedWriteConflictException"),
        ConnectionClosedError(endpoint_url="http://127.0.0.1"),
        ConnectTimeoutError(endpoint_url="http://127.0.0.1"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        HTTPClientError(error="broken off"),
    ],
)
def test_a_broken_connection_or_a_failing_server_is_transient(error: Exception) -> None:
    assert is_transient(error)
    assert not is_throttled(error)


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"],
)
def test_a_call_refused_for_the_rate_of_calls_is_throttled(code: str) -> None:
    assert is_throttled(refused(code))
    assert not is_transient(refused(code))


@pytest.mark.parametrize(
    "error",
    [
        refused("ResourceNotFoundException"),
        refused("ExpiredTokenException"),
        refused("ValidationException"),
        NoCredentialsError(),
        KeyError("a bug"),
    ],
)
def test_a_refusal_or_a_bug_is_not_transient(error: Exception) -> None:
    assert not is_transient(error)
    assert not is_throttled(error)


def test_a_message_is_one_line_and_cut_short() -> None:
    assert one_line("<html>\n  <h1>Sign in.</h1>") == "<html> <h1>Sign in.</h1>"
    assert one_line("x" * 1000) == "x" * 300 + "..."
