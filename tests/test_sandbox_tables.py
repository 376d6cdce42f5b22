"""CreateTable and its like refuse what cannot be, and describe what there is."""

import itertools
from typing import Any

import pytest

from tests.clients import KEY, Clients, create_indexed_table, create_table, refusal, unchecked

WRONG = "One or more parameter values were invalid: "
FLIGHT_ID = {"AttributeName": "flight_id", "KeyType": "HASH"}
AIRLINE = {"AttributeName": "airlines_name", "KeyType": "RANGE"}


def local(name: str = "local", **differently: Any) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [FLIGHT_ID, AIRLINE],
        "Projection": {"ProjectionType": "ALL"},
        **differently,
    }


@pytest.mark.parametrize(
    ("differently", "why"),
    [
        ({"KeySchema": [AIRLINE, FLIGHT_ID]}, "The first KeySchemaElement is not a HASH key type"),
        (
            {"KeySchema": [FLIGHT_ID, {**AIRLINE, "KeyType": "HASH"}]},
            "The second KeySchemaElement is not a RANGE key type",
        ),
        (
            {"KeySchema": [FLIGHT_ID, {**FLIGHT_ID, "KeyType": "RANGE"}]},
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            {"KeySchema": [FLIGHT_ID, {**AIRLINE, "KeyType": "SORT"}]},
            "1 validation error detected: Value 'SORT' at 'keySchema.2.member.keyType' failed to "
            "satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]",
        ),
        (
            {"KeySchema": [FLIGHT_ID]},
            f"{WRONG}Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions",
        ),
        (
            {"AttributeDefinitions": [{"AttributeName": "flight_id", "AttributeType": "X"}]},
            "Value 'X' at 'attributeDefinitions.1.member.attributeType'",
        ),
        (
            {"LocalSecondaryIndexes": [local("twice"), local("twice")]},
            f"{WRONG}Duplicate index name: twice",
        ),
        (
            {"LocalSecondaryIndexes": [local(Projection={"ProjectionType": "SOME"})]},
            "Value 'SOME' at 'localSecondaryIndexes.1.member.projection.projectionType'",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "EVERYTHING"}},
            "Value 'EVERYTHING' at 'streamSpecification.streamViewType'",
        ),
        (
            {"BillingMode": "PAY_PER_REQUEST"},
            f"{WRONG}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
            "BillingMode is PAY_PER_REQUEST",
        ),
    ],
    ids=[
        "a sort key before the partition key",
        "two partition keys",
        "one attribute twice",
        "an unknown kind of key",
        "a definition that no key uses",
        "an unknown type",
        "one index name twice",
        "an unknown projection",
        "an unknown view",
        "units on demand",
    ],
)
@pytest.mark.parametrize("there", [False, True], ids=["a new name", "a name that is taken"])
def test_a_table_that_cannot_be_is_refused_before_its_name_is_looked_up(
    dynamodb: Clients, differently: dict[str, Any], why: str, there: bool
) -> None:
    if there:
        create_table(dynamodb("us-east-2"))
    refused = refusal(lambda: create_table(unchecked("us-east-2"), **differently))
    assert refused.startswith("ValidationException: ")
    assert why in refused


@pytest.mark.parametrize("name", ["ab", "a" * 256])
def test_a_name_is_3_to_255_characters_long(dynamodb: Clients, name: str) -> None:
    assert refusal(lambda: create_table(unchecked("us-east-2"), name)) == (
        "ValidationException: TableName must be at least 3 characters long and at most 255 "
        "characters long"
    )


