"""Pauses of replication in the sandbox: a role, a template, and experiments from it."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.api import Json
from sandbox.fault_injection.templates import PAUSE
from tests.waiting import until

Aws = Callable[[str, str], Any]
"""A client for a service and a region."""

OHIO = "us-east-2"
ACCOUNT = "123456789012"
FLIGHTS = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/flights"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pause"

TEMPLATE: Json = {
    "description": "pause",
    "targets": {
        "tables": {
            "resourceType": "aws:dynamodb:global-table",
            "resourceArns": [FLIGHTS],
            "selectionMode": "ALL",
        }
    },
    "actions": {
        "pause": {
            "actionId": PAUSE,
            "parameters": {"duration": "PT12M"},
            "targets": {"Tables": "tables"},
        }
    },
    "stopConditions": [{"source": "none"}],
    "roleArn": ROLE,
    "tags": {"Name": "pause-flights"},
}
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "fis.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:fis:*:{ACCOUNT}:experiment/*"},
            },
        }
    ],
}
RIGHTS: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeTable",
                "dynamodb:GetResourcePolicy",
                "dynamodb:PutResourcePolicy",
                "dynamodb:DeleteResourcePolicy",
            ],
            "Resource": [FLIGHTS, f"{FLIGHTS}/stream/*"],
        },
        {"Effect": "Allow", "Action": "tag:GetResources", "Resource": "*"},
    ],
}


def create_role(aws: Aws, trust: Any = TRUST, rights: Any = RIGHTS) -> None:
    iam = aws("iam", OHIO)
    iam.create_role(RoleName="pause", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="pause", PolicyName="pause", PolicyDocument=json.dumps(rights))


def start(aws: Aws, duration: str = "PT12M", region: str = OHIO) -> str:
    """Start an experiment that cuts the region off. Returns its id."""
    fis = aws("fis", region)
    arn = FLIGHTS.replace(OHIO, region)
    template = {
        **TEMPLATE,
        "targets": {"tables": {**TEMPLATE["targets"]["tables"], "resourceArns": [arn]}},
        "actions": {
            "pause": {**TEMPLATE["actions"]["pause"], "parameters": {"duration": duration}}
        },
    }
    created = fis.create_experiment_template(**template)["experimentTemplate"]["id"]
    experiment: str = fis.start_experiment(experimentTemplateId=created)["experiment"]["id"]
    return experiment


def state(aws: Aws, experiment: str, region: str = OHIO) -> dict[str, Any]:
    found: dict[str, Any] = aws("fis", region).get_experiment(id=experiment)["experiment"]["state"]
    return found


def paused(aws: Aws, duration: str = "PT12M", region: str = OHIO) -> str:
    """Cut the region off and wait until it is. Returns the experiment's id."""
    experiment = start(aws, duration, region)
    until(lambda: state(aws, experiment, region)["status"] == "running")
    return experiment


def stop(aws: Aws, experiment: str, region: str = OHIO) -> None:
    """Stop the experiment and wait for its end."""
    aws("fis", region).stop_experiment(id=experiment)
    until(lambda: state(aws, experiment, region)["status"] == "stopped")


def failed(aws: Aws) -> str:
    """Why an experiment fails."""
    experiment = start(aws)
    until(lambda: state(aws, experiment)["status"] == "failed")
    found = state(aws, experiment)
    return f"{found['error']['code']}: {found['reason']}"
