"""The statements that AWS FIS puts into resource policies to pause replication.

Source: AWS FIS User Guide, "AWS FIS actions reference". They deny DynamoDB's replication what it
needs, name the experiment, and expire with it.
"""

from datetime import datetime, timezone

from sandbox.api import Json

REPLICATION = "replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"
SCALING = (
    "dynamodb.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
)


def sid(experiment: str) -> str:
    """What the Sids of an experiment's statements begin with."""
    return f"DoNotModifyFisDynamoDbPauseReplication{experiment}"


def statements(
    table: str, stream: str | None, experiment: str, account: str, until: float, strong: bool
) -> dict[str, list[Json]]:
    """The statements for the policies of a table and its stream, by ARN.

    `until`: when they expire, in seconds since the epoch. `strong`: whether the table has
    multi-Region strong consistency; then faults in DynamoDB itself do the rest.
    """
    end = datetime.fromtimestamp(until, timezone.utc).isoformat(timespec="milliseconds")
    expires = {"DateLessThan": {"aws:CurrentTime": end.replace("+00:00", "Z")}}
    role = f"arn:aws:iam::{account}:role/aws-service-role/"
    by_replication = {**expires, "ArnEquals": {"aws:PrincipalArn": role + REPLICATION}}
    begin = sid(experiment)
    if strong:
        by_scaling = {**expires, "ArnEquals": {"aws:PrincipalArn": role + SCALING}}
        scaling = f"{begin}ForApplicationAutoScaling"
        return {
            table: [
                _deny(begin, "UpdateTable", table, by_replication),
                _deny(scaling, "DescribeTable UpdateTable", table, by_scaling),
            ]
        }
    service = {"aws:PrincipalServiceName": "replication.dynamodb.amazonaws.com"}
    by_service = {"StringEquals": service, **expires}
    data = "ReadDataForReplication WriteDataForReplication"
    items = "GetItem PutItem UpdateItem DeleteItem DescribeTable UpdateTable Scan"
    settings = "DescribeTimeToLive UpdateTimeToLive"
    found = {
        table: [
            _deny(f"{begin}ServicePrincipal", data, table, by_service),
            _deny(begin, f"{items} {settings}", table, by_replication),
        ]
    }
    if stream is not None:
        reads = "GetRecords DescribeStream GetShardIterator"
        found[stream] = [_deny(begin, reads, stream, by_replication)]
    return found


def _deny(name: str, actions: str, resource: str, condition: Json) -> Json:
    return {
        "Sid": name,
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": [f"dynamodb:{action}" for action in actions.split()],
        "Resource": resource,
        "Condition": condition,
    }