def test_a_table_describes_itself_and_its_indexes(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    create_indexed_table(client)
    client.put_item(TableName="flights", Item={**KEY, "flight_number": {"S": "QR1"}})
    client.put_item(TableName="flights", Item={**KEY, "airlines_name": {"S": "Delta"}})
    table = client.describe_table(TableName="flights")["Table"]
    [index] = table["GlobalSecondaryIndexes"]
    assert (table["ItemCount"], index["ItemCount"]) == (2, 1)
    assert table["TableSizeBytes"] > index["IndexSizeBytes"] > 0
    assert index["IndexArn"] == f"{table['TableArn']}/index/by_number"
    assert len(table["TableId"]) == 36
    assert "LocalSecondaryIndexes" not in table


def test_an_index_is_added_and_taken_away(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    create_table(client)
    client.put_item(TableName="flights", Item={**KEY, "flight_number": {"S": "QR1"}})
    index = {
        "IndexName": "by_number",
        "KeySchema": [{"AttributeName": "flight_number", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    }
    client.update_table(
        TableName="flights",
        AttributeDefinitions=[{"AttributeName": "flight_number", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    assert client.scan(TableName="flights", IndexName="by_number")["Count"] == 1
    client.update_table(
        TableName="flights", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_number"}}]
    )
    assert refusal(client.scan, TableName="flights", IndexName="by_number") == (
        "ValidationException: The table does not have the specified index: by_number"
    )
    definitions = client.describe_table(TableName="flights")["Table"]["AttributeDefinitions"]
    assert [each["AttributeName"] for each in definitions] == ["flight_id", "airlines_name"]


def test_an_item_from_before_an_index_is_not_in_it_if_its_attribute_has_another_type(
    dynamodb: Clients,
) -> None:
    client = dynamodb("us-east-2")
    create_table(client)
    client.put_item(TableName="flights", Item={**KEY, "flight_number": {"N": "1"}})
    client.update_table(
        TableName="flights",
        AttributeDefinitions=[{"AttributeName": "flight_number", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_number",
                    "KeySchema": [{"AttributeName": "flight_number", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
                }
            }
        ],
    )
    assert client.scan(TableName="flights", IndexName="by_number")["Count"] == 0


def test_only_a_table_that_was_on_demand_once_describes_its_billing_mode(
    dynamodb: Clients,
) -> None:
    client = dynamodb("us-east-2")
    create_table(client, "provisioned")
    create_table(client, "on-demand", BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
    provisioned = client.describe_table(TableName="provisioned")["Table"]
    on_demand = client.describe_table(TableName="on-demand")["Table"]
    assert "BillingModeSummary" not in provisioned
    assert on_demand["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": on_demand["CreationDateTime"],
    }


@pytest.mark.parametrize(
    ("update", "why"),
    [
        ({}, "ValidationException: At least one of ProvisionedThroughput, BillingMode"),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 30, "WriteCapacityUnits": 30}},
            "ValidationException: The provisioned throughput for the table will not change.",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_number"}}]},
            "ResourceNotFoundException: ",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False}},
            "ValidationException: Table has no stream to disable: TableName: flights",
        ),
    ],
    ids=["nothing", "the same throughput", "an index that is not there", "no stream to disable"],
)
def test_an_update_that_changes_nothing_is_refused(
    dynamodb: Clients, update: dict[str, Any], why: str
) -> None:
    client = dynamodb("us-east-2")
    create_table(client, StreamSpecification=None)
    assert refusal(client.update_table, TableName="flights", **update).startswith(why)


def test_tables_are_listed_by_name_and_in_pages(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    for name in ("flights-c", "flights-a", "flights-b"):
        create_table(client, name)
    first = client.list_tables(Limit=2)
    assert (first["TableNames"], first["LastEvaluatedTableName"]) == (
        ["flights-a", "flights-b"],
        "flights-b",
    )
    rest = client.list_tables(ExclusiveStartTableName="flights-bb")
    assert (rest["TableNames"], rest.get("LastEvaluatedTableName")) == (["flights-c"], None)


def test_a_tag_of_the_same_key_takes_the_place_of_the_first(dynamodb: Clients) -> None:
    client = dynamodb("us-east-2")
    create_table(client)
    arn = client.describe_table(TableName="flights")["Table"]["TableArn"]
    for value in ("one", "two"):
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "step", "Value": value}])
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "step", "Value": "two"}
    ]
    client.untag_resource(ResourceArn=arn, TagKeys=["step"])
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


@pytest.mark.parametrize("segments", [1, 3, 12])
def test_the_segments_of_a_scan_hold_every_item_once_in_pages_of_any_size(
    dynamodb: Clients, segments: int
) -> None:
    client = dynamodb("us-east-2")
    create_table(client)
    written = [{**KEY, "flight_id": {"N": str(number)}} for number in range(50)]
    for item in written:
        client.put_item(TableName="flights", Item=item)
    pages = client.get_paginator("scan").paginate
    found = itertools.chain.from_iterable(
        page["Items"]
        for segment in range(segments)
        for page in pages(TableName="flights", Segment=segment, TotalSegments=segments, Limit=7)
    )
    assert sorted(found, key=str) == sorted(written, key=str)


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "step", "Value": "#!"}],
        [{"Key": "aws:step", "Value": "1"}],
        [{"Key": str(number), "Value": "1"} for number in range(51)],
        [],
    ],
    ids=["a sign that tags do not have", "a key of AWS's", "too many", "none"],
)
def test_tags_that_a_table_cannot_have_are_refused(
    dynamodb: Clients, tags: list[dict[str, str]]
) -> None:
    client = dynamodb("us-east-2")
    create_table(client)
    arn = client.describe_table(TableName="flights")["Table"]["TableArn"]
    assert refusal(client.tag_resource, ResourceArn=arn, Tags=tags).startswith("ValidationExc")
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == []
