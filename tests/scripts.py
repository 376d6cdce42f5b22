"""Running the scripts, and comparing what they print."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
FLIGHTS_DATA = str(ROOT / "data/flights_data.csv")

SEATS = {
    (5603280670, "Quatar"): 266,
    (26806130, "British"): 828,
    (9902917690, "Emirates"): 491,
    (1079996, "JetBlue"): 978,
    (2907581914, "Delta"): 277,
    (53600600, "UnitedAirlines"): 623,
    (282027328, "Alaska"): 677,
    (421920151, "spirit"): 304,
    (534890387, "Republic"): 944,
    (658410767, "southwest"): 580,
}
"""The exercise's sample flights, in its order, and the seats that its first query finds."""

SAMPLE: list[dict[str, Any]] = [
    {
        "flight_id": {"N": str(number)},
        "airlines_name": {"S": airline},
        "available_seats": {"N": str(seats)},
    }
    for (number, airline), seats in SEATS.items()
]
"""The same as items of a table."""


class Finished(NamedTuple):
    """What a shell sees of a script that has ended."""

    code: int
    out: str
    err: str


Script = Callable[..., Finished]
"""script("scan_flights", "flights", "us-east-2")"""


def command(name: str, *arguments: str) -> list[str]:
    """The script as a command of its own."""
    return [sys.executable, str(ROOT / f"{name}.py"), *arguments]


def masked(output: str) -> str:
    """The output without what differs from run to run: the clock and the durations."""
    without_clock = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<clock>", output)
    return re.sub(r"\d+\.\d+", "<seconds>", without_clock)


def seats_in(output: str) -> list[int]:
    """The numbers of available seats, in the order in which a script printed them."""
    return [int(seats) for seats in re.findall(r"Available seats .* are (\d+)\n", output)]
