"""Conditions, filters and key conditions hold and fail as AWS's do.

Every outcome here is AWS's: from its Developer Guide, or from test suites that others run on AWS.
"""

from typing import Any

import pytest

from sandbox.api import ApiError
from sandbox.expressions.conditions import holds
from sandbox.expressions.request import read_expressions
from sandbox.expressions.values import checked_item
from tests.expressions import request_for

ITEM = checked_item(
    {
        "n": {"N": "7"},
        "ten": {"N": "1e1"},
        "s": {"S": "hello"},
        "b": {"B": "aGkgdGhlcmU="},  # hi there
        "yes": {"BOOL": True},
        "nothing": {"NULL": True},
        "l": {"L": [{"N": "2"}, {"S": "dog"}, {"NS": ["1", "2"]}]},
        "m": {"M": {"x": {"N": "1"}, "y": {"L": [{"N": "-1"}, {"N": "2"}]}}},
        "ns": {"NS": ["2", "10"]},
        "ss": {"SS": ["a", "b"]},
        "bs": {"BS": ["aGk="]},
        "blank": {"S": ""},
    }
)
VALUES: dict[str, Any] = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":seven": {"N": "007.0"},
    ":ten": {"N": "10"},
    ":text": {"S": "7"},
    ":hell": {"S": "hell"},
    ":hello": {"S": "hello"},
    ":dog": {"S": "dog"},
    ":a": {"S": "a"},
    ":hi": {"B": "aGk="},
    ":here": {"B": "aGVyZQ=="},
    ":true": {"BOOL": True},
    ":null": {"NULL": True},
    ":set": {"NS": ["1e1", "2"]},
    ":inner": {"NS": ["2", "1"]},
    ":list": {"L": []},
    ":N": {"S": "N"},
    ":DOG": {"S": "DOG"},
}


def is_true(expression: str, item: dict[str, Any] | None = ITEM) -> bool:
    request = request_for("ConditionExpression", expression, VALUES)
    return holds(read_expressions("PutItem", request).condition, item)


@pytest.mark.parametrize(
    "expression",
    [
        "n = :seven",
        ":seven = n",
        "ns = :set",
        "yes = :true",
        "nothing = :null",
        "m.x = :one",
        "m.y[1] = :two",
        "m . y [ 1 ] = :two",
        "l[2] = :inner",
        "n <> :text",
        "n <> absent",
        "absent <> gone",
        "n < ten",
        "n <= :seven AND n >= :seven",
        "s > :hell",
        "b > :hi",
        "m.y[0] < m.x",
        "n BETWEEN :two AND :ten",
        "n between m.x and ten",
        "m.x BETWEEN m.y[0] AND n AND n < ten",
        "n IN (:text, :seven)",
        "n IN (absent, :seven)",
        "attribute_exists(m.y[1])",
        "attribute_exists (nothing)",
        "attribute_not_exists(m.y[2])",
        "attribute_not_exists(s.x)",
        "attribute_type(n, :N)",
        "attribute_type(:two, :N)",
        "begins_with(s, :hell)",
        "begins_with(s, blank)",
        "begins_with(b, :hi)",
        "begins_with(:hello, s) AND NOT begins_with(absent, s)",
        "contains(s, :hell)",
        "contains(b, :here)",
        "contains(ns, :ten)",
        "contains(ss, :a)",
        "contains(bs, :hi)",
        "contains(l, :dog)",
        "contains(l, :inner)",
        "size(s) > :two",
        "size(b) > :seven",
        "size(l) > :two",
        "size(m) = :two",
        "size(ns) = :two",
        "size(:hello) < n",
        "size(n) <> :one",
        "(s) = (:hello)",
        "NOT n = :one",
        "NOT NOT n = :seven",
        "not (n = :one or n = :two)",
        "n = :one OR n = :seven AND s = :hello",
        "n = :seven OR n = :one AND s = :dog",
        "NOT n = :one AND s = :hello",
        "(n = :seven AND (s = :hello))",
    ],
)
def test_a_condition_holds(expression: str) -> None:
    assert is_true(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "absent = gone",
        "absent = :one",
        "yes = :one",
        "n = :text",
        "s < :ten",
        "absent < :ten",
        ":ten < absent",
        "absent < gone",
        "absent >= gone",
        "l < :ten",
        "yes > :one",
        "n BETWEEN s AND :ten",
        "s BETWEEN :one AND :two",
        "n BETWEEN l AND m",
        "absent BETWEEN gone AND lost",
        "absent IN (gone, :one)",
        "l IN (:one, :two)",
        "attribute_exists(absent)",
        "attribute_exists(m.y[7].z)",
        "attribute_type(absent, :N)",
        "attribute_type(s, :N)",
        "begins_with(n, :hell)",
        "begins_with(s, b)",
        "contains(n, :seven)",
        "contains(m, :dog)",
        "contains(yes, :true)",
        "contains(ns, :set)",
        "contains(absent, :a)",
        "size(n) = :one",
        "size(yes) < :two",
        "size(absent) >= :one",
        "size(s) = :text",
        "NOT n = :seven",
        "NOT (n = :one OR n = :seven)",
        "(n = :seven OR s = :hello) AND s = :dog",
    ],
)
def test_a_condition_does_not_hold_and_is_no_error(expression: str) -> None:
    assert not is_true(expression)


