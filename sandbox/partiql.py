"""PartiQL for DynamoDB, said again in DynamoDB's classic API.

moto's own PartiQL takes hardly a number or a parameter in a WHERE clause; its classic API takes all
of them. So a statement is cut into parts, which are read one after the other and written again as
expressions, with placeholders for names and values.

Sources: Developer Guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB" with its
pages on statements, functions and operators; API reference.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sandbox.api import ApiError, invalid
from sandbox.numbers import number


class Name(NamedTuple):
    """The name of a table, an attribute or a function."""

    text: str


AttributeValue: TypeAlias = dict[str, Any]
"""A value in DynamoDB's JSON: {"N": "1"}."""

Part: TypeAlias = str | Name | AttributeValue
"""What statements and expressions are made of: keywords and symbols, names, values."""

Parts: TypeAlias = list[Part]
Tokens: TypeAlias = deque[Part]
Request: TypeAlias = dict[str, Any]
KeyOf: TypeAlias = Callable[[str], list[str]]
T = TypeVar("T")

TOKEN = re.compile(
    r"""\s+
    | (?P<string> '[^']*' (?:'[^']*')* )
    | (?P<name> "[^"]+" (?:"[^"]*")* )
    | (?P<number> (?=\.?[0-9]) [0-9.]+ (?:[eE][+-]?[0-9]{1,4})? (?!\w) )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<symbol> <<|>>|<=|>=|<>|!=|[-+=<>()\[\]{},.:;*] )
    | (?P<parameter> \? )
    | (?P<other> . )""",
    re.VERBOSE | re.DOTALL,
)
KEYWORDS = re.compile(
    "ALL|AND|BETWEEN|DELETE|FROM|INSERT|INTO|IN|IS|MISSING|MODIFIED|NEW|NOT|OLD|ORDER|OR|REMOVE|"
    "RETURNING|SELECT|SET|UPDATE|VALUE|WHERE"
)
CONSTANTS = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
COMPARATORS = {symbol: symbol for symbol in ("=", "<>", "<", "<=", ">", ">=")} | {"!=": "<>"}
PREDICATES = "begins_with", "contains", "attribute_type", "attribute_exists", "attribute_not_exists"
NESTING = 32
"""How deep a document may be (Developer Guide, "Quotas in Amazon DynamoDB")."""

END = "the end of the statement"


def translate(
    statement: str, parameters: list[AttributeValue], key_of: KeyOf
) -> tuple[str, Request]:
    """The operation and the request that do what an ExecuteStatement asks for.

    The operation is PutItem, UpdateItem, DeleteItem, Query or Scan. `key_of` gives a table's key
    attributes, the partition key first. The condition of a PutItem fails where AWS answers
    DuplicateItemException. Raises a ValidationException for what is no statement, or is one that
    the sandbox does not know: ORDER BY, set_add and set_delete, document paths after SELECT.
    """
    tokens = _tokens(statement, parameters)
    readers = {"INSERT": _insert, "UPDATE": _update, "DELETE": _delete, "SELECT": _select}
    first = tokens.popleft()
    if not isinstance(first, str) or first not in readers:
        raise _malformed("Expected data manipulation")
    return readers[first](tokens, key_of)


def _insert(tokens: Tokens, key_of: KeyOf) -> tuple[str, Request]:
    _expect(tokens, "INTO")
    table = _name(tokens)
    _expect(tokens, "VALUE")
    item = _value(tokens)
    _expect(tokens, END)
    if "M" not in item:
        raise invalid("Unsupported format in item expression. Please use struct format {...}")
    is_new: Parts = ["attribute_not_exists(", Name(key_of(table)[0]), ")"]
    return "PutItem", _request(table, ConditionExpression=is_new) | {"Item": item["M"]}


def _update(tokens: Tokens, key_of: KeyOf) -> tuple[str, Request]:
    table = _name(tokens)
    actions: dict[str, list[Parts]] = {"SET": [], "REMOVE": []}
    while tokens[0] in ("SET", "REMOVE"):
        action = _one_of(tokens, {"SET": "SET", "REMOVE": "REMOVE"})
        actions[action] += _listed(tokens, _path if action == "REMOVE" else _assignment)
    update = _joined(" ", [[f"{each} ", *_joined(", ", of)] for each, of in actions.items() if of])
    if not update:
        raise _unexpected("SET or REMOVE", tokens)
    where, returning = _where(tokens), _returning(tokens)
    _expect(tokens, END)
    names = key_of(table)
    key, others = _key_of_one_item(where, names)
    condition = _joined(" AND ", [*others, ["attribute_exists(", Name(names[0]), ")"]])
    request = _request(table, UpdateExpression=update, ConditionExpression=condition)
    return "UpdateItem", request | {"Key": key} | returning


