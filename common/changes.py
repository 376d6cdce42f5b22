"""What a watcher sees: how the seats of flights change in several regions, and the lag between."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from common.flights import Flight

FRESH_SECONDS = 1.0
"""A lag counts if the reads before and after each sighting were no further apart than this."""


@dataclass
class Change:
    """A number of seats that was first seen in one region. Times are in seconds."""

    flight: Flight
    seats: int | None
    """None: the flight is missing."""
    region: str
    seen: float
    error: float
    """How much earlier it may have come: the time since the read before."""
    lags: dict[str, float] = field(default_factory=dict)
    """The seconds until it was seen in each other region, as far as it has been."""
    settled: bool = False
    """All regions show the same by now. A region that is not in `lags` then never showed it."""


class Changes:
    """Compares what is read in each region with what was read before.

    Only values are compared. So if two regions write the same number of seats, the second looks
    like the arrival of the first. A change that lasts for less than the time between two reads is
    not seen.
    """

    def __init__(self, flights: Sequence[Flight], regions: Sequence[str]) -> None:
        self.flights, self.regions = flights, regions
        self.changes: list[Change] = []
        """All so far, in the order in which they were seen."""
        self.lags: list[float] = []
        self.errors: list[float] = []
        """How much shorter or longer each of `lags` may be."""
        self.silent: dict[str, str] = {}
        """The regions that cannot be read at present, and why."""
        self._seats: dict[str, dict[Flight, int]] = {}
        self._read: dict[str, float] = {}
        self._open: dict[Flight, list[Change]] = {flight: [] for flight in flights}

    def read(self, region: str, seats: dict[Flight, int], now: float) -> list[Flight]:
        """Take in what a read in this region has just shown. Returns the flights that changed."""
        self.silent.pop(region, None)
        before = self._seats.get(region)
        error = now - self._read.get(region, now)
        self._seats[region], self._read[region] = seats, now
        if before is None:
            return []
        changed = [each for each in self.flights if seats.get(each) != before.get(each)]
        for flight in changed:
            self._saw(flight, seats.get(flight), region, now, error)
        return changed

    def seats(self, flight: Flight, region: str) -> int | None:
        """The seats that were read last there. None: the flight is missing."""
        return self._seats[region].get(flight)

    def differ(self, flight: Flight) -> bool:
        """Whether the regions show different seats."""
        return len({self.seats(flight, region) for region in self.regions}) > 1

    def behind(self, flight: Flight, region: str) -> bool | None:
        """Whether a later change was seen in another region. None: the regions differ, and the
        reads do not tell which change was later.
        """
        if not self.differ(flight):
            return False
        if not self._open[flight]:
            return None
        *earlier, latest = self._open[flight]
        since = latest.seen - latest.error
        rivals = [each for each in earlier if each.region != latest.region and each.seen >= since]
        seats = self.seats(flight, region)
        if rivals and seats in [each.seats for each in (*rivals, latest)]:
            return None
        return seats != latest.seats

    def _saw(
        self, flight: Flight, seats: int | None, region: str, now: float, error: float
    ) -> None:
        for change in reversed(self._open[flight]):
            if change.seats == seats and region not in (change.region, *change.lags):
                change.lags[region] = now - change.seen
                if max(error, change.error) <= FRESH_SECONDS:
                    self.lags.append(change.lags[region])
                    self.errors.append(max(error, change.error))
                break
        else:
            others = [self.seats(flight, each) for each in self.regions if each != region]
            if seats not in others:  # else it is older than the first read
                self._open[flight].append(Change(flight, seats, region, now, error))
                self.changes.append(self._open[flight][-1])
        if not self.differ(flight):
            for change in self._open[flight]:
                change.settled = True
            self._open[flight] = []
