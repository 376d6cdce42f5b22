"""Which functions there are, and which operands they and the operators take.

Source: Developer Guide, "Condition and filter expressions, operators, and functions" and "Update
expressions".
"""

from sandbox.expressions.nodes import Call, Constant, Node, Path
from sandbox.expressions.values import TYPES, comparable, type_of

CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
"""Each with the number of its operands."""

COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
ORDERING = ("<", "<=", ">", ">=", "BETWEEN")
MAX_IN_OPERANDS = 100
COMPLEX = ("SS", "NS", "BS", "M", "L", "NULL", "BOOL")

LONG_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "L": "LIST",
    "M": "MAP",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
}


def given_type(operand: Node) -> str | None:
    """The type of an operand, as far as the expression alone shows it."""
    if isinstance(operand, Constant):
        return type_of(operand.value)
    if isinstance(operand, Call):
        return {"size": "N", "+": "N", "-": "N", "list_append": "L"}.get(operand.operator)
    return None


def function_problem(name: str, in_condition: bool) -> str | None:
    """What is wrong with a function's name."""
    here, there = CONDITION_FUNCTIONS, UPDATE_FUNCTIONS
    if not in_condition:
        here, there = there, here
    if name in here:
        return None
    if name in there:
        where = "a condition" if in_condition else "an update"
        return f"The function is not allowed in {where} expression; function: {name}"
    return f"Invalid function name; function: {name}"


def count_problem(call: Call) -> str | None:
    """What is wrong with the number of an operator's or function's operands."""
    count = len(call.operands)
    if call.operator == "IN" and count > MAX_IN_OPERANDS:
        return f"The IN operator is provided with too many operands; number of operands: {count}"
    wanted = {**CONDITION_FUNCTIONS, **UPDATE_FUNCTIONS}.get(call.operator, count)
    if count == wanted:
        return None
    return (
        "Incorrect number of operands for operator or function; "
        f"operator or function: {call.operator}, number of operands: {count}"
    )


def repetition_problem(call: Call) -> str | None:
    """That the first operand of a condition is a path which comes once more."""
    first, *others = call.operands
    if not isinstance(first, Path) or first not in others:
        return None
    return (
        "The first operand must be distinct from the remaining operands for this operator or "
        f"function; operator: {call.operator}, first operand: {first}"
    )


def type_problem(call: Call) -> str | None:
    """What is wrong with the types of an operator's or function's operands.

    Only what the expression itself shows: an attribute of a wrong type is never a problem here.
    """
    name, operands = call.operator, call.operands
    if name in ("attribute_exists", "attribute_not_exists", "if_not_exists"):
        if isinstance(operands[0], Path):
            return None
        return f"Operator or function requires a document path; operator or function: {name}"
    if name == "attribute_type":
        return _type_name_problem(operands[1])
    if name == "BETWEEN" and all(isinstance(bound, Constant) for bound in operands[1:]):
        problem = _bounds_problem(*operands[1:])
        if problem:
            return problem
    refused = _refused_types(name)
    for operand in operands:
        kind = given_type(operand)
        if kind in refused:
            return _wrong_type(name, kind)
    return None


def _refused_types(name: str) -> tuple[str, ...]:
    if name in ORDERING:
        return COMPLEX
    if name == "begins_with":
        return ("N", *COMPLEX)
    if name == "size":
        return ("N", "BOOL", "NULL")
    if name in ("+", "-"):
        return tuple(kind for kind in TYPES if kind != "N")
    if name == "list_append":
        return tuple(kind for kind in TYPES if kind != "L")
    return ()


def _wrong_type(name: str, kind: str) -> str:
    return (
        "Incorrect operand type for operator or function; "
        f"operator or function: {name}, operand type: {kind}"
    )


def _type_name_problem(operand: Node) -> str | None:
    kind = given_type(operand)
    if kind != "S" or not isinstance(operand, Constant):
        return _wrong_type("attribute_type", kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
    if operand.value["S"] in TYPES:
        return None
    return (
        f"Invalid attribute type name found; type: {operand.value['S']}, "
        "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
    )


def _bounds_problem(low: Node, high: Node) -> str | None:
    assert isinstance(low, Constant)
    assert isinstance(high, Constant)
    [(low_kind, low_content)], [(high_kind, high_content)] = low.value.items(), high.value.items()
    if low_kind in COMPLEX:
        return None
    bounds = (
        f"lower bound operand: AttributeValue: {{{low_kind}:{low_content}}}, "
        f"upper bound operand: AttributeValue: {{{high_kind}:{high_content}}}"
    )
    rule = ""
    if low_kind != high_kind:
        rule = "same data type for lower and upper bounds"
    elif comparable(low.value) > comparable(high.value):
        rule = "upper bound to be greater than or equal to lower bound"
    return f"The BETWEEN operator requires {rule}; {bounds}" if rule else None


def action_problem(kind: str, operand: Node) -> str | None:
    """What is wrong with the operand of ADD or DELETE."""
    given = given_type(operand)
    if given in ("SS", "NS", "BS", None) or (kind == "ADD" and given == "N"):
        return None
    return (
        f"Incorrect operand type for operator or function; operator: {kind}, "
        f"operand type: {LONG_NAMES[given]}"
    )
