"""Whether a request has the shape that its operation takes: types, required members, limits.

The shapes are those of botocore's model of DynamoDB, and the refusals have AWS's texts. Attribute
values are checked where they are read.
"""

import json
import re
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from sandbox.api import ApiError, Json, invalid

SERVICES = ("dynamodb", "dynamodbstreams")
TYPES: dict[str, Any] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "timestamp": (int, float),
}
"""What a value must be in JSON, by the types of the model."""

TOKENS = {bool: "{}_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}
"""What AWS calls a value of JSON that is in the wrong place."""

CONVERTED = {"string": "String", "integer": "Integer", "long": "Long"}
NAMED_FIRST = (
    "CreateTable",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "UpdateTable",
    "UpdateTimeToLive",
)
"""The operations that look for the table's name before anything else."""

FAILED = "failed to satisfy constraint:"
LONGEST_SHOWN = 255


def check_shape(operation: str, request: Json) -> None:
    """Refuse a request that does not have its operation's shape.

    What AWS does not look at is taken out: null, and members that the operation does not know.
    """
    if operation in NAMED_FIRST:
        _check_table_name(request.get("TableName"))
    problems: list[str] = []
    _check(_input_shape(operation), request, "", problems)
    if problems:
        errors = "error" if len(problems) == 1 else "errors"
        raise invalid(f"{len(problems)} validation {errors} detected: {'; '.join(problems)}")


def _check_table_name(name: Any) -> None:
    if name is None:
        raise invalid("The parameter 'TableName' is required but was not present in the request")
    if isinstance(name, str) and not name.startswith("arn:") and not 3 <= len(name) <= 255:
        raise invalid(
            "TableName must be at least 3 characters long and at most 255 characters long"
        )


@cache
def _models() -> list[ServiceModel]:
    load = Loader().load_service_model
    return [ServiceModel(load(service, "service-2"), service) for service in SERVICES]


@cache
def _input_shape(operation: str) -> Shape:
    [model] = [each for each in _models() if operation in each.operation_names]
    shape = model.operation_model(operation).input_shape
    assert shape is not None  # every operation of DynamoDB takes something
    return shape


def _check(shape: Shape, value: Any, where: str, problems: list[str]) -> None:
    if shape.name == "AttributeValue":
        return
    _check_type(shape, value)
    if shape.name == "TableArn" and not value.startswith("arn:"):
        shape = _models()[0].shape_for("TableName")
    _check_limits(shape, value, where, problems)
    if isinstance(shape, StructureShape):
        for name in list(value):
            if name not in shape.members or value[name] is None:
                del value[name]
        for name, member in shape.members.items():
            inner = f"{where}.{name[0].lower()}{name[1:]}".removeprefix(".")
            if name in value:
                _check(member, value[name], inner, problems)
            elif name in shape.required_members:
                problems.append(f"Value null at '{inner}' {FAILED} Member must not be null")
    elif isinstance(shape, ListShape):
        for number, element in enumerate(value, start=1):
            _check(shape.member, element, f"{where}.{number}.member", problems)
    elif isinstance(shape, MapShape):
        for key, element in value.items():
            _check(shape.key, key, where, problems)
            _check(shape.value, element, f"{where}.{key}.member", problems)


def _check_type(shape: Shape, value: Any) -> None:
    kind = shape.type_name
    if isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)):
        return
    if isinstance(value, dict):
        message = "Start of structure or map found where not expected"
    elif isinstance(value, list):
        message = "Start of list found where not expected"
    elif kind in CONVERTED and value is not None:
        token = TOKENS[type(value)].format(str(value).upper())
        message = f"{token} cannot be converted to {CONVERTED[kind]}"
    else:
        message = "Unexpected token received from parser"
    raise ApiError("SerializationException", message)


def _check_limits(shape: Shape, value: Any, where: str, problems: list[str]) -> None:
    limits = shape.metadata
    what = "length" if isinstance(value, str | list | dict) else "value"
    size = len(value) if what == "length" else value
    broken = []
    most = f"Member must have {what} less than or equal to {limits.get('max')}"
    least = f"Member must have {what} greater than or equal to {limits.get('min')}"
    if "max" in limits and size > limits["max"]:
        broken.append(most)
    if "min" in limits and size < limits["min"]:
        broken.append(least)
    if "enum" in limits and value not in limits["enum"]:
        broken.append(f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")
    pattern = limits.get("pattern")
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        broken.append(f"Member must satisfy regular expression pattern: {pattern}")
    if broken and shape.name == "WriteRequests":  # AWS shows the map that it is in
        broken = [f"Map value must satisfy constraint: [{most}, {least}]"]
        where = where.partition(".")[0]
    problems += [f"Value '{_shown(value)}' at '{where}' {FAILED} {each}" for each in broken]


def _shown(value: Any) -> str:
    """A value as a refusal shows it; a long one is cut."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
