"""Whether a table can be made or changed as a request describes it.

Source: API reference, CreateTable and UpdateTable; Developer Guide, "Service, account, and table
quotas". The texts are AWS's where they are known.
"""

import json
from collections.abc import Mapping

from sandbox.api import ApiError, Json, invalid
from sandbox.moto_tables import TableFacts

WRONG = "One or more parameter values were invalid: "
SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
CHANGES = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "SSESpecification",
    "ReplicaUpdates",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    "MultiRegionConsistency",
    "GlobalTableWitnessUpdates",
    "GlobalTableSettingsReplicationMode",
)
"""What an UpdateTable may change."""

MAX_LOCAL_INDEXES = 5
MAX_GLOBAL_INDEXES = 20
MAX_TAGS = 50


def check_new_table(request: Json) -> None:
    """Refuse a CreateTable that contradicts itself. Its shape is right."""
    for member in ("KeySchema", "AttributeDefinitions"):
        if member not in request:
            where = member[0].lower() + member[1:]
            raise invalid(
                f"1 validation error detected: Value null at '{where}' failed to satisfy "
                "constraint: Member must not be null"
            )
    on_demand = request.get("BillingMode") == "PAY_PER_REQUEST"
    throughput = request.get("ProvisionedThroughput")
    if on_demand and throughput is not None:
        raise invalid(
            f"{WRONG}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
            "BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and throughput is None:
        raise invalid(
            f"{WRONG}ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED"
        )
    check_stream(request.get("StreamSpecification") or {})
    check_tags({tag["Key"]: tag["Value"] for tag in request.get("Tags") or []})
    defined = _defined(request["AttributeDefinitions"])
    if len(request["KeySchema"]) > max(1, len(defined)):
        raise invalid("Invalid KeySchema: Some index key attribute have no definition")
    _check_keys(request["KeySchema"], defined)
    names: set[str] = set()
    _check_local_indexes(request, defined, names)
    _check_global_indexes(request, defined, names, on_demand)
    _check_all_used(request, defined)


def check_update(request: Json) -> None:
    """Refuse an UpdateTable that changes nothing, before the table is looked for."""
    if all(request.get(member) in (None, []) for member in CHANGES):
        raise invalid(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
        )


def check_change(request: Json, table: TableFacts) -> None:
    """Refuse an UpdateTable that does not fit the table."""
    _check_new_throughput(request, table)
    names = [name for name, _ in table.indexes]
    for update in request.get("GlobalSecondaryIndexUpdates") or []:
        if len(update) != 1:
            raise invalid(
                f"{WRONG}One of GlobalSecondaryIndexUpdate.Update, "
                "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be "
                "null"
            )
        [(action, index)] = update.items()
        if action != "Create":
            if index["IndexName"] not in names:
                raise ApiError("ResourceNotFoundException", "Requested resource not found")
            continue
        if index["IndexName"] in names:
            raise invalid("Attempting to create an index which already exists")
        _check_index(index, _defined(request.get("AttributeDefinitions") or []))
        on_demand = request.get("BillingMode", "") == "PAY_PER_REQUEST" or table.on_demand
        _check_index_throughput(index, on_demand)


def _check_new_throughput(request: Json, table: TableFacts) -> None:
    wanted = request.get("ProvisionedThroughput")
    if wanted is None or table.on_demand or set(request) & {"GlobalSecondaryIndexUpdates"}:
        return
    read, write = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
    if (read, write) == (table.read_units, table.write_units):
        raise invalid(
            "The provisioned throughput for the table will not change. The requested value equals "
            f"the current value. Current ReadCapacityUnits provisioned for the table: {read}. "
            f"Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the "
            f"table: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB "
            "Developer Guide for current limits and how to request higher limits."
        )


def check_stream(stream: Json) -> None:
    """Refuse a StreamSpecification that contradicts itself."""
    enabled, view = stream.get("StreamEnabled"), stream.get("StreamViewType")
    if enabled and view is None:
        raise invalid(f"{WRONG}StreamViewType must be given when StreamEnabled is true")
    if view is not None and not enabled:
        raise invalid(f"{WRONG}StreamViewType cannot be given when StreamEnabled is false")


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that a table cannot have."""
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise invalid(f"{WRONG}Tag keys cannot start with aws:, as {key} does")
        for text in (key, value):
            if not all(letter.isalnum() or letter in " _.:/=+-@" for letter in text):
                raise invalid(f"{WRONG}Tags have letters, digits, spaces and _.:/=+-@ only: {text}")
    if len(tags) > MAX_TAGS:
        raise invalid(f"{WRONG}A table cannot have more than {MAX_TAGS} tags")


def _defined(definitions: list[Json]) -> list[str]:
    names = [definition["AttributeName"] for definition in definitions]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"{WRONG}Duplicate AttributeName in AttributeDefinitions: {name}")
    return names


def _check_keys(schema: list[Json], defined: list[str]) -> None:
    names = [element["AttributeName"] for element in schema]
    kinds = [element["KeyType"] for element in schema]
    if len(schema) > 2:
        raise invalid(
            f"1 validation error detected: Value '{json.dumps(schema)}' at 'keySchema' failed to "
            "satisfy constraint: Member must have length less than or equal to 2"
        )
    if not set(names) <= set(defined):
        raise invalid(
            f"{WRONG}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(defined)}]"
        )
    if len(set(names)) < len(names):
        raise invalid(SAME_NAME)
    if kinds[0] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if kinds[1:] not in ([], ["RANGE"]):
        raise invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def _check_all_used(request: Json, defined: list[str]) -> None:
    indexes = [
        *(request.get("LocalSecondaryIndexes") or []),
        *(request.get("GlobalSecondaryIndexes") or []),
    ]
    schemas = [request["KeySchema"], *(index["KeySchema"] for index in indexes)]
    used = dict.fromkeys(element["AttributeName"] for schema in schemas for element in schema)
    if set(defined) <= set(used):
        return
    if not indexes:
        raise invalid(
            f"{WRONG}Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
    raise invalid(
        f"{WRONG}Some AttributeDefinitions are not used. AttributeDefinitions: "
        f"[{', '.join(defined)}], keys used: [{', '.join(used)}]"
    )


def _check_local_indexes(request: Json, defined: list[str], names: set[str]) -> None:
    indexes = request.get("LocalSecondaryIndexes")
    if indexes is None:
        return
    if not indexes:
        raise invalid(f"{WRONG}List of LocalSecondaryIndexes is empty")
    if len(request["KeySchema"]) < 2:
        raise invalid(
            f"{WRONG}Table KeySchema does not have a range key, which is required when specifying "
            "a LocalSecondaryIndex"
        )
    table_key = request["KeySchema"][0]["AttributeName"]
    for index in indexes:
        _check_index(index, defined)
        name, schema = index["IndexName"], index["KeySchema"]
        if len(schema) < 2:
            raise invalid(f"{WRONG}Index KeySchema does not have a range key for index: {name}")
        if schema[0]["AttributeName"] != table_key:
            raise invalid(
                f"{WRONG}Index KeySchema does not have the same leading hash key as table "
                f"KeySchema for index: {name}. index hash key: {schema[0]['AttributeName']}, "
                f"table hash key: {table_key}"
            )
        _check_new_name(name, names)
    if len(indexes) > MAX_LOCAL_INDEXES:
        raise invalid(
            f"{WRONG}Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL_INDEXES}"
        )


def _check_global_indexes(
    request: Json, defined: list[str], names: set[str], on_demand: bool
) -> None:
    indexes = request.get("GlobalSecondaryIndexes")
    if indexes is None:
        return
    if not indexes:
        raise invalid(f"{WRONG}List of GlobalSecondaryIndexes is empty")
    for index in indexes:
        _check_index(index, defined)
        _check_index_throughput(index, on_demand)
        _check_new_name(index["IndexName"], names)
    if len(indexes) > MAX_GLOBAL_INDEXES:
        raise invalid(
            f"{WRONG}GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL_INDEXES}"
        )


def _check_index(index: Json, defined: list[str]) -> None:
    if len(index["KeySchema"]) > 2:
        raise invalid("The sandbox does not serve indexes with more than two key attributes.")
    _check_keys(index["KeySchema"], defined)
    kind, others = index["Projection"].get("ProjectionType"), "NonKeyAttributes"
    if kind is None:
        raise invalid(f"{WRONG}Unknown ProjectionType: null")
    listed = index["Projection"].get(others, [])
    for name in listed:
        if listed.count(name) > 1:
            raise invalid(f"{WRONG}Duplicate attribute name in {others}: {name}")
    if others in index["Projection"] and kind != "INCLUDE":
        raise invalid(f"{WRONG}ProjectionType is {kind}, but {others} is specified")
    if others not in index["Projection"] and kind == "INCLUDE":
        raise invalid(f"{WRONG}ProjectionType is {kind}, but {others} is not specified")


def _check_index_throughput(index: Json, on_demand: bool) -> None:
    if on_demand and "ProvisionedThroughput" in index:
        raise invalid(
            f"{WRONG}ProvisionedThroughput should not be specified for index: "
            f"{index['IndexName']} when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and "ProvisionedThroughput" not in index:
        raise invalid(
            f"{WRONG}ProvisionedThroughput is not specified for index: {index['IndexName']}"
        )


def _check_new_name(name: str, names: set[str]) -> None:
    if name in names:
        raise invalid(f"{WRONG}Duplicate index name: {name}")
    names.add(name)
