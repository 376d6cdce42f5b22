"""Measure how long replication takes, by updating the ten sample flights again and again.

    $ python lag_flights.py flights us-east-2 eu-west-1

The lag of an update runs from its answer in region 1 until the answer to the first read in region 2
that shows it. Each update sets a number of seats that no flight has had.
"""

import csv
import itertools
import statistics
from collections.abc import Sequence

from common.aws import dynamodb, region
from common.cli import count, parser, start
from common.errors import Trouble
from common.flights import query_seats
from common.lag import ARRIVAL_SECONDS, Lag, histogram, measure, new_seats, summary


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the global table of flights")
    arguments.add_argument("region_1", metavar="REGION_1", type=region, help="where to update")
    arguments.add_argument("region_2", metavar="REGION_2", type=region, help="where to read")
    arguments.add_argument(
        "--updates", metavar="N", type=count, default=20, help="of each flight (default 20)"
    )
    arguments.add_argument(
        "--csv", metavar="FILE", help="write the lags to this file, for plotting"
    )
    args = arguments.parse_args(argv)
    if args.region_1 == args.region_2:
        arguments.error(
            f"REGION_1 and REGION_2 are both {args.region_1}: give two replicas of the table"
        )
    writer, reader = dynamodb(args.region_1), dynamodb(args.region_2)
    # This opens the connections, too, so nothing that is timed later has to.
    had = {seats for client in (writer, reader) for _, seats in query_seats(client, args.table)}
    rounds: list[list[Lag]] = []
    write_csv(args.csv, rounds)
    try:
        for seats in itertools.islice(new_seats(had), args.updates):
            rounds.append([])
            for lag in measure(writer, reader, args.table, seats):
                rounds[-1].append(lag)
            print_round(len(rounds), args.updates, seats, rounds[-1])
    finally:
        write_csv(args.csv, rounds)
        print_lags(args.region_1, args.region_2, [lag for each in rounds for lag in each])
    if any(lag.seconds is None for each in rounds for lag in each):
        raise Trouble(
            f"some updates did not arrive in {args.region_2} within {ARRIVAL_SECONDS} seconds:"
            " replication is paused or slow, or another program updates these flights;"
            " watch_flights.py shows which"
        )
    return 0


def print_round(number: int, rounds: int, seats: int, lags: list[Lag]) -> None:
    seconds = [lag.seconds for lag in lags if lag.seconds is not None]
    arrived = f" after {min(seconds):.3f} to {max(seconds):.3f} seconds" if seconds else ""
    print(
        f"Update {number} of {rounds}, to {seats} seats: {len(seconds)} of {len(lags)} flights"
        f" arrived{arrived}",
        flush=True,
    )
    if late := [str(lag.flight.id) for lag in lags if lag.seconds is None]:
        print(f"Not arrived within {ARRIVAL_SECONDS} seconds: {', '.join(late)}", flush=True)


def print_lags(region_1: str, region_2: str, lags: list[Lag]) -> None:
    """Print what was measured, as figures and as a histogram."""
    seconds = [lag.seconds for lag in lags if lag.seconds is not None]
    print(f"\nlag from {region_1} to {region_2}:")
    if late := len(lags) - len(seconds):
        print(f"{late} updates did not arrive within {ARRIVAL_SECONDS} seconds")
    if not seconds:
        return
    reads = [lag.read for lag in lags]
    print(f"{summary(seconds)}, of {len(seconds)} samples")
    print(
        f"Possible error: up to {statistics.median(reads):.3f} seconds too long, the time of a read"
        f" (at most {max(reads):.3f})\n"
    )
    print(*histogram(seconds), sep="\n")


def write_csv(path: str | None, rounds: list[list[Lag]]) -> None:
    """Write round, flight and seconds; the seconds of an update that did not arrive are empty."""
    if path is None:
        return
    try:
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["round", "flight_id", "seconds"])
            for number, lags in enumerate(rounds, start=1):
                for flight, seconds, _ in lags:
                    shown = None if seconds is None else f"{seconds:.6f}"
                    writer.writerow([number, flight.id, shown])
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror}") from error


if __name__ == "__main__":
    start(main)
