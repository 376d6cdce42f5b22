"""Update the ten sample flights in one region, read them at once in another: some are stale.

    $ python ec_query_flights.py flights 222 us-east-2 eu-west-1

Give a new value each time: DynamoDB replicates no write that changes nothing.
"""

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from common.aws import dynamodb, region
from common.cli import run, seats, tell_still_stale, tell_unchanged
from common.flights import SAMPLE_FLIGHTS, query_seats, update_seats
from common.timing import Stopwatch, in_seconds

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PAUSE_SECONDS = 1
RULE = "-" * 35


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument("value", metavar="VALUE", type=seats, help="seats to set, a whole number")
    parser.add_argument("region_1", metavar="REGION_1", type=region, help="where to update")
    parser.add_argument("region_2", metavar="REGION_2", type=region, help="where to read")
    args = parser.parse_args(argv)
    if args.region_1 == args.region_2:
        parser.error(
            f"REGION_1 and REGION_2 are both {args.region_1}: give two replicas of the table"
        )
    client_1, client_2 = dynamodb(args.region_1), dynamodb(args.region_2)

    print(
        f"## Starting to Update table {args.table} from {args.region_1} with {args.value} ##\n",
        flush=True,
    )
    changed = update(client_1, args.table, args.value)
    print(RULE)
    print(f"\n## Starting to Query table {args.table} from {args.region_2}  ##\n", flush=True)
    query(client_2, args.table)
    print(RULE)
    print(f"\n## Retrying the QUERY AFTER SLEEPING for {PAUSE_SECONDS} second... ##\n", flush=True)
    time.sleep(PAUSE_SECONDS)
    last_seen = query(client_2, args.table)
    if changed and last_seen != {str(int(args.value))}:
        tell_still_stale(args.region_2)
    return 0


def update(client: "DynamoDBClient", table: str, value: str) -> bool:
    """Set the seats of each sample flight, and print that. Returns whether that changed any."""
    with Stopwatch() as watch:
        changed = update_seats(client, table, int(value))
    for flight in SAMPLE_FLIGHTS:
        print(f"Updated seat availability for flight:{flight.id} to {int(value)}")
    print("Flight availability Updated successfully\n")
    print(f"Update start time: {watch.started}")
    print(f"Update endtime: {watch.ended}")
    print(f"Total time to update in seconds: {in_seconds(watch.seconds)}", flush=True)
    if not changed:
        tell_unchanged(client.meta.region_name, value)
    return changed


def query(client: "DynamoDBClient", table: str) -> set[str]:
    """Print the seats left on each sample flight. Returns the different numbers among them."""
    with Stopwatch() as watch:
        seats_left = query_seats(client, table)
    for flight, number in seats_left:
        print(f"Available seats in the {flight.airline} flight {flight.id} are {number}")
    print(f"\nQuery start time: {watch.started}")
    print(f"Endtime: {watch.ended}")
    print(f"Total query time in seconds: {in_seconds(watch.seconds)}.", flush=True)
    return {number for _, number in seats_left}


if __name__ == "__main__":
    raise SystemExit(run(main))
