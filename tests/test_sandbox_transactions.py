"""Transactions: all or nothing, once for a token, and each reason is named."""

from typing import Any

import pytest

from tests.clients import KEY, Clients, create_table, refusal, unchecked

OTHER: dict[str, Any] = {**KEY, "airlines_name": {"S": "Delta"}}


@pytest.fixture
def client(dynamodb: Clients) -> Any:
    """A client of the region that has the exercise's table, with one flight of 7 seats."""
    client = dynamodb("us-east-2")
    create_table(client)
    client.put_item(TableName="flights", Item={**KEY, "seats": {"N": "7"}})
    return client


def put(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "flights", "Item": item, **more}}


def one_more_seat(key: dict[str, Any] = KEY) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "flights",
            "Key": key,
            "UpdateExpression": "ADD seats :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def seats(client: Any) -> str:
    return str(client.get_item(TableName="flights", Key=KEY)["Item"]["seats"]["N"])


def test_the_same_request_with_the_same_token_counts_once(client: Any) -> None:
    for _ in range(2):
        client.transact_write_items(TransactItems=[one_more_seat()], ClientRequestToken="once")
    assert seats(client) == "8"


def test_another_request_with_the_same_token_is_refused(client: Any) -> None:
    client.transact_write_items(TransactItems=[one_more_seat()], ClientRequestToken="once")
    again = refusal(
        client.transact_write_items,
        TransactItems=[one_more_seat(OTHER)],
        ClientRequestToken="once",
    )
    assert again.startswith("IdempotentParameterMismatchException: ")
    assert seats(client) == "8"


def test_a_token_of_a_transaction_that_was_cancelled_can_be_used_again(client: Any) -> None:
    wanted = [put(OTHER, ConditionExpression="attribute_exists(seats)")]
    for _ in range(2):
        assert refusal(
            client.transact_write_items, TransactItems=wanted, ClientRequestToken="once"
        ).startswith("TransactionCanceledException: ")


def test_every_condition_that_does_not_hold_is_reported_and_nothing_is_written(client: Any) -> None:
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(
            TransactItems=[
                one_more_seat(),
                put(
                    OTHER,
                    ConditionExpression="attribute_exists(seats)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                ),
                {
                    "ConditionCheck": {
                        "TableName": "flights",
                        "Key": {**KEY, "airlines_name": {"S": "KLM"}},
                        "ConditionExpression": "attribute_exists(seats)",
                    }
                },
            ]
        )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert cancelled.value.response["CancellationReasons"] == [{"Code": "None"}, failed, failed]
    assert seats(client) == "7"


def test_the_first_write_that_does_not_fit_its_table_cancels_the_transaction(client: Any) -> None:
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(
            TransactItems=[
                one_more_seat(),
                put({**KEY, "flight_id": {"S": "1"}}),
                put({"flight_id": {"N": "1"}}),
            ]
        )
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError", "None"]
    assert "Type mismatch for key flight_id expected: N actual: S" in reasons[1]["Message"]
    assert seats(client) == "7"


@pytest.mark.parametrize(
    ("items", "why"),
    [
        (
            [],
            "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
        ),
        (
            [one_more_seat(), put(KEY)],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            [{**one_more_seat(), **put(OTHER)}],
            "TransactItems can only contain one of Check, Put, Update or Delete",
        ),
        (
            [put({**KEY, "flight_id": {"N": str(n)}, "x": {"S": "x" * 10**5}}) for n in range(50)],
            "Transaction payload size cannot exceed 4MB",
        ),
    ],
    ids=["nothing", "one item twice", "two writes in one", "5 MB"],
)
def test_a_transaction_that_cannot_be_is_refused_as_a_whole(
    client: Any, items: list[dict[str, Any]], why: str
) -> None:
    assert refusal(unchecked("us-east-2").transact_write_items, TransactItems=items) == (
        f"ValidationException: {why}"
    )


def test_a_condition_check_needs_a_condition(client: Any) -> None:
    check = {"ConditionCheck": {"TableName": "flights", "Key": KEY}}
    assert refusal(unchecked("us-east-2").transact_write_items, TransactItems=[check]) == (
        "ValidationException: 1 validation error detected: Value null at "
        "'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_a_hundred_items_are_read_at_once_and_only_what_is_asked_for(client: Any) -> None:
    keys = [{**KEY, "flight_id": {"N": str(number)}} for number in range(1, 100)]
    gets = [
        {"Get": {"TableName": "flights", "Key": key, "ProjectionExpression": "seats"}}
        for key in (KEY, *keys)
    ]
    responses = client.transact_get_items(TransactItems=gets)["Responses"]
    assert responses == [{"Item": {"seats": {"N": "7"}}}, *[{}] * 99]


def test_a_transaction_costs_twice_the_units(client: Any) -> None:
    answer = client.transact_write_items(
        TransactItems=[one_more_seat(), put(OTHER)], ReturnConsumedCapacity="TOTAL"
    )
    assert answer["ConsumedCapacity"] == [{"TableName": "flights", "CapacityUnits": 4.0}]
