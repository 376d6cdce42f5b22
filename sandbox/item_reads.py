"""GetItem and its like: projections are answered here, the rest by moto.

moto sees requests without projections; these choose from what it has found. moto 5.2.5 knows no
list indexes in projections, and ignores projections in transactions.
"""

from sandbox.api import Ask, Json
from sandbox.expressions.nodes import Path
from sandbox.expressions.paths import project
from sandbox.expressions.request import read_expressions, without_expressions
from sandbox.expressions.values import Item


class ItemReads:
    """Reads with AWS's expressions. Callers hold the schedule's lock."""

    def __init__(self, ask_moto: Ask) -> None:
        self._ask_moto = ask_moto

    def answers(self) -> dict[str, Ask]:
        """The operations that are answered here."""
        return {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "TransactGetItems": self._transact_get_items,
        }

    def _get_item(self, region: str, operation: str, request: Json) -> Json:
        paths = read_expressions(operation, request).projection
        answer = self._ask_moto(region, operation, without_expressions(operation, request))
        return _with_chosen(paths, answer)

    def _batch_get_item(self, region: str, operation: str, request: Json) -> Json:
        wanted = request["RequestItems"]
        paths = {
            name: read_expressions("GetItem", keys).projection for name, keys in wanted.items()
        }
        plain = {name: without_expressions("GetItem", keys) for name, keys in wanted.items()}
        answer = self._ask_moto(region, operation, {**request, "RequestItems": plain})
        for name, items in answer["Responses"].items():
            answer["Responses"][name] = [_chosen(paths[name], item) for item in items]
        for name, keys in answer.get("UnprocessedKeys", {}).items():
            answer["UnprocessedKeys"][name] = {**wanted[name], **keys}
        return answer

    def _transact_get_items(self, region: str, operation: str, request: Json) -> Json:
        wanted = [element["Get"] for element in request["TransactItems"]]
        paths = [read_expressions("GetItem", get).projection for get in wanted]
        plain = [{"Get": without_expressions("GetItem", get)} for get in wanted]
        answer = self._ask_moto(region, operation, {**request, "TransactItems": plain})
        answer["Responses"] = list(map(_with_chosen, paths, answer["Responses"]))
        return answer


def _with_chosen(paths: list[Path] | None, answer: Json) -> Json:
    return {**answer, "Item": _chosen(paths, answer["Item"])} if "Item" in answer else answer


def _chosen(paths: list[Path] | None, item: Item) -> Item:
    return item if paths is None else project(paths, item)
