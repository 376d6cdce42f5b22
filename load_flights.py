"""Load a CSV file of flights into a table in one region.

    $ python load_flights.py flights data/flights_data.csv us-east-2

The file has no header and ten columns: flight_id, airlines_name, available_seats, seat_type,
support, phone, from, to, date, time. The whole file is checked before anything is written. A row
replaces the item with its flight_id and airlines_name, so loading a file again does no harm.
"""

import sys
from collections.abc import Sequence

from common.aws import dynamodb, region
from common.batch_write import AT_ONCE, load
from common.cli import parser, start
from common.errors import Trouble
from common.flights_csv import count_rows, read_rows
from common.timing import Stopwatch, in_seconds

ANNOUNCE_EVERY = 250  # rows


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser(__doc__)
    arguments.add_argument("table", metavar="TABLE", help="the table to write to")
    arguments.add_argument("csv", metavar="CSV", help="the file of flights")
    arguments.add_argument("region", metavar="REGION", type=region, help="where to write")
    args = arguments.parse_args(argv)
    done = announced = 0
    with Stopwatch() as watch, open(args.csv, "rb") as file:
        total = count_rows(file, args.csv)
        client = dynamodb(args.region, connections=AT_ONCE, attempts=1)  # load() tries again itself
        try:
            for acknowledged in load(client, args.table, read_rows(file, args.csv)):
                done += acknowledged
                while announced + ANNOUNCE_EVERY <= done:
                    announced += ANNOUNCE_EVERY
                    clear_bar()
                    seconds = in_seconds(watch.seconds)
                    print(f"Processed {announced} items in {seconds} seconds", flush=True)
                draw_bar(done, total, watch.seconds)
        except (Trouble, KeyboardInterrupt) as end:
            so_far = f"at least {done} of {total} rows are loaded; running this again is safe"
            raise type(end)(f"{str(end) or 'interrupted'} ({so_far})") from end
        finally:
            clear_bar()
    print(f"TotalRowCount: {done}, Total seconds: {in_seconds(watch.seconds)}")
    return 0


def draw_bar(done: int, total: int, seconds: float) -> None:
    """Draw a line on stderr, if that is a terminal. The next line printed there replaces it."""
    if sys.stderr.isatty():
        bar = "#" * (30 * done // total)
        rate = f"{done / seconds:.0f} rows a second"
        print(f"\r[{bar:30}] {done}/{total}, {rate} ", end="", file=sys.stderr, flush=True)


def clear_bar() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    start(main)
