"""Watch the seats of the ten sample flights in several regions, while other scripts change them.

    $ python watch_flights.py flights us-east-2 eu-west-1

It reads each region five times a second and writes nothing. Ctrl-C ends it with a summary.
"""

import os
import re
import shutil
import signal
import statistics
import sys
from collections.abc import Sequence

from common.aws import dynamodb, region
from common.board import frame, heading, news, seats_line
from common.changes import Changes
from common.cli import parser, start
from common.errors import Trouble
from common.flights import SAMPLE_FLIGHTS
from common.lag import summary
from common.polling import poll
from common.seat_calls import get_seats


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the global table of flights")
    arguments.add_argument("regions", metavar="REGION", nargs="+", type=region, help="two or more")
    arguments.add_argument(
        "--flight",
        metavar="FLIGHT_ID",
        type=int,
        choices=[flight.id for flight in SAMPLE_FLIGHTS],
        help="watch this flight only",
    )
    arguments.add_argument("--lines", action="store_true", help="print a line for each change")
    args = arguments.parse_args(argv)
    if len(set(args.regions)) < max(2, len(args.regions)):
        arguments.error("give two or more replicas of the table, each of them once")
    # A read that fails is not tried again: the next one is due soon.
    clients = {name: dynamodb(name, attempts=1) for name in args.regions}
    flights = [flight for flight in SAMPLE_FLIGHTS if args.flight in (None, flight.id)]
    changes = Changes(flights, args.regions)
    first = [get_seats(client, args.table) for client in clients.values()]
    missing = [flight for flight in flights if not any(flight in seats for seats in first)]
    if missing:
        raise Trouble(
            f"table {args.table} lacks flight {missing[0].id} of {missing[0].airline}:"
            " load data/flights_data.csv with load_flights.py first"
        )
    for name, seats in zip(args.regions, first, strict=True):
        changes.read(name, seats, 0)

    in_place = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not args.lines
    if in_place:
        print("\n" * shutil.get_terminal_size().lines)  # keeps what is there, to scroll back to
    else:
        print(heading("flight", changes))
        print(*(seats_line(changes, flight, 0) for flight in flights), sep="\n", flush=True)
    # A shell that is not interactive lets its background jobs ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    seconds = 0.0
    try:
        for read in poll(clients, args.table):
            seconds = read.at
            lines = news(changes, read)
            if in_place:
                draw(changes, args.table, seconds)
            elif lines:
                print(*lines, sep="\n", flush=True)
    except KeyboardInterrupt:
        print_summary(changes, seconds)
    return 0


def draw(changes: Changes, table: str, seconds: float) -> None:
    """Draw everything from the upper left corner of the terminal, over what is there."""
    width, height = shutil.get_terminal_size()
    lines = [line[:width] for line in frame(changes, table, seconds, height - 1)]
    if not os.environ.get("NO_COLOR"):
        lines = [re.sub(r"[\w.-]+[*?]", "\x1b[33m\\g<0>\x1b[0m", line) for line in lines]
    print("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J", end="", flush=True)


def print_summary(changes: Changes, seconds: float) -> None:
    others = len(changes.regions) - 1
    lost = sum(each.settled and len(each.lags) < others for each in changes.changes)
    print(f"\nChanges seen in {seconds:.1f} seconds: {len(changes.changes)}")
    print(f"Replaced by a later change before they showed in every region: {lost}")
    if changes.lags:
        print(f"Lag: {summary(changes.lags)}, of {len(changes.lags)} samples")
        print(
            f"Possible error: {statistics.median(changes.errors):.3f} seconds either way,"
            f" from read to read (at most {max(changes.errors):.3f})"
        )


if __name__ == "__main__":
    start(main)
