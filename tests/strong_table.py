"""The flights table with multi-Region strong consistency."""

from typing import Any

from tests.clients import Clients, create_table
from tests.waiting import until

OHIO, IRELAND, VIRGINIA = "us-east-2", "eu-west-1", "us-east-1"
ON_DEMAND: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "ProvisionedThroughput": None,
    "StreamSpecification": None,
}


def updates(action: str, *regions: str) -> list[dict[str, Any]]:
    return [{action: {"RegionName": region}} for region in regions]


WITH_WITNESS: dict[str, Any] = {
    "MultiRegionConsistency": "STRONG",
    "ReplicaUpdates": updates("Create", IRELAND),
    "GlobalTableWitnessUpdates": updates("Create", VIRGINIA),
}
THREE_REPLICAS: dict[str, Any] = {
    "MultiRegionConsistency": "STRONG",
    "ReplicaUpdates": updates("Create", IRELAND, VIRGINIA),
}


def create(dynamodb: Clients, **table: Any) -> None:
    create_table(dynamodb(OHIO), **{**ON_DEMAND, **table})


def create_strong_table(dynamodb: Clients, members: Any = WITH_WITNESS, **table: Any) -> None:
    create(dynamodb, **table)
    dynamodb(OHIO).update_table(TableName="flights", **members)
    until(lambda: statuses(dynamodb) == {"ACTIVE"})


def described(dynamodb: Clients, region: str = OHIO) -> dict[str, Any]:
    table: dict[str, Any] = dynamodb(region).describe_table(TableName="flights")["Table"]
    return table


def statuses(dynamodb: Clients) -> set[str]:
    table = described(dynamodb)
    return {
        table["TableStatus"],
        *(replica["ReplicaStatus"] for replica in table.get("Replicas", [])),
        *(witness["WitnessStatus"] for witness in table.get("GlobalTableWitnesses", [])),
    }
