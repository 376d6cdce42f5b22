"""The sandbox's global tables of version 2019.11.21, through boto3, the legacy version refused."""

from typing import Any

import pytest

from tests.clients import KEY, Clients, create_table, refusal
from tests.waiting import until

pytestmark = pytest.mark.sandbox(refuse_legacy=True)

ON_DEMAND: dict[str, Any] = {"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": None}
WRITE = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/flights",
    "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
}


def update(dynamodb: Clients, region: str, action: str, other: str) -> None:
    dynamodb(region).update_table(
        TableName="flights",
        ReplicaUpdates=[{action: {"RegionName": other}}],
    )


def refused(dynamodb: Clients, region: str, action: str, other: str) -> str:
    return refusal(
        dynamodb(region).update_table,
        TableName="flights",
        ReplicaUpdates=[{action: {"RegionName": other}}],
    )


def description(dynamodb: Clients, region: str) -> dict[str, Any]:
    table: Any = dynamodb(region).describe_table(TableName="flights")["Table"]
    return {
        "status": table["TableStatus"],
        "version": table.get("GlobalTableVersion"),
        "replicas": {
            replica["RegionName"]: replica["ReplicaStatus"] for replica in table.get("Replicas", [])
        },
    }


def settled(dynamodb: Clients, region: str) -> bool:
    table = description(dynamodb, region)
    return {table["status"], *table["replicas"].values()} == {"ACTIVE"}


def add_replica(dynamodb: Clients, region: str, other: str) -> None:
    update(dynamodb, region, "Create", other)
    until(lambda: settled(dynamodb, region))


def remove_replica(dynamodb: Clients, region: str, other: str) -> None:
    update(dynamodb, region, "Delete", other)
    until(lambda: settled(dynamodb, region))


def test_a_replica_is_creating_for_a_moment_and_then_active(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    answer = dynamodb("us-east-2").update_table(
        TableName="flights", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
    )
    assert answer["TableDescription"]["TableStatus"] == "UPDATING"
    assert answer["TableDescription"]["Replicas"] == []
    assert description(dynamodb, "us-east-2") == {
        "status": "UPDATING",
        "version": "2019.11.21",
        "replicas": {"eu-west-1": "CREATING"},
    }
    assert description(dynamodb, "eu-west-1")["status"] == "CREATING"
    assert refusal(dynamodb("eu-west-1").put_item, TableName="flights", Item=KEY).startswith(
        "ResourceNotFoundException:"
    )
    assert refusal(dynamodb("us-east-2").delete_table, TableName="flights").startswith(
        "ResourceInUseException:"
    )
    assert refused(dynamodb, "us-east-2", "Create", "ap-south-1").startswith(
        "ResourceInUseException:"
    )
    until(lambda: settled(dynamodb, "us-east-2"))
    assert description(dynamodb, "eu-west-1") == {
        "status": "ACTIVE",
        "version": "2019.11.21",
        "replicas": {"us-east-2": "ACTIVE"},
    }


def test_a_new_replica_holds_the_items_there_were(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    dynamodb("us-east-2").put_item(TableName="flights", Item=KEY)
    update(dynamodb, "us-east-2", "Create", "eu-west-1")
    meanwhile = {**KEY, "flight_id": {"N": "1"}}
    dynamodb("us-east-2").put_item(TableName="flights", Item=meanwhile)
    until(lambda: settled(dynamodb, "us-east-2"))
    items = dynamodb("eu-west-1").scan(TableName="flights")["Items"]
    assert sorted(item["flight_id"]["N"] for item in items) == ["1", "5603280670"]


def test_a_third_region_is_added_from_the_second_and_every_region_lists_the_others(
    dynamodb: Clients,
) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    add_replica(dynamodb, "eu-west-1", "ap-south-1")
    regions = {"us-east-2", "eu-west-1", "ap-south-1"}
    for region in regions:
        assert set(description(dynamodb, region)["replicas"]) == regions - {region}
    dynamodb("ap-south-1").put_item(TableName="flights", Item=KEY)
    for region in regions:
        assert dynamodb(region).scan(TableName="flights")["Count"] == 1


def replica_updates(action: str, *regions: str) -> dict[str, Any]:
    return {"ReplicaUpdates": [{action: {"RegionName": region}} for region in regions]}


EXISTED = (
    "ValidationException: Failed to create a the new replica of table with name: 'flights' "
    "because one or more replicas already existed as tables."
)
LOCAL = (
    "ValidationException: Cannot add or delete the local region through ReplicaUpdates. "
    "Use CreateTable, DeleteTable, or UpdateTable as required."
)


@pytest.mark.parametrize(
    ("update_", "refused_with"),
    [
        (replica_updates("Create", "eu-west-1"), EXISTED),
        (replica_updates("Create", "us-east-2"), LOCAL),
        (replica_updates("Delete", "us-east-2"), LOCAL),
        (
            replica_updates("Delete", "eu-west-1"),
            "ValidationException: Failed to delete the replica of table with name: 'flights' "
            "because one or more replicas were not part of the global table.",
        ),
        (
            {"BillingMode": "PAY_PER_REQUEST", **replica_updates("Create", "ap-south-1")},
            "ValidationException: Replica modification must be the only operation in the request",
        ),
        (
            replica_updates("Create", "ap-south-1", "eu-west-3"),
            "ValidationException: Update table operation with more than one create or delete "
            "replica actions not allowed",
        ),
        (
            {"ReplicaUpdates": [{}]},
            "ValidationException: ReplicaUpdates must name one replica to create or to delete",
        ),
        (
            replica_updates("Create", "nowhere-9"),
            "ValidationException: There is no AWS region nowhere-9.",
        ),
    ],
    ids=[
        "a replica where there is a table",
        "a replica in its own region",
        "its own region deleted",
        "a table deleted that is not a replica",
        "something else besides",
        "two replicas at once",
        "no replica at all",
        "a region that AWS does not have",
    ],
)
def test_an_update_of_a_table_on_its_own_is_refused_in_a_sentence(
    dynamodb: Clients, update_: dict[str, Any], refused_with: str
) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    create_table(dynamodb("eu-west-1"), **ON_DEMAND)
    update_table = dynamodb("us-east-2").update_table
    assert refusal(update_table, TableName="flights", **update_) == refused_with
    assert description(dynamodb, "us-east-2")["replicas"] == {}


@pytest.mark.parametrize(
    ("update_", "refused_with"),
    [
        (replica_updates("Create", "eu-west-1"), EXISTED),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
            "ValidationException: Table already has an enabled stream: TableName: flights",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False}},
            "ValidationException: Disabling Stream is not allowed for a Global Table replica.",
        ),
    ],
    ids=["a replica that there is", "a second stream", "no stream"],
)
def test_an_update_of_a_replica_is_refused_in_a_sentence(
    dynamodb: Clients, update_: dict[str, Any], refused_with: str
) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    update_table = dynamodb("us-east-2").update_table
    assert refusal(update_table, TableName="flights", **update_) == refused_with


