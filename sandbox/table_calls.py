"""CreateTable, DescribeTable, UpdateTable and DeleteTable, as global tables change them.

Each takes the region, the request, and `moto`, which lets moto answer or raises its refusal.
AWS answers before it is done, so the statuses here are CREATING, UPDATING and DELETING.
"""

from collections.abc import Callable

from sandbox.api import ApiError, Json, not_found
from sandbox.moto_tables import MotoTables
from sandbox.version_2019 import Version2019

Moto = Callable[[], Json]


class TableCalls:
    """The calls about tables. Callers hold the schedule's lock."""

    def __init__(self, tables: MotoTables, replicas: Version2019) -> None:
        """`replicas` has the rules of version 2019.11.21."""
        self._tables = tables
        self._replicas = replicas

    def create_table(self, region: str, request: Json, moto: Moto) -> Json:
        """CreateTable."""
        name = table_name(request)
        if self._tables.facts(region, name) is not None:
            raise ApiError("ResourceInUseException", f"Table already exists: {name}")
        table = moto()["TableDescription"]
        return {"TableDescription": {**table, "TableStatus": "CREATING"}}

    def describe_table(self, region: str, request: Json, moto: Moto) -> Json:
        """DescribeTable: also for a replica that is on its way in or out."""
        name = table_name(request)
        if self._tables.in_service(region, name) or self._tables.facts(region, name) is None:
            table = moto()["Table"]
        else:
            table = self._tables.describe(region, name)
        return {"Table": {**table, **self._replicas.describe(region, name)}}

    def update_table(self, region: str, request: Json, moto: Moto) -> Json:
        """UpdateTable: replicas, or anything else, which may concern the other replicas."""
        name = table_name(request)
        if self._tables.facts(region, name) is None:
            raise not_found(name)
        if "ReplicaUpdates" in request:
            table = self._replicas.update(region, name, request)
        else:
            self._replicas.check_update(region, name, request)
            table = moto()["TableDescription"]
            self._replicas.share_capacity(region, name, request)
            table.update(self._replicas.describe(region, name))
        return {"TableDescription": {**table, "TableStatus": "UPDATING"}}

    def delete_table(self, region: str, request: Json, moto: Moto) -> Json:
        """DeleteTable: a replica, too, unless it was the source of another."""
        name = table_name(request)
        if self._tables.facts(region, name) is None:
            raise not_found(name)
        self._replicas.check_delete(region, name)
        table = {**moto()["TableDescription"], **self._replicas.describe(region, name)}
        self._replicas.deleted(region, name)
        return {"TableDescription": {**table, "TableStatus": "DELETING"}}


def table_name(request: Json) -> str:
    """The table that a request names, by its name or by its ARN."""
    return str(request.get("TableName", "")).rpartition("/")[2]
