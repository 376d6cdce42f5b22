"""The tables of new and of leaving replicas, and what must hold before they are made or deleted."""

from collections.abc import Sequence

from sandbox.api import invalid
from sandbox.moto_services import MotoServices
from sandbox.moto_tables import MotoTables
from sandbox.scaling import WRITE_CAPACITY

CHANGE_SECONDS = 1.0
"""How long a replica is CREATING or DELETING here.

On AWS it is CREATING for under a minute where the table is empty, and for about ten where it is
not; it is DELETING for two to four.
"""


class Replicas:
    """Callers hold the schedule's lock."""

    def __init__(self, tables: MotoTables, services: MotoServices) -> None:
        self._tables = tables
        self._services = services

    def check_new(self, name: str, source: str, regions: Sequence[str]) -> None:
        """Refuse replicas of a table in regions that have one, or of a table that cannot write as
        much as its replicas.
        """
        if any(self._tables.exists(region, name) for region in regions):
            raise invalid(  # "a the" is AWS's text
                f"Failed to create a the new replica of table with name: '{name}' "
                "because one or more replicas already existed as tables."
            )
        scaled = [each.dimension for each in self._services.registered_scaling(source, name)]
        if not (self._tables.facts(source, name).on_demand or WRITE_CAPACITY in scaled):
            raise invalid("Table write capacity should either be Pay-Per-Request or AutoScaled.")

    def make(self, name: str, source: str, region: str) -> None:
        """Make an empty table after the source's, with its auto scaling, not in service yet."""
        self._tables.create_replica(name, source, region)
        for registered in self._services.registered_scaling(source, name):
            self._services.register_scaling(region, name, registered)

    def check_unprotected(self, name: str, regions: Sequence[str]) -> None:
        """Refuse to delete replicas that are protected."""
        for region in regions:
            if self._tables.facts(region, name).protected:
                raise invalid(
                    f"Cannot delete table {name} in region {region} because it has deletion "
                    "protection enabled. Disable deletion protection first."
                )
