"""Whom a request is signed for. The signature itself is not checked: everybody is one account here.

Source: IAM User Guide, "Elements of an AWS API request signature". The refusals have AWS's texts.
"""

import re

from sandbox.api import ApiError
from sandbox.messages import Request

ALGORITHM = "AWS4-"
PARTS = ("Credential", "Signature", "SignedHeaders")


def scope(request: Request) -> tuple[str, str]:
    """The region and the service that a request is signed for."""
    header = request.headers.get("authorization", "")
    if not header.startswith(ALGORITHM):
        raise ApiError(
            "MissingAuthenticationTokenException", "Request is missing Authentication Token"
        )
    given = dict(re.findall(r"(\w+)=([^,\s]+)", header))
    missing = [
        f"Authorization header requires '{part}' parameter." for part in PARTS if part not in given
    ]
    if "x-amz-date" not in request.headers and "date" not in request.headers:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if missing:
        raise _incomplete(" ".join([*missing, f"Authorization={header}"]))
    match given["Credential"].split("/"):
        case [_, _, region, service, "aws4_request"]:
            return region, service
    raise _incomplete(
        "Credential must have exactly 5 slash-delimited elements, "
        f"e.g. keyid/date/region/service/term, got '{given['Credential']}'"
    )


def _incomplete(message: str) -> ApiError:
    return ApiError("IncompleteSignatureException", message)
