"""What UpdateTable refuses about groups with multi-Region strong consistency.

Sources: Developer Guide, "How DynamoDB global tables work"; what DynamoDB answered when each rule
was tried on it in October 2026. It checks them in this order. A group has three members and keeps
them: replicas, or two replicas and a witness.
"""

from typing import NamedTuple

from sandbox.api import ApiError, Json, invalid
from sandbox.group import Group

STRONG = "STRONG"

REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)
"""Those that have it, since September 2026 in any combination."""

MEMBERS = "ReplicaUpdates", "GlobalTableWitnessUpdates"

OTHER_UPDATES = (
    "ProvisionedThroughput",
    "BillingMode",
    "UpdateStreamEnabled",
    "GlobalSecondaryIndexUpdates",
    "SSESpecification",
    "ReplicaUpdates",
    "MultiAccountReplicaReady",
    "ReplicaTransitRoleArn",
    "MultiRegionConsistency",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
)
"""As AWS lists them, some of which its API does not have."""

OF_STRONG = "global tables with MultiRegionConsistency set to STRONG"


class Members(NamedTuple):
    """The members besides the table itself that a group begins or ends with."""

    replicas: list[str]
    witness: str | None
    begin: bool
    """Whether the group begins with them; if not, it ends."""


def strong_members(region: str, name: str, request: Json, group: Group | None) -> Members | None:
    """What an UpdateTable does to a group with strong consistency, `group` being the table's.

    None: it does nothing of the kind. Raises ApiError if AWS refuses it.
    """
    mode = request.get("MultiRegionConsistency")
    strong = group.strong if group is not None else None
    concerned = {"MultiRegionConsistency", "GlobalTableWitnessUpdates"}
    if strong is not None:
        concerned.add("ReplicaUpdates")
    if concerned.isdisjoint(request):
        return None
    _check_form(request)
    creates, deletes = _regions(request.get("ReplicaUpdates", []))
    new_witnesses, old_witnesses = _regions(request.get("GlobalTableWitnessUpdates", []))
    if mode is not None and deletes:
        raise invalid(
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
            "provided."
        )
    if mode != STRONG and (new_witnesses or (old_witnesses and creates)):
        raise invalid(
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter "
            "is present."
        )
    if mode == STRONG:
        _check_members(region, creates, new_witnesses)
    if mode is not None and group is not None:
        raise invalid("MultiRegionConsistency parameter is unsupported on existing global table")
    if mode == STRONG:
        return Members(creates, next(iter(new_witnesses), None), begin=True)
    if strong is None or group is None:
        if old_witnesses:
            raise _not_part(name, "witnesses", old_witnesses)
        return None
    if creates:
        raise invalid("Cannot add replicas to a global table with strong MultiRegionConsistency")
    _check_end(region, name, group, deletes, old_witnesses)
    return Members(deletes, strong.witness, begin=False)


def _check_form(request: Json) -> None:
    """The rules that concern neither the regions nor the table."""
    mode = request.get("MultiRegionConsistency")
    if mode not in (None, "EVENTUAL", STRONG):
        raise invalid(
            f"1 validation error detected: Value '{mode}' at 'multiRegionConsistency' failed to "
            "satisfy constraint: Member must satisfy enum value set: [EVENTUAL, STRONG]"
        )
    witnesses = request.get("GlobalTableWitnessUpdates", [])
    if len(witnesses) > 1:
        raise invalid(
            f"1 validation error detected: Value '{witnesses}' at 'globalTableWitnessUpdates' "
            "failed to satisfy constraint: Member must have length less than or equal to 1"
        )
    others = {*request} - {"TableName", "MultiRegionConsistency", *MEMBERS}
    if others:
        raise invalid(
            "Requests that modify replicas or witnesses must not also modify other fields"
        )
    if not request.get("ReplicaUpdates"):
        *missing, last = [update for update in OTHER_UPDATES if update not in request]
        raise invalid(f"At least one of {', '.join(missing)} or {last} is required")


def _check_members(region: str, replicas: list[str], witnesses: list[str]) -> None:
    """The rules for the regions of a new group."""
    others = [*replicas, *witnesses]
    if len(others) != 2:
        raise invalid(f"Unsupported replica count for {OF_STRONG}.")
    unsupported = [each for each in dict.fromkeys((region, *others)) if each not in REGIONS]
    if unsupported:
        raise invalid(
            f"Unsupported Region(s) specified for {OF_STRONG}: [{', '.join(unsupported)}]."
        )
    if len(set(others)) < len(others):
        raise invalid("Cannot target multiple regions with the same action")
    if region in witnesses:
        raise invalid(
            "Cannot add a witness in the same region as an existing replica when creating a global "
            "table with MultiRegionConsistency set to STRONG."
        )
    if region in replicas:
        raise local_region()


def _check_end(
    region: str, name: str, group: Group, replicas: list[str], witnesses: list[str]
) -> None:
    """A group ends as a whole: all its other replicas go, and its witness."""
    witness = group.strong.witness if group.strong else None
    strange = [each for each in witnesses if each != witness]
    if strange:
        raise _not_part(name, "witnesses", strange)
    if region in replicas:
        raise local_region()
    if not {*replicas} <= {*group.replicas}:
        raise _not_part(name, "replicas", [each for each in replicas if each not in group.replicas])
    if {*replicas, region} != {*group.replicas}:
        raise only_one_replica()
    if witness is not None and not witnesses:
        raise invalid("Update table delete operation does not include all witnesses.")


def local_region() -> ApiError:
    """The refusal of a replica update for the region that is asked."""
    return invalid(
        "Cannot add or delete the local region through ReplicaUpdates. "
        "Use CreateTable, DeleteTable, or UpdateTable as required."
    )


def only_one_replica() -> ApiError:
    """The refusal to take one replica out of a group."""
    return invalid(f"Deletion of only one table replica is not supported for {OF_STRONG}.")


def _not_part(name: str, what: str, regions: list[str]) -> ApiError:
    return invalid(
        f"Failed to delete the replica of table with name: '{name}' because one or more {what} "
        f"were not part of the global table. Please retry the request without these {what}: "
        f"[{', '.join(regions)}]."
    )


def _regions(updates: list[Json]) -> tuple[list[str], list[str]]:
    """The regions to create in and those to delete in."""
    regions: dict[str, list[str]] = {"Create": [], "Delete": []}
    for update in updates:
        for action, details in update.items():
            if action not in regions:
                raise invalid(f"The sandbox does not know the replica update {action}.")
            regions[action].append(details["RegionName"])
    return regions["Create"], regions["Delete"]
