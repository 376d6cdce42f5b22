"""The other services that moto answers: Application Auto Scaling, CloudWatch, IAM, STS."""

import importlib
import threading
from typing import Any, cast

from moto.core.request import Request as MotoRequest

from sandbox.messages import Answer, Request, unknown
from sandbox.moto_tables import ACCOUNT
from sandbox.scaling import Scaling

HANDLERS = {
    "application-autoscaling": ("applicationautoscaling", "ApplicationAutoScalingResponse"),
    "iam": ("iam", "IamResponse"),
    "monitoring": ("cloudwatch", "CloudWatchResponse"),
    "sts": ("sts", "TokenResponse"),
}
"""By the names that requests are signed for: moto's package, and its class that answers."""


class MotoServices:
    """moto's services. Callers hold the schedule's lock."""

    def __init__(self) -> None:
        """Import them meanwhile: that takes a second, and nobody needs them at once."""
        threading.Thread(target=_import_all, daemon=True).start()

    def answer(self, service: str, region: str, request: Request) -> Answer:
        """A service's answer to a client's request."""
        if request.path != "/" and not request.path.startswith("/service/"):
            raise unknown(request.path)
        package, handler = HANDLERS[service]
        asked = MotoRequest.from_primitives(
            request.method,
            f"https://{service}.{region}.amazonaws.com{request.path}",
            request.headers,
            request.body,
        )
        responses = importlib.import_module(f"moto.{package}.responses")
        status, headers, body = getattr(responses, handler).dispatch(asked)
        headers = {name: str(value) for name, value in headers.items() if name != "status"}
        return Answer(int(status), headers, body.encode() if isinstance(body, str) else body)

    def registered_scaling(self, region: str, name: str) -> list[Scaling]:
        """The auto scaling of a table: what has both a target and a policy."""
        from moto.applicationautoscaling.models import applicationautoscaling_backends

        backend = applicationautoscaling_backends[ACCOUNT][region]
        resource = f"table/{name}"
        targets = {
            target.scalable_dimension: target
            for target in backend.describe_scalable_targets("dynamodb", [resource], None)
        }
        return [
            Scaling(
                policy.scalable_dimension,
                int(targets[policy.scalable_dimension].min_capacity or 0),
                int(targets[policy.scalable_dimension].max_capacity or 0),
                policy.policy_name,
                policy.target_tracking_scaling_policy_configuration or {},
            )
            for policy in backend.policies.values()
            if policy.resource_id == resource and policy.scalable_dimension in targets
        ]

    def register_scaling(self, region: str, name: str, scaling: Scaling) -> None:
        """Register a target and its policy with Application Auto Scaling."""
        from moto.applicationautoscaling.models import applicationautoscaling_backends

        backend = applicationautoscaling_backends[ACCOUNT][region]
        resource = f"table/{name}"
        backend.register_scalable_target(
            "dynamodb",
            resource,
            scaling.dimension,
            scaling.minimum,
            scaling.maximum,
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/dynamodb.application-autoscaling."
            "amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
            cast(str, None),
        )
        backend.put_scaling_policy(
            scaling.policy,
            "dynamodb",
            resource,
            scaling.dimension,
            scaling.tracking,
            "TargetTrackingScaling",
        )

    def replace_scaling(self, region: str, name: str, scaling: Scaling) -> None:
        """The same, without any other policy that this capacity of the table has had."""
        from moto.applicationautoscaling.models import applicationautoscaling_backends

        backend = applicationautoscaling_backends[ACCOUNT][region]
        for registered in self.registered_scaling(region, name):
            if registered.dimension == scaling.dimension:
                backend.delete_scaling_policy(
                    registered.policy, "dynamodb", f"table/{name}", scaling.dimension
                )
        self.register_scaling(region, name, scaling)

    def publish(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Give CloudWatch metric data, in the form that PutMetricData takes."""
        from moto.cloudwatch.models import cloudwatch_backends

        cloudwatch_backends[ACCOUNT][region].put_metric_data(namespace, data)


def _import_all() -> None:
    for package, _ in HANDLERS.values():
        importlib.import_module(f"moto.{package}.responses")
