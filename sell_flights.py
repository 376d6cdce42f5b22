"""Sell the seats of one sample flight in two regions at once, each sale with a condition.

    $ python sell_flights.py flights us-east-2 eu-west-1

A counter in each region sells one seat after another, while `available_seats > 0` is true there.
With --home REGION both counters sell in that one region.
"""

from collections import Counter
from collections.abc import Sequence

from common.agreement import set_everywhere, settle
from common.aws import dynamodb, region
from common.calls import Calls, all_at_once
from common.cli import count, parser, start
from common.flights import query_seats
from common.seat_calls import Conflict, get_seats, sell_seat


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the global table of flights")
    arguments.add_argument("region_1", metavar="REGION_1", type=region, help="one replica")
    arguments.add_argument("region_2", metavar="REGION_2", type=region, help="another replica")
    arguments.add_argument(
        "--seats", metavar="N", type=count, default=5, help="of the flight (default 5)"
    )
    arguments.add_argument(
        "--home", metavar="REGION", type=region, help="where both counters sell: one of the two"
    )
    args = arguments.parse_args(argv)
    regions = [args.region_1, args.region_2]
    if args.region_1 == args.region_2:
        arguments.error(
            f"REGION_1 and REGION_2 are both {args.region_1}: give two replicas of the table"
        )
    if args.home not in (None, *regions):
        arguments.error(f"--home is {args.home}: give {args.region_1} or {args.region_2}")
    replicas = [dynamodb(name) for name in regions]
    # A sale whose answer gets lost may have sold a seat, so no sale is tried again by itself.
    counters = {name: dynamodb(args.home or name, attempts=1) for name in regions}

    for client in replicas:
        query_seats(client, args.table)  # reports missing flights
    flight = set_everywhere(replicas, args.table, args.seats)
    print(f"Flight {flight.id} of {flight.airline} has {args.seats} seats in both regions")
    # This opens the connections, so both counters make their first sale at the same time.
    all_at_once(lambda name: get_seats(counters[name], args.table), regions)
    sales = Calls[str, int | None](lambda name: sell_seat(counters[name], args.table, flight))
    sold: Counter[str] = Counter()
    conflicts = 0
    try:
        for name in regions:
            sales.start(name)
        while sales.running and (done := sales.next_done()):
            name, left = done
            if isinstance(left, Conflict):
                conflicts += 1
            elif isinstance(left, Exception):
                raise left
            elif left is None:
                print(f"Counter {name}: refused, no seat left", flush=True)
                continue
            else:
                sold[name] += 1
                print(f"Counter {name}: ticket {sold[name]}, seats left: {left}", flush=True)
            sales.start(name)
    finally:
        print()
        for name in regions:
            print(f"Tickets sold by the counter in {name}: {sold[name]}")
        print(f"Tickets for {args.seats} seats: {sold.total()}", flush=True)
    if conflicts:
        print(f"Sales tried again after a ReplicatedWriteConflictException: {conflicts}")
    seats = settle(replicas, args.table, flight)
    print(f"Seats left, in both regions: {seats}")
    return 0


if __name__ == "__main__":
    start(main)