def _delete(tokens: Tokens, key_of: KeyOf) -> tuple[str, Request]:
    _expect(tokens, "FROM")
    table = _name(tokens)
    where, returning = _where(tokens), _returning(tokens)
    _expect(tokens, END)
    if returning not in ({}, {"ReturnValues": "ALL_OLD"}):
        raise invalid("Only RETURNING ALL OLD * is allowed in DELETE statements.")
    names = key_of(table)
    key, others = _key_of_one_item(where, names)
    condition = _joined(" AND ", others)
    if condition:  # AWS does not mind if there is no such item
        condition = ["attribute_not_exists(", Name(names[0]), ") OR ", *condition]
    return "DeleteItem", _request(table, ConditionExpression=condition) | {"Key": key} | returning


def _select(tokens: Tokens, key_of: KeyOf) -> tuple[str, Request]:
    columns = [] if _accept(tokens, "*") else _listed(tokens, _attribute)
    _expect(tokens, "FROM")
    table = _name(tokens)
    index = {"IndexName": _name(tokens)} if _accept(tokens, ".") else {}
    where = _where(tokens)
    _expect(tokens, END)
    projection = _joined(", ", columns)
    names = key_of(table)
    key, others = _key_and_others(where, names)
    # A Query takes no other conditions on the key attributes; a Scan takes every condition.
    if index or names[0] not in key or any(Name(name) in each for name in names for each in others):
        condition = _joined(" AND ", where)
        request = _request(table, FilterExpression=condition, ProjectionExpression=projection)
        return "Scan", request | index
    partition: list[Parts] = [[Name(name), " = ", value] for name, value in key.items()]
    return "Query", _request(
        table,
        KeyConditionExpression=_joined(" AND ", partition),
        FilterExpression=_joined(" AND ", others),
        ProjectionExpression=projection,
    )


def _tokens(statement: str, parameters: list[AttributeValue]) -> Tokens:
    """The statement's parts, each parameter in its place, and END."""
    tokens: Tokens = deque()
    given = deque(parameters)
    depth = 0
    for found in TOKEN.finditer(statement):
        text, capitals = found.group(), found.group().upper()
        match found.lastgroup:
            case "string":
                tokens.append({"S": text[1:-1].replace("''", "'")})
            case "name":
                tokens.append(Name(text[1:-1].replace('""', '"')))
            case "number":
                tokens.append({"N": number(text)})
            case "word" if capitals in CONSTANTS:
                tokens.append(dict(CONSTANTS[capitals]))
            case "word":
                tokens.append(capitals if KEYWORDS.fullmatch(capitals) else Name(text))
            case "symbol":
                tokens.append(text)
                depth += (text in ("(", "[", "{", "<<")) - (text in (")", "]", "}", ">>"))
                if depth > NESTING:
                    raise invalid("Nesting Levels have exceeded supported limits")
            case "parameter" if given and isinstance(given[0], dict) and len(given[0]) == 1:
                tokens.append(given.popleft())
            case "parameter":
                raise invalid("Number of parameters in request and statement don't match.")
            case "other":
                raise _malformed(f"Unexpected {text}")
    if given:
        raise invalid("Number of parameters in request and statement don't match.")
    if tokens and tokens[-1] == ";":
        tokens.pop()
    tokens.append(END)
    return tokens


def _where(tokens: Tokens) -> list[Parts]:
    return _condition(tokens) if _accept(tokens, "WHERE") else []


def _condition(tokens: Tokens) -> list[Parts]:
    """The conditions that must all be true. One with OR is in parentheses."""
    alternatives = [_conjunction(tokens)]
    while _accept(tokens, "OR"):
        alternatives.append(_conjunction(tokens))
    if len(alternatives) == 1:
        return alternatives[0]
    return [["(", *_joined(" OR ", [_joined(" AND ", each) for each in alternatives]), ")"]]


def _conjunction(tokens: Tokens) -> list[Parts]:
    conditions = _negation(tokens)
    while _accept(tokens, "AND"):
        conditions += _negation(tokens)
    return conditions


