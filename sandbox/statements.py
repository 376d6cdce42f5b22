"""PartiQL's three calls, each made of classic calls: moto's own PartiQL knows few statements."""

from collections.abc import Callable

from sandbox.api import ApiError, Json
from sandbox.partiql import KeyOf, translate

Classic = Callable[[str, Json], Json]
"""Makes a classic call, an operation and its request; gives its answer or raises its refusal."""

Call = Callable[[Json, KeyOf, Classic], Json]

READS = ("Query", "Scan")


def execute_statement(request: Json, key_of: KeyOf, classic: Classic) -> Json:
    """ExecuteStatement: one statement; what it reads comes in one page."""
    operation, translated = translate(request["Statement"], request.get("Parameters", []), key_of)
    return {"Items": _items(operation, translated, classic)}


def batch_execute_statement(request: Json, key_of: KeyOf, classic: Classic) -> Json:
    """BatchExecuteStatement: statements that succeed or fail each for itself."""
    responses: list[Json] = []
    for statement in request["Statements"]:
        try:
            items = execute_statement(statement, key_of, classic)["Items"]
            responses.append({"Item": items[0]} if items else {})
        except ApiError as error:
            code = {"ValidationException": "ValidationError"}.get(error.code, error.code)
            message = {"Code": code.removesuffix("Exception"), "Message": error.message}
            responses.append({"Error": message})
    return {"Responses": responses}


def execute_transaction(request: Json, key_of: KeyOf, classic: Classic) -> Json:
    """ExecuteTransaction: statements that all read, or all write or none."""
    translated = [
        translate(statement["Statement"], statement.get("Parameters", []), key_of)
        for statement in request["TransactStatements"]
    ]
    if any(operation in READS for operation, _ in translated):
        read = [_items(operation, each, classic) for operation, each in translated]
        return {"Responses": [{"Item": items[0]} if items else {} for items in read]}
    writes = [{operation.removesuffix("Item"): each} for operation, each in translated]
    classic("TransactWriteItems", {"TransactItems": writes})
    return {"Responses": [{} for _ in writes]}


CALLS: dict[str, Call] = {
    "ExecuteStatement": execute_statement,
    "BatchExecuteStatement": batch_execute_statement,
    "ExecuteTransaction": execute_transaction,
}


def _items(operation: str, request: Json, classic: Classic) -> list[Json]:
    """What one statement answers: the items read, or the item before or after the write."""
    try:
        answer = classic(operation, request)
    except ApiError as error:
        if (operation, error.code) == ("PutItem", "ConditionalCheckFailedException"):
            raise ApiError(
                "DuplicateItemException", "Duplicate primary key exists in table"
            ) from None
        raise
    if operation not in READS:
        return [answer["Attributes"]] if "Attributes" in answer else []
    items: list[Json] = answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = classic(operation, {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]})
        items += answer["Items"]
    return items