def test_the_calls_of_the_old_version_do_not_know_a_group_of_todays(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    client = dynamodb("us-east-2")
    unknown = "GlobalTableNotFoundException: Global table with name: 'flights' does not exist."
    assert refusal(client.describe_global_table, GlobalTableName="flights") == unknown
    assert refusal(client.describe_global_table_settings, GlobalTableName="flights") == unknown
    assert client.list_global_tables()["GlobalTables"] == []


def test_the_source_of_a_replica_goes_after_it(dynamodb: Clients) -> None:
    acted = (
        "ValidationException: Replica cannot be deleted because it has acted as a source region "
        "for new replica(s) being added to the table in the last 24 hours."
    )
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    assert refusal(dynamodb("us-east-2").delete_table, TableName="flights") == acted
    assert refused(dynamodb, "eu-west-1", "Delete", "us-east-2") == acted
    update(dynamodb, "us-east-2", "Delete", "eu-west-1")
    assert description(dynamodb, "us-east-2")["replicas"] == {"eu-west-1": "DELETING"}
    assert description(dynamodb, "eu-west-1")["status"] == "DELETING"
    until(lambda: settled(dynamodb, "us-east-2"))
    assert refusal(dynamodb("eu-west-1").describe_table, TableName="flights").startswith(
        "ResourceNotFoundException:"
    )
    assert description(dynamodb, "us-east-2") == {
        "status": "ACTIVE",
        "version": None,
        "replicas": {},
    }
    dynamodb("us-east-2").delete_table(TableName="flights")
    assert dynamodb("us-east-2").list_tables()["TableNames"] == []


def test_a_replica_that_was_no_source_can_be_deleted_as_a_table(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    dynamodb("eu-west-1").delete_table(TableName="flights")
    assert description(dynamodb, "us-east-2")["replicas"] == {}


@pytest.mark.sandbox(lag=1.5, refuse_legacy=True)
def test_an_earlier_write_never_beats_a_later_one_though_its_region_is_gone(
    dynamodb: Clients,
) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    dynamodb("eu-west-1").put_item(TableName="flights", Item={**KEY, "seats": {"N": "1"}})
    remove_replica(dynamodb, "us-east-2", "eu-west-1")
    [item] = dynamodb("us-east-2").scan(TableName="flights")["Items"]
    assert item["seats"] == {"N": "1"}
    dynamodb("us-east-2").put_item(TableName="flights", Item={**KEY, "seats": {"N": "2"}})
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    later = {**KEY, "flight_id": {"N": "1"}}
    dynamodb("us-east-2").put_item(TableName="flights", Item=later)
    until(lambda: dynamodb("eu-west-1").scan(TableName="flights")["Count"] == 2)
    for region in ("us-east-2", "eu-west-1"):
        item = dynamodb(region).get_item(TableName="flights", Key=KEY)["Item"]
        assert item["seats"] == {"N": "2"}


def test_deletion_protection_holds_a_replica(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    dynamodb("eu-west-1").update_table(TableName="flights", DeletionProtectionEnabled=True)
    assert refused(dynamodb, "us-east-2", "Delete", "eu-west-1").startswith(
        "ValidationException: Cannot delete table flights in region eu-west-1 because it has "
        "deletion protection enabled."
    )
    assert "protected against deletion" in refusal(
        dynamodb("eu-west-1").delete_table, TableName="flights"
    )


def test_a_provisioned_table_needs_auto_scaling_target_and_policy(
    dynamodb: Clients, aws: Any
) -> None:
    text = (
        "ValidationException: Table write capacity should either be Pay-Per-Request or AutoScaled."
    )
    scaling = aws("application-autoscaling", "us-east-2")
    create_table(dynamodb("us-east-2"))
    assert refused(dynamodb, "us-east-2", "Create", "eu-west-1") == text
    scaling.register_scalable_target(**WRITE, MinCapacity=30, MaxCapacity=100)
    assert refused(dynamodb, "us-east-2", "Create", "eu-west-1") == text
    put_policy(scaling, "flights-wcu")
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    [mirrored] = aws("application-autoscaling", "eu-west-1").describe_scaling_policies(
        ServiceNamespace="dynamodb"
    )["ScalingPolicies"]
    assert mirrored["PolicyName"] == "flights-wcu"


def test_capacity_changed_on_one_replica_changes_on_all(dynamodb: Clients, aws: Any) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    dynamodb("eu-west-1").update_table(
        TableName="flights",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    )
    for region in ("us-east-2", "eu-west-1"):
        table = dynamodb(region).describe_table(TableName="flights")["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
        assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
        assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
        targets = aws("application-autoscaling", region).describe_scalable_targets(
            ServiceNamespace="dynamodb"
        )["ScalableTargets"]
        assert sorted((target["MinCapacity"], target["MaxCapacity"]) for target in targets) == [
            (5, 40_000),
            (6, 40_000),
        ]


def test_each_change_to_provisioned_sets_auto_scaling_anew_in_every_region(
    dynamodb: Clients, aws: Any
) -> None:
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    scaling = aws("application-autoscaling", "eu-west-1")
    provision(dynamodb, 30)
    scaling.register_scalable_target(**WRITE, MinCapacity=30, MaxCapacity=100)
    put_policy(scaling, "a policy of one's own")
    provision(dynamodb, 31)
    assert write_scaling(scaling) == (
        (30, 100),
        ["DynamoDBWriteCapacityUtilization:table/flights", "a policy of one's own"],
    )
    dynamodb("us-east-2").update_table(TableName="flights", BillingMode="PAY_PER_REQUEST")
    assert write_scaling(scaling)[0] == (30, 100)
    provision(dynamodb, 20)
    assert write_scaling(scaling) == (
        (20, 40_000),
        ["DynamoDBWriteCapacityUtilization:table/flights"],
    )


def provision(dynamodb: Clients, units: int) -> None:
    dynamodb("us-east-2").update_table(
        TableName="flights",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": units, "WriteCapacityUnits": units},
    )


def put_policy(scaling: Any, name: str) -> None:
    scaling.put_scaling_policy(
        **WRITE,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
            },
        },
    )


def write_scaling(scaling: Any) -> tuple[tuple[int, int], list[str]]:
    """The limits of the write capacity, and the names of its policies."""
    dimension = WRITE["ScalableDimension"]
    [target] = scaling.describe_scalable_targets(
        ServiceNamespace="dynamodb", ScalableDimension=dimension
    )["ScalableTargets"]
    policies = scaling.describe_scaling_policies(
        ServiceNamespace="dynamodb", ScalableDimension=dimension
    )["ScalingPolicies"]
    limits = (target["MinCapacity"], target["MaxCapacity"])
    return limits, sorted(policy["PolicyName"] for policy in policies)


@pytest.mark.parametrize("view", [None, "KEYS_ONLY"])
def test_a_stream_is_switched_on_where_there_was_none_and_kept_where_there_was(
    dynamodb: Clients, view: str | None
) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": view} if view else None
    create_table(dynamodb("us-east-2"), **ON_DEMAND, StreamSpecification=stream)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    for region in ("us-east-2", "eu-west-1"):
        table = dynamodb(region).describe_table(TableName="flights")["Table"]
        assert table["StreamSpecification"]["StreamViewType"] == (view or "NEW_AND_OLD_IMAGES")
        assert f":dynamodb:{region}:" in table["LatestStreamArn"]


@pytest.mark.sandbox(refuse_legacy=False)
def test_both_versions_live_side_by_side(dynamodb: Clients) -> None:
    for region in ("us-east-2", "eu-west-1"):
        create_table(dynamodb(region), "legacy")
    dynamodb("us-east-2").create_global_table(
        GlobalTableName="legacy",
        ReplicationGroup=[{"RegionName": "us-east-2"}, {"RegionName": "eu-west-1"}],
    )
    create_table(dynamodb("us-east-2"), **ON_DEMAND)
    add_replica(dynamodb, "us-east-2", "eu-west-1")
    for table in ("legacy", "flights"):
        dynamodb("eu-west-1").put_item(TableName=table, Item=KEY)
        assert dynamodb("us-east-2").scan(TableName=table)["Count"] == 1
