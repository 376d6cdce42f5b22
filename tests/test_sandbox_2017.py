"""The sandbox's global tables of version 2017.11.29, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients import KEY, Clients, create_table, refusal

REGIONS = ["us-east-2", "eu-west-1", "ap-southeast-1"]
LEGACY_REFUSED = (
    "ValidationException: One or more parameter values were invalid: DynamoDB global tables "
    "version 2017.11.29 is not supported. We recommend using DynamoDB global tables version "
    "2019.11.21, instead of version 2017.11.29 (Legacy)."
)


def group_of(*regions: str) -> dict[str, Any]:
    return {
        "GlobalTableName": "flights",
        "ReplicationGroup": [{"RegionName": region} for region in regions],
    }


def test_a_group_is_made_of_empty_tables_and_described_by_every_region(dynamodb: Clients) -> None:
    for region in REGIONS:
        create_table(dynamodb(region))
    created = dynamodb("us-east-2").create_global_table(**group_of(*REGIONS))
    assert created["GlobalTableDescription"]["GlobalTableStatus"] == "CREATING"
    for region in REGIONS:
        described = dynamodb(region).describe_global_table(GlobalTableName="flights")
        description = described["GlobalTableDescription"]
        del description["CreationDateTime"]
        assert description == {
            "GlobalTableName": "flights",
            "GlobalTableStatus": "ACTIVE",
            "GlobalTableArn": "arn:aws:dynamodb::123456789012:global-table/flights",
            "ReplicationGroup": [{"RegionName": region} for region in REGIONS],
        }
    table = dynamodb("eu-west-1").describe_table(TableName="flights")["Table"]
    assert "GlobalTableVersion" not in table


def test_groups_are_listed_in_pages_and_by_region(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    for name in ("flights-b", "flights-a", "flights-c"):
        create_table(client, name)
        client.create_global_table(
            GlobalTableName=name, ReplicationGroup=[{"RegionName": "us-east-2"}]
        )
    first = client.list_global_tables(Limit=2)
    rest = client.list_global_tables(
        ExclusiveStartGlobalTableName=first["LastEvaluatedGlobalTableName"]
    )
    names = [table["GlobalTableName"] for table in first["GlobalTables"] + rest["GlobalTables"]]
    assert names == ["flights-a", "flights-b", "flights-c"]
    assert client.list_global_tables(RegionName="eu-west-1")["GlobalTables"] == []


@pytest.mark.parametrize(
    ("differently", "why"),
    [
        ({"StreamSpecification": {"StreamEnabled": False}}, "needs a stream"),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
            "needs a stream with view type NEW_AND_OLD_IMAGES",
        ),
        (
            {
                "KeySchema": [{"AttributeName": "flight_id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "flight_id", "AttributeType": "N"}],
            },
            "another key schema",
        ),
        (
            {"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": None},
            "another billing mode",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    dynamodb: Clients, differently: dict[str, Any], why: str
) -> None:
    create_table(dynamodb("us-east-2"))
    create_table(dynamodb("eu-west-1"), **differently)
    with pytest.raises(ClientError, match=why) as refused:
        dynamodb("us-east-2").create_global_table(**group_of("us-east-2", "eu-west-1"))
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_table_with_items_is_refused(dynamodb: Clients) -> None:
    for region in ("us-east-2", "eu-west-1"):
        create_table(dynamodb(region))
    dynamodb("eu-west-1").put_item(TableName="flights", Item=KEY)
    with pytest.raises(ClientError, match="eu-west-1 contains data"):
        dynamodb("us-east-2").create_global_table(**group_of("us-east-2", "eu-west-1"))


def updates(action: str, region: str, name: str = "flights") -> dict[str, Any]:
    return {"GlobalTableName": name, "ReplicaUpdates": [{action: {"RegionName": region}}]}


@pytest.mark.parametrize(
    ("regions", "code"),
    [
        (["us-east-2", "sa-east-1"], "TableNotFoundException"),
        ([], "ValidationException"),
        (["us-east-2", "us-east-2"], "ValidationException"),
    ],
    ids=["a region without the table", "no region", "one region twice"],
)
def test_a_group_that_cannot_be_is_refused_with_awss_code(
    dynamodb: Clients, regions: list[str], code: str
) -> None:
    create_table(dynamodb("us-east-2"))
    create = dynamodb("us-east-2").create_global_table
    assert refusal(create, **group_of(*regions)).startswith(f"{code}: ")
    assert dynamodb("us-east-2").list_global_tables()["GlobalTables"] == []


def test_a_group_that_there_is_cannot_be_created_again(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"))
    create = dynamodb("us-east-2").create_global_table
    create(**group_of("us-east-2"))
    assert refusal(create, **group_of("us-east-2")) == (
        "GlobalTableAlreadyExistsException: Global table with name: 'flights' already exists."
    )


def test_a_group_that_is_not_there_cannot_be_described(dynamodb: Clients) -> None:
    describe = dynamodb("us-east-2").describe_global_table
    assert refusal(describe, GlobalTableName="flights") == (
        "GlobalTableNotFoundException: Global table with name: 'flights' does not exist."
    )


@pytest.mark.parametrize(
    ("update", "code"),
    [
        (updates("Create", "eu-west-1"), "ReplicaAlreadyExistsException"),
        (updates("Delete", "sa-east-1"), "ReplicaNotFoundException"),
        (updates("Delete", "sa-east-1", "other"), "GlobalTableNotFoundException"),
    ],
    ids=["a member joins", "a stranger leaves", "another group"],
)
def test_an_update_that_cannot_be_is_refused_with_awss_code(
    dynamodb: Clients, update: dict[str, Any], code: str
) -> None:
    for region in ("us-east-2", "eu-west-1"):
        create_table(dynamodb(region))
    dynamodb("us-east-2").create_global_table(**group_of("us-east-2", "eu-west-1"))
    assert refusal(dynamodb("us-east-2").update_global_table, **update).startswith(f"{code}: ")


def test_a_table_joins_a_group_and_leaves_it_with_its_items(dynamodb: Clients) -> None:
    for region in REGIONS:
        create_table(dynamodb(region))
    client = dynamodb("us-east-2")
    client.create_global_table(**group_of("us-east-2", "eu-west-1"))
    for action, region in (("Create", "ap-southeast-1"), ("Delete", "eu-west-1")):
        client.update_global_table(
            GlobalTableName="flights",
            ReplicaUpdates=[{action: {"RegionName": region}}],
        )
        client.put_item(TableName="flights", Item={**KEY, "after": {"S": action}})
    there = {
        region: dynamodb(region).get_item(TableName="flights", Key=KEY)["Item"]["after"]["S"]
        for region in REGIONS
    }
    assert there == {"us-east-2": "Delete", "eu-west-1": "Create", "ap-southeast-1": "Delete"}
    for region in ("us-east-2", "ap-southeast-1"):
        client.update_global_table(
            GlobalTableName="flights", ReplicaUpdates=[{"Delete": {"RegionName": region}}]
        )
    assert client.list_global_tables()["GlobalTables"] == []


def test_settings_reach_every_replica(dynamodb: Clients) -> None:
    for region in ("us-east-2", "eu-west-1"):
        create_table(dynamodb(region))
    client = dynamodb("us-east-2")
    client.create_global_table(**group_of("us-east-2", "eu-west-1"))
    client.update_global_table_settings(
        GlobalTableName="flights",
        GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate={
            "MinimumUnits": 30,
            "MaximumUnits": 100,
            "ScalingPolicyUpdate": {
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0}
            },
        },
        ReplicaSettingsUpdate=[
            {"RegionName": "eu-west-1", "ReplicaProvisionedReadCapacityUnits": 50}
        ],
    )
    settings = dynamodb("eu-west-1").describe_global_table_settings(GlobalTableName="flights")
    assert [
        (
            replica["RegionName"],
            replica["ReplicaProvisionedReadCapacityUnits"],
            replica["ReplicaProvisionedWriteCapacityUnits"],
            replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"]["MaximumUnits"],
        )
        for replica in settings["ReplicaSettings"]
    ] == [("us-east-2", 30, 30, 100), ("eu-west-1", 50, 30, 100)]
    client.update_global_table_settings(
        GlobalTableName="flights", GlobalTableBillingMode="PAY_PER_REQUEST"
    )
    table = dynamodb("eu-west-1").describe_table(TableName="flights")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.sandbox(refuse_legacy=True)
def test_a_new_group_is_refused_as_on_aws_before_any_table_is_looked_at(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    pair = group_of("us-east-2", "eu-west-1")
    assert refusal(client.create_global_table, **pair) == LEGACY_REFUSED
    assert refusal(client.update_global_table, **updates("Create", "eu-west-1")) == LEGACY_REFUSED
    assert client.list_global_tables()["GlobalTables"] == []


@pytest.mark.sandbox(refuse_legacy=True)
def test_a_region_that_never_had_the_old_version_gets_a_list_of_those_that_had(
    dynamodb: Clients,
) -> None:
    assert "in this region 'ap-south-1', supported regions are : [eu-west-2, " in refusal(
        dynamodb("ap-south-1").create_global_table, **group_of("us-east-2", "eu-west-1")
    )


@pytest.mark.sandbox(refuse_legacy=True)
def test_the_shape_of_a_request_and_a_replica_that_leaves_are_judged_as_before(
    dynamodb: Clients,
) -> None:
    client = dynamodb("us-east-2")
    assert refusal(client.update_global_table, **updates("Delete", "eu-west-1")) == (
        "GlobalTableNotFoundException: Global table with name: 'flights' does not exist."
    )
    assert refusal(client.create_global_table, **group_of()).startswith("ValidationException:")
