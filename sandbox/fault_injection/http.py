"""HTTP as the Fault Injection Service speaks it: REST, with JSON bodies.

Method and path name the operation; path, query and body hold its parameters. Source: the service's
model in botocore.
"""

import json
import re
from functools import cache
from urllib.parse import parse_qsl, unquote

from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.validate import ParamValidator

from sandbox.api import ApiError, Json, invalid
from sandbox.messages import Answer, Request


def read(request: Request) -> tuple[str, Json]:
    """The operation of a request ("GetExperiment") and its parameters, by their names in the API.

    Raises ApiError for an operation that the service does not have, and for parameters that are
    missing or of the wrong type.
    """
    path, _, query = request.path.partition("?")
    for name, shape, method, pattern in _operations():
        in_path = pattern.fullmatch(path)
        if method == request.method and in_path:
            texts = {key: unquote(text) for key, text in in_path.groupdict().items()}
            content = request.json() if request.body else {}
            parameters = {**_named({**texts, **dict(parse_qsl(query))}, shape), **content}
            report = ParamValidator().validate(parameters, shape)
            if report.has_errors():
                raise invalid(report.generate_report())
            return name, parameters
    raise ApiError("UnknownOperationException", f"AWS FIS has no {request.method} {path}.")


def success(content: Json) -> Answer:
    """What an operation answers."""
    return Answer(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def refusal(error: ApiError) -> Answer:
    """What the service answers instead of a result."""
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return Answer(error.status, headers, json.dumps({"message": error.message}).encode())


@cache
def _operations() -> list[tuple[str, StructureShape, str, re.Pattern[str]]]:
    """Name, input, method and path of each operation."""
    model = ServiceModel(Loader().load_service_model("fis", "service-2"), "fis")
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.http["requestUri"])
        if operation.input_shape is not None:
            found.append((name, operation.input_shape, operation.http["method"], re.compile(path)))
    return found


def _named(texts: dict[str, str], shape: StructureShape) -> Json:
    """The values of path and query by the names of their members; maxResults is a number."""
    members = {part.serialization.get("name", name): name for name, part in shape.members.items()}
    values: Json = {}
    for name, text in texts.items():
        member = members.get(name, name)
        is_number = member == "maxResults" and text.isdecimal()
        values[member] = int(text) if is_number else text
    return values
