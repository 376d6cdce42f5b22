"""The table that the fake DynamoDB serves: flights in memory, apart in each region."""

import csv
import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

COLUMNS = (
    "flight_id airlines_name available_seats seat_type support phone from to date time".split()
)
NUMBERS = {"flight_id", "available_seats"}

Json = dict[str, Any]
Item = dict[str, dict[str, str]]
"""An item as DynamoDB's JSON has it: {"flight_id": {"N": "1079996"}, ...}."""
Key = tuple[int, str]
"""(flight_id, airlines_name)."""


class Refused(Exception):
    """A call that ends in an error. Its arguments: DynamoDB's error code, and a message or none."""


class FlightsTable:
    """Carries out the calls in OPERATIONS as DynamoDB does, JSON in and JSON out."""

    def __init__(self, page: int, capacity: float | None, burst: float) -> None:
        """`page`: items that a scan reads at once. `capacity`: write units a second in each region,
        None for as many as are asked for. `burst`: units saved up at the start, and the most ever.
        """
        self.page, self.capacity, self.burst = page, capacity, burst
        self._at_first: dict[Key, Item] = {}
        self.forget()

    def forget(self) -> None:
        """Go back to the items and the saved-up capacity of the start."""
        self.regions: dict[str, dict[Key, Item]] = {}
        self.write_units = 0
        self.writing_seconds = 0.0
        self._segments: dict[tuple[str, int], list[list[Key]]] = {}
        self._buckets: dict[str, tuple[float, float]] = {}
        self._first_write: float | None = None

    def start_with(self, csv_path: str) -> None:
        """Let every region hold the rows of this file from the start."""
        with open(csv_path, encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, COLUMNS):
                item = {name: {"N" if name in NUMBERS else "S": text} for name, text in row.items()}
                self._at_first[key_of(item)] = item

    def items(self, region: str) -> dict[Key, Item]:
        return self.regions.setdefault(region, dict(self._at_first))

    def batch_get_item(self, region: str, request: Json) -> Json:
        [(table, read)] = request["RequestItems"].items()
        keys = [key_of(key) for key in read["Keys"]]
        if len(keys) > 100 or len(set(keys)) < len(keys):
            raise invalid("Too many keys for the BatchGetItem call, or duplicates")
        items = [self.items(region)[key] for key in keys if key in self.items(region)]
        return {"Responses": {table: items}, "UnprocessedKeys": {}}

    def batch_write_item(self, region: str, request: Json) -> Json:
        [(table, writes)] = request["RequestItems"].items()
        items = [write["PutRequest"]["Item"] for write in writes]
        if len(items) > 25:
            raise invalid("Too many items requested for the BatchWriteItem call")
        if len({key_of(item) for item in items}) < len(items):
            raise invalid("Provided list of item keys contains duplicates")
        taken = self._take_units(region, len(items))
        for item in items[:taken]:
            self._put(region, item)
        return {"UnprocessedItems": {table: writes[taken:]} if writes[taken:] else {}}

    def put_item(self, region: str, request: Json) -> Json:
        key_of(request["Item"])
        self._take_units(region, 1)
        self._put(region, request["Item"])
        return {}

    def update_item(self, region: str, request: Json) -> Json:
        form = r"SET (#?\w+) = (:\w+)"
        value = expression_value(request, "UpdateExpression", form, "available_seats")
        item = self.items(region).get(key_of(request["Key"]))
        if item is None and "attribute_exists" in request.get("ConditionExpression", ""):
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")
        self._take_units(region, 1)
        self._put(region, {**(item or request["Key"]), "available_seats": value})
        if item and request.get("ReturnValues") == "ALL_OLD":
            return {"Attributes": item}
        return {}

    def query(self, region: str, request: Json) -> Json:
        form = r"\(?(#?\w+) = (:\w+)\)?"
        flight_id = int(expression_value(request, "KeyConditionExpression", form, "flight_id")["N"])
        keys = self._sorted_keys(region, 1)[0]
        found = keys[bisect_left(keys, (flight_id, "")) : bisect_left(keys, (flight_id + 1, ""))]
        items = [self.items(region)[key] for key in found]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def scan(self, region: str, request: Json) -> Json:
        segment, segments = request.get("Segment", 0), request.get("TotalSegments", 1)
        keys = self._sorted_keys(region, segments)[segment]
        after = request.get("ExclusiveStartKey")
        start = bisect_right(keys, key_of(after)) if after else 0
        page = keys[start : start + min(self.page, request.get("Limit", self.page))]
        answer: Json = {"Count": len(page), "ScannedCount": len(page)}
        if request.get("Select") != "COUNT":
            answer["Items"] = [self.items(region)[key] for key in page]
        if start + len(page) < len(keys):
            flight_id, airline = page[-1]
            last = {"flight_id": {"N": str(flight_id)}, "airlines_name": {"S": airline}}
            answer["LastEvaluatedKey"] = last
        return answer

    def _put(self, region: str, item: Item) -> None:
        items, key = self.items(region), key_of(item)
        if key not in items:
            self._segments.clear()
        items[key] = item

    def _sorted_keys(self, region: str, segments: int) -> list[list[Key]]:
        """The keys in the order of a scan, in so many segments; kept until a key is added."""
        if (region, segments) not in self._segments:
            lists: list[list[Key]] = [[] for _ in range(segments)]
            for key in sorted(self.items(region)):
                lists[key[0] % segments].append(key)
            self._segments[region, segments] = lists
        return self._segments[region, segments]

    def _take_units(self, region: str, wanted: int) -> int:
        """Take write units, at least one, as many of the `wanted` as the region has left.

        Every flight is smaller than 1 KB, and takes one.
        """
        now = time.monotonic()
        if self._first_write is None:
            self._first_write = now
        taken = wanted
        if self.capacity is not None:
            left, then = self._buckets.get(region, (self.burst, now))
            left = min(left + (now - then) * self.capacity, max(self.burst, 1.0))
            taken = min(wanted, int(left))
            self._buckets[region] = (left - taken, now)
        if taken == 0:
            raise Refused("ProvisionedThroughputExceededException")
        self.write_units += taken
        self.writing_seconds = now - self._first_write
        return taken


OPERATIONS: dict[str, Callable[[FlightsTable, str, Json], Json]] = {
    "BatchGetItem": FlightsTable.batch_get_item,
    "BatchWriteItem": FlightsTable.batch_write_item,
    "PutItem": FlightsTable.put_item,
    "Query": FlightsTable.query,
    "Scan": FlightsTable.scan,
    "UpdateItem": FlightsTable.update_item,
}


def key_of(item: Item) -> Key:
    """The key of an item. Two spellings of one number, 7 and 007, are one key, as in DynamoDB."""
    try:
        key = int(item["flight_id"]["N"]), item["airlines_name"]["S"]
    except (KeyError, ValueError):
        raise invalid("The provided key element does not match the schema") from None
    if not key[1]:
        raise invalid("The AttributeValue for a key attribute cannot contain an empty string value")
    return key


def expression_value(request: Json, expression: str, form: str, attribute: str) -> dict[str, str]:
    """The value that an expression of this form sets `attribute` to, or compares it with."""
    match = re.fullmatch(form, request[expression].strip())
    if match:
        name, value = match.groups()
        if request.get("ExpressionAttributeNames", {}).get(name, name) == attribute:
            found: dict[str, str] = request["ExpressionAttributeValues"][value]
            return found
    raise invalid(f"The fake DynamoDB does not know this {expression}")


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)
