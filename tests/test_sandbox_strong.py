"""Global tables with multi-Region strong consistency in the sandbox, through boto3."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.clients import KEY, Clients, refusal, shard_iterator
from tests.pauses import RIGHTS, ROLE, Aws, create_role, failed, paused, stop
from tests.strong_table import (
    IRELAND,
    OHIO,
    THREE_REPLICAS,
    VIRGINIA,
    WITH_WITNESS,
    create,
    create_strong_table,
    described,
    statuses,
    updates,
)
from tests.waiting import until

STRONG = "global tables with MultiRegionConsistency set to STRONG"


def membership(table: dict[str, Any]) -> dict[str, Any]:
    """What a description says about the group."""
    names = ("GlobalTableVersion", "MultiRegionConsistency", "Replicas", "GlobalTableWitnesses")
    return {name: table[name] for name in names if name in table}


def put(client: Any, seats: int) -> None:
    client.put_item(TableName="flights", Item={**KEY, "available_seats": {"N": str(seats)}})


def seats(client: Any, consistent: bool = True) -> int | None:
    item = client.get_item(TableName="flights", Key=KEY, ConsistentRead=consistent).get("Item")
    return int(item["available_seats"]["N"]) if item else None


def patient(region: str) -> Any:
    """A client that tries once and leaves the rest to the test."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=50)
    return boto3.client("dynamodb", region_name=region, config=config)


def test_a_group_begins_with_one_call_and_says_so_in_its_descriptions(dynamodb: Clients) -> None:
    create(dynamodb)
    answer = dynamodb(OHIO).update_table(TableName="flights", **WITH_WITNESS)["TableDescription"]
    assert answer["TableStatus"] == "UPDATING"
    assert answer["MultiRegionConsistency"] == "STRONG"
    assert answer["GlobalTableVersion"] == "2019.11.21"
    assert statuses(dynamodb) == {"UPDATING", "CREATING"}
    until(lambda: statuses(dynamodb) == {"ACTIVE"})
    for region, other in ((OHIO, IRELAND), (IRELAND, OHIO)):
        table = described(dynamodb, region)
        assert membership(table) == {
            "GlobalTableVersion": "2019.11.21",
            "MultiRegionConsistency": "STRONG",
            "Replicas": [{"RegionName": other, "ReplicaStatus": "ACTIVE"}],
            "GlobalTableWitnesses": [{"RegionName": VIRGINIA, "WitnessStatus": "ACTIVE"}],
        }
        assert "LatestStreamArn" not in table
    assert dynamodb(VIRGINIA).list_tables()["TableNames"] == []


def test_three_replicas_need_no_witness(dynamodb: Clients) -> None:
    create_strong_table(dynamodb, THREE_REPLICAS)
    table = described(dynamodb, VIRGINIA)
    assert [replica["RegionName"] for replica in table["Replicas"]] == [OHIO, IRELAND]
    assert "GlobalTableWitnesses" not in table


@pytest.mark.parametrize(
    ("members", "end"),
    [
        (
            WITH_WITNESS,
            {
                "ReplicaUpdates": updates("Delete", IRELAND),
                "GlobalTableWitnessUpdates": updates("Delete", VIRGINIA),
            },
        ),
        (THREE_REPLICAS, {"ReplicaUpdates": updates("Delete", IRELAND, VIRGINIA)}),
    ],
    ids=["witness", "three replicas"],
)
def test_a_group_ends_with_one_call_and_its_table_stays_with_every_write(
    dynamodb: Clients, members: Any, end: Any
) -> None:
    create_strong_table(dynamodb, members)
    put(dynamodb(IRELAND), 5)
    dynamodb(OHIO).update_table(TableName="flights", **end)
    assert statuses(dynamodb) == {"UPDATING", "DELETING"}
    until(lambda: membership(described(dynamodb)) == {})
    assert seats(dynamodb(OHIO)) == 5
    assert dynamodb(IRELAND).list_tables()["TableNames"] == []
    dynamodb(OHIO).delete_table(TableName="flights")


