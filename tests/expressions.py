"""Requests with expressions, for the tests of the sandbox's evaluator."""

import re
from typing import Any


def request_for(parameter: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
    """A request with this expression, and with those of the values that it names."""
    named = {name: values[name] for name in re.findall(r":\w+", expression) if name in values}
    request: dict[str, Any] = {parameter: expression}
    return {**request, "ExpressionAttributeValues": named} if named else request
