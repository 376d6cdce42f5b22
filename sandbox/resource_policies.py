"""The resource policies of tables and streams.

Sources: API reference, PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy; Developer
Guide, "Using resource-based policies". They are kept and shown; nothing here is authorised. An
experiment adds statements of its own to a policy and takes them away again.
"""

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sandbox.api import ApiError, Call, Handler, Json, invalid

MOST_BYTES = 20 * 1024
NO_POLICY = "NO_POLICY"


class Tables(Protocol):
    """What resource policies need of the tables."""

    def identity(self, region: str, arn: str) -> str | None:
        """What tells the region's table that has this ARN, or whose stream has it, from one that
        is made again under its name. None if there is no such table or stream.
        """


@dataclass(frozen=True)
class Policy:
    """A policy as it was put: its text, and the id of this revision."""

    text: str
    revision: str


class ResourcePolicies:
    """All policies, by ARN. A table that is made again has none. Callers hold the lock."""

    def __init__(self, tables: Tables) -> None:
        """`tables` knows which tables and streams there are."""
        self._tables = tables
        self._policies: dict[tuple[str, str], Policy] = {}
        self._inserted: dict[tuple[str, str], str] = {}
        """The prefix of the Sids that an experiment has put into each policy."""
        self._revisions = itertools.count(time.time_ns() // 1_000_000)

    def calls(self) -> dict[str, Handler]:
        """The operations about resource policies."""
        return {
            "PutResourcePolicy": self._put_resource_policy,
            "GetResourcePolicy": self._get_resource_policy,
            "DeleteResourcePolicy": self._delete_resource_policy,
        }

    def insert(self, region: str, arn: str, statements: Sequence[Json], sid: str) -> None:
        """Add an experiment's statements, whose Sids begin with `sid`; until `remove` the policy
        cannot be changed.
        """
        where = self._find(region, arn)
        policy = self._policies.get(where)
        content = json.loads(policy.text) if policy else {"Version": "2012-10-17", "Statement": []}
        content["Statement"] = [*_statements(content), *statements]
        self._store(where, json.dumps(content))
        self._inserted[where] = sid

    def remove(self, region: str, arn: str, sid: str) -> bool:
        """Take away the statements that `insert` has added, and a policy that had no others.

        Returns whether there were any.
        """
        where = self._find(region, arn)
        if self._inserted.get(where) != sid:
            return False
        del self._inserted[where]
        content = json.loads(self._policies[where].text)
        rest = [each for each in _statements(content) if not each.get("Sid", "").startswith(sid)]
        if rest:
            self._store(where, json.dumps({**content, "Statement": rest}))
        else:
            del self._policies[where]
        return True

    def _put_resource_policy(self, call: Call) -> Json:
        text = call.request["Policy"]
        where = self._changeable(call)
        _check(text)
        policy = self._expected(where, call.request)
        if policy is None or policy.text != text:
            policy = self._store(where, text)
        return {"RevisionId": policy.revision}

    def _get_resource_policy(self, call: Call) -> Json:
        arn = call.request["ResourceArn"]
        policy = self._policies.get(self._find(call.region, arn))
        if policy is None:
            raise _no_policy(arn)
        return {"Policy": policy.text, "RevisionId": policy.revision}

    def _delete_resource_policy(self, call: Call) -> Json:
        where = self._changeable(call)
        policy = self._expected(where, call.request)
        if policy is None:
            return {}
        del self._policies[where]
        return {"RevisionId": policy.revision}

    def _find(self, region: str, arn: str) -> tuple[str, str]:
        identity = self._tables.identity(region, arn)
        if identity is None:
            raise ApiError(
                "ResourceNotFoundException", f"Requested resource not found: {arn} not found"
            )
        return arn, identity

    def _changeable(self, call: Call) -> tuple[str, str]:
        arn = call.request["ResourceArn"]
        where = self._find(call.region, arn)
        if where in self._inserted:
            raise ApiError(
                "ResourceInUseException",
                f"An experiment of AWS FIS is using the policy of {arn}. Stop it first.",
            )
        return where

    def _expected(self, where: tuple[str, str], request: Json) -> Policy | None:
        """The policy, if its revision is what the request expects."""
        policy = self._policies.get(where)
        expected = request.get("ExpectedRevisionId")
        if expected is not None and expected != (policy.revision if policy else NO_POLICY):
            raise _no_policy(where[0])
        return policy

    def _store(self, where: tuple[str, str], text: str) -> Policy:
        policy = Policy(text, str(next(self._revisions)))
        self._policies[where] = policy
        return policy


def _check(text: str) -> None:
    """Refuse a policy that is too large or is not a policy."""
    if len(text.encode()) > MOST_BYTES:
        raise invalid("The resource policy is larger than 20 KB.")
    try:
        content = json.loads(text)
        statements = _statements(content)
    except (ValueError, KeyError, TypeError):
        raise invalid("The resource policy is not a JSON object with statements.") from None
    if not statements:
        raise invalid("The resource policy has no statement.")
    for statement in statements:
        if not isinstance(statement, dict) or not {"Effect", "Principal", "Action"} <= {*statement}:
            raise invalid("Each statement of a resource policy has Effect, Principal and Action.")


def _statements(content: Json) -> list[Json]:
    statements = content["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _no_policy(arn: str) -> ApiError:
    return ApiError(
        "PolicyNotFoundException",
        f"Resource-based policy not found for the provided ResourceArn: {arn}",
    )
