"""ExpressionAttributeNames and ExpressionAttributeValues, and which of them have been used."""

import re
from typing import Any

from sandbox.api import ApiError, Json, invalid
from sandbox.expressions.values import Value, checked, checked_name


class References:
    """The #names and :values of a request; all its expressions share them."""

    def __init__(self, request: Json) -> None:
        self._names = {
            key: checked_name(name)
            for key, name in _checked_keys(request, "ExpressionAttributeNames", "#").items()
        }
        self._values = {
            key: _checked_value(key, value)
            for key, value in _checked_keys(request, "ExpressionAttributeValues", ":").items()
        }
        self._unused = {
            "ExpressionAttributeNames": dict.fromkeys(self._names),
            "ExpressionAttributeValues": dict.fromkeys(self._values),
        }

    def name(self, reference: str) -> str | None:
        """The attribute name for which `reference`, such as #n, stands."""
        self._unused["ExpressionAttributeNames"].pop(reference, None)
        return self._names.get(reference)

    def value(self, reference: str) -> Value | None:
        """The value for which `reference`, such as :v, stands."""
        self._unused["ExpressionAttributeValues"].pop(reference, None)
        return self._values.get(reference)

    def check_all_used(self) -> None:
        """Refuse a request with names or values that no expression has asked for."""
        for parameter, unused in self._unused.items():
            if unused:
                raise invalid(
                    f"Value provided in {parameter} unused in expressions: "
                    f"keys: {{{', '.join(unused)}}}"
                )


def _checked_keys(request: Json, parameter: str, sign: str) -> dict[str, Any]:
    given = request.get(parameter)
    if given is None:
        return {}
    if not given:
        raise invalid(f"{parameter} must not be empty")
    for key in given:
        if not re.fullmatch(f"{sign}[A-Za-z0-9_]+", key):
            raise invalid(f'{parameter} contains invalid key: Syntax error; key: "{key}"')
    return dict(given)


def _checked_value(key: str, value: Any) -> Value:
    try:
        return checked(value)
    except ApiError as error:
        if error.code != "ValidationException":
            raise
        raise invalid(
            f"ExpressionAttributeValues contains invalid value: {error.message} for key {key}"
        ) from None
