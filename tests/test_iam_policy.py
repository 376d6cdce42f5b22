"""The policy of step 1 names actions that exist, and covers what the workshop's commands call."""

import json
import re
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import Session

from tests.pages import PAGES, blocks
from tests.scripts import ROOT

POLICY = json.loads((ROOT / "iam-policy.json").read_text())
STATEMENTS: dict[str, Any] = {statement["Sid"]: statement for statement in POLICY["Statement"]}

PERMISSIONS_WITHOUT_AN_OPERATION = {
    *(f"dynamodb:{action}TableReplica" for action in ("Create", "Delete")),
    *(f"dynamodb:{action}GlobalTableWitness" for action in ("Create", "Delete")),
    "iam:PassRole",
}
"""Sources: Developer Guide, "DynamoDB global tables security"; IAM User Guide, "Granting a user
permissions to pass a role to an AWS service"."""


def actions(statement: Any) -> list[str]:
    listed = statement["Action"]
    return [listed] if isinstance(listed, str) else listed


ALLOWED = [action for statement in STATEMENTS.values() for action in actions(statement)]


@pytest.mark.parametrize("action", sorted(set(ALLOWED) - PERMISSIONS_WITHOUT_AN_OPERATION))
def test_every_action_is_an_operation_of_its_service(action: str) -> None:
    service, operation = action.split(":")
    assert operation in Session().get_service_model(service).operation_names


def test_no_action_is_allowed_twice_or_by_a_wildcard() -> None:
    assert len(ALLOWED) == len(set(ALLOWED))
    assert not [action for action in ALLOWED if "*" in action]


def called(text: str) -> set[str]:
    """The actions of the AWS CLI commands in a text."""
    found = set()
    for service, command in re.findall(
        r"\b(dynamodb|cloudwatch|application-autoscaling|fis|iam) (\S+)", text
    ):
        for operation in Session().get_service_model(service).operation_names:
            if xform_name(operation, "-") == command:
                found.add(f"{service}:{operation}")
    return found


def on_pages() -> set[str]:
    """The actions that the commands of the pages call, but for those of the old version."""
    on_every_page = (block for page in PAGES for block in blocks(page))
    return called("".join(block.commands for block in on_every_page if not block.legacy))


def test_every_command_of_the_pages_is_allowed_but_those_of_the_old_version() -> None:
    commands = on_pages()
    assert commands
    assert commands - set(ALLOWED) == set()


def test_every_command_of_set_up_and_clean_up_is_allowed() -> None:
    scripts = [*ROOT.glob("*.sh"), *(ROOT / "shell").glob("*.sh")]
    commands = called("".join(script.read_text() for script in scripts))
    assert {"dynamodb:UpdateTable", "application-autoscaling:DeleteScalingPolicy"} < commands
    assert commands - set(ALLOWED) == set()


CALLED_BY_SCRIPTS = {
    f"dynamodb:{operation}"
    for operation in (
        "BatchGetItem",
        "BatchWriteItem",
        "DescribeTable",
        "Query",
        "Scan",
        "UpdateItem",
    )
}
NEEDED_BY_AWS_ITSELF = {
    # for replicas and witnesses: Developer Guide, "DynamoDB global tables security"
    *(f"dynamodb:{each}" for each in ("CreateTableReplica", "DeleteTableReplica")),
    *(f"dynamodb:{each}" for each in ("CreateGlobalTableWitness", "DeleteGlobalTableWitness")),
    *(f"dynamodb:{each}" for each in ("GetItem", "PutItem", "DeleteItem")),
    "iam:CreateServiceLinkedRole",
    # to start an experiment with a role, and to give what is made its tags
    "iam:PassRole",
    "fis:TagResource",
    # to keep a policy's alarms: Application Auto Scaling User Guide, identity-based policies
    *(f"cloudwatch:{each}" for each in ("DeleteAlarms", "DescribeAlarms", "PutMetricAlarm")),
}


def test_every_call_of_the_scripts_is_allowed() -> None:
    assert CALLED_BY_SCRIPTS - set(ALLOWED) == set()


def test_nothing_is_allowed_that_nobody_needs() -> None:
    scripts = [*ROOT.glob("*.sh"), *(ROOT / "shell").glob("*.sh")]
    commands = on_pages() | called("".join(script.read_text() for script in scripts))
    assert set(ALLOWED) - commands - CALLED_BY_SCRIPTS - NEEDED_BY_AWS_ITSELF == set()


def test_each_purpose_reaches_tables_named_flights_in_both_regions_only() -> None:
    tables = {
        "arn:aws:dynamodb:us-east-2:*:table/flights*",
        "arn:aws:dynamodb:eu-west-1:*:table/flights*",
    }
    for purpose in ("SetUp", "Exercise", "CleanUp"):
        named = set(STATEMENTS[purpose]["Resource"])
        assert named - {"arn:aws:dynamodb::*:global-table/flights*"} == tables


def test_auto_scaling_reaches_dynamodb_and_the_alarms_of_tables_named_flights_only() -> None:
    condition = STATEMENTS["AutoScaling"]["Condition"]["StringEquals"]
    assert condition["application-autoscaling:service-namespace"] == "dynamodb"
    assert STATEMENTS["AlarmsOfAutoScaling"]["Resource"] == [
        "arn:aws:cloudwatch:us-east-2:*:alarm:TargetTracking-table/flights*",
        "arn:aws:cloudwatch:eu-west-1:*:alarm:TargetTracking-table/flights*",
    ]


def test_the_role_of_a_pause_is_made_for_tables_named_flights_and_passed_to_fis_only() -> None:
    role = "arn:aws:iam::*:role/flights*-pause-replication"
    assert STATEMENTS["RoleOfThePause"]["Resource"] == role
    assert STATEMENTS["RoleForFis"]["Resource"] == role
    condition = STATEMENTS["RoleForFis"]["Condition"]["StringEquals"]
    assert condition == {"iam:PassedToService": "fis.amazonaws.com"}
