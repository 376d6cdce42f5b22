"""DynamoDB and DynamoDB Streams: which handler answers which call."""

from collections.abc import Mapping
from functools import partial

from sandbox.api import Ask, Call, Handler
from sandbox.messages import Answer, Request, success, unknown
from sandbox.shapes import check_shape

STREAMS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""The operations of DynamoDB Streams; all others are DynamoDB's own."""

EMPTY = ("TagResource", "UntagResource")
"""The operations whose answer has no body."""


class DynamoDB:
    """AWS's JSON protocol over a table of handlers. Callers hold the schedule's lock."""

    def __init__(self, handlers: Mapping[str, Handler], ask_moto: Ask) -> None:
        """`handlers`: by operation; the others are unknown."""
        self._handlers = handlers
        self._ask_moto = ask_moto

    def answer(self, region: str, request: Request) -> Answer:
        """Answer a request that is signed for DynamoDB."""
        version, _, operation = request.target().partition(".")
        handler = self._handlers.get(operation)
        service = "DynamoDBStreams" if operation in STREAMS else "DynamoDB"
        if handler is None or version != f"{service}_20120810" or request.path != "/":
            raise unknown(operation)
        content = request.json()
        check_shape(operation, content)
        ask_moto = partial(self._ask_moto, region, operation)
        answer = handler(Call(region, operation, content, ask_moto))
        return success(answer) if operation not in EMPTY else Answer(200, {}, b"")
