"""What the sandbox's tests say to it: clients, the exercise's table, refusals in a line."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.waiting import until

Clients = Callable[[str], Any]
"""A DynamoDB client for a region."""

KEY: dict[str, Any] = {"flight_id": {"N": "5603280670"}, "airlines_name": {"S": "Quatar"}}


def create_table(client: Any, name: str = "flights", **differently: Any) -> None:
    """The exercise's table; `differently` replaces arguments of CreateTable, None drops them."""
    arguments: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": "flight_id", "AttributeType": "N"},
            {"AttributeName": "airlines_name", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "flight_id", "KeyType": "HASH"},
            {"AttributeName": "airlines_name", "KeyType": "RANGE"},
        ],
        "ProvisionedThroughput": {"ReadCapacityUnits": 30, "WriteCapacityUnits": 30},
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **differently,
    }
    client.create_table(
        TableName=name, **{key: value for key, value in arguments.items() if value is not None}
    )


def create_indexed_table(client: Any) -> None:
    """The exercise's table, with an index by flight number."""
    names = (("flight_id", "N"), ("airlines_name", "S"), ("flight_number", "S"))
    create_table(
        client,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in names
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_number",
                "KeySchema": [{"AttributeName": "flight_number", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
            }
        ],
    )


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The error that a call is refused with: "Code: message"."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    raise AssertionError("the call was not refused")


def create_global_table(dynamodb: Clients, *regions: str) -> None:
    """The exercise's table in these regions (its own two, if none are named), joined."""
    regions = regions or ("us-east-2", "eu-west-1")
    for region in regions:
        create_table(dynamodb(region))
    dynamodb(regions[0]).create_global_table(
        GlobalTableName="flights", ReplicationGroup=[{"RegionName": region} for region in regions]
    )


def unchecked(region: str) -> Any:
    """A DynamoDB client that sends what botocore would refuse."""
    config = Config(parameter_validation=False)
    return boto3.client("dynamodb", region_name=region, config=config)


def set_up(dynamodb: Clients, *regions: str) -> None:
    """A global table of version 2019.11.21, the others made through the first region."""
    first = dynamodb(regions[0])
    create_table(first, BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
    for region in regions[1:]:
        add_replica(first, region)


def add_replica(client: Any, region: str) -> None:
    """Add a replica of the flights table, and wait until it is ACTIVE."""
    client.update_table(TableName="flights", ReplicaUpdates=[{"Create": {"RegionName": region}}])

    def active() -> bool:
        replicas = client.describe_table(TableName="flights")["Table"]["Replicas"]
        return {"RegionName": region, "ReplicaStatus": "ACTIVE"} in replicas

    until(active)


def tables(dynamodb: Clients, *regions: str) -> list[list[str]]:
    """The names of the tables in each region, the exercise's own two if none are named."""
    regions = regions or ("us-east-2", "eu-west-1")
    return [dynamodb(region).list_tables()["TableNames"] for region in regions]


def shard_iterator(aws: Callable[[str, str], Any], region: str, kind: str = "TRIM_HORIZON") -> str:
    """An iterator over the stream of the region's flights table, from its start or its end."""
    streams = aws("dynamodbstreams", region)
    table = aws("dynamodb", region).describe_table(TableName="flights")["Table"]
    arn = table["LatestStreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator: str = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=kind
    )["ShardIterator"]
    return iterator
