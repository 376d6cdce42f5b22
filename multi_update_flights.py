"""Update the ten sample flights in one region, then in another, and see the last writer win.

    $ python multi_update_flights.py flights 111 us-east-2 000 eu-west-1

Give new values each time: a write that changes nothing leaves nothing to replicate.
"""

import time
from collections.abc import Sequence

from common.aws import dynamodb, region
from common.cli import add_consistent_read, number_of_seats, parser, start
from common.flights import (
    SAMPLE_FLIGHTS,
    Flight,
    prepare,
    query_seats,
    update_seats,
    warn_still_stale,
    warn_unchanged,
)
from common.timing import Stopwatch, in_seconds

PAUSE_SECONDS = 2
RULE = "-" * 35


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the global table of flights")
    arguments.add_argument(
        "value1", metavar="VALUE1", type=number_of_seats, help="seats to set in REGION1"
    )
    arguments.add_argument(
        "region1", metavar="REGION1", type=region, help="where to update first, and to read"
    )
    arguments.add_argument(
        "value2", metavar="VALUE2", type=number_of_seats, help="seats to set in REGION2"
    )
    arguments.add_argument("region2", metavar="REGION2", type=region, help="where to update last")
    add_consistent_read(arguments)
    args = arguments.parse_args(argv)
    if args.region1 == args.region2:
        arguments.error(
            f"REGION1 and REGION2 are both {args.region1}: give two replicas of the table"
        )
    client1, client2 = dynamodb(args.region1), dynamodb(args.region2)
    seats1, seats2 = int(args.value1), int(args.value2)

    print(f"Updating {args.table} table in region: {args.region1}")
    print(f"input value used for updating flights {args.value1}", flush=True)
    prepare(args.table, client1, client2, consistent_read=args.consistent_read)
    with Stopwatch() as watch:
        changed1 = update_seats(client1, args.table, seats1)
    print_update(seats1, watch)
    print(RULE)

    print(f"\nUpdating {args.table} table in region: {args.region2}")
    print(f"input value used for updating {args.value2}", flush=True)
    with Stopwatch() as watch:
        changed2 = update_seats(client2, args.table, seats2)
    print_update(seats2, watch)
    print(RULE)

    print(f"\n### Starting to QUERY table {args.table} from {args.region1} ###\n", flush=True)
    with Stopwatch() as watch:
        seats_left = query_seats(client1, args.table, args.consistent_read)
    print_seats(seats_left, watch)
    print(RULE)

    print(f"\nRetrying the QUERY AFTER SLEEPING for {PAUSE_SECONDS} seconds...", flush=True)
    time.sleep(PAUSE_SECONDS)
    print(f"\n###  Starting to QUERY table {args.table} from {args.region1}  ###\n", flush=True)
    with Stopwatch() as watch:
        seats_left = query_seats(client1, args.table, args.consistent_read)
    print_seats(seats_left, watch)
    print(flush=True)

    if not changed1:
        warn_unchanged(args.region1, seats1)
    if not changed2:
        warn_unchanged(args.region2, seats2)
    elif any(left != seats2 for _, left in seats_left):
        warn_still_stale(args.table, args.region1)
    return 0


def print_update(seats: int, watch: Stopwatch) -> None:
    for flight in SAMPLE_FLIGHTS:
        print(f"Updated seat availability for flight:{flight.id} to {seats}")
    print("Flight availability Updated successfully\n")
    print(f"Update start time: {watch.started}")
    print(f"Update end time: {watch.ended}")
    print(f"Total time to update in seconds: {in_seconds(watch.seconds)}.", flush=True)


def print_seats(seats_left: Sequence[tuple[Flight, int]], watch: Stopwatch) -> None:
    for flight, seats in seats_left:
        print(f"Available seats in the {flight.airline} flight {flight.id} are {seats}")
    print(f"\nQuery start time: {watch.started}")
    print(f"Query end time: {watch.ended}")
    print(f"Total query time in seconds: {in_seconds(watch.seconds)}.", flush=True)


if __name__ == "__main__":
    start(main)
