"""Calls of DynamoDB that moto answers: those about tables, not about items."""

import json

from moto.core.request import Request
from moto.dynamodb.responses import DynamoHandler

from sandbox.api import ApiError, Call, Handler, Json

SERVED = (
    "CreateTable",
    "DeleteTable",
    "DescribeContinuousBackups",
    "DescribeTable",
    "UpdateContinuousBackups",
    "UpdateTable",
)
"""The operations that moto 5.2.5 answers as AWS does, but for what `moto_patches` changes.

It also knows PartiQL, which it answers wrongly; backups, which nothing here could restore; and
DescribeEndpoints, which leads clients to AWS.
"""


def calls() -> dict[str, Handler]:
    """The operations that moto answers alone."""
    return dict.fromkeys(SERVED, _ask_moto)


def ask(region: str, operation: str, request: Json) -> Json:
    """moto's answer to a call; its refusal is raised."""
    asked = Request.from_primitives(
        "POST",
        f"https://dynamodb.{region}.amazonaws.com/",
        {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"_.{operation}"},
        json.dumps(request).encode(),
    )
    status, _, body = DynamoHandler.dispatch(asked)
    content: Json = json.loads(body) if body else {}
    if int(status) >= 300:
        code = str(content.pop("__type")).rpartition("#")[2]
        message = content.pop("message", content.pop("Message", ""))
        raise ApiError(code, message, int(status), content)
    return content


def _ask_moto(call: Call) -> Json:
    return call.ask_moto(call.request)
