"""Calls of DynamoDB that moto answers: those about tables, not about items."""

import json

from botocore import xform_name
from botocore.loaders import Loader
from moto.core.request import Request
from moto.dynamodb.responses import DynamoHandler

from sandbox.api import ApiError, Call, Handler, Json

NOT_SERVED = (
    "BatchExecuteStatement",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "ImportTable",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
)
"""PartiQL, which moto answers wrongly, and what makes tables or files in other ways than AWS."""


def calls() -> dict[str, Handler]:
    """Every operation that moto knows, answered by moto alone."""
    known = Loader().load_service_model("dynamodb", "service-2")["operations"]
    served = [operation for operation in known if operation not in NOT_SERVED]
    return {
        operation: _ask_moto
        for operation in served
        if hasattr(DynamoHandler, xform_name(operation))
    }


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
