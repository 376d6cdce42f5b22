"""PartiQL statements and the requests of the classic API that they become."""

from typing import Any

import pytest

from sandbox.api import ApiError
from sandbox.partiql import AttributeValue, translate


def translated(statement: str, *parameters: AttributeValue) -> tuple[str, dict[str, Any]]:
    return translate(statement, list(parameters), lambda table: ["flight_id", "airlines_name"])


def condition(where: str, *parameters: AttributeValue) -> str:
    """The condition of a Scan, with its names and values in their places."""
    operation, request = translated(f"SELECT * FROM flights WHERE {where}", *parameters)
    assert operation == "Scan"
    written: str = request["FilterExpression"]
    for placeholder, name in request.get("ExpressionAttributeNames", {}).items():
        written = written.replace(placeholder, name)
    for placeholder, value in request.get("ExpressionAttributeValues", {}).items():
        written = written.replace(placeholder, str(next(iter(value.values()))))
    return written


def refusal(statement: str, *parameters: AttributeValue) -> str:
    with pytest.raises(ApiError) as caught:
        translated(statement, *parameters)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_an_insert_puts_an_item_whose_key_is_new() -> None:
    statement = """
        INSERT INTO "flights" VALUE {
            'flight_id': ?, 'airlines_name': 'O''Hare', 'delay': -1.50, 'on_time': true,
            'gate': NULL, 'stops': [1, {'city': 'Doha'}], 'tags': <<'a', 'b'>>, 'rows': <<1, 2>>
        };
    """
    assert translated(statement, {"N": "7"}) == (
        "PutItem",
        {
            "TableName": "flights",
            "Item": {
                "flight_id": {"N": "7"},
                "airlines_name": {"S": "O'Hare"},
                "delay": {"N": "-1.5"},
                "on_time": {"BOOL": True},
                "gate": {"NULL": True},
                "stops": {"L": [{"N": "1"}, {"M": {"city": {"S": "Doha"}}}]},
                "tags": {"SS": ["a", "b"]},
                "rows": {"NS": ["1", "2"]},
            },
            "ConditionExpression": "attribute_not_exists(#n0)",
            "ExpressionAttributeNames": {"#n0": "flight_id"},
        },
    )


def test_an_update_changes_the_one_item_with_the_key_if_it_is_there() -> None:
    statement = "UPDATE flights SET available_seats = 5 WHERE flight_id = ? AND airlines_name = ?"
    assert translated(statement, {"N": "7"}, {"S": "Delta"}) == (
        "UpdateItem",
        {
            "TableName": "flights",
            "Key": {"flight_id": {"N": "7"}, "airlines_name": {"S": "Delta"}},
            "UpdateExpression": "SET #n0 = :v0",
            "ConditionExpression": "attribute_exists(#n1)",
            "ExpressionAttributeNames": {"#n0": "available_seats", "#n1": "flight_id"},
            "ExpressionAttributeValues": {":v0": {"N": "5"}},
        },
    )


def test_an_update_has_several_actions_and_further_conditions_and_returns_what_it_changed() -> None:
    statement = """
        update flights set seats = seats -5, crew.names[0] = 'Ann'
        set stops = list_append(stops, ['Doha']) remove gate, crew.size
        where (flight_id = 7 and seats >= 5) and airlines_name = 'Delta'
        and (late = false or late is missing) returning modified new *
    """
    assert translated(statement) == (
        "UpdateItem",
        {
            "TableName": "flights",
            "Key": {"flight_id": {"N": "7"}, "airlines_name": {"S": "Delta"}},
            "UpdateExpression": (
                "SET #n0 = #n0 - :v0, #n1.#n2[0] = :v1, #n3 = list_append(#n3, :v2) "
                "REMOVE #n4, #n1.#n5"
            ),
            "ConditionExpression": (
                "#n0 >= :v3 AND (#n6 = :v4 OR attribute_not_exists(#n6)) AND attribute_exists(#n7)"
            ),
            "ExpressionAttributeNames": {
                "#n0": "seats",
                "#n1": "crew",
                "#n2": "names",
                "#n3": "stops",
                "#n4": "gate",
                "#n5": "size",
                "#n6": "late",
                "#n7": "flight_id",
            },
            "ExpressionAttributeValues": {
                ":v0": {"N": "5"},
                ":v1": {"S": "Ann"},
                ":v2": {"L": [{"S": "Doha"}]},
                ":v3": {"N": "5"},
                ":v4": {"BOOL": False},
            },
            "ReturnValues": "UPDATED_NEW",
        },
    )


