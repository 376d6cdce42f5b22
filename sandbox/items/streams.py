"""DynamoDB Streams: what has changed in a table, in the order in which it changed there.

A stream has one shard. It keeps its latest records; AWS keeps them for 24 hours. A stream that has
been disabled, or whose table is gone, can still be read.

Source: API reference, Amazon DynamoDB Streams; Developer Guide, "Change data capture for DynamoDB
Streams".
"""

import base64
import binascii
import hashlib
import json
import time
from typing import NamedTuple

from sandbox.api import ApiError, Call, Handler, Json, invalid
from sandbox.items.keys import Schema
from sandbox.items.store import Record

STREAM_RECORDS = 10_000
"""How many records a stream keeps at least."""

CLOSED_STREAMS = 10
"""How many streams are kept that have been disabled, or whose tables are gone."""

ITERATOR_SECONDS = 15 * 60
"""How long a shard iterator is good for."""

FIRST = 10**20
"""The first sequence number of a shard."""

MAX_RECORDS = 1000
"""In an answer to GetRecords."""


class StreamRecord(NamedTuple):
    """A change: the item before and after it."""

    before: Record | None
    after: Record | None
    at: float
    """Seconds since the epoch."""


class Stream:
    """A table's stream."""

    def __init__(self, table_arn: str, label: str, view: str, schema: Schema) -> None:
        """`view`: NEW_AND_OLD_IMAGES and so on. `schema` is the table's."""
        self.arn = f"{table_arn}/stream/{label}"
        self.label = label
        self.view = view
        self.schema = schema
        self.region, self.table = table_arn.split(":")[3], table_arn.rpartition("/")[2]
        self.created = time.time()
        unique = hashlib.md5(self.arn.encode(), usedforsecurity=False).hexdigest()[:8]
        self.shard = f"shardId-{int(self.created * 1000):020}-{unique}"
        self.enabled = True
        self.oldest = FIRST
        """The sequence number of the first record that is kept."""
        self._records: list[StreamRecord] = []

    @property
    def next(self) -> int:
        """The sequence number of the next record."""
        return self.oldest + len(self._records)

    def add(self, before: Record | None, after: Record | None) -> None:
        """Put a change on the stream."""
        self._records.append(StreamRecord(before, after, time.time()))
        if len(self._records) >= 2 * STREAM_RECORDS:
            del self._records[:STREAM_RECORDS]
            self.oldest += STREAM_RECORDS

    def read(self, start: int, limit: int) -> list[Json]:
        """At most `limit` records from sequence number `start` on."""
        if start < self.oldest:
            raise ApiError(
                "TrimmedDataAccessException",
                "The operation attempted to read past the oldest stream record in a shard.",
            )
        first = start - self.oldest
        kept = self._records[first : first + limit]
        return [self._written_out(start + offset, record) for offset, record in enumerate(kept)]

    def _written_out(self, number: int, record: StreamRecord) -> Json:
        before, after = record.before, record.after
        either = after or before
        assert either is not None
        content: Json = {
            "ApproximateCreationDateTime": int(record.at),
            "Keys": self.schema.key_item(either.item()),
            "SequenceNumber": str(number),
            "SizeBytes": sum(each.size for each in (before, after) if each is not None),
            "StreamViewType": self.view,
        }
        if after is not None and self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            content["NewImage"] = after.item()
        if before is not None and self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            content["OldImage"] = before.item()
        event = f"{self.arn}/{number}".encode()
        return {
            "eventID": hashlib.md5(event, usedforsecurity=False).hexdigest(),
            "eventName": "INSERT" if before is None else "REMOVE" if after is None else "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region,
            "dynamodb": content,
        }


