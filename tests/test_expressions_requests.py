"""A request's expressions are checked together, and legacy parameters mean the same.

Every outcome here is AWS's: from its API reference, or from test suites that others run on AWS.
"""

from typing import Any

import pytest

from sandbox.api import ApiError
from sandbox.expressions.conditions import holds
from sandbox.expressions.key_conditions import check_filter, check_key_conditions
from sandbox.expressions.paths import project
from sandbox.expressions.request import read_expressions
from sandbox.expressions.updates import updated
from sandbox.expressions.values import checked, checked_item
from tests.expressions import request_for

SCHEMA = [("p", "S"), ("c", "N")]


def refusal(operation: str, request: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as caught:
        read_expressions(operation, request)
    return caught.value.message


def test_names_and_values_that_no_expression_uses_are_refused() -> None:
    request = {
        "UpdateExpression": "SET #a = :a",
        "ConditionExpression": "#b = :b",
        "ExpressionAttributeNames": {"#a": "x", "#b": "y"},
        "ExpressionAttributeValues": {":a": {"N": "1"}, ":b": {"N": "2"}},
    }
    read_expressions("UpdateItem", request)
    request["ExpressionAttributeNames"]["#c"] = "z"  # type: ignore[index]
    assert refusal("UpdateItem", request) == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#c}"
    )
    del request["ExpressionAttributeNames"]["#c"]  # type: ignore[attr-defined]
    request["ExpressionAttributeValues"].update({":c": {"N": "1"}, ":d": {"N": "2"}})  # type: ignore[attr-defined]
    assert refusal("UpdateItem", request) == (
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c, :d}"
    )


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        (
            "PutItem",
            {"ExpressionAttributeNames": {"#a": "x"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            "PutItem",
            {"ExpressionAttributeValues": {":a": {"N": "1"}}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "ConditionExpression is null",
        ),
        (
            "UpdateItem",
            {"ExpressionAttributeValues": {":a": {"N": "1"}}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "UpdateExpression and ConditionExpression are null",
        ),
        (
            "PutItem",
            {"ConditionExpression": "a = :a", "ExpressionAttributeValues": {}},
            "ExpressionAttributeValues must not be empty",
        ),
        (
            "PutItem",
            {"ConditionExpression": "#a = b", "ExpressionAttributeNames": {"a": "x"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
        ),
        (
            "PutItem",
            {"ConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"NS": []}}},
            "ExpressionAttributeValues contains invalid value: One or more parameter values were "
            "invalid: An number set  may not be empty for key :a",
        ),
        (
            "UpdateItem",
            {"UpdateExpression": "SET a = b", "AttributeUpdates": {}, "Expected": {}},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributeUpdates, Expected} "
            "Expression parameters: {UpdateExpression}",
        ),
        (
            "GetItem",
            {"ProjectionExpression": "a", "AttributesToGet": ["a"]},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet} "
            "Expression parameters: {ProjectionExpression}",
        ),
        (
            "GetItem",
            {"AttributesToGet": ["a", "b", "a"]},
            "One or more parameter values were invalid: Duplicate value in attribute name: a",
        ),
        (
            "GetItem",
            {"ProjectionExpression": "a, b.c, a.d"},
            "Invalid ProjectionExpression: Two document paths overlap with each other; must remove "
            "or rewrite one of these paths; path one: [a], path two: [a, d]",
        ),
        (
            "GetItem",
            {"ProjectionExpression": "a,"},
            'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","',
        ),
        (
            "Scan",
            {"ConditionalOperator": "OR", "ScanFilter": {}},
            "ConditionalOperator cannot be used without Filter or Expected",
        ),
        (
            "PutItem",
            {"ConditionalOperator": "OR", "Expected": {"a": {"Exists": False}}},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        (
            "Scan",
            {"ScanFilter": {"a": {"ComparisonOperator": "BETWEEN", "AttributeValueList": []}}},
            "One or more parameter values were invalid: Invalid number of argument(s) for the "
            "BETWEEN ComparisonOperator",
        ),
        (
            "PutItem",
            {"Expected": {"a": {"Exists": True}}},
            "One or more parameter values were invalid: Value must be provided when Exists is true "
            "for Attribute: a",
        ),
        (
            "UpdateItem",
            {"AttributeUpdates": {"a": {"Action": "ADD", "Value": {"S": "x"}}}},
            "One or more parameter values were invalid: ADD action is not supported for the type S",
        ),
    ],
)
def test_a_request_with_parameters_that_do_not_fit_is_refused(
    operation: str, request_: dict[str, Any], message: str
) -> None:
    assert refusal(operation, request_) == message


ITEM = checked_item(
    {"a": {"N": "1"}, "b": {"S": "hello"}, "yes": {"BOOL": True}, "l": {"L": [{"N": "1"}]}}
)


@pytest.mark.parametrize(
    ("operator", "name", "values", "outcome"),
    [
        ("EQ", "a", [{"N": "1.0"}], True),
        ("EQ", "yes", [{"BOOL": True}], True),
        ("EQ", "yes", [{"N": "1"}], False),
        ("NE", "gone", [{"N": "1"}], True),
        ("LT", "a", [{"N": "2"}], True),
        ("GE", "gone", [{"N": "2"}], False),
        ("NULL", "gone", [], True),
        ("NOT_NULL", "b", [], True),
        ("CONTAINS", "l", [{"N": "1"}], True),
        ("NOT_CONTAINS", "b", [{"S": "x"}], True),
        ("NOT_CONTAINS", "gone", [{"S": "x"}], False),
        ("BEGINS_WITH", "b", [{"S": "he"}], True),
        ("IN", "a", [{"N": "7"}, {"N": "1"}], True),
        ("BETWEEN", "a", [{"N": "0"}, {"N": "1"}], True),
    ],
)
def test_a_legacy_condition_means_what_the_expression_means(
    operator: str, name: str, values: list[Any], outcome: bool
) -> None:
    given = {name: {"ComparisonOperator": operator, "AttributeValueList": values}}
    assert holds(read_expressions("Scan", {"ScanFilter": given}).condition, ITEM) is outcome
    assert holds(read_expressions("PutItem", {"Expected": given}).condition, ITEM) is outcome


def test_legacy_conditions_are_joined_by_and_unless_or_is_asked_for() -> None:
    request: dict[str, Any] = {"Expected": {"a": {"Value": {"N": "1"}}, "b": {"Exists": False}}}
    assert not holds(read_expressions("DeleteItem", request).condition, ITEM)
    request["ConditionalOperator"] = "OR"
    assert holds(read_expressions("DeleteItem", request).condition, ITEM)


def test_attribute_updates_put_add_and_delete() -> None:
    updates = {
        "a": {"Action": "ADD", "Value": {"N": "2"}},
        "b": {"Action": "DELETE"},
        "l": {"Action": "ADD", "Value": {"L": [{"S": "x"}]}},
        "yes": {"Value": {"BOOL": False}},
        "a.b": {"Action": "PUT", "Value": {"NULL": True}},
    }
    actions = read_expressions("UpdateItem", {"AttributeUpdates": updates}).actions
    assert updated(actions, {}, ITEM) == {
        "a": {"N": "3"},
        "l": {"L": [{"N": "1"}, {"S": "x"}]},
        "yes": {"BOOL": False},
        "a.b": {"NULL": True},
    }


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        ("gone, m.gone, l[7], a[0], m.x.y", {}),
        ("a, gone", {"a": {"N": "1"}}),
        ("l[2], l[0]", {"l": {"L": [{"N": "5"}, {"M": {"x": {"N": "7"}}}]}}),
        ("l[2].x, m.y", {"l": {"L": [{"M": {"x": {"N": "7"}}}]}, "m": {"M": {"y": {"M": {}}}}}),
    ],
)
def test_a_projection_leaves_what_its_paths_lead_to(paths: str, left: dict[str, Any]) -> None:
    item: dict[str, Any] = {
        "a": {"N": "1"},
        "l": {"L": [{"N": "5"}, {"N": "6"}, {"M": {"x": {"N": "7"}}}]},
        "m": {"M": {"x": {"N": "8"}, "y": {"M": {}}}},
    }
    chosen = read_expressions("GetItem", {"ProjectionExpression": paths}).projection
    assert chosen is not None
    assert project(chosen, item) == left


VALUES: dict[str, Any] = {
    ":p": {"S": "x"},
    ":c": {"N": "1"},
    ":d": {"N": "2"},
    ":text": {"S": "1"},
}


@pytest.mark.parametrize(
    ("expression", "sort_key"),
    [
        ("p = :p", []),
        (":p = p", []),
        ("p = :p AND c = :c", ["="]),
        (":c < c AND p = :p", [">"]),
        ("(p = :p) AND (c BETWEEN :c AND :d)", ["BETWEEN"]),
    ],
)
def test_a_key_condition_is_read_in_any_order(expression: str, sort_key: list[str]) -> None:
    request = request_for("KeyConditionExpression", expression, VALUES)
    conditions = read_expressions("Query", request).key_conditions
    check_key_conditions(conditions, SCHEMA)
    assert conditions.pop("p").operator == "="
    assert [condition.operator for condition in conditions.values()] == sort_key


KEY_REFUSALS = {
    "": "Invalid KeyConditionExpression: The expression can not be empty;",
    "p = :p OR c = :c": "Invalid operator used in KeyConditionExpression: OR",
    "NOT c = :c AND p = :p": "Invalid operator used in KeyConditionExpression: NOT",
    "p = :p AND c <> :c": "Invalid operator used in KeyConditionExpression: <>",
    "p = :p AND c IN (:c)": "Invalid operator used in KeyConditionExpression: IN",
    "p = :p AND attribute_exists(c)": (
        "Invalid operator used in KeyConditionExpression: attribute_exists"
    ),
    "p = :p AND size(c) = :c": "KeyConditionExpressions cannot contain nested operations",
    "p = :p AND c.x = :c": "KeyConditionExpressions cannot have conditions on nested attributes",
    "p = c": (
        "Invalid condition in KeyConditionExpression: "
        "Multiple attribute names used in one condition"
    ),
    ":p = :text": "Invalid condition in KeyConditionExpression: No key attribute specified",
    "p = :p AND p = :p": "KeyConditionExpressions must only contain one condition per key",
    "p = :p AND c = :c AND x = :d": "Conditions can be of length 1 or 2 only",
    "c = :c": "Query condition missed key schema element: p",
    "p = :p AND x = :c": "Query condition missed key schema element: c",
    "p < :p": "Query key condition not supported",
    "p = :c": (
        "One or more parameter values were invalid: "
        "Condition parameter type does not match schema type"
    ),
    "p = :p AND begins_with(c, :text)": (
        "One or more parameter values were invalid: "
        "Condition parameter type does not match schema type"
    ),
}


@pytest.mark.parametrize("expression", KEY_REFUSALS)
def test_a_wrong_key_condition_is_refused_in_the_words_of_aws(expression: str) -> None:
    request = request_for("KeyConditionExpression", expression, VALUES)
    with pytest.raises(ApiError) as caught:
        check_key_conditions(read_expressions("Query", request).key_conditions, SCHEMA)
    assert caught.value.message == KEY_REFUSALS[expression]


def test_a_query_does_not_filter_by_its_keys() -> None:
    condition = read_expressions("Scan", {"FilterExpression": "size(x) = c"}).condition
    assert condition is not None
    with pytest.raises(ApiError) as caught:
        check_filter(condition, SCHEMA, "Filter Expression")
    assert caught.value.message == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: c"
    )


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"N": "00.50"}, {"N": "0.5"}),
        ({"NS": ["3", "1e1", "-2.0"]}, {"NS": ["-2", "3", "10"]}),
        ({"SS": ["b", "a"]}, {"SS": ["a", "b"]}),
        ({"S": ""}, {"S": ""}),
        ({"B": ""}, {"B": ""}),
        ({"L": [{"M": {"x": {"N": "1.0"}}}]}, {"L": [{"M": {"x": {"N": "1"}}}]}),
        ({"L": []}, {"L": []}),
    ],
)
def test_a_value_is_written_in_one_way(given: dict[str, Any], stored: dict[str, Any]) -> None:
    assert checked(given) == stored


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported"),
        ({"N": "1", "S": "x"}, "Supplied AttributeValue has more than one datatypes set"),
        ({"N": "dog"}, "The parameter cannot be converted to a numeric value: dog"),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"SS": ["a", "a"]}, "Input collection [a, a] contains duplicates."),
        ({"SS": []}, "An string set  may not be empty"),
        ({"BS": []}, "Binary sets should not be empty"),
        ({"NULL": False}, "Null attribute value types must have the value of true"),
        ({"N": 7}, "NUMBER_VALUE cannot be converted to String"),
        ({"B": "!"}, "Base64"),
        ({"SS": "a"}, "Unexpected field type"),
    ],
)
def test_a_value_that_aws_does_not_store_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError) as caught:
        checked(given)
    assert message in caught.value.message
