"""What an IAM policy allows, as far as the policies of an experiment's role need it.

Source: IAM User Guide, "Policy evaluation logic": an explicit Deny beats any Allow, and what no
statement allows is denied.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.api import Json

OPERATORS = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
"""Wildcards count in all of these but the first."""


def allows(
    documents: Iterable[str],
    action: str,
    resource: str | None,
    service: str | None = None,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether these policies together allow an action.

    `resource`: its ARN, or None for a role's trust policy. `service`: who asks, where the policy
    names principals, such as "fis.amazonaws.com". `context`: the values of condition keys.
    """
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _listed(json.loads(document)["Statement"])
        if _concerns(statement, action, resource, service)
        and _meets(statement.get("Condition", {}), context or {})
    }
    return effects == {"Allow"}


def _concerns(statement: Json, action: str, resource: str | None, service: str | None) -> bool:
    if not any(_like(pattern.lower(), action.lower()) for pattern in _named(statement, "Action")):
        return False
    if resource is not None and not any(
        _like(pattern, resource) for pattern in _named(statement, "Resource")
    ):
        return False
    if service is None:
        return True
    principal = statement.get("Principal", {})
    return principal == "*" or service in _listed(principal.get("Service", []))


def _named(statement: Json, name: str) -> list[str]:
    return [str(each) for each in _listed(statement.get(name, []))]


def _meets(condition: Json, context: Mapping[str, str]) -> bool:
    """Whether all conditions hold. One with an operator that is not known here does not."""
    return all(
        operator in OPERATORS
        and key in context
        and any(
            value == context[key] if operator == OPERATORS[0] else _like(value, context[key])
            for value in _listed(values)
        )
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _like(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with `*` and `?`."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
