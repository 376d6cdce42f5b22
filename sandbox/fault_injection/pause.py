"""What the action global-table-pause-replication does to a replica.

Source: AWS FIS User Guide, "AWS FIS actions reference". Here the replica is cut off at once; on AWS
replication may go on for up to five minutes.
"""

from typing import Protocol

from sandbox.fault_injection.experiments import CannotRun
from sandbox.fault_injection.permissions import allows
from sandbox.fault_injection.statements import sid, statements
from sandbox.group import LEGACY, Group, Groups
from sandbox.replication import Replication
from sandbox.resource_policies import ResourcePolicies
from sandbox.strong.consistency import StrongConsistency

NEEDED = ("DescribeTable", "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy")
"""What the experiment's role must allow on the table and on its stream."""


class Roles(Protocol):
    """The roles of IAM."""

    def policies(self, role: str) -> tuple[str, list[str]] | None:
        """The trust policy of the role with this ARN and its other policies; None: no such role."""


class Streams(Protocol):
    """The tables, as far as the pause needs them."""

    def stream_arn(self, region: str, name: str) -> str | None:
        """The ARN of a table's stream; None without a stream."""


class ReplicationPause:
    """Cuts replicas off, and lets them replicate again. Callers hold the schedule's lock."""

    def __init__(
        self,
        groups: Groups,
        replication: Replication,
        strong: StrongConsistency,
        policies: ResourcePolicies,
        streams: Streams,
        roles: Roles,
        account: str,
    ) -> None:
        """`policies` gets the Deny statements, `replication` holds the deliveries back."""
        self._groups = groups
        self._replication = replication
        self._strong = strong
        self._policies = policies
        self._streams = streams
        self._roles = roles
        self._account = account

    def is_global_table(self, region: str, arn: str) -> bool:
        """Whether the ARN is that of a replica in this region."""
        its_region, name = _parts(arn)
        return (
            its_region == region
            and arn == f"arn:aws:dynamodb:{region}:{self._account}:table/{name}"
            and self._groups.of(region, name) is not None
        )

    def authorise(self, role: str, experiment: str, arns: list[str]) -> None:
        """Raises CannotRun if FIS may not use the role, or the role may not pause these tables."""
        found = self._roles.policies(role)
        context = {"aws:SourceAccount": self._account, "aws:SourceArn": experiment}
        if found is None or not allows(
            [found[0]], "sts:AssumeRole", None, "fis.amazonaws.com", context
        ):
            raise CannotRun("AuthorizationFailure", f"AWS FIS cannot assume the role {role}.")
        needed = [("tag:GetResources", "*")]
        for arn in arns:
            group = self._groups.of(*_parts(arn))
            if group is not None and group.strong is not None:
                needed.append(("dynamodb:InjectError", "*"))
            stream = self._streams.stream_arn(*_parts(arn))
            on = [arn, *([stream] if stream else [])]
            needed += [(f"dynamodb:{action}", resource) for action in NEEDED for resource in on]
        for action, resource in needed:
            if not allows(found[1], action, resource):
                raise CannotRun(
                    "AuthorizationFailure",
                    f"The role {role} does not allow {action} on {resource}.",
                )

    def pause(self, arn: str, experiment: str, until: float) -> None:
        """Cut a replica off until `resume`. Raises CannotRun if that is not possible.

        `until`: when the Deny statements expire, in seconds since the epoch.
        """
        region, name = _parts(arn)
        group = self._group(region, name)
        stream = self._streams.stream_arn(region, name)
        denied = statements(
            arn, stream, experiment, self._account, until, strong=group.strong is not None
        )
        for resource, its_statements in denied.items():
            self._policies.insert(region, resource, its_statements, sid(experiment))
        self._replication.pause(group, region)

    def resume(self, arn: str, experiment: str) -> None:
        """Let the replica replicate again, if this experiment has cut it off."""
        region, name = _parts(arn)
        group = self._groups.of(region, name)
        if group is None or not self._policies.remove(region, arn, sid(experiment)):
            return
        stream = self._streams.stream_arn(region, name)
        if stream is not None:
            self._policies.remove(region, stream, sid(experiment))
        self._replication.resume(group, region)
        self._strong.catch_up(group, region)

    def _group(self, region: str, name: str) -> Group:
        group = self._groups.of(region, name)
        if group is None:
            raise CannotRun("InvalidTarget", f"{name} in {region} is not a global table.")
        if group.version == LEGACY:
            raise CannotRun(
                "ConfigurationFailure",
                f"{name} is a global table of version {LEGACY}, which has no resource policies. "
                "The pause needs version 2019.11.21.",
            )
        if len(group.active()) < len(group.replicas):
            raise CannotRun("ConfigurationFailure", f"Table {name} is being updated.")
        if region in group.paused:
            raise CannotRun(
                "ConfigurationFailure", f"Another experiment has paused {name} in {region}."
            )
        return group


def _parts(arn: str) -> tuple[str, str]:
    """Region and table of a table's ARN; two empty strings if it is not one."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("table/"):
        return "", ""
    return parts[3], parts[5].removeprefix("table/")
