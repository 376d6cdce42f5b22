"""Update the ten sample flights in one region and read them in another at once: some are stale.

    $ python ec_query_flights.py flights 222 us-east-2 eu-west-1

Give a new value each time: a write that changes nothing leaves nothing to replicate.
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

PAUSE_SECONDS = 1
RULE = "-" * 35


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the global table of flights")
    arguments.add_argument(
        "value", metavar="VALUE", type=number_of_seats, help="seats to set, a whole number"
    )
    arguments.add_argument("region_1", metavar="REGION_1", type=region, help="where to update")
    arguments.add_argument("region_2", metavar="REGION_2", type=region, help="where to read")
    add_consistent_read(arguments)
    args = arguments.parse_args(argv)
    if args.region_1 == args.region_2:
        arguments.error(
            f"REGION_1 and REGION_2 are both {args.region_1}: give two replicas of the table"
        )
    client_1, client_2 = dynamodb(args.region_1), dynamodb(args.region_2)
    seats = int(args.value)

    print(
        f"## Starting to Update table {args.table} from {args.region_1} with {args.value} ##\n",
        flush=True,
    )
    prepare(args.table, client_1, client_2, consistent_read=args.consistent_read)
    with Stopwatch() as watch:
        changed = update_seats(client_1, args.table, seats)
    print_update(seats, watch)
    print(RULE)

    print(f"\n## Starting to Query table {args.table} from {args.region_2}  ##\n", flush=True)
    with Stopwatch() as watch:
        seats_left = query_seats(client_2, args.table, args.consistent_read)
    print_seats(seats_left, watch)
    print(RULE)

    print(f"\n## Retrying the QUERY AFTER SLEEPING for {PAUSE_SECONDS} second... ##\n", flush=True)
    time.sleep(PAUSE_SECONDS)
    with Stopwatch() as watch:
        seats_left = query_seats(client_2, args.table, args.consistent_read)
    print_seats(seats_left, watch)

    if not changed:
        warn_unchanged(args.region_1, seats)
    elif any(left != seats for _, left in seats_left):
        warn_still_stale(args.table, args.region_2)
    return 0


def print_update(seats: int, watch: Stopwatch) -> None:
    for flight in SAMPLE_FLIGHTS:
        print(f"Updated seat availability for flight:{flight.id} to {seats}")
    print("Flight availability Updated successfully\n")
    print(f"Update start time: {watch.started}")
    print(f"Update endtime: {watch.ended}")
    print(f"Total time to update in seconds: {in_seconds(watch.seconds)}", flush=True)


def print_seats(seats_left: Sequence[tuple[Flight, int]], watch: Stopwatch) -> None:
    for flight, seats in seats_left:
        print(f"Available seats in the {flight.airline} flight {flight.id} are {seats}")
    print(f"\nQuery start time: {watch.started}")
    print(f"Endtime: {watch.ended}")
    print(f"Total query time in seconds: {in_seconds(watch.seconds)}.", flush=True)


if __name__ == "__main__":
    start(main)