class Streams:
    """All streams of all regions. Callers hold the schedule's lock."""

    def __init__(self) -> None:
        self._streams: dict[str, Stream] = {}

    def add(self, stream: Stream) -> None:
        """A new stream."""
        self._streams[stream.arn] = stream

    def close(self, stream: Stream) -> None:
        """No more records will come; those there are can be read for a while."""
        stream.enabled = False
        closed = [arn for arn, each in self._streams.items() if not each.enabled]
        for arn in closed[:-CLOSED_STREAMS]:
            del self._streams[arn]

    def calls(self) -> dict[str, Handler]:
        """The operations of DynamoDB Streams."""
        return {
            "ListStreams": self._list_streams,
            "DescribeStream": self._describe_stream,
            "GetShardIterator": self._get_shard_iterator,
            "GetRecords": self._get_records,
        }

    def _list_streams(self, call: Call) -> Json:
        table = call.table() if "TableName" in call.request else None
        after = call.request.get("ExclusiveStartStreamArn", "")
        if after:
            _check_arn(after)
        found = sorted(
            arn
            for arn, stream in self._streams.items()
            if stream.region == call.region and table in (None, stream.table) and arn > after
        )
        page = found[: call.request.get("Limit", 100)]
        more = {"LastEvaluatedStreamArn": page[-1]} if len(page) < len(found) else {}
        streams = [self._streams[arn] for arn in page]
        return {
            "Streams": [
                {"StreamArn": each.arn, "TableName": each.table, "StreamLabel": each.label}
                for each in streams
            ],
            **more,
        }

    def _describe_stream(self, call: Call) -> Json:
        stream = self._find(call)
        numbers = {"StartingSequenceNumber": str(stream.oldest)}
        if not stream.enabled:
            numbers["EndingSequenceNumber"] = str(max(stream.oldest, stream.next - 1))
        shards = [{"ShardId": stream.shard, "SequenceNumberRange": numbers}]
        if "ExclusiveStartShardId" in call.request or "ShardFilter" in call.request:
            shards = []  # there is one, and it has no children
        return {
            "StreamDescription": {
                "StreamArn": stream.arn,
                "StreamLabel": stream.label,
                "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
                "StreamViewType": stream.view,
                "CreationRequestDateTime": stream.created,
                "TableName": stream.table,
                "KeySchema": [
                    {"AttributeName": attribute.name, "KeyType": kind}
                    for attribute, kind in zip(stream.schema.keys, ("HASH", "RANGE"), strict=False)
                ],
                "Shards": shards,
            }
        }

    def _get_shard_iterator(self, call: Call) -> Json:
        stream = self._find(call)
        shard = call.request["ShardId"]
        if shard != stream.shard:
            raise ApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Shard does not exist for {shard}",
            )
        kind, number = call.request["ShardIteratorType"], call.request.get("SequenceNumber")
        if kind in ("TRIM_HORIZON", "LATEST") and number is not None:
            raise invalid(f"ShardIteratorType {kind} takes no SequenceNumber.")
        if kind == "TRIM_HORIZON":
            return {"ShardIterator": _iterator(stream, stream.oldest)}
        if kind == "LATEST":
            return {"ShardIterator": _iterator(stream, stream.next)}
        if number is None or not number.isdecimal():
            raise invalid(f"ShardIteratorType {kind} needs a SequenceNumber, of digits.")
        if int(number) < stream.oldest:
            raise ApiError(
                "TrimmedDataAccessException",
                "The operation attempted to read past the oldest stream record in a shard.",
            )
        if int(number) > stream.next:
            raise invalid(f"The shard has no record with SequenceNumber {number}.")
        start = min(stream.next, int(number) + kind.startswith("AFTER"))
        return {"ShardIterator": _iterator(stream, start)}

    def _get_records(self, call: Call) -> Json:
        given = call.request["ShardIterator"]
        arn, start, issued = _read_iterator(given)
        stream = self._streams.get(arn)
        if stream is None or stream.region != call.region:
            raise _no_stream(arn)
        if time.time() - issued > ITERATOR_SECONDS:
            raise ApiError("ExpiredIteratorException", "The shard iterator has expired.")
        records = stream.read(start, call.request.get("Limit", MAX_RECORDS))
        following = start + len(records)
        if not stream.enabled and following >= stream.next:
            return {"Records": records}
        return {"Records": records, "NextShardIterator": _iterator(stream, following)}

    def _find(self, call: Call) -> Stream:
        _check_arn(call.request["StreamArn"])
        stream = self._streams.get(call.request["StreamArn"])
        if stream is None or stream.region != call.region:
            raise _no_stream(call.request["StreamArn"])
        return stream


def _check_arn(arn: str) -> None:
    if not arn.startswith("arn:") or "/stream/" not in arn:
        raise invalid(f"Invalid StreamArn: {arn}")


def _no_stream(arn: str) -> ApiError:
    return ApiError(
        "ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"
    )


def _iterator(stream: Stream, start: int) -> str:
    """A shard iterator: it says all there is to know, so none is kept."""
    content = json.dumps([start, time.time()]).encode()
    return f"{stream.arn}|1|{base64.b64encode(content).decode()}"


def _read_iterator(iterator: str) -> tuple[str, int, float]:
    """The stream's ARN, the next sequence number, and when the iterator was given out."""
    arn, _, content = iterator.partition("|1|")
    try:
        start, issued = json.loads(base64.b64decode(content, validate=True))
        return arn, int(start), float(issued)
    except (binascii.Error, ValueError, TypeError):
        raise invalid("Invalid ShardIterator") from None