def test_of_an_item_that_is_not_there_every_attribute_is_missing() -> None:
    assert is_true("attribute_not_exists(n) AND n <> :seven", None)
    assert not is_true("n = :seven OR n < :ten", None)


REFUSALS = {
    "": "The expression can not be empty;",
    " ": "The expression can not be empty;",
    "n": 'Syntax error; token: "<EOF>", near: "n"',
    "n = ": 'Syntax error; token: "<EOF>", near: "="',
    "n != :one": 'Syntax error; token: "!", near: "n !="',
    "a-b = :one": 'Syntax error; token: "-", near: "a-b"',
    "n = :one :two": 'Syntax error; token: ":two", near: ":one :two"',
    "n AND s = :hello": 'Syntax error; token: "AND", near: "n AND s"',
    "n IN ()": 'Syntax error; token: ")", near: "()"',
    "_n = :one": 'Syntax error; token: "_", near: "_n"',
    "n = :one AND": 'Syntax error; token: "<EOF>", near: "AND"',
    "l[:one] = n": 'Syntax error; token: ":one", near: "[:one]"',
    "status = :one": "Attribute name is a reserved keyword; reserved keyword: status",
    "((n = :one))": "The expression has redundant parentheses;",
    "dog(n) = :one": "Invalid function name; function: dog",
    "SIZE(n) = :one": "Invalid function name; function: SIZE",
    "if_not_exists(n, :one) = :one": (
        "The function is not allowed in a condition expression; function: if_not_exists"
    ),
    "size(s)": ("The function is not allowed to be used this way in an expression; function: size"),
    "attribute_exists(n) = :true": (
        "The function is not allowed to be used this way in an expression; "
        "function: attribute_exists"
    ),
    "size(s, n) = :one": (
        "Incorrect number of operands for operator or function; "
        "operator or function: size, number of operands: 2"
    ),
    "attribute_exists(:one)": (
        "Operator or function requires a document path; operator or function: attribute_exists"
    ),
    "contains(s, s)": (
        "The first operand must be distinct from the remaining operands for this operator or "
        "function; operator: contains, first operand: [s]"
    ),
    "m.y[0] = m.y[0]": (
        "The first operand must be distinct from the remaining operands for this operator or "
        "function; operator: =, first operand: [m, y, [0]]"
    ),
    "n < :list": (
        "Incorrect operand type for operator or function; operator or function: <, operand type: L"
    ),
    "begins_with(s, :one)": (
        "Incorrect operand type for operator or function; "
        "operator or function: begins_with, operand type: N"
    ),
    "size(:one) = :one": (
        "Incorrect operand type for operator or function; "
        "operator or function: size, operand type: N"
    ),
    "attribute_type(n, s)": (
        "Incorrect operand type for operator or function; operator or function: attribute_type, "
        "operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
    ),
    "attribute_type(n, :DOG)": (
        "Invalid attribute type name found; type: DOG, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
    ),
    "n BETWEEN :ten AND :two": (
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
        "lower bound operand: AttributeValue: {N:10}, upper bound operand: AttributeValue: {N:2}"
    ),
    "n BETWEEN :two AND :text": (
        "The BETWEEN operator requires same data type for lower and upper bounds; "
        "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:7}"
    ),
    "#gone = :one": (
        "An expression attribute name used in the document path is not defined; "
        "attribute name: #gone"
    ),
    "n = :gone": (
        "An expression attribute value used in expression is not defined; attribute value: :gone"
    ),
    "n" + ".x" * 32 + " = :one": (
        "The document path has too many nesting levels; nesting levels: 33"
    ),
    "n < s" + " OR n < s" * 150: "The expression contains too many operators; operator count: 301",
    "n" * 4097: "Expression size has exceeded the maximum allowed size; expression size: 4097",
    "(" * 4000: "The expression is nested too deeply;",
    f"n IN ({', '.join(['s'] * 100)})": (
        "The IN operator is provided with too many operands; number of operands: 101"
    ),
}


@pytest.mark.parametrize("expression", REFUSALS)
def test_a_wrong_condition_is_refused_in_the_words_of_aws(expression: str) -> None:
    with pytest.raises(ApiError) as caught:
        is_true(expression)
    assert caught.value.code == "ValidationException"
    assert caught.value.message == f"Invalid ConditionExpression: {REFUSALS[expression]}"


@pytest.mark.parametrize(
    "expression",
    [
        "n IN (" + ", ".join(["s"] * 99) + ")",
        "n < s" + " OR (n < s" * 149 + ")" * 149,
        "x" * 4080 + " = :one",
        "n" + ".x" * 31 + " = :one",
    ],
)
def test_a_condition_at_a_limit_is_read(expression: str) -> None:
    assert not is_true(expression, {})
