"""Calls of DynamoDB and of its streams that moto answers, and what they have written.

Between its beginning and its end a call notes its writes in the journal. If the call is refused,
they are undone; if not, each goes to the table's stream and to whoever wants to hear of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from botocore import xform_name
from botocore.loaders import Loader
from moto.core.request import Request
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from sandbox.api import ApiError, Call, Handler, Json
from sandbox.messages import parse
from sandbox.moto_journal import ItemKey, Journal
from sandbox.moto_tables import MotoTables, same

STREAMS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""The operations of DynamoDB Streams; all others are DynamoDB's own."""

NOT_SERVED = (
    "BatchExecuteStatement",
    "ExecuteStatement",
    "ExecuteTransaction",
    "ExportTableToPointInTime",
    "ImportTable",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
)
"""PartiQL, which moto answers wrongly, and what makes tables or files in other ways than AWS."""


@dataclass(frozen=True)
class Change:
    """What a client's call has changed in a table."""

    region: str
    table: str
    key: ItemKey
    after: Item | None
    units: int
    """The write units it costs, one for every 1 KB begun of the larger of old and new item."""


class MotoCalls:
    """moto as the answerer of calls. Callers hold the schedule's lock."""

    def __init__(
        self, tables: MotoTables, journal: Journal, written: Callable[[Change], None]
    ) -> None:
        """`written` hears of every change that a client has made, once its call has succeeded."""
        self._tables = tables
        self._journal = journal
        self._written = written
        known = Loader().load_service_model("dynamodb", "service-2")["operations"]
        self._operations = [
            operation
            for operation in known
            if hasattr(DynamoHandler, xform_name(operation)) and operation not in NOT_SERVED
        ]

    def calls(self) -> dict[str, Handler]:
        """Every operation that moto knows, answered by moto alone."""
        return dict.fromkeys((*self._operations, *STREAMS), _ask_moto)

    def ask(self, region: str, operation: str, request: Json) -> Json:
        """moto's answer to a call. A refusal is raised, and has written nothing."""
        self._journal.begin()
        try:
            answer = _answer(region, operation, request)
        except BaseException:
            for place, before in self._journal.changes():
                self._tables.restore(place, before)
            raise
        for place, before in self._journal.changes():
            region, table, key = place
            after = self._tables.item(place)
            if not same(before, after):
                self._tables.record(region, table, before, after)
                size = max(item.size() for item in (before, after) if item is not None)
                self._written(Change(region, table, key, after, -(-size // 1024)))
        return answer


def _ask_moto(call: Call) -> Json:
    return call.ask_moto(call.request)


def _answer(region: str, operation: str, request: Json) -> Json:
    handler = DynamoDBStreamsHandler if operation in STREAMS else DynamoHandler
    asked = Request.from_primitives(
        "POST",
        f"https://dynamodb.{region}.amazonaws.com/",
        {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"_.{operation}"},
        json.dumps(request).encode(),
    )
    status, _, body = handler.dispatch(asked)
    content = parse(body)
    if int(status) >= 300:
        code = str(content.pop("__type")).rpartition("#")[2]
        message = content.pop("message", content.pop("Message", ""))
        raise ApiError(code, message, int(status), content)
    return content