def _negation(tokens: Tokens) -> list[Parts]:
    negated = False
    while _accept(tokens, "NOT"):
        negated = not negated
    if _accept(tokens, "("):
        conditions = _condition(tokens)
        _expect(tokens, ")")
    else:
        conditions = [_comparison(tokens)]
    if not negated:
        return conditions
    if len(conditions) == 1 and conditions[0][0] == "(":  # DynamoDB takes no double parentheses
        return [["NOT ", *conditions[0]]]
    return [["NOT (", *_joined(" AND ", conditions), ")"]]


def _comparison(tokens: Tokens) -> Parts:
    if predicate := _call(tokens, *PREDICATES):
        return predicate
    left = _call(tokens, "size") or _operand(tokens)
    if isinstance(left[0], Name) and _accept(tokens, "IS"):
        negated = _accept(tokens, "NOT")
        if _accept(tokens, "MISSING"):
            return [f"attribute_{'' if negated else 'not_'}exists(", *left, ")"]
        _expect(tokens, CONSTANTS["NULL"])
        is_null: Parts = ["attribute_type(", *left, ", ", {"S": "NULL"}, ")"]
        return ["NOT (", *is_null, ")"] if negated else is_null
    if _accept(tokens, "BETWEEN"):
        low = _operand(tokens)
        _expect(tokens, "AND")
        return [*left, " BETWEEN ", *low, " AND ", *_operand(tokens)]
    if _accept(tokens, "IN"):
        closing = _one_of(tokens, {"[": "]", "(": ")"})
        members = _listed(tokens, _operand)
        _expect(tokens, closing)
        return [*left, " IN (", *_joined(", ", members), ")"]
    comparator = _one_of(tokens, COMPARATORS)
    return [*left, f" {comparator} ", *(_call(tokens, "size") or _operand(tokens))]


def _assignment(tokens: Tokens) -> Parts:
    target = _path(tokens)
    _expect(tokens, "=")
    assigned = _call(tokens, "list_append") or _operand(tokens)
    while tokens[0] in ("+", "-"):
        sign = _one_of(tokens, {"+": " + ", "-": " - "})
        assigned += [sign, *_operand(tokens)]
    return [*target, " = ", *assigned]


def _call(tokens: Tokens, *functions: str) -> Parts:
    """A call of one of the functions, or nothing."""
    token = tokens[0]
    if not isinstance(token, Name) or token.text.lower() not in functions or tokens[1] != "(":
        return []
    function = token.text.lower()
    tokens.popleft()
    tokens.popleft()
    call: Parts = [f"{function}("]
    for position, read in enumerate(ARGUMENTS[function]):
        if position:
            _expect(tokens, ",")
            call.append(", ")
        call += read(tokens)
    _expect(tokens, ")")
    return [*call, ")"]


def _operand(tokens: Tokens) -> Parts:
    return _path(tokens) if isinstance(tokens[0], Name) else [_value(tokens)]


def _attribute(tokens: Tokens) -> Parts:
    name = _name(tokens)
    if tokens[0] == "(":
        raise invalid(f"Unrecognized function: {name}")
    return [Name(name)]


def _path(tokens: Tokens) -> Parts:
    """An attribute or what is in it: a.b[0]."""
    path = _attribute(tokens)
    while True:
        if _accept(tokens, "."):
            path += [".", *_attribute(tokens)]
        elif _accept(tokens, "["):
            index = _value(tokens).get("N")
            if not re.fullmatch("[0-9]+", str(index)):
                raise _malformed("Expected a list index")
            path.append(f"[{index}]")
            _expect(tokens, "]")
        else:
            return path


ARGUMENTS: dict[str, list[Callable[[Tokens], Parts]]] = {
    "attribute_exists": [_path],
    "attribute_not_exists": [_path],
    "attribute_type": [_path, lambda tokens: [_value(tokens)]],
    "begins_with": [_path, _operand],
    "contains": [_path, _operand],
    "list_append": [_operand, _operand],
    "size": [_path],
}


