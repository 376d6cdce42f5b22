"""Auto scaling of a table: a target, its policy, and what AWS chooses where nobody does."""

from dataclasses import dataclass

from sandbox.api import Json

WRITE_CAPACITY = "dynamodb:table:WriteCapacityUnits"
READ_CAPACITY = "dynamodb:table:ReadCapacityUnits"

MAXIMUM = 40_000
TARGET = 70.0
"""What DynamoDB was seen to register: the default quota of a table, and the percent to use."""


@dataclass(frozen=True)
class Scaling:
    """Auto scaling of a table's read or write capacity."""

    dimension: str
    """READ_CAPACITY or WRITE_CAPACITY."""
    minimum: int
    maximum: int
    policy: str
    """The policy's name."""
    tracking: Json
    """Its TargetTrackingScalingPolicyConfiguration."""


def choose_scaling(table: str, dimension: str, minimum: int, update: Json | None = None) -> Scaling:
    """A table's auto scaling, with AWS's choices but for those of an AutoScalingSettingsUpdate."""
    wanted = update or {}
    policy = wanted.get("ScalingPolicyUpdate", {})
    utilization = dimension.rsplit(":", 1)[1].removesuffix("Units") + "Utilization"
    return Scaling(
        dimension,
        int(wanted.get("MinimumUnits", minimum)),
        int(wanted.get("MaximumUnits", MAXIMUM)),
        policy.get("PolicyName", f"DynamoDB{utilization}:table/{table}"),
        {
            "PredefinedMetricSpecification": {"PredefinedMetricType": f"DynamoDB{utilization}"},
            "TargetValue": TARGET,
            **policy.get("TargetTrackingScalingPolicyConfiguration", {}),
        },
    )
