"""Global tables version 2017.11.29: a group is made of tables that exist already, and are empty.

Sources: API reference, CreateGlobalTable, UpdateGlobalTable and their kin; Developer Guide, "Global
tables version 2017.11.29 (Legacy)". AWS accepts no new groups of this version; with `refuse` the
sandbox does not either, with AWS's texts and in AWS's order of checks.
"""

import re

from sandbox.api import ApiError, Call, Handler, Json, invalid
from sandbox.group import LEGACY, Group, Groups, Replica
from sandbox.moto_services import MotoServices
from sandbox.moto_tables import ACCOUNT, MotoTables
from sandbox.replication import Replication
from sandbox.scaling import READ_CAPACITY, WRITE_CAPACITY, choose_scaling

LEGACY_REGIONS = [
    "eu-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-2",
    "eu-central-1",
    "ap-northeast-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
]
"""The regions that had version 2017.11.29, in the order of AWS's own text."""


class Version2017:
    """The calls of version 2017.11.29. Callers hold the schedule's lock."""

    def __init__(
        self,
        tables: MotoTables,
        services: MotoServices,
        groups: Groups,
        replication: Replication,
        refuse: bool,
    ) -> None:
        """`refuse`: create no groups, as AWS does today."""
        self._tables = tables
        self._services = services
        self._groups = groups
        self._replication = replication
        self._refuse = refuse

    def calls(self) -> dict[str, Handler]:
        """The operations of this version. A group is the same from whatever region one asks."""
        return {
            "CreateGlobalTable": self._create_global_table,
            "DescribeGlobalTable": self._describe_global_table,
            "DescribeGlobalTableSettings": self._describe_global_table_settings,
            "ListGlobalTables": self._list_global_tables,
            "UpdateGlobalTable": self._update_global_table,
            "UpdateGlobalTableSettings": self._update_global_table_settings,
        }

    def _create_global_table(self, call: Call) -> Json:
        """CreateGlobalTable: join tables of one name, in several regions, to a group."""
        request = call.request
        name = request.get("GlobalTableName", "")
        regions = [str(member.get("RegionName")) for member in request.get("ReplicationGroup", [])]
        _check_shape(name, regions)
        self._check_served(call.region)
        if name in [group.table for group in self._groups.legacy()]:
            raise ApiError(
                "GlobalTableAlreadyExistsException",
                f"Global table with name: '{name}' already exists.",
            )
        self._check_tables(name, regions)
        group = Group(name, LEGACY, {member: Replica() for member in regions})
        self._groups.add(group)
        return {"GlobalTableDescription": {**_describe(group), "GlobalTableStatus": "CREATING"}}

    def _describe_global_table(self, call: Call) -> Json:
        """DescribeGlobalTable. Groups of version 2019.11.21 are unknown to it."""
        return {"GlobalTableDescription": _describe(self._group(call.request))}

    def _list_global_tables(self, call: Call) -> Json:
        """ListGlobalTables, all or those with a replica in a region, in pages."""
        request = call.request
        start = request.get("ExclusiveStartGlobalTableName", "")
        limit = request.get("Limit", 100)
        wanted = request.get("RegionName")
        found = [
            group
            for group in self._groups.legacy()
            if group.table > start and (wanted is None or wanted in group.replicas)
        ]
        page = [
            {
                "GlobalTableName": group.table,
                "ReplicationGroup": [{"RegionName": member} for member in group.replicas],
            }
            for group in found[:limit]
        ]
        more = (
            {"LastEvaluatedGlobalTableName": found[limit - 1].table} if len(found) > limit else {}
        )
        return {"GlobalTables": page, **more}

    def _update_global_table(self, call: Call) -> Json:
        """UpdateGlobalTable: add tables to a group, or let them go with their items."""
        request = call.request
        updates = request.get("ReplicaUpdates", [])
        created = [str(update["Create"]["RegionName"]) for update in updates if "Create" in update]
        deleted = [str(update["Delete"]["RegionName"]) for update in updates if "Delete" in update]
        _check_shape(request.get("GlobalTableName", ""), created + deleted)
        if created:
            self._check_served(call.region)
        group = self._group(request)
        for member in created:
            if member in group.replicas:
                raise ApiError(
                    "ReplicaAlreadyExistsException",
                    f"Replica in region {member} is already part of global table '{group.table}'.",
                )
        for member in deleted:
            _check_member(group, member)
        if created:
            self._check_tables(group.table, [*group.replicas, *created])
        for member in created:
            group.replicas[member] = Replica()
        if deleted:
            self._replication.catch_up(group, group.active())
        for member in deleted:
            self._groups.leave(group, member)
        return {"GlobalTableDescription": {**_describe(group), "GlobalTableStatus": "UPDATING"}}

    def _describe_global_table_settings(self, call: Call) -> Json:
        """DescribeGlobalTableSettings: the capacity of each replica."""
        return self._settings(self._group(call.request))

    def _update_global_table_settings(self, call: Call) -> Json:
        """UpdateGlobalTableSettings: write capacity for the group, read capacity by region."""
        request = call.request
        group = self._group(request)
        by_region = {
            str(settings["RegionName"]): settings
            for settings in request.get("ReplicaSettingsUpdate", [])
        }
        for member in by_region:
            _check_member(group, member)
        for member in group.replicas:
            self._update_settings(group.table, member, request, by_region.get(member, {}))
        return self._settings(group)

    def _check_served(self, region: str) -> None:
        """Refuse what AWS refuses today, before it looks at any table."""
        if not self._refuse:
            return
        text = (
            "One or more parameter values were invalid: "
            f"DynamoDB global tables version {LEGACY} is not supported"
        )
        if region in LEGACY_REGIONS:
            raise invalid(
                f"{text}. We recommend using DynamoDB global tables version 2019.11.21, "
                f"instead of version {LEGACY} (Legacy)."
            )
        served = ", ".join(LEGACY_REGIONS)
        raise invalid(f"{text} in this region '{region}', supported regions are : [{served}]")

    def _check_tables(self, name: str, regions: list[str]) -> None:
        """The conditions that the tables of a group must meet."""
        tables = {}
        for region in regions:
            if not self._tables.exists(region, name):
                raise ApiError(
                    "TableNotFoundException", f"Table not found: {name} in region {region}"
                )
            group = self._groups.of(region, name)
            if group is not None and group.version != LEGACY:
                raise invalid(f"Table {name} in region {region} belongs to another global table.")
            tables[region] = self._tables.facts(region, name)
        first = tables[regions[0]]
        wrong = "One or more parameter values were invalid: "
        for region, facts in tables.items():
            where = f"table {name} in region {region}"
            if facts.stream_view != "NEW_AND_OLD_IMAGES":
                raise invalid(f"{wrong}{where} needs a stream with view type NEW_AND_OLD_IMAGES.")
            if facts.key_schema != first.key_schema:
                raise invalid(f"{wrong}{where} has another key schema than in {regions[0]}.")
            if facts.indexes != first.indexes:
                raise invalid(f"{wrong}{where} has other secondary indexes than in {regions[0]}.")
            if facts.on_demand != first.on_demand:
                raise invalid(f"{wrong}{where} has another billing mode than in {regions[0]}.")
            if not facts.is_empty:
                raise invalid(
                    f"{wrong}{where} contains data; all tables of the group must be empty."
                )

    def _group(self, request: Json) -> Group:
        name = request.get("GlobalTableName", "")
        for group in self._groups.legacy():
            if group.table == name:
                return group
        raise ApiError(
            "GlobalTableNotFoundException", f"Global table with name: '{name}' does not exist."
        )

    def _settings(self, group: Group) -> Json:
        settings = []
        for region, replica in group.replicas.items():
            facts = self._tables.facts(region, group.table)
            mode = "PAY_PER_REQUEST" if facts.on_demand else "PROVISIONED"
            entry: Json = {
                "RegionName": region,
                "ReplicaStatus": replica.status,
                "ReplicaBillingModeSummary": {"BillingMode": mode},
                "ReplicaProvisionedReadCapacityUnits": facts.read_units,
                "ReplicaProvisionedWriteCapacityUnits": facts.write_units,
            }
            for registered in self._services.registered_scaling(region, group.table):
                kind = "Write" if registered.dimension == WRITE_CAPACITY else "Read"
                entry[f"ReplicaProvisioned{kind}CapacityAutoScalingSettings"] = {
                    "MinimumUnits": registered.minimum,
                    "MaximumUnits": registered.maximum,
                    "AutoScalingDisabled": False,
                    "ScalingPolicies": [
                        {
                            "PolicyName": registered.policy,
                            "TargetTrackingScalingPolicyConfiguration": {
                                "TargetValue": registered.tracking["TargetValue"]
                            },
                        }
                    ],
                }
            settings.append(entry)
        return {"GlobalTableName": group.table, "ReplicaSettings": settings}

    def _update_settings(self, name: str, region: str, group_wide: Json, regional: Json) -> None:
        facts = self._tables.facts(region, name)
        mode = group_wide.get("GlobalTableBillingMode")
        on_demand = facts.on_demand if mode is None else mode == "PAY_PER_REQUEST"
        self._tables.set_capacity(
            region,
            name,
            on_demand,
            regional.get("ReplicaProvisionedReadCapacityUnits"),
            group_wide.get("GlobalTableProvisionedWriteCapacityUnits"),
        )
        write = group_wide.get("GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate")
        read = regional.get("ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate")
        for dimension, update in ((WRITE_CAPACITY, write), (READ_CAPACITY, read)):
            if update and not update.get("AutoScalingDisabled"):
                self._services.register_scaling(
                    region, name, choose_scaling(name, dimension, 1, update)
                )


def _check_member(group: Group, region: str) -> None:
    if region not in group.replicas:
        raise ApiError(
            "ReplicaNotFoundException",
            f"Replica in region {region} is not part of global table '{group.table}'.",
        )


def _check_shape(name: str, regions: list[str]) -> None:
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'globalTableName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        )
    if not regions:
        raise invalid(
            "One or more parameter values were invalid: "
            "A replication group must name at least one region."
        )
    for region in regions:
        if regions.count(region) > 1:
            raise invalid(f"One or more parameter values were invalid: {region} is named twice.")


def _describe(group: Group) -> Json:
    return {
        "ReplicationGroup": [{"RegionName": region} for region in group.replicas],
        "GlobalTableArn": f"arn:aws:dynamodb::{ACCOUNT}:global-table/{group.table}",
        "CreationDateTime": group.created.timestamp(),
        "GlobalTableStatus": "ACTIVE",
        "GlobalTableName": group.table,
    }