AT_LEAST_ONE = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, {}DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
    "TableClass is required"
)
COUNT = f"Unsupported replica count for {STRONG}."
WITNESS_NEEDS_STRONG = (
    "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is "
    "present."
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"GlobalTableWitnessUpdates": None}, COUNT),
        ({"ReplicaUpdates": updates("Create", IRELAND, "us-west-2")}, COUNT),
        ({"MultiRegionConsistency": None}, WITNESS_NEEDS_STRONG),
        ({"MultiRegionConsistency": "EVENTUAL"}, WITNESS_NEEDS_STRONG),
        (
            {**THREE_REPLICAS, "MultiRegionConsistency": None, "GlobalTableWitnessUpdates": None},
            "Update table operation with more than one create or delete replica actions not "
            "allowed",
        ),
        (
            {"GlobalTableWitnessUpdates": updates("Create", IRELAND)},
            "Cannot target multiple regions with the same action",
        ),
        (
            {"GlobalTableWitnessUpdates": updates("Create", OHIO)},
            "Cannot add a witness in the same region as an existing replica when creating a global "
            "table with MultiRegionConsistency set to STRONG.",
        ),
        (
            {"GlobalTableWitnessUpdates": updates("Create", "us-west-1")},
            f"Unsupported Region(s) specified for {STRONG}: [us-west-1].",
        ),
        (
            {"DeletionProtectionEnabled": True},
            "Requests that modify replicas or witnesses must not also modify other fields",
        ),
        (
            {"ReplicaUpdates": None, "GlobalTableWitnessUpdates": None},
            AT_LEAST_ONE.format(""),
        ),
        ({"ReplicaUpdates": None}, AT_LEAST_ONE.format("")),
        (
            {"ReplicaUpdates": None, "MultiRegionConsistency": None},
            AT_LEAST_ONE.format("MultiRegionConsistency, "),
        ),
        (
            {"ReplicaUpdates": updates("Delete", IRELAND)},
            "Only Replica Create actions are supported when MultiRegionConsistency parameter is "
            "provided.",
        ),
        (
            {"ReplicaUpdates": updates("Create", OHIO)},
            "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
            "DeleteTable, or UpdateTable as required.",
        ),
    ],
)
def test_a_group_that_aws_does_not_make_is_refused_in_its_words(
    dynamodb: Clients, changes: Any, message: str
) -> None:
    create(dynamodb)
    request = {name: value for name, value in {**WITH_WITNESS, **changes}.items() if value}
    refused = refusal(dynamodb(OHIO).update_table, TableName="flights", **request)
    assert refused == f"ValidationException: {message}"
    assert membership(described(dynamodb)) == {}


def test_a_group_with_two_witnesses_is_refused(dynamodb: Clients) -> None:
    create(dynamodb)
    request = {
        **WITH_WITNESS,
        "GlobalTableWitnessUpdates": updates("Create", VIRGINIA, "us-west-2"),
    }
    refused = refusal(dynamodb(OHIO).update_table, TableName="flights", **request)
    assert refused.startswith("ValidationException: 1 validation error detected: Value '[")
    assert refused.endswith(
        "]' at 'globalTableWitnessUpdates' failed to satisfy constraint: Member must have length "
        "less than or equal to 1"
    )


