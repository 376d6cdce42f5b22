"""Update the ten sample flights in one region, then in another, and see the last writer win.

    $ python multi_update_flights.py flights 111 us-east-2 000 eu-west-1

Give new values each time: DynamoDB replicates no write that changes nothing.
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

PAUSE_SECONDS = 2
RULE = "-" * 35


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", metavar="TABLE")
    parser.add_argument(
        "value1", metavar="VALUE1", type=seats, help="seats to set in REGION1, a whole number"
    )
    parser.add_argument(
        "region1", metavar="REGION1", type=region, help="where to update first, and to read"
    )
    parser.add_argument(
        "value2", metavar="VALUE2", type=seats, help="seats to set in REGION2, a whole number"
    )
    parser.add_argument("region2", metavar="REGION2", type=region, help="where to update last")
    args = parser.parse_args(argv)
    if args.region1 == args.region2:
        parser.error(f"REGION1 and REGION2 are both {args.region1}: give two replicas of the table")
    client1, client2 = dynamodb(args.region1), dynamodb(args.region2)

    print(f"Updating {args.table} table in region: {args.region1}")
    print(f"input value used for updating flights {args.value1}", flush=True)
    update(client1, args.table, args.value1)
    print(RULE)
    print(f"\nUpdating {args.table} table in region: {args.region2}")
    print(f"input value used for updating {args.value2}", flush=True)
    changed = update(client2, args.table, args.value2)
    print(RULE)
    print(f"\n### Starting to QUERY table {args.table} from {args.region1} ###\n", flush=True)
    query(client1, args.table)
    print(RULE)
    print(f"\nRetrying the QUERY AFTER SLEEPING for {PAUSE_SECONDS} seconds...", flush=True)
    time.sleep(PAUSE_SECONDS)
    print(f"\n###  Starting to QUERY table {args.table} from {args.region1}  ###\n", flush=True)
    last_seen = query(client1, args.table)
    print(flush=True)
    if changed and last_seen != {str(int(args.value2))}:
        tell_still_stale(args.region1)
    return 0


def update(client: "DynamoDBClient", table: str, value: str) -> bool:
    """Set the seats of each sample flight, and print that. Returns whether that changed any."""
    with Stopwatch() as watch:
        changed = update_seats(client, table, int(value))
    for flight in SAMPLE_FLIGHTS:
        print(f"Updated seat availability for flight:{flight.id} to {int(value)}")
    print("Flight availability Updated successfully\n")
    print(f"Update start time: {watch.started}")
    print(f"Update end time: {watch.ended}")
    print(f"Total time to update in seconds: {in_seconds(watch.seconds)}.", flush=True)
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
    print(f"Query end time: {watch.ended}")
    print(f"Total query time in seconds: {in_seconds(watch.seconds)}.", flush=True)
    return {number for _, number in seats_left}


if __name__ == "__main__":
    raise SystemExit(run(main))
