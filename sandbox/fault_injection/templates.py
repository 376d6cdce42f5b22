"""What an experiment template may say: the one action that the sandbox has, and its rules.

Sources: AWS FIS User Guide, "AWS FIS actions reference" and "Experiment template components"; API
reference, CreateExperimentTemplate. What the service has and the sandbox has not is refused.
"""

import re
import time
from dataclasses import dataclass, field

from sandbox.api import Json, invalid

PAUSE = "aws:dynamodb:global-table-pause-replication"
GLOBAL_TABLE = "aws:dynamodb:global-table"

ACTION: Json = {
    "id": PAUSE,
    "description": "Pauses replication of a global table between a replica and all others.",
    "parameters": {
        "duration": {
            "description": "How long the replication is paused (ISO 8601 duration).",
            "required": True,
        }
    },
    "targets": {"Tables": {"resourceType": GLOBAL_TABLE}},
    "tags": {},
}
"""The action, as GetAction answers but for its ARN."""

LONGEST_SECONDS = 12 * 3600
MOST_ARNS = 5

DURATION = re.compile(r"PT(?=\d)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?")
ROLE = re.compile(r"arn:aws:iam::(\d{12}):role/[\w+=,.@/-]+")

NOT_SERVED = (
    "logConfiguration",
    "experimentReportConfiguration",
    "targetAccountConfigurations",
)


@dataclass(frozen=True)
class Template:
    """An experiment template."""

    id: str
    arn: str
    region: str
    content: Json
    """What CreateExperimentTemplate was asked for."""
    created: float = field(default_factory=time.time)

    def summary(self) -> Json:
        """The template as ListExperimentTemplates shows it."""
        return {
            "id": self.id,
            "arn": self.arn,
            "description": self.content["description"],
            "creationTime": self.created,
            "lastUpdateTime": self.created,
            "tags": self.content.get("tags", {}),
        }

    def describe(self) -> Json:
        """The template as GetExperimentTemplate shows it."""
        return {
            **self.summary(),
            "targets": self.content.get("targets", {}),
            "actions": self.content["actions"],
            "stopConditions": self.content["stopConditions"],
            "roleArn": self.content["roleArn"],
            "experimentOptions": self.options(),
            "targetAccountConfigurationsCount": 0,
        }

    def options(self) -> Json:
        """The experiment options, with the defaults for those that were not given."""
        given = self.content.get("experimentOptions", {})
        return {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail", **given}


def check(template: Json, account: str) -> None:
    """Refuse a template that AWS refuses, or that asks for what the sandbox does not have."""
    for name in NOT_SERVED:
        if name in template:
            raise invalid(f"The sandbox does not have {name}.")
    if template.get("experimentOptions", {}).get("accountTargeting") == "multi-account":
        raise invalid("The sandbox has one account: accountTargeting must be single-account.")
    if any(condition != {"source": "none"} for condition in template["stopConditions"]):
        raise invalid('The sandbox has no stop conditions: give [{"source": "none"}].')
    role = ROLE.fullmatch(template["roleArn"])
    if role is None:
        raise invalid(f"The role ARN is not valid: {template['roleArn']}")
    if role[1] != account:
        raise invalid(f"The role must belong to account {account}: {template['roleArn']}")
    targets = template.get("targets", {})
    for name, target in targets.items():
        _check_target(name, target)
    if not template["actions"]:
        raise invalid("An experiment template must have at least one action.")
    for name, action in template["actions"].items():
        _check_action(name, action, targets)


def seconds(duration: str) -> int:
    """How long an ISO 8601 duration such as PT12M is. Raises ApiError for any other text."""
    matched = DURATION.fullmatch(duration)
    if matched is None:
        raise invalid(f"The duration is not valid: {duration}. Give it as in PT12M.")
    hours, minutes, rest = (int(part or 0) for part in matched.groups())
    total = hours * 3600 + minutes * 60 + rest
    if not 1 <= total <= LONGEST_SECONDS:
        raise invalid(f"The duration must be from one second to 12 hours: {duration}")
    return total


def _check_target(name: str, target: Json) -> None:
    if target["resourceType"] != GLOBAL_TABLE:
        raise invalid(f"Target {name}: the sandbox has no resource type {target['resourceType']}.")
    for selection in ("resourceTags", "filters", "parameters"):
        if target.get(selection):
            raise invalid(f"Target {name}: the sandbox selects by resourceArns, not {selection}.")
    if target["selectionMode"] != "ALL":
        raise invalid(f"Target {name}: the sandbox has the selection mode ALL only.")
    if not 1 <= len(target.get("resourceArns", [])) <= MOST_ARNS:
        raise invalid(f"Target {name}: give from 1 to {MOST_ARNS} resourceArns.")


def _check_action(name: str, action: Json, targets: Json) -> None:
    if action["actionId"] != PAUSE:
        raise invalid(f"Action {name}: the sandbox has no action {action['actionId']}.")
    if action.get("startAfter"):
        raise invalid(f"Action {name}: in the sandbox all actions start together.")
    if set(action.get("parameters", {})) != {"duration"}:
        raise invalid(f"Action {name}: {PAUSE} has one parameter, duration, and needs it.")
    seconds(action["parameters"]["duration"])
    if set(action.get("targets", {})) != {"Tables"}:
        raise invalid(f"Action {name}: {PAUSE} has one target, Tables, and needs it.")
    if action["targets"]["Tables"] not in targets:
        raise invalid(f"Action {name}: there is no target {action['targets']['Tables']}.")