@pytest.mark.parametrize("members", [WITH_WITNESS, THREE_REPLICAS], ids=["witness", "replicas"])
def test_a_group_stays_as_it_is(dynamodb: Clients, members: Any) -> None:
    create_strong_table(dynamodb, members)
    only_one = (
        f"ValidationException: Deletion of only one table replica is not supported for {STRONG}."
    )

    def refused(**request: Any) -> str:
        return refusal(dynamodb(OHIO).update_table, TableName="flights", **request)

    assert refused(ReplicaUpdates=updates("Create", "eu-west-2")) == (
        "ValidationException: Cannot add replicas to a global table with strong "
        "MultiRegionConsistency"
    )
    assert refused(
        ReplicaUpdates=updates("Create", "eu-west-2"), MultiRegionConsistency="EVENTUAL"
    ) == (
        "ValidationException: MultiRegionConsistency parameter is unsupported on existing global "
        "table"
    )
    assert (
        refused(ReplicaUpdates=updates("Create", "eu-west-2"), MultiRegionConsistency="STRONG")
        == f"ValidationException: {COUNT}"
    )
    strange = updates("Delete", "eu-west-2")
    assert refused(
        ReplicaUpdates=updates("Delete", IRELAND), GlobalTableWitnessUpdates=strange
    ).endswith(
        "one or more witnesses were not part of the global table. Please retry the request without "
        "these witnesses: [eu-west-2]."
    )
    assert refused(ReplicaUpdates=updates("Delete", IRELAND)) == (
        only_one
        if members == THREE_REPLICAS
        else "ValidationException: Update table delete operation does not include all witnesses."
    )
    for region in (OHIO, IRELAND):
        assert refusal(dynamodb(region).delete_table, TableName="flights") == only_one
    assert statuses(dynamodb) == {"ACTIVE"}


def test_a_table_with_items_cannot_become_one(dynamodb: Clients) -> None:
    create(dynamodb)
    put(dynamodb(OHIO), 5)
    assert refusal(dynamodb(OHIO).update_table, TableName="flights", **WITH_WITNESS) == (
        f"ValidationException: A table with items is not supported for {STRONG}: flights"
    )


