"""HTTP as the sandbox speaks it: a request, and AWS's JSON answers."""

import json
import secrets
import zlib
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from sandbox.api import ApiError, Json

OF_THE_FRAMEWORK = (
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "UnknownOperationException",
)
"""What every service of AWS refuses in the same way, before it looks at the operation."""


class Request(NamedTuple):
    """A request, as it came."""

    method: str
    path: str
    """With the query, if there is one."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    def target(self) -> str:
        """The operation, as AWS's JSON protocol names it: "DynamoDB_20120810.PutItem"."""
        return self.headers.get("x-amz-target", "")

    def json(self) -> Json:
        """The body's JSON object; SerializationException if it is not one."""
        return parse(self.body)


class Answer(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    """Without Content-Length, which the server adds."""
    body: bytes | Iterable[bytes]
    """Sent at once, or piece by piece as the pieces come; the connection ends with the last one."""


def success(content: Json) -> Answer:
    """What an operation answers."""
    return _json(HTTPStatus.OK, content)


def refusal(error: ApiError) -> Answer:
    """What AWS's JSON protocol answers instead of a result."""
    namespace = "com.amazonaws.dynamodb.v20120810"
    if error.code == "ValidationException":
        namespace = "com.amazon.coral.validate"
    elif error.code in OF_THE_FRAMEWORK:
        namespace = "com.amazon.coral.service"
    content = {"__type": f"{namespace}#{error.code}", **error.details}
    if error.message:
        content["message"] = error.message
    return _json(error.status, content)


def unknown(operation: str) -> ApiError:
    """The refusal of an operation that the sandbox does not serve."""
    return ApiError("UnknownOperationException", f"The sandbox does not know {operation}.")


def parse(body: bytes) -> Json:
    """A JSON object; SerializationException if it is not one."""
    try:
        content = json.loads(body)
        if b"\\ud" in body.lower():
            json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair cannot be
    except (ValueError, RecursionError):
        raise ApiError("SerializationException", "") from None
    if not isinstance(content, dict):
        raise ApiError("SerializationException", "")
    return content


def _json(status: int, content: Json) -> Answer:
    body = json.dumps(content).encode()
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-RequestId": secrets.token_hex(26).upper(),
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return Answer(status, headers, body)
