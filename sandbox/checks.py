"""Requests that AWS refuses and moto does not: they are refused before moto is asked."""

import json

from sandbox.api import Call, Handler, Json, invalid
from sandbox.moto_tables import MotoTables
from sandbox.numbers import number


class Checks:
    """Checks of a request against its table. Callers hold the schedule's lock."""

    def __init__(self, tables: MotoTables) -> None:
        self._tables = tables

    def calls(self) -> dict[str, Handler]:
        """The operations whose requests are checked here."""
        return {"BatchWriteItem": self._batch_write_item, "GetRecords": self._get_records}

    def _batch_write_item(self, call: Call) -> Json:
        """Source: API reference, BatchWriteItem: 25 requests at the most, and no item twice."""
        requests = call.request.get("RequestItems", {})
        if not 1 <= sum(map(len, requests.values())) <= 25:
            raise invalid(
                "1 validation error detected: Value at 'requestItems' failed to satisfy "
                "constraint: Map value must satisfy constraint: [Member must have length less than "
                "or equal to 25, Member must have length greater than or equal to 1]"
            )
        for name, writes in requests.items():
            if not self._tables.exists(call.region, name):
                continue
            items = [
                attributes
                for write in writes
                for request in write.values()
                for attributes in request.values()
            ]
            names = self._tables.key_names(call.region, name)
            if not all(name in item for name in names for item in items):
                raise invalid("The provided key element does not match the schema")
            keys = {json.dumps([_key_value(item[name]) for name in names]) for item in items}
            if len(keys) < len(items):
                raise invalid("Provided list of item keys contains duplicates")
        return call.ask_moto(call.request)

    def _get_records(self, call: Call) -> Json:
        self._tables.check_iterator(call.region, str(call.request.get("ShardIterator")))
        return call.ask_moto(call.request)


def _key_value(value: dict[str, str]) -> dict[str, str]:
    """A key attribute's value; 7 and 007 are one."""
    return {"N": number(value["N"])} if "N" in value else value
