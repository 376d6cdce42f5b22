"""Global tables version 2019.11.21: a table gains and loses replicas through UpdateTable.

These are the calls about tables: CreateTable, DescribeTable, UpdateTable, DeleteTable. AWS answers
them before it is done, so the statuses in their answers are CREATING, UPDATING and DELETING.

Sources: API reference, UpdateTable and DescribeTable; Developer Guide, "Global tables". Refusals
have AWS's codes and, where they are known, its texts.
"""

from collections.abc import Callable

from sandbox.api import ApiError, Call, Handler, Json, invalid, not_found
from sandbox.group import CURRENT, LEGACY, Group, Groups, Replica
from sandbox.moto_services import MotoServices
from sandbox.moto_tables import MotoTables
from sandbox.replicas import CHANGE_SECONDS, Replicas
from sandbox.replication import Replication
from sandbox.scaling import READ_CAPACITY, WRITE_CAPACITY, choose_scaling
from sandbox.schedule import Schedule
from sandbox.strong.groups import StrongGroups
from sandbox.strong.rules import local_region, only_one_replica, strong_members
from sandbox.table_rules import check_change, check_new_table, check_stream, check_update


class Version2019:
    """The calls about tables. Callers hold the schedule's lock."""

    def __init__(
        self,
        tables: MotoTables,
        services: MotoServices,
        groups: Groups,
        replication: Replication,
        strong: StrongGroups,
        schedule: Schedule,
    ) -> None:
        self._tables = tables
        self._services = services
        self._groups = groups
        self._replication = replication
        self._replicas = Replicas(tables, services)
        self._strong = strong
        self._schedule = schedule

    def calls(self) -> dict[str, Handler]:
        """The operations whose answers global tables change."""
        return {
            "CreateTable": self._create_table,
            "DescribeTable": self._describe_table,
            "UpdateTable": self._update_table,
            "DeleteTable": self._delete_table,
        }

    def _create_table(self, call: Call) -> Json:
        check_new_table(call.request)
        if self._tables.exists(call.region, call.table()):
            raise ApiError("ResourceInUseException", f"Table already exists: {call.table()}")
        if "ResourcePolicy" in call.request:
            raise invalid("The sandbox makes a table without a ResourcePolicy: put it afterwards.")
        table = call.ask_moto(call.request)["TableDescription"]
        return {"TableDescription": {**table, "TableStatus": "CREATING"}}

    def _describe_table(self, call: Call) -> Json:
        name = call.table()
        if self._tables.out_of_service(call.region, name):
            table = self._tables.describe(call.region, name)
        else:
            table = call.ask_moto(call.request)["Table"]
        return {"Table": {**table, **self._describe(call.region, name)}}

    def _update_table(self, call: Call) -> Json:
        """Replicas, or anything else, which may concern the other replicas."""
        check_update(call.request)
        if not self._tables.exists(call.region, call.table()):
            raise not_found(call.table())
        self._check_idle(call.region, call.table())
        region, name, request = call.region, call.table(), call.request
        members = strong_members(region, name, request, self._groups.of(region, name))
        if members is not None:
            table = self._strong.update(region, name, members)
            table.update(self._describe(region, name))
        elif "ReplicaUpdates" in request:
            table = self._update_replicas(region, name, request)
        else:
            table = self._update_rest(call)
        return {"TableDescription": {**table, "TableStatus": "UPDATING"}}

    def _delete_table(self, call: Call) -> Json:
        """A replica, too, unless another was created through it."""
        region, name = call.region, call.table()
        self._check_idle(region, name)
        _check_unprotected(self._tables.facts(region, name).protected)
        group = self._groups.of(region, name)
        if group is not None:
            _check_not_source(group, region)
            if group.strong is not None:
                raise only_one_replica()
        self._tables.close_stream(region, name)
        table = {**call.ask_moto(call.request)["TableDescription"], **self._describe(region, name)}
        if group is not None:
            self._leave(group, region)
        return {"TableDescription": {**table, "TableStatus": "DELETING"}}

    def _update_replicas(self, region: str, name: str, request: Json) -> Json:
        """Begin to create or to delete one replica.

        AWS answers at once; the replica appears in DescribeTable a moment later.
        """
        updates = request["ReplicaUpdates"]
        if set(request) - {"TableName", "ReplicaUpdates", "MultiRegionConsistency"}:
            raise invalid("Replica modification must be the only operation in the request")
        if sum(map(len, updates)) > 1:
            raise invalid(
                "Update table operation with more than one create or delete replica actions "
                "not allowed"
            )
        if len(updates) != 1 or len(updates[0]) != 1:
            raise invalid("ReplicaUpdates must name one replica to create or to delete")
        [(action, details)] = updates[0].items()
        if action not in ("Create", "Delete"):
            raise invalid(f"The sandbox does not know the replica update {action}.")
        other = details["RegionName"]
        if other == region:
            raise local_region()
        if action == "Create":
            self._begin_create(region, name, other)
        else:
            self._begin_delete(region, name, other)
        return {**self._tables.describe(region, name), "Replicas": []}

    def _update_rest(self, call: Call) -> Json:
        """What is not about replicas. Capacity is shared: the other replicas get it, too."""
        region, name, request = call.region, call.table(), call.request
        if "StreamSpecification" in request:
            check_stream(request["StreamSpecification"])
            self._check_stream(region, name, request["StreamSpecification"])
        before = self._tables.facts(region, name)
        check_change(request, before)
        if "AttributeDefinitions" in request:  # moto would forget those that are not named again
            request = {**request, "AttributeDefinitions": self._definitions(call)}
        table: Json = call.ask_moto(request)["TableDescription"]
        group = self._groups.of(region, name)
        if group is not None and group.version == CURRENT:
            self._share_capacity(region, group, before.on_demand)
        return {**table, **self._describe(region, name)}

    def _definitions(self, call: Call) -> list[Json]:
        """A table's attribute definitions, and those that an update adds."""
        definitions = [
            *self._tables.describe(call.region, call.table())["AttributeDefinitions"],
            *call.request["AttributeDefinitions"],
        ]
        return list({each["AttributeName"]: each for each in definitions}.values())

    def _check_stream(self, region: str, name: str, wanted: Json) -> None:
        if wanted.get("StreamEnabled"):
            if self._tables.facts(region, name).stream_view is not None:
                raise invalid(f"Table already has an enabled stream: TableName: {name}")
        elif self._tables.facts(region, name).stream_view is None:
            raise invalid(f"Table has no stream to disable: TableName: {name}")
        elif self._groups.of(region, name) is not None:
            raise invalid("Disabling Stream is not allowed for a Global Table replica.")

    def _share_capacity(self, region: str, group: Group, was_on_demand: bool) -> None:
        """Give all replicas the billing mode and the throughput that one has been given.

        Each time that a group becomes provisioned, DynamoDB sets its auto scaling, in every region.
        """
        name = group.table
        facts = self._tables.facts(region, name)
        for member in group.active():
            self._tables.set_capacity(
                member, name, facts.on_demand, facts.read_units, facts.write_units
            )
            if was_on_demand and not facts.on_demand:
                read = choose_scaling(name, READ_CAPACITY, facts.read_units)
                write = choose_scaling(name, WRITE_CAPACITY, facts.write_units)
                self._services.replace_scaling(member, name, read)
                self._services.replace_scaling(member, name, write)

    def _describe(self, region: str, name: str) -> Json:
        """What its group adds to a table's description, or changes in it."""
        group = self._groups.of(region, name)
        if group is None or group.version != CURRENT:
            return {}
        replicas = group.replicas
        status = replicas[region].status
        if status == "ACTIVE" and len(group.active()) < len(replicas):
            status = "UPDATING"
        others = [
            {"RegionName": other, "ReplicaStatus": replica.status}
            for other, replica in replicas.items()
            if other != region
        ]
        version = {"TableStatus": status, "GlobalTableVersion": CURRENT, "Replicas": others}
        return {**version, **self._strong.describe(group)}

    def _check_idle(self, region: str, name: str) -> None:
        """Refuse to change a table while it or a replica is being changed, or cut off."""
        group = self._groups.of(region, name)
        if group is None:
            return
        reason = ""
        if len(group.active()) < len(group.replicas):
            reason = f"Table is being updated: {name}"
        elif group.paused:
            reason = (
                f"An experiment of AWS FIS has paused the replication of table {name} in "
                f"{', '.join(sorted(group.paused))}. Stop it, or wait until it ends."
            )
        if reason:
            raise ApiError(
                "ResourceInUseException",
                f"Attempt to change a resource which is still in use: {reason}",
            )

    def _begin_create(self, region: str, name: str, other: str) -> None:
        group = self._groups.of(region, name)
        if group is not None and group.version == LEGACY:
            raise invalid(f"Table {name} is part of a global table of version {LEGACY}.")
        self._replicas.check_new(name, region, [other])
        if self._tables.facts(region, name).stream_view is None:
            self._tables.enable_stream(region, name)
        if group is None:
            group = Group(name, CURRENT, {region: Replica()})
            self._groups.add(group)
        group.replicas[other] = Replica("CREATING", created_through=region)
        self._replicas.make(name, region, other)
        self._later(lambda: self._end_create(group, other))

    def _end_create(self, group: Group, region: str) -> None:
        self._tables.enter_service(region, group.table)
        self._replication.join(group, region)

    def _begin_delete(self, region: str, name: str, other: str) -> None:
        group = self._groups.of(region, name)
        if group is None or group.version != CURRENT or other not in group.replicas:
            raise invalid(
                f"Failed to delete the replica of table with name: '{name}' "
                "because one or more replicas were not part of the global table."
            )
        _check_not_source(group, other)
        self._replicas.check_unprotected(name, [other])
        group.replicas[other].status = "DELETING"
        self._tables.leave_service(other, name)
        self._later(lambda: self._end_delete(group, other))

    def _end_delete(self, group: Group, region: str) -> None:
        self._tables.drop(region, group.table)
        self._leave(group, region)

    def _leave(self, group: Group, region: str) -> None:
        """A replica goes; what it has accepted reaches the others first."""
        self._replication.catch_up(group, [other for other in group.active() if other != region])
        self._groups.leave(group, region)

    def _later(self, action: Callable[[], None]) -> None:
        self._schedule.at(self._schedule.clock() + CHANGE_SECONDS, action)


def _check_unprotected(protected: bool) -> None:
    if protected:
        raise invalid(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )


def _check_not_source(group: Group, region: str) -> None:
    """A region cannot go while a replica that was created through it remains.

    AWS's text speaks of 24 hours; it lifts the refusal as soon as that replica is gone.
    """
    if any(replica.created_through == region for replica in group.replicas.values()):
        raise invalid(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) "
            "being added to the table in the last 24 hours."
        )
