"""IAM's roles, as moto keeps them.

A role is needed to run an experiment. Nothing else here is authorised, so of IAM only roles and
their own policies are served.
"""

import html
from urllib.parse import parse_qs, unquote

from sandbox.messages import Answer, Request
from sandbox.moto_services import MotoServices
from sandbox.moto_tables import ACCOUNT

ACTIONS = (
    "CreateRole",
    "DeleteRole",
    "DeleteRolePolicy",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListRolePolicies",
    "ListRoles",
    "ListRoleTags",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
)

LONGEST_NAME = 64
"""Characters of a role's name. Source: IAM User Guide, "IAM and AWS STS quotas"."""

REFUSAL = """<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>\
<Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"""


class MotoRoles:
    """The roles of IAM. Callers hold the schedule's lock."""

    def __init__(self, services: MotoServices) -> None:
        self._services = services

    def answer(self, region: str, request: Request) -> Answer:
        """IAM's answer to a client's request."""
        parameters = parse_qs(request.body.decode())
        [action] = parameters.get("Action", [""])
        [name] = parameters.get("RoleName", [""])
        if action not in ACTIONS:
            return _refused(
                "InvalidAction", f"The sandbox does not know {action}; of IAM it has roles only."
            )
        if len(name) > LONGEST_NAME:
            return _refused(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'roleName' failed to satisfy "
                f"constraint: Member must have length less than or equal to {LONGEST_NAME}",
            )
        return self._services.answer("iam", region, request)

    def policies(self, role: str) -> tuple[str, list[str]] | None:
        """The trust policy of the role with this ARN and its other policies; None: no such role."""
        from moto.iam.models import iam_backends

        for found in iam_backends[ACCOUNT]["aws"].roles.values():
            if found.arn == role:
                trust = unquote(found.assume_role_policy_document)
                return trust, [unquote(policy) for policy in found.policies.values()]
        return None


def _refused(code: str, message: str) -> Answer:
    body = REFUSAL.format(code, html.escape(message))
    return Answer(400, {"Content-Type": "text/xml"}, body.encode())
