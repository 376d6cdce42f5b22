"""ConsumedCapacity, where a request asks for it."""

from collections.abc import Mapping

from sandbox.api import Json


def consumed(
    request: Json,
    units: Mapping[str, float],
    many: bool = False,
    index: tuple[str, str] | None = None,
) -> Json:
    """What a call has consumed, by the names of its tables. `many`: as a list.

    `index`: LocalSecondaryIndexes or GlobalSecondaryIndexes, and the name of the index that was
    read in place of the table.
    """
    asked = request.get("ReturnConsumedCapacity", "NONE")
    if asked == "NONE":
        return {}
    all_of_them = []
    for table, used in units.items():
        capacity: Json = {"TableName": table, "CapacityUnits": float(used)}
        if asked == "INDEXES":
            capacity["Table"] = {"CapacityUnits": 0.0 if index else float(used)}
            if index:
                capacity[index[0]] = {index[1]: {"CapacityUnits": float(used)}}
        all_of_them.append(capacity)
    return {"ConsumedCapacity": all_of_them if many else all_of_them[0]}
