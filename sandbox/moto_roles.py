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

REFUSAL = """<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>\
<Type>Sender</Type><Code>InvalidAction</Code><Message>{}</Message></Error></ErrorResponse>"""


class MotoRoles:
    """The roles of IAM. Callers hold the schedule's lock."""

    def __init__(self, services: MotoServices) -> None:
        self._services = services

    def answer(self, region: str, request: Request) -> Answer:
        """IAM's answer to a client's request."""
        [action] = parse_qs(request.body.decode()).get("Action", [""])
        if action in ACTIONS:
            return self._services.answer("iam", region, request)
        message = html.escape(f"The sandbox does not know {action}; of IAM it has roles only.")
        return Answer(400, {"Content-Type": "text/xml"}, REFUSAL.format(message).encode())

    def policies(self, role: str) -> tuple[str, list[str]] | None:
        """The trust policy of the role with this ARN and its other policies; None: no such role."""
        from moto.iam.models import iam_backends

        for found in iam_backends[ACCOUNT]["aws"].roles.values():
            if found.arn == role:
                trust = unquote(found.assume_role_policy_document)
                return trust, [unquote(policy) for policy in found.policies.values()]
        return None
