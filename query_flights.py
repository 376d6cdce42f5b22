"""Read the seats left on the ten sample flights in one region.

    $ python query_flights.py flights us-east-2

The reads are eventually consistent. With --consistent-read they are strongly consistent, which
costs twice as much.
"""

from collections.abc import Sequence

from common.aws import dynamodb, region
from common.cli import add_consistent_read, parser, start
from common.flights import query_seats
from common.timing import Stopwatch, in_seconds


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the table of flights")
    arguments.add_argument("region", metavar="REGION", type=region, help="where to read")
    add_consistent_read(arguments)
    args = arguments.parse_args(argv)
    client = dynamodb(args.region)
    with Stopwatch() as watch:
        seats_left = query_seats(client, args.table, args.consistent_read)
    for flight, seats in seats_left:
        print(f"Available seats in the {flight.airline} flight {flight.id} are {seats}")
    print(f"\nQuery start time: {watch.started}")
    print(f"Endtime: {watch.ended}")
    print(f"Total query time in seconds: {in_seconds(watch.seconds)}.")
    return 0


if __name__ == "__main__":
    start(main)
