"""Make up flights, the exercise's sample row and ten sample flights among them, as CSV on stdout.

    $ python data/make_flights.py > data/flights_data.csv    # the 2,500 rows, byte for byte
    $ python data/make_flights.py 100000 > many.csv          # any other number of rows
    $ python data/make_flights.py 100000 7 > others.csv      # another seed, other rows

No header. The columns are flight_id, airlines_name, available_seats, seat_type, support, phone,
from, to, date, time.
"""

import argparse
import csv
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

SAMPLE_ROW = (
    "2452052965,American,502,FirstClass,"
    "fhryniewicki6y@jigsy.com,(943) 8641482,New Zealand,Denmark,2/14/19,9:56"
)

SAMPLE_FLIGHTS = [
    (5603280670, "Quatar", 266),
    (26806130, "British", 828),
    (9902917690, "Emirates", 491),
    (1079996, "JetBlue", 978),
    (2907581914, "Delta", 277),
    (53600600, "UnitedAirlines", 623),
    (282027328, "Alaska", 677),
    (421920151, "spirit", 304),
    (534890387, "Republic", 944),
    (658410767, "southwest", 580),
]

AIRLINES = [airline for _, airline, _ in SAMPLE_FLIGHTS] + ["American", "Iberia", "KLM", "Qantas"]
SEAT_TYPES = ["Economy", "PremiumEconomy", "Business", "FirstClass"]
SURNAMES = "abadi berg castro haddad ito kowalski novak okafor patel silva tanaka weber".split()
# Kept for examples by RFC 2606: a message sent there reaches nobody.
DOMAINS = ["example.com", "example.net", "example.org"]
COUNTRIES = (
    "Argentina,Australia,Austria,Belgium,Brazil,Canada,Chile,China,Colombia,Croatia,Denmark,Egypt,"
    "Estonia,Finland,France,Germany,Ghana,Greece,Iceland,India,Indonesia,Ireland,Italy,Japan,Kenya,"
    "Malaysia,Mexico,Morocco,Nepal,Netherlands,New Zealand,Norway,Peru,Philippines,Poland,Portugal,"
    "Senegal,Singapore,South Africa,South Korea,Spain,Sri Lanka,Sweden,Thailand,Turkey,Vietnam"
).split(",")


def flights(rows: int, seed: int) -> Iterator[list[str]]:
    """So many flights, in no order, each flight_id once. All that is kept are the flight_ids."""
    rng = random.Random(seed)
    sample_row = SAMPLE_ROW.split(",")
    taken = {int(sample_row[0]), *(flight_id for flight_id, _, _ in SAMPLE_FLIGHTS)}
    place_of_row, *places = rng.sample(range(rows), 1 + len(SAMPLE_FLIGHTS))
    sample_flights = dict(zip(places, SAMPLE_FLIGHTS, strict=True))
    for place in range(rows):
        if place == place_of_row:
            yield sample_row
        elif place in sample_flights:
            yield made_up(rng, *sample_flights[place])
        else:
            flight_id = new_flight_id(rng, taken)
            yield made_up(rng, flight_id, rng.choice(AIRLINES), rng.randrange(1000))


def new_flight_id(rng: random.Random, taken: set[int]) -> int:
    """A flight_id of seven to ten digits that is not in `taken`, and is put there."""
    while True:
        digits = rng.randint(7, 10)
        flight_id = rng.randrange(10 ** (digits - 1), 10**digits)
        if flight_id not in taken:
            taken.add(flight_id)
            return flight_id


def made_up(rng: random.Random, flight_id: int, airline: str, seats: int) -> list[str]:
    name = rng.choice("abcdefghijklmnoprstvw") + rng.choice(SURNAMES)
    # 555-0100 to 555-0199 are nobody's numbers, in every American area.
    phone = f"({rng.randint(201, 989)}) 55501{rng.randrange(100):02}"
    origin = rng.randrange(len(COUNTRIES))
    destination = (origin + rng.randrange(1, len(COUNTRIES))) % len(COUNTRIES)
    day = date(2019, 1, 1) + timedelta(days=rng.randrange(365))
    return [
        str(flight_id),
        airline,
        str(seats),
        rng.choice(SEAT_TYPES),
        f"{name}{rng.randrange(100)}@{rng.choice(DOMAINS)}",
        phone,
        COUNTRIES[origin],
        COUNTRIES[destination],
        f"{day.month}/{day.day}/{day:%y}",
        f"{rng.randrange(24)}:{rng.randrange(60):02}",
    ]


def whole_number(least: int) -> Callable[[str], int]:
    """An argparse type: a whole number, `least` or more."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, {least} or more")
        return int(text)

    return number


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    least = 1 + len(SAMPLE_FLIGHTS)
    parser.add_argument("rows", metavar="ROWS", nargs="?", type=whole_number(least), default=2500)
    parser.add_argument("seed", metavar="SEED", nargs="?", type=whole_number(0), default=2019)
    args = parser.parse_args(argv)
    # The same bytes on every system: Windows would end its lines otherwise.
    with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as lines:
        csv.writer(lines, lineterminator="\n").writerows(flights(args.rows, args.seed))
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except BrokenPipeError:
        # `| head` has seen enough. Python would complain again when it flushes stdout at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
