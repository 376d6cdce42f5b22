"""What the parts of the sandbox say to one another of AWS's API: JSON objects, and refusals."""

from collections.abc import Callable
from typing import Any, NamedTuple

Json = dict[str, Any]
"""A request or an answer, or an object in one."""


class Call(NamedTuple):
    """A client's call of an operation of DynamoDB or of its streams."""

    region: str
    operation: str
    """As the API reference names it: "PutItem"."""
    request: Json
    ask_moto: Callable[[Json], Json]
    """moto's answer to such a request, in the call's region; its refusal is raised."""

    def table(self) -> str:
        """The table that the request names, by its name or by its ARN."""
        return str(self.request.get("TableName", "")).rpartition("/")[2]


Handler = Callable[[Call], Json]
"""Answers a call, or raises an ApiError."""


Ask = Callable[[str, str, Json], Json]
"""The answer to a region, an operation and a request. A refusal is raised as an ApiError."""


class ApiError(Exception):
    """A refusal, which boto3 raises as a ClientError."""

    def __init__(
        self, code: str, message: str, status: int = 400, details: Json | None = None
    ) -> None:
        """`code` as in the API reference ("ValidationException"); `status` is the HTTP status;
        `details`: what else the answer holds, such as CancellationReasons.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details or {}


def invalid(message: str) -> ApiError:
    """What AWS answers to a request that breaks a rule."""
    return ApiError("ValidationException", message)


def not_found(table: str) -> ApiError:
    """What AWS answers to a call about a table that is not there."""
    return ApiError(
        "ResourceNotFoundException", f"Requested resource not found: Table: {table} not found"
    )
