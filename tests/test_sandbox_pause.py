"""A region cut off: IAM, the Fault Injection Service, and a global table in the sandbox."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients import KEY, Clients, create_table, refusal
from tests.pauses import (
    ACCOUNT,
    FLIGHTS,
    OHIO,
    RIGHTS,
    ROLE,
    TRUST,
    Aws,
    create_role,
    failed,
    paused,
    state,
    stop,
)
from tests.waiting import until

IRELAND = "eu-west-1"
SID = "DoNotModifyFisDynamoDbPauseReplication"


def create_replicated_table(dynamodb: Clients, *regions: str) -> None:
    """A global table of version 2019.11.21 with a replica in each of these regions, too."""
    ohio = dynamodb(OHIO)
    create_table(ohio, BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
    for region in regions or (IRELAND,):
        ohio.update_table(TableName="flights", ReplicaUpdates=[{"Create": {"RegionName": region}}])
        until(lambda: replicas(ohio)[-1:] == ["ACTIVE"])


def replicas(client: Any) -> list[str]:
    table = client.describe_table(TableName="flights")["Table"]
    return [replica["ReplicaStatus"] for replica in table.get("Replicas", [])]


def items(client: Any) -> dict[str, str]:
    """What a region holds: the seats by flight."""
    found = client.scan(TableName="flights", ConsistentRead=True)["Items"]
    return {item["flight_id"]["N"]: item["available_seats"]["N"] for item in found}


def key(flight: int) -> dict[str, Any]:
    return {**KEY, "flight_id": {"N": str(flight)}}


def put(client: Any, flight: int, seats: int) -> None:
    client.put_item(TableName="flights", Item={**key(flight), "available_seats": {"N": str(seats)}})


def write_in_every_way(client: Any, seats: int) -> None:
    """Flights 1 to 5 and 7 get these seats, and flight 6 goes, each by another kind of call."""
    value = {":seats": {"N": str(seats)}}
    change: dict[str, Any] = {
        "TableName": "flights",
        "UpdateExpression": "SET available_seats = :seats",
        "ExpressionAttributeValues": value,
    }
    item = {"available_seats": {"N": str(seats)}}
    put(client, 1, seats)
    client.update_item(Key=key(2), **change)
    client.batch_write_item(
        RequestItems={"flights": [{"PutRequest": {"Item": {**key(3), **item}}}]}
    )
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "flights", "Item": {**key(4), **item}}},
            {"Update": {"Key": key(5), **change}},
        ]
    )
    client.delete_item(TableName="flights", Key=key(6))
    client.update_item(
        TableName="flights",
        Key=key(7),
        AttributeUpdates={"available_seats": {"Action": "PUT", "Value": {"N": str(seats)}}},
    )


def test_both_sides_of_a_pause_take_every_write_and_the_last_one_wins_at_its_end(
    dynamodb: Clients, aws: Aws
) -> None:
    ohio, ireland = dynamodb(OHIO), dynamodb(IRELAND)
    create_replicated_table(dynamodb)
    create_role(aws)
    for flight in range(1, 8):
        put(ohio, flight, 0)
    until(lambda: len(items(ireland)) == 7)
    experiment = paused(aws)
    write_in_every_way(ohio, 111)
    write_in_every_way(ireland, 222)
    put(ohio, 1, 333)
    put(ohio, 6, 333)
    mine = {str(flight): "111" for flight in (2, 3, 4, 5, 7)}
    theirs = {str(flight): "222" for flight in (1, 2, 3, 4, 5, 7)}
    assert items(ohio) == {**mine, "1": "333", "6": "333"}
    assert items(ireland) == theirs
    stop(aws, experiment)
    assert items(ohio) == items(ireland) == {**theirs, "1": "333", "6": "333"}


def test_a_pause_that_nobody_stops_runs_out_by_itself(dynamodb: Clients, aws: Aws) -> None:
    create_replicated_table(dynamodb)
    create_role(aws)
    experiment = paused(aws, "PT1S")
    put(dynamodb(OHIO), 1, 111)
    assert items(dynamodb(IRELAND)) == {}
    until(lambda: state(aws, experiment)["status"] == "completed")
    assert items(dynamodb(IRELAND)) == {"1": "111"}


def test_the_other_regions_go_on_replicating(dynamodb: Clients, aws: Aws) -> None:
    create_replicated_table(dynamodb, IRELAND, "us-west-2")
    create_role(aws)
    paused(aws)
    put(dynamodb(IRELAND), 1, 111)
    assert items(dynamodb("us-west-2")) == {"1": "111"}
    assert items(dynamodb(OHIO)) == {}


def test_the_policies_of_table_and_stream_show_the_pause_while_it_lasts(
    dynamodb: Clients, aws: Aws
) -> None:
    ohio = dynamodb(OHIO)
    create_replicated_table(dynamodb)
    create_role(aws)
    stream = ohio.describe_table(TableName="flights")["Table"]["LatestStreamArn"]
    experiment = paused(aws)
    role = (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/replication.dynamodb.amazonaws.com/"
        "AWSServiceRoleForDynamoDBReplication"
    )
    policy = json.loads(ohio.get_resource_policy(ResourceArn=FLIGHTS)["Policy"])
    by_service, by_role = policy["Statement"]
    assert by_service["Sid"] == f"{SID}{experiment}ServicePrincipal"
    assert by_service["Action"] == [
        "dynamodb:ReadDataForReplication",
        "dynamodb:WriteDataForReplication",
    ]
    assert by_role["Sid"] == f"{SID}{experiment}"
    assert {"dynamodb:PutItem", "dynamodb:Scan", "dynamodb:UpdateTable"} < {*by_role["Action"]}
    [on_stream] = json.loads(ohio.get_resource_policy(ResourceArn=stream)["Policy"])["Statement"]
    assert on_stream["Action"] == [
        "dynamodb:GetRecords",
        "dynamodb:DescribeStream",
        "dynamodb:GetShardIterator",
    ]
    for statement in (by_role, on_stream):
        assert statement["Effect"] == "Deny"
        assert statement["Condition"]["ArnEquals"] == {"aws:PrincipalArn": role}
    stop(aws, experiment)
    for arn in (FLIGHTS, stream):
        assert refusal(ohio.get_resource_policy, ResourceArn=arn) == (
            "PolicyNotFoundException: Resource-based policy not found for the provided "
            f"ResourceArn: {arn}"
        )


def test_a_table_of_a_paused_group_cannot_be_changed_or_deleted(
    dynamodb: Clients, aws: Aws
) -> None:
    create_replicated_table(dynamodb)
    create_role(aws)
    experiment = paused(aws)
    for call, arguments in (
        (dynamodb(OHIO).update_table, {"BillingMode": "PROVISIONED"}),
        (
            dynamodb(OHIO).update_table,
            {"ReplicaUpdates": [{"Delete": {"RegionName": IRELAND}}]},
        ),
        (dynamodb(IRELAND).delete_table, {}),
    ):
        assert refusal(call, TableName="flights", **arguments) == (
            "ResourceInUseException: Attempt to change a resource which is still in use: An "
            "experiment of AWS FIS has paused the replication of table flights in us-east-2. "
            "Stop it, or wait until it ends."
        )
    stop(aws, experiment)
    dynamodb(IRELAND).delete_table(TableName="flights")


@pytest.mark.usefixtures("flights")
def test_a_group_of_version_2017_cannot_be_paused(aws: Aws) -> None:
    create_role(aws)
    assert failed(aws) == (
        "ConfigurationFailure: flights is a global table of version 2017.11.29, which has no "
        "resource policies. The pause needs version 2019.11.21."
    )


def test_a_table_that_is_not_global_cannot_be_paused(dynamodb: Clients, aws: Aws) -> None:
    create_table(dynamodb(OHIO))
    create_role(aws)
    assert failed(aws) == "InvalidTarget: Target resolution returned empty set."


def test_a_replica_cannot_be_paused_twice(dynamodb: Clients, aws: Aws) -> None:
    create_replicated_table(dynamodb)
    create_role(aws)
    experiment = paused(aws)
    assert failed(aws) == (
        "ConfigurationFailure: Another experiment has paused flights in us-east-2."
    )
    put(dynamodb(OHIO), 1, 111)
    assert items(dynamodb(IRELAND)) == {}
    stop(aws, experiment)
    assert items(dynamodb(IRELAND)) == {"1": "111"}


def without(action: str) -> dict[str, Any]:
    """RIGHTS but for one action on the stream."""
    [tables, tags] = RIGHTS["Statement"]
    on_table = {**tables, "Resource": FLIGHTS}
    on_stream = {
        **tables,
        "Action": [each for each in tables["Action"] if each != action],
        "Resource": f"{FLIGHTS}/stream/*",
    }
    return {**RIGHTS, "Statement": [on_table, on_stream, tags]}


def test_an_experiment_needs_a_role_that_is_there(dynamodb: Clients, aws: Aws) -> None:
    create_replicated_table(dynamodb)
    assert failed(aws) == f"AuthorizationFailure: AWS FIS cannot assume the role {ROLE}."


def test_an_experiment_needs_a_role_that_it_may_use(dynamodb: Clients, aws: Aws) -> None:
    create_replicated_table(dynamodb)
    [statement] = TRUST["Statement"]
    other = {**statement, "Principal": {"Service": "ec2.amazonaws.com"}}
    create_role(aws, trust={**TRUST, "Statement": [other]})
    assert failed(aws) == f"AuthorizationFailure: AWS FIS cannot assume the role {ROLE}."


def test_an_experiment_needs_a_role_with_all_rights(dynamodb: Clients, aws: Aws) -> None:
    create_replicated_table(dynamodb)
    create_role(aws, rights=without("dynamodb:PutResourcePolicy"))
    assert failed(aws).startswith(
        f"AuthorizationFailure: The role {ROLE} does not allow dynamodb:PutResourcePolicy on "
        f"{FLIGHTS}/stream/"
    )


def test_a_role_is_deleted_once_its_policy_is(aws: Aws) -> None:
    create_role(aws)
    iam = aws("iam", IRELAND)
    assert iam.get_role(RoleName="pause")["Role"]["Arn"] == ROLE
    assert refusal(iam.delete_role, RoleName="pause").startswith("DeleteConflict: ")
    iam.delete_role_policy(RoleName="pause", PolicyName="pause")
    iam.delete_role(RoleName="pause")
    assert refusal(iam.get_role, RoleName="pause").startswith("NoSuchEntity: ")


def test_a_role_has_a_name_of_64_characters_at_most(aws: Aws) -> None:
    iam = aws("iam", IRELAND)
    role = {"AssumeRolePolicyDocument": json.dumps(TRUST)}
    iam.create_role(RoleName="r" * 64, **role)
    assert refusal(iam.create_role, RoleName="r" * 65, **role) == (
        f"ValidationError: 1 validation error detected: Value '{'r' * 65}' at 'roleName' failed to "
        "satisfy constraint: Member must have length less than or equal to 64"
    )


def test_of_iam_there_are_roles_only(aws: Aws) -> None:
    assert refusal(aws("iam", OHIO).list_users) == (
        "InvalidAction: The sandbox does not know ListUsers; of IAM it has roles only."
    )


def test_errors_of_the_service_have_its_codes_and_statuses(aws: Aws) -> None:
    with pytest.raises(ClientError) as raised:
        aws("fis", OHIO).get_experiment(id="EXP1")
    assert raised.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Experiment EXP1 does not exist in us-east-2.",
    }
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_only_action_is_the_pause(aws: Aws) -> None:
    fis = aws("fis", OHIO)
    [summary] = fis.list_actions()["actions"]
    action = fis.get_action(id=summary["id"])["action"]
    assert action["id"] == "aws:dynamodb:global-table-pause-replication"
    assert action["targets"] == {"Tables": {"resourceType": "aws:dynamodb:global-table"}}
    assert action["parameters"]["duration"]["required"]
