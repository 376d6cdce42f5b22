"""Updates change items as AWS's do.

Every outcome here is AWS's: from its Developer Guide, or from test suites that others run on AWS.
"""

from typing import Any

import pytest

from sandbox.api import ApiError
from sandbox.expressions.request import read_expressions
from sandbox.expressions.updates import MISSING, NO_SUCH_PLACE, WRONG_TYPE, updated
from sandbox.expressions.values import checked_item
from tests.expressions import request_for

KEY: dict[str, Any] = {"p": {"S": "key"}}
VALUES: dict[str, Any] = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":hundred": {"N": "1E2"},
    ":huge": {"N": "9.9e125"},
    ":tiny": {"N": "1e-130"},
    ":text": {"S": "text"},
    ":list": {"L": [{"S": "x"}]},
    ":map": {"M": {}},
    ":set": {"NS": ["10", "2e1"]},
    ":words": {"SS": ["b", "c"]},
    ":blobs": {"BS": ["aGk="]},
    ":true": {"BOOL": True},
    ":null": {"NULL": True},
    ":empty": {"S": ""},
}


def numbers(*numbers: int) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in numbers]}


def update(expression: str, before: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the expression makes of an item with these attributes, without its key."""
    request = request_for("UpdateExpression", expression, VALUES)
    actions = read_expressions("UpdateItem", request).actions
    item = None if before is None else checked_item({**KEY, **before})
    after = updated(actions, KEY, item)
    return None if after is None else {name: after[name] for name in after if name != "p"}


CHANGES: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]] = [
    ("SET a = :one", None, {"a": {"N": "1"}}),
    ("set a=:one, b = :text", {"a": {"S": "x"}}, {"a": {"N": "1"}, "b": {"S": "text"}}),
    ("SET a = :empty, b = :map", {}, {"a": {"S": ""}, "b": {"M": {}}}),
    ("SET a = b, b = a", {"a": {"N": "1"}, "b": {"N": "2"}}, {"a": {"N": "2"}, "b": {"N": "1"}}),
    ("SET b = p", None, {"b": {"S": "key"}}),
    ("REMOVE a SET b = a", {"a": {"N": "1"}}, {"b": {"N": "1"}}),
    ("SET a = a + :one", {"a": {"N": "1.5"}}, {"a": {"N": "2.5"}}),
    ("SET a = :hundred - a", {"a": {"N": "1"}}, {"a": {"N": "99"}}),
    ("SET a = (a + :one)", {"a": {"N": "1"}}, {"a": {"N": "2"}}),
    ("SET a = ((a)) + (:one)", {"a": {"N": "1"}}, {"a": {"N": "2"}}),
    ("SET a = if_not_exists((a), (:one)) - (:two)", {}, {"a": {"N": "-1"}}),
    ("SET a = if_not_exists(a, :one) + :two", {}, {"a": {"N": "3"}}),
    ("SET a = if_not_exists(b, if_not_exists(c, :one))", {}, {"a": {"N": "1"}}),
    ("SET a = if_not_exists(b, c)", {"b": {"N": "7"}}, {"b": {"N": "7"}, "a": {"N": "7"}}),
    ("SET a = list_append(if_not_exists(a, :list), :list)", {}, {"a": {"L": [{"S": "x"}] * 2}}),
    ("SET a = list_append(:list, a)", {"a": numbers(1)}, {"a": {"L": [{"S": "x"}, {"N": "1"}]}}),
    ("SET m.x = :one", {"m": {"M": {"y": {"N": "2"}}}},
     {"m": {"M": {"y": {"N": "2"}, "x": {"N": "1"}}}}),
    ("SET m.l[0].x = m.y", {"m": {"M": {"l": {"L": [{"M": {}}]}, "y": {"N": "2"}}}},
     {"m": {"M": {"l": {"L": [{"M": {"x": {"N": "2"}}}]}, "y": {"N": "2"}}}}),
    ("SET l[1] = :one", {"l": numbers(5, 6, 7)}, {"l": numbers(5, 1, 7)}),
    ("SET l[9] = :one", {"l": numbers(5)}, {"l": numbers(5, 1)}),
    ("SET l[0] = :one", {"l": numbers()}, {"l": numbers(1)}),
    ("SET l[84] = :one, l[37] = :two, l[17] = :hundred", {"l": numbers(5)},
     {"l": numbers(5, 100, 2, 1)}),
    ("REMOVE l[1] SET l[3] = :one", {"l": numbers(2, 3, 4, 5, 6)}, {"l": numbers(2, 4, 1, 6)}),
    ("SET l[3] = :one REMOVE l[1], l[0]", {"l": numbers(2, 3, 4, 5, 6)}, {"l": numbers(4, 1, 6)}),
    ("REMOVE l[3] SET l[7] = :one", {"l": numbers(2, 3, 4)}, {"l": numbers(2, 3, 4, 1)}),
    ("REMOVE l[17]", {"l": numbers(1)}, {"l": numbers(1)}),
    ("REMOVE l[0]", {"l": numbers(1)}, {"l": numbers()}),
    ("REMOVE m.x, gone, m.gone", {"m": {"M": {"x": {"N": "1"}}}}, {"m": {"M": {}}}),
    ("ADD a :hundred", None, {"a": {"N": "100"}}),
    ("ADD a :hundred", {"a": {"N": "0.5"}}, {"a": {"N": "100.5"}}),
    ("ADD a :set", {"a": {"NS": ["20", "3"]}}, {"a": {"NS": ["3", "10", "20"]}}),
    ("ADD a :words", {}, {"a": {"SS": ["b", "c"]}}),
    ("ADD a :blobs", {"a": {"BS": ["aGk="]}}, {"a": {"BS": ["aGk="]}}),
    ("ADD m.x :one", {"m": {"M": {}}}, {"m": {"M": {"x": {"N": "1"}}}}),
    ("DELETE a :set", {"a": {"NS": ["10", "20", "30"]}}, {"a": {"NS": ["30"]}}),
    ("DELETE a :words", {"a": {"SS": ["b", "c"]}}, {}),
    ("DELETE a :words", {"b": {"N": "1"}}, {"b": {"N": "1"}}),
    ("REMOVE a", None, None),
    ("REMOVE a.b, l[0]", None, None),
    ("DELETE a :words", None, None),
    ("REMOVE a SET b = :one", None, {"b": {"N": "1"}}),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "before", "after"), CHANGES)
def test_an_update_makes_this_of_an_item(
    expression: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    assert update(expression, before) == after


def test_an_update_leaves_the_item_before_it_as_it_was() -> None:
    before = {"p": {"S": "key"}, "l": numbers(1, 2), "m": {"M": {"x": numbers(3)}}}
    request = {"UpdateExpression": "SET m.x[0] = p REMOVE l[0]"}
    updated(read_expressions("UpdateItem", request).actions, KEY, before)
    assert before == {"p": {"S": "key"}, "l": numbers(1, 2), "m": {"M": {"x": numbers(3)}}}


ITEM: dict[str, Any] = {"a": {"S": "x"}, "n": {"N": "1"}, "s": {"SS": ["a"]}, "l": numbers(1)}

FAILURES = {
    "SET b = gone": MISSING,
    "SET b = gone + :one": MISSING,
    "SET b = if_not_exists(gone, lost)": MISSING,
    "SET b = list_append(gone, :list)": MISSING,
    "SET c = :one, b = c": MISSING,
    "SET gone.b = :one, b = gone": MISSING,
    "SET b = a + :one": WRONG_TYPE,
    "SET b = list_append(a, :list)": WRONG_TYPE,
    "ADD a :one": WRONG_TYPE,
    "ADD n :set": WRONG_TYPE,
    "ADD s :set": WRONG_TYPE,
    "DELETE n :set": WRONG_TYPE,
    "DELETE s :blobs": WRONG_TYPE,
    "SET a.b = :one": NO_SUCH_PLACE,
    "SET a[0] = :one": NO_SUCH_PLACE,
    "SET l.b = :one": NO_SUCH_PLACE,
    "SET gone.b = :one": NO_SUCH_PLACE,
    "SET l[3].b = :one": NO_SUCH_PLACE,
    "REMOVE gone.b": NO_SUCH_PLACE,
    "REMOVE a[0]": NO_SUCH_PLACE,
    "SET b = :huge + :huge": (
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    ),
    "SET b = :hundred + :tiny": (
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    ),
}


@pytest.mark.parametrize("expression", FAILURES)
def test_an_update_that_does_not_fit_the_item_fails(expression: str) -> None:
    with pytest.raises(ApiError) as caught:
        update(expression, ITEM)
    assert (caught.value.code, caught.value.message) == (
        "ValidationException",
        FAILURES[expression],
    )


REFUSALS = {
    "": "The expression can not be empty;",
    "INVALID SYNTAX HERE": 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"',
    "SET a = ": 'Syntax error; token: "<EOF>", near: "="',
    "SET a = :one,": 'Syntax error; token: "<EOF>", near: ","',
    "ADD hits : incr": 'Syntax error; token: ":", near: "hits : incr"',
    "SET a = :one, SET b = :one": 'Syntax error; token: "SET", near: ", SET b"',
    "SET a = :one + :two + :one": 'Syntax error; token: "+", near: ":two + :one"',
    "SET a = (a + :two) + :one": 'Syntax error; token: "+", near: ") + :one"',
    "SET a = :one - (a + :two)": 'Syntax error; token: "+", near: "a + :two"',
    "SET a = if_not_exists(b, :one + :two)": 'Syntax error; token: "+", near: ":one + :two"',
    "ADD a b": 'Syntax error; token: "b", near: "a b"',
    "SET :one = :two": 'Syntax error; token: ":one", near: "SET :one ="',
    "SET a[:one] = :two": 'Syntax error; token: ":one", near: "[:one]"',
    "SET 123 = :one": 'Syntax error; token: "123", near: "SET 123 ="',
    "SET name = :one": "Attribute name is a reserved keyword; reserved keyword: name",
    "SET a = :one SET b = :two": (
        'The "SET" section can only be used once in an update expression;'
    ),
    "SET a = f(b)": "Invalid function name; function: f",
    "SET a = LIST_APPEND(b, c)": "Invalid function name; function: LIST_APPEND",
    "SET a = size(b)": "The function is not allowed in an update expression; function: size",
    "SET a = list_append(list_append(b, c), d)": (
        "The function is not allowed to be used this way in an expression; function: list_append"
    ),
    "SET a = list_append(:list)": (
        "Incorrect number of operands for operator or function; "
        "operator or function: list_append, number of operands: 1"
    ),
    "SET a = list_append(:list, :text)": (
        "Incorrect operand type for operator or function; "
        "operator or function: list_append, operand type: S"
    ),
    "SET a = :text + :one": (
        "Incorrect operand type for operator or function; operator or function: +, operand type: S"
    ),
    "SET a = if_not_exists(:one, :two)": (
        "Operator or function requires a document path; operator or function: if_not_exists"
    ),
    "ADD a :text": (
        "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"
    ),
    "ADD a :list": (
        "Incorrect operand type for operator or function; operator: ADD, operand type: LIST"
    ),
    "DELETE a :one": (
        "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER"
    ),
    "SET a = :one REMOVE a": (
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [a], path two: [a]"
    ),
    "SET a[1][1] = :one, a[1] = :two": (
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [a, [1], [1]], path two: [a, [1]]"
    ),
    "SET a.b = :one, a[1] = :two": (
        "Two document paths conflict with each other; must remove or rewrite one of these paths; "
        "path one: [a, b], path two: [a, [1]]"
    ),
    "SET a = :gone": (
        "An expression attribute value used in expression is not defined; attribute value: :gone"
    ),
    "SET #gone = :one": (
        "An expression attribute name used in the document path is not defined; "
        "attribute name: #gone"
    ),
}


@pytest.mark.parametrize("expression", REFUSALS)
def test_a_wrong_update_is_refused_in_the_words_of_aws(expression: str) -> None:
    with pytest.raises(ApiError) as caught:
        update(expression, None)
    assert caught.value.message == f"Invalid UpdateExpression: {REFUSALS[expression]}"
