"""common/errors.py: which errors a load tries again, and how a long one is told."""

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

from common.errors import is_passing, is_throttled, one_line


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
def test_these_pass(error: Exception) -> None:
    assert is_passing(error)
    assert not is_throttled(error)


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"],
)
def test_these_are_throttling(code: str) -> None:
    assert is_throttled(refused(code))
    assert not is_passing(refused(code))


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
def test_these_do_not_pass(error: Exception) -> None:
    assert not is_passing(error)
    assert not is_throttled(error)


def test_a_page_of_html_is_cut_short() -> None:
    assert one_line("<html>\n  <h1>Sign in.</h1>") == "<html> <h1>Sign in.</h1>"
    assert one_line("x" * 1000) == "x" * 300 + "..."