def test_a_delete_removes_the_item_with_the_key() -> None:
    statement = "DELETE FROM flights WHERE flight_id=7 AND airlines_name='x' RETURNING ALL OLD *"
    assert translated(statement) == (
        "DeleteItem",
        {
            "TableName": "flights",
            "Key": {"flight_id": {"N": "7"}, "airlines_name": {"S": "x"}},
            "ReturnValues": "ALL_OLD",
        },
    )


def test_a_delete_with_further_conditions_does_not_mind_an_item_that_is_not_there() -> None:
    statement = "DELETE FROM flights WHERE flight_id=7 AND airlines_name='x' AND seats < 1"
    assert translated(statement) == (
        "DeleteItem",
        {
            "TableName": "flights",
            "Key": {"flight_id": {"N": "7"}, "airlines_name": {"S": "x"}},
            "ConditionExpression": "attribute_not_exists(#n0) OR #n1 < :v0",
            "ExpressionAttributeNames": {"#n0": "flight_id", "#n1": "seats"},
            "ExpressionAttributeValues": {":v0": {"N": "1"}},
        },
    )


def test_a_select_of_one_partition_is_a_query() -> None:
    statement = "SELECT flight_id, seats FROM flights WHERE seats > 0 AND flight_id = 7"
    assert translated(statement) == (
        "Query",
        {
            "TableName": "flights",
            "KeyConditionExpression": "#n0 = :v0",
            "FilterExpression": "#n1 > :v1",
            "ProjectionExpression": "#n0, #n1",
            "ExpressionAttributeNames": {"#n0": "flight_id", "#n1": "seats"},
            "ExpressionAttributeValues": {":v0": {"N": "7"}, ":v1": {"N": "0"}},
        },
    )


def test_a_select_without_a_condition_or_of_an_index_is_a_scan() -> None:
    assert translated("SELECT * FROM flights") == ("Scan", {"TableName": "flights"})
    assert translated('SELECT * FROM "flights"."by-gate" WHERE gate = ?', {"S": "B2"}) == (
        "Scan",
        {
            "TableName": "flights",
            "IndexName": "by-gate",
            "FilterExpression": "#n0 = :v0",
            "ExpressionAttributeNames": {"#n0": "gate"},
            "ExpressionAttributeValues": {":v0": {"S": "B2"}},
        },
    )


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("flight_id = 7 OR seats = 1", "(flight_id = 7 OR seats = 1)"),
        ("flight_id = 7 AND airlines_name > 'A'", "flight_id = 7 AND airlines_name > A"),
        ("flight_id = 7 AND flight_id = 8", "flight_id = 7 AND flight_id = 8"),
        ("a = 1 OR b = 2 AND c = 3", "(a = 1 OR b = 2 AND c = 3)"),
        ("((a = 1)) AND ((b = 2 OR c = 3))", "a = 1 AND (b = 2 OR c = 3)"),
        ("NOT a != 1 AND NOT NOT b <= 2", "NOT (a <> 1) AND b <= 2"),
        ("NOT (a = 1 AND b = 2)", "NOT (a = 1 AND b = 2)"),
        ("NOT (a = 1 OR b = 2)", "NOT (a = 1 OR b = 2)"),
        ("a BETWEEN 1 AND .5e1 AND b = 'AND'", "a BETWEEN 1 AND 5 AND b = AND"),
        ("a IN [1, 2] AND b in (3)", "a IN (1, 2) AND b IN (3)"),
        ("a IS MISSING AND b IS NOT MISSING", "attribute_not_exists(a) AND attribute_exists(b)"),
        (
            "a IS NOT NULL OR b IS NULL",
            "(NOT (attribute_type(a, NULL)) OR attribute_type(b, NULL))",
        ),
        ("Begins_With(a, 'x') AND contains(b, c)", "begins_with(a, x) AND contains(b, c)"),
        ("SIZE(a) > 1 AND attribute_type(a, 'SS')", "size(a) > 1 AND attribute_type(a, SS)"),
        ('"order".items[2].price = 1', "order.items[2].price = 1"),
    ],
)
def test_a_condition(where: str, expected: str) -> None:
    assert condition(where) == expected