def test_a_table_with_a_local_index_cannot_become_one(dynamodb: Clients) -> None:
    index = {
        "IndexName": "local",
        "KeySchema": [
            {"AttributeName": "flight_id", "KeyType": "HASH"},
            {"AttributeName": "date", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    attributes = {"flight_id": "N", "airlines_name": "S", "date": "S"}
    create(
        dynamodb,
        LocalSecondaryIndexes=[index],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in attributes.items()
        ],
    )
    assert refusal(dynamodb(OHIO).update_table, TableName="flights", **WITH_WITNESS) == (
        f"ValidationException: Local secondary indexes are not supported for {STRONG}: flights"
    )


def test_a_table_with_time_to_live_cannot_become_one(dynamodb: Clients) -> None:
    create(dynamodb)
    time_to_live = {"Enabled": True, "AttributeName": "gone"}
    dynamodb(OHIO).update_time_to_live(TableName="flights", TimeToLiveSpecification=time_to_live)
    assert refusal(dynamodb(OHIO).update_table, TableName="flights", **WITH_WITNESS) == (
        f"ValidationException: Time to live is not supported for {STRONG}: flights"
    )


def test_there_are_no_transactions_and_no_time_to_live(dynamodb: Clients) -> None:
    create_strong_table(dynamodb)
    client = dynamodb(IRELAND)
    get = {"Get": {"TableName": "flights", "Key": KEY}}
    write = {"Put": {"TableName": "flights", "Item": KEY}}
    no_transactions = f"ValidationException: Transactions are not supported for {STRONG}: flights"
    assert refusal(client.transact_get_items, TransactItems=[get]) == no_transactions
    assert refusal(client.transact_write_items, TransactItems=[write]) == no_transactions
    assert (
        refusal(
            client.update_time_to_live,
            TableName="flights",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"},
        )
        == f"ValidationException: Time to live is not supported for {STRONG}: flights"
    )


@pytest.mark.sandbox(lag=60)
def test_strong_reads_of_every_kind_see_an_acknowledged_write_in_every_region(
    dynamodb: Clients,
) -> None:
    create_strong_table(dynamodb)
    put(dynamodb(OHIO), 5)
    ireland = dynamodb(IRELAND)
    query: dict[str, Any] = {
        "TableName": "flights",
        "KeyConditionExpression": "flight_id = :id",
        "ExpressionAttributeValues": {":id": KEY["flight_id"]},
    }
    batch: dict[str, Any] = {"flights": {"Keys": [KEY]}}
    assert seats(ireland, consistent=False) is None
    assert ireland.query(**query)["Count"] == 0
    assert ireland.scan(TableName="flights")["Count"] == 0
    assert ireland.batch_get_item(RequestItems=batch)["Responses"] == {"flights": []}
    batch["flights"]["ConsistentRead"] = True
    for read in (
        lambda: len(ireland.batch_get_item(RequestItems=batch)["Responses"]["flights"]),
        lambda: ireland.query(**query, ConsistentRead=True)["Count"],
        lambda: ireland.scan(TableName="flights", ConsistentRead=True)["Count"],
        lambda: seats(ireland) == 5,
    ):
        assert read() == 1
        dynamodb(OHIO).delete_item(TableName="flights", Key=KEY)
        assert read() == 0
        put(dynamodb(OHIO), 5)


@pytest.mark.sandbox(lag=60)
def test_conditions_and_add_see_the_latest_version_of_any_region(dynamodb: Clients) -> None:
    create_strong_table(dynamodb)
    put(dynamodb(OHIO), 1)
    sell: dict[str, Any] = {
        "TableName": "flights",
        "Key": KEY,
        "UpdateExpression": "ADD available_seats :one",
        "ConditionExpression": "available_seats > :none",
        "ExpressionAttributeValues": {":one": {"N": "-1"}, ":none": {"N": "0"}},
    }
    dynamodb(IRELAND).update_item(**sell)
    assert refusal(dynamodb(OHIO).update_item, **sell).startswith(
        "ConditionalCheckFailedException: "
    )
    assert seats(dynamodb(OHIO)) == 0


def all_at_once(*calls: Callable[[], object]) -> list[str]:
    """How calls end that begin at the same time: "" or the code of the refusal."""
    barrier = threading.Barrier(len(calls))
    ends: list[str] = []

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
        except ClientError as error:
            ends.append(error.response["Error"]["Code"])
        else:
            ends.append("")

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_of_two_writes_in_two_regions_at_the_same_time_one_is_in_conflict(
    dynamodb: Clients,
) -> None:
    create_strong_table(dynamodb)
    ohio, ireland = patient(OHIO), patient(IRELAND)
    for client in (ohio, ireland):
        seats(client)  # so both have a connection
    batch = {"flights": [{"PutRequest": {"Item": {**KEY, "available_seats": {"N": "2"}}}}]}
    for other in (
        lambda: put(ireland, 2),
        lambda: ireland.delete_item(TableName="flights", Key=KEY),
        lambda: ireland.batch_write_item(RequestItems=batch),
    ):
        put(ohio, 0)
        assert all_at_once(lambda: put(ohio, 1), other) == [
            "",
            "ReplicatedWriteConflictException",
        ]
        assert seats(ohio) == seats(ireland)
        assert seats(ohio) != 0


def timed(call: Callable[[], object]) -> float:
    """The least seconds that the call takes, of a few times."""
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        call()
        seconds.append(time.monotonic() - began)
    return min(seconds)


def test_writes_and_strong_reads_wait_for_a_round_trip_and_eventual_reads_do_not(
    dynamodb: Clients,
) -> None:
    create_strong_table(dynamodb)
    ireland = dynamodb(IRELAND)
    assert timed(lambda: put(ireland, 5)) >= 0.072
    assert timed(lambda: seats(ireland)) >= 0.072
    assert timed(lambda: seats(ireland, consistent=False)) < 0.072
    assert 0.020 <= timed(lambda: seats(dynamodb(OHIO))) < 0.072


def test_one_who_waits_keeps_nobody_waiting(dynamodb: Clients) -> None:
    create_strong_table(dynamodb)
    ireland = patient(IRELAND)
    calls = [lambda: seats(ireland)] * 20
    all_at_once(*calls)  # so all have a connection
    began = time.monotonic()
    assert all_at_once(*calls) == [""] * 20
    assert time.monotonic() - began < 20 * 0.072


class Counter:
    """Clients in all regions add to one item and read it, and note what they see."""

    def __init__(self) -> None:
        self.clients = {region: patient(region) for region in (OHIO, IRELAND, VIRGINIA)}
        self.counted = 0
        self.seen = 0
        self.went_back: list[str] = []
        self._lock = threading.Lock()

    def add(self, region: str) -> None:
        """Add one, unless another region is quicker."""
        client = self.clients[region]
        with suppress(client.exceptions.ReplicatedWriteConflictException):
            client.update_item(
                TableName="flights",
                Key=KEY,
                UpdateExpression="ADD available_seats :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            with self._lock:
                self.counted += 1

    def read(self, region: str) -> None:
        """Read strongly, and compare with what was acknowledged before."""
        with self._lock:
            at_least = max(self.seen, self.counted)
        value = seats(self.clients[region]) or 0
        with self._lock:
            self.seen = max(self.seen, value)
            if value < at_least:
                self.went_back.append(f"{value} after {at_least} in {region}")


def test_every_increment_of_many_clients_counts_and_no_strong_read_goes_back(
    dynamodb: Clients,
) -> None:
    create_strong_table(dynamodb, THREE_REPLICAS)
    counter = Counter()

    def work(region: str) -> None:
        for _ in range(6):
            counter.add(region)
            counter.read(region)

    workers = [partial(work, region) for region in counter.clients for _ in range(5)]
    assert all_at_once(*workers) == [""] * len(workers)
    assert not counter.went_back
    assert {seats(client) for client in counter.clients.values()} == {counter.counted}


def test_cloudwatch_has_no_replication_latency(dynamodb: Clients, aws: Aws) -> None:
    create_strong_table(dynamodb)
    put(dynamodb(OHIO), 5)
    until(lambda: seats(dynamodb(IRELAND), consistent=False) == 5)
    names = {metric["MetricName"] for metric in aws("cloudwatch", OHIO).list_metrics()["Metrics"]}
    assert names == {"ConsumedWriteCapacityUnits"}


def test_streams_have_the_same_records_in_every_region(
    dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    create_strong_table(dynamodb, StreamSpecification=stream)
    for number, region in enumerate((OHIO, IRELAND, OHIO, IRELAND)):
        put(dynamodb(region), number)

    def records(region: str) -> list[str]:
        iterator = shard_iterator(aws, region)
        found = aws("dynamodbstreams", region).get_records(ShardIterator=iterator)["Records"]
        return [record["dynamodb"]["NewImage"]["available_seats"]["N"] for record in found]

    until(lambda: len(records(OHIO)) == 4)
    assert records(OHIO) == records(IRELAND) == ["0", "1", "2", "3"]


INJECT = {"Effect": "Allow", "Action": "dynamodb:InjectError", "Resource": "*"}


@pytest.mark.sandbox(lag=60)
def test_a_region_that_is_cut_off_answers_errors_while_the_other_works_and_then_catches_up(
    dynamodb: Clients, aws: Aws
) -> None:
    create_strong_table(dynamodb)
    create_role(aws, rights={**RIGHTS, "Statement": [*RIGHTS["Statement"], INJECT]})
    put(dynamodb(OHIO), 1)
    experiment = paused(aws)
    error = (
        "InternalServerError: The server encountered an internal error trying to fulfill the "
        "request."
    )
    ohio = patient(OHIO)
    assert refusal(ohio.put_item, TableName="flights", Item=KEY) == error
    assert refusal(ohio.get_item, TableName="flights", Key=KEY, ConsistentRead=True) == error
    assert seats(ohio, consistent=False) == 1
    put(dynamodb(IRELAND), 2)
    assert seats(dynamodb(IRELAND)) == 2
    assert seats(ohio, consistent=False) == 1
    policy = dynamodb(OHIO).get_resource_policy(ResourceArn=described(dynamodb)["TableArn"])
    assert f"{experiment}ForApplicationAutoScaling" in policy["Policy"]
    stop(aws, experiment)
    assert seats(ohio, consistent=False) == 2
    put(ohio, 3)
    assert seats(dynamodb(IRELAND)) == 3


def test_the_pause_of_such_a_table_needs_the_right_to_inject_errors(
    dynamodb: Clients, aws: Aws
) -> None:
    create_strong_table(dynamodb)
    create_role(aws)
    assert failed(aws) == (
        f"AuthorizationFailure: The role {ROLE} does not allow dynamodb:InjectError on *."
    )