def _value(tokens: Tokens) -> AttributeValue:
    negative = _accept(tokens, "-")
    token = tokens[0]
    if negative and not (isinstance(token, dict) and "N" in token):
        raise _unexpected("a number", tokens)
    if isinstance(token, dict):
        tokens.popleft()
        return {"N": f"-{token['N']}"} if negative else token
    if _accept(tokens, "["):
        return {"L": _listed(tokens, _value, "]")}
    if _accept(tokens, "{"):
        return {"M": dict(_listed(tokens, _member, "}"))}
    if not _accept(tokens, "<<"):
        raise _unexpected("a value", tokens)
    members = _listed(tokens, _value, ">>")
    kinds = {kind for member in members for kind in member}
    if kinds not in ({"S"}, {"N"}):
        raise invalid(
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings"
        )
    kind = kinds.pop()
    return {f"{kind}S": [member[kind] for member in members]}


def _member(tokens: Tokens) -> tuple[str, AttributeValue]:
    """What a map has between commas: 'a': 1."""
    key = _value(tokens).get("S")
    if not isinstance(key, str):
        raise invalid("Tuple keys must be of type String.")
    _expect(tokens, ":")
    return key, _value(tokens)


def _returning(tokens: Tokens) -> Request:
    if not _accept(tokens, "RETURNING"):
        return {}
    which = _one_of(tokens, {"ALL": "ALL", "MODIFIED": "UPDATED"})
    age = _one_of(tokens, {"OLD": "OLD", "NEW": "NEW"})
    _expect(tokens, "*")
    return {"ReturnValues": f"{which}_{age}"}


def _key_and_others(
    conditions: list[Parts], names: list[str]
) -> tuple[dict[str, AttributeValue], list[Parts]]:
    """What the key attributes must equal, and the other conditions."""
    key: dict[str, AttributeValue] = {}
    others = []
    for condition in conditions:
        match condition:
            case [Name(name), " = ", dict(value)] if (
                name in names and name not in key and value.keys() & {"S", "N", "B"}
            ):
                key[name] = value
            case _:
                others.append(condition)
    return key, others


def _key_of_one_item(
    conditions: list[Parts], names: list[str]
) -> tuple[dict[str, AttributeValue], list[Parts]]:
    key, others = _key_and_others(conditions, names)
    if len(key) < len(names):
        raise invalid("Where clause does not contain a mandatory equality on all key attributes")
    return key, others


def _request(table: str, **expressions: Parts) -> Request:
    """A request with the expressions that are not empty."""
    request: Request = {"TableName": table}
    names: dict[str, str] = {}
    values: dict[str, AttributeValue] = {}
    for field, parts in expressions.items():
        if parts:
            request[field] = "".join(_written(part, names, values) for part in parts)
    if names:
        request["ExpressionAttributeNames"] = {names[name]: name for name in names}
    if values:
        request["ExpressionAttributeValues"] = values
    return request


def _written(part: Part, names: dict[str, str], values: dict[str, AttributeValue]) -> str:
    if isinstance(part, Name):
        return names.setdefault(part.text, f"#n{len(names)}")
    if isinstance(part, dict):
        placeholder = f":v{len(values)}"
        values[placeholder] = part
        return placeholder
    return part


def _joined(separator: str, lists: list[Parts]) -> Parts:
    joined: Parts = []
    for parts in lists:
        joined += [separator, *parts] if joined else parts
    return joined


def _listed(tokens: Tokens, read: Callable[[Tokens], T], closing: str = "") -> list[T]:
    """What stands between commas, up to and with the closing symbol if there must be one."""
    if closing and _accept(tokens, closing):
        return []
    listed = [read(tokens)]
    while _accept(tokens, ","):
        listed.append(read(tokens))
    if closing:
        _expect(tokens, closing)
    return listed


def _name(tokens: Tokens) -> str:
    token = tokens[0]
    if not isinstance(token, Name):
        raise _unexpected("a name", tokens)
    tokens.popleft()
    return token.text


def _one_of(tokens: Tokens, meanings: dict[str, str]) -> str:
    for token, meaning in meanings.items():
        if _accept(tokens, token):
            return meaning
    raise _unexpected(" or ".join(meanings), tokens)


def _expect(tokens: Tokens, token: Part) -> None:
    if not _accept(tokens, token):
        raise _unexpected(token, tokens)


def _accept(tokens: Tokens, token: Part) -> bool:
    if tokens[0] != token:
        return False
    tokens.popleft()
    return True


def _unexpected(expected: Part, tokens: Tokens) -> ApiError:
    token = tokens[0]
    found = (
        token.text if isinstance(token, Name) else token if isinstance(token, str) else "a value"
    )
    return _malformed(f"Expected {expected}, found {found}")


def _malformed(how: str) -> ApiError:
    return invalid(f"Statement wasn't well formed, can't be processed: {how}")