def test_parameters_stand_for_the_question_marks_outside_quotes() -> None:
    assert (
        condition("a = '?' AND b = ? AND c = ?", {"N": "1"}, {"S": "x"})
        == "a = ? AND b = 1 AND c = x"
    )


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE flights", "Expected data manipulation"),
        ("", "Expected data manipulation"),
        ("SELECT * FROM flights WHERE", "Expected a value, found the end of the statement"),
        ("SELECT * FROM flights WHERE a = 'x", "Unexpected '"),
        ("SELECT * FROM flights WHERE (a = 1", "Expected ), found the end of the statement"),
        ("SELECT * FROM flights WHERE a IN []", "Expected a value, found ]"),
        ("SELECT * FROM flights WHERE from = 1", "Expected a value, found FROM"),
        ("SELECT * FROM flights LIMIT 1", "Expected the end of the statement, found LIMIT"),
        ("SELECT a.b FROM flights", "Expected FROM, found ."),
        ("UPDATE flights WHERE flight_id = 7", "Expected SET or REMOVE, found WHERE"),
    ],
)
def test_what_is_no_statement_is_refused(statement: str, message: str) -> None:
    assert refusal(statement) == f"Statement wasn't well formed, can't be processed: {message}"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM flights",
        "DELETE FROM flights WHERE flight_id = 7",
        "DELETE FROM flights WHERE flight_id = 7 OR airlines_name = 'x'",
        "DELETE FROM flights WHERE flight_id = 7 AND NOT airlines_name = 'x'",
        "UPDATE flights SET seats = 1 WHERE flight_id = 7 AND airlines_name > 'x'",
        "UPDATE flights SET seats = 1 WHERE flight_id = 7 AND airlines_name = flight_id",
        "UPDATE flights SET seats = 1 WHERE flight_id = [7] AND airlines_name = 'x'",
    ],
)
def test_a_write_that_does_not_name_one_item_is_refused(statement: str) -> None:
    message = "Where clause does not contain a mandatory equality on all key attributes"
    assert refusal(statement) == message


def test_as_many_parameters_as_question_marks_or_a_refusal() -> None:
    message = "Number of parameters in request and statement don't match."
    assert refusal("SELECT * FROM flights WHERE flight_id = ?") == message
    assert refusal("SELECT * FROM flights", {"N": "7"}) == message


def test_what_a_statement_may_not_hold_is_named() -> None:
    key = "WHERE flight_id = 7 AND airlines_name = 'x'"
    deep = "[" * 40 + "]" * 40
    assert refusal(f"DELETE FROM flights {key} RETURNING ALL NEW *") == (
        "Only RETURNING ALL OLD * is allowed in DELETE statements."
    )
    assert (
        refusal(f"UPDATE flights SET a = set_add(a, <<1>>) {key}")
        == "Unrecognized function: set_add"
    )
    assert refusal(f"INSERT INTO flights VALUE {{'a': {deep}}}") == (
        "Nesting Levels have exceeded supported limits"
    )
    assert refusal("INSERT INTO flights VALUE {'a': <<1, 'x'>>}") == (
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings"
    )
