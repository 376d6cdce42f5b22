"""Groups with multi-Region strong consistency: how they begin, what they are, how they end.

rules.py has what AWS refuses; consistency.py has what happens to writes and reads.
"""

from collections.abc import Callable

from sandbox.api import Json, invalid
from sandbox.group import CURRENT, Group, Groups, Replica, Strong
from sandbox.moto_services import MotoServices
from sandbox.moto_tables import MotoTables
from sandbox.replicas import CHANGE_SECONDS, Replicas
from sandbox.schedule import Schedule
from sandbox.strong.consistency import StrongConsistency
from sandbox.strong.rules import OF_STRONG, STRONG, Members


class StrongGroups:
    """Callers hold the schedule's lock."""

    def __init__(
        self,
        tables: MotoTables,
        services: MotoServices,
        groups: Groups,
        strong: StrongConsistency,
        schedule: Schedule,
    ) -> None:
        self._tables = tables
        self._replicas = Replicas(tables, services)
        self._groups = groups
        self._strong = strong
        self._schedule = schedule

    def update(self, region: str, name: str, members: Members) -> Json:
        """Begin to make or to dissolve a group. Returns the table as AWS describes it meanwhile."""
        if members.begin:
            self._begin(region, name, members)
        else:
            self._begin_end(region, name, members)
        return self._tables.describe(region, name)

    def describe(self, group: Group) -> Json:
        """What DescribeTable shows only of such a group."""
        if group.strong is None:
            return {}
        shown: Json = {"MultiRegionConsistency": STRONG}
        if group.strong.witness is not None:
            shown["GlobalTableWitnesses"] = [
                {
                    "RegionName": group.strong.witness,
                    "WitnessStatus": group.strong.witness_status,
                }
            ]
        return shown

    def _begin(self, region: str, name: str, members: Members) -> None:
        self._check_table(region, name)
        self._replicas.check_new(name, region, members.replicas)
        strong = Strong(members.witness, "CREATING")
        group = Group(name, CURRENT, {region: Replica()}, strong)
        self._groups.add(group)
        for other in members.replicas:
            group.replicas[other] = Replica("CREATING")
            self._replicas.make(name, region, other)
        self._later(lambda: self._end_begin(group, strong, region))

    def _end_begin(self, group: Group, strong: Strong, source: str) -> None:
        for region, replica in group.replicas.items():
            if region != source:
                self._tables.enter_service(region, group.table)
                self._tables.copy(group.table, source, region)
                replica.status = "ACTIVE"
        strong.witness_status = "ACTIVE"

    def _begin_end(self, region: str, name: str, members: Members) -> None:
        group = self._groups.of(region, name)
        if group is None or group.strong is None:
            return
        self._replicas.check_unprotected(name, members.replicas)
        self._strong.catch_up(group, region)
        for other in members.replicas:
            group.replicas[other].status = "DELETING"
            self._tables.leave_service(other, name)
        group.strong.witness_status = "DELETING"
        self._later(lambda: self._end(group, members))

    def _end(self, group: Group, members: Members) -> None:
        for region in members.replicas:
            self._tables.drop(region, group.table)
            self._groups.leave(group, region)

    def _check_table(self, region: str, name: str) -> None:
        """Refuse a table that AWS's documentation excludes; its texts are not known."""
        facts = self._tables.facts(region, name)
        for excluded, what in (
            (not facts.is_empty, "A table with items is"),
            (facts.has_local_indexes, "Local secondary indexes are"),
            (facts.has_time_to_live, "Time to live is"),
        ):
            if excluded:
                raise invalid(f"{what} not supported for {OF_STRONG}: {name}")

    def _later(self, action: Callable[[], None]) -> None:
        self._schedule.at(self._schedule.clock() + CHANGE_SECONDS, action)
