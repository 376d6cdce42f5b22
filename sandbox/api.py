"""What the parts of the sandbox say to one another of AWS's API: JSON objects, and refusals."""

from typing import Any

Json = dict[str, Any]
"""A request or an answer, or an object in one."""


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
