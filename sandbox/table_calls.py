"""ListTables, DescribeLimits, and the calls about a table's tags and its time to live.

moto 5.2.5 lists tables in the order in which they were made, and keeps one tag twice. Sources: API
reference, ListTables, TagResource and UpdateTimeToLive.
"""

from sandbox.api import ApiError, Call, Handler, Json, invalid
from sandbox.moto_tables import MotoTables
from sandbox.table_rules import check_tags

MAX_TABLES = 100
"""In an answer to ListTables."""


class TableCalls:
    """Calls about tables that global tables do not change. Callers hold the schedule's lock."""

    def __init__(self, tables: MotoTables) -> None:
        self._tables = tables

    def calls(self) -> dict[str, Handler]:
        """The operations that are answered here."""
        return {
            "DescribeLimits": self._describe_limits,
            "ListTables": self._list_tables,
            "ListTagsOfResource": self._list_tags_of_resource,
            "TagResource": self._tag_resource,
            "UntagResource": self._untag_resource,
            "DescribeTimeToLive": self._describe_time_to_live,
            "UpdateTimeToLive": self._update_time_to_live,
        }

    def _describe_limits(self, call: Call) -> Json:
        """The quotas of a new account: Developer Guide, "Service, account, and table quotas"."""
        units = ("MaxReadCapacityUnits", "MaxWriteCapacityUnits")
        account = {f"Account{each}": 80_000 for each in units}
        return {**account, **{f"Table{each}": 40_000 for each in units}}

    def _list_tables(self, call: Call) -> Json:
        after = call.request.get("ExclusiveStartTableName", "")
        names = sorted(name for name in self._tables.names(call.region) if name > after)
        page = names[: call.request.get("Limit", MAX_TABLES)]
        more = {"LastEvaluatedTableName": page[-1]} if len(page) < len(names) else {}
        return {"TableNames": page, **more}

    def _list_tags_of_resource(self, call: Call) -> Json:
        tags = self._tags(call)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tag_resource(self, call: Call) -> Json:
        if not call.request["Tags"]:
            raise invalid("Atleast one Tag needs to be provided as Input.")  # "Atleast" is AWS's
        tags = self._tags(call)
        tags.update({tag["Key"]: tag["Value"] for tag in call.request["Tags"]})
        check_tags(tags)
        self._tables.set_tags(call.region, self._table(call), tags)
        return {}

    def _untag_resource(self, call: Call) -> Json:
        if not call.request["TagKeys"]:
            raise invalid("Atleast one Tag Key needs to be provided as Input.")
        tags = self._tags(call)
        for key in call.request["TagKeys"]:
            tags.pop(key, None)
        self._tables.set_tags(call.region, self._table(call), tags)
        return {}

    def _describe_time_to_live(self, call: Call) -> Json:
        attribute = self._tables.time_to_live(call.region, call.table())
        status: Json = {"TimeToLiveStatus": "DISABLED"}
        if attribute is not None:
            status = {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}
        return {"TimeToLiveDescription": status}

    def _update_time_to_live(self, call: Call) -> Json:
        now = self._tables.time_to_live(call.region, call.table())
        wanted = call.request["TimeToLiveSpecification"]
        name = wanted["AttributeName"]
        if wanted["Enabled"] and now is not None:
            raise invalid("TimeToLive is already enabled")
        if not wanted["Enabled"] and now is None:
            raise invalid("TimeToLive is already disabled")
        if not wanted["Enabled"] and now != name:
            raise invalid(
                f"TimeToLive is active on a different AttributeName: current AttributeName is {now}"
            )
        self._tables.set_time_to_live(
            call.region, call.table(), name if wanted["Enabled"] else None
        )
        return {"TimeToLiveSpecification": wanted}

    def _tags(self, call: Call) -> dict[str, str]:
        return self._tables.tags(call.region, self._table(call))

    def _table(self, call: Call) -> str:
        """The table that an ARN names."""
        arn = call.request["ResourceArn"]
        if not arn.startswith("arn:"):
            raise invalid(f"Invalid TableArn: ARNs must start with 'arn:': {arn}")
        name = arn.rpartition(":table/")[2]
        if arn != self._tables.arn(call.region, name):
            raise ApiError(  # "ResourcArn" is AWS's
                "ResourceNotFoundException",
                f"Requested resource not found: ResourcArn: {arn} not found",
            )
        return str(name)
