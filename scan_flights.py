"""Count the items of a table in one region by reading the whole table.

    $ python scan_flights.py flights eu-west-1

DescribeTable has a count too, ItemCount, but AWS updates it only about every six hours.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from common.aws import dynamodb, region
from common.calls import all_at_once
from common.cli import add_consistent_read, parser, start
from common.errors import explained
from common.timing import Stopwatch, in_seconds

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SEGMENTS = 12


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the table to count")
    arguments.add_argument("region", metavar="REGION", type=region, help="where to read it")
    add_consistent_read(arguments)
    args = arguments.parse_args(argv)
    client = dynamodb(args.region, connections=SEGMENTS)
    print(f"Scanning table {args.table} to get the total items", flush=True)
    with Stopwatch() as watch:
        count = count_items(client, args.table, args.consistent_read)
    seconds = in_seconds(watch.seconds)
    print(f"Total item count of table {args.table} are {count}  in {seconds} seconds")
    return 0


def count_items(client: "DynamoDBClient", table: str, consistent_read: bool = False) -> int:
    """The number of items, read in SEGMENTS segments at the same time."""
    paginator = client.get_paginator("scan")

    def count(segment: int) -> int:
        pages = paginator.paginate(
            TableName=table,
            Select="COUNT",
            ConsistentRead=consistent_read,
            Segment=segment,
            TotalSegments=SEGMENTS,
        )
        return sum(page["Count"] for page in pages)

    with explained(client, table):
        return sum(all_at_once(count, range(SEGMENTS)))


if __name__ == "__main__":
    start(main)
