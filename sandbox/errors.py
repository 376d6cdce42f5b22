"""The one way the sandbox refuses a call: AWS's error code and text."""


class ApiError(Exception):
    """An error answer of the DynamoDB API, which boto3 raises as a ClientError."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """`code` as in the API reference ("ValidationException"); `status` is the HTTP status."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ApiError:
    """What AWS answers to a request that breaks a rule."""
    return ApiError("ValidationException", message)
