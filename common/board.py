"""Changes in several regions as lines of text, 80 characters for three regions."""

from collections.abc import Sequence

from common.changes import Change, Changes
from common.errors import Trouble, printable
from common.flights import Flight
from common.polling import Read

SIGNS = {False: "", True: "*", None: "?"}
"""What stands after the seats in a region, by whether it is behind."""
CELL = 14


def heading(first: str, changes: Changes) -> str:
    return _line("", first, changes.regions, [""] * len(changes.regions))


def seats_line(changes: Changes, flight: Flight, seconds: float | None = None) -> str:
    """The seats of a flight in each region. "-": it is missing, or the region cannot be read."""
    texts = [
        "-"
        if name in changes.silent or changes.seats(flight, name) is None
        else str(changes.seats(flight, name))
        for name in changes.regions
    ]
    signs = [SIGNS[changes.behind(flight, name)] for name in changes.regions]
    at = "" if seconds is None else f"{seconds:.1f}"
    return _line(at, f"{flight.id} {flight.airline}", texts, signs)


def news(changes: Changes, read: Read) -> list[str]:
    """Take a read in. Returns a line for each flight that changed, and for a region that cannot be
    read any longer, or can be read again.
    """
    was_silent = read.region in changes.silent
    if isinstance(read.seats, Trouble):
        changes.silent[read.region] = why = printable(str(read.seats))
        return [] if was_silent else [f"{read.at:7.1f} {read.region} cannot be read: {why}"]
    back = [f"{read.at:7.1f} {read.region} can be read again"] if was_silent else []
    changed = changes.read(read.region, read.seats, read.at)
    return back + [seats_line(changes, flight, read.at) for flight in changed]


def change_line(change: Change, regions: Sequence[str]) -> str:
    """A change in the region where it was seen first, and how much later the others showed it."""
    texts = []
    for name in regions:
        if name == change.region:
            texts.append("missing" if change.seats is None else str(change.seats))
        elif name in change.lags:
            texts.append(f"+{change.lags[name]:.1f} s")
        else:
            texts.append("never" if change.settled else "not yet")
    flight = f"{change.flight.id} {change.flight.airline}"
    return _line(f"{change.seen:.1f}", flight, texts, [""] * len(texts))


def frame(changes: Changes, table: str, seconds: float, height: int) -> list[str]:
    """What to show on a terminal with so many lines."""
    lines = [heading(table, changes)]
    lines += [seats_line(changes, flight) for flight in changes.flights]
    lines += [f"{name} cannot be read: {why}" for name, why in changes.silent.items()] or [""]
    lines += [f"Latest changes, after {seconds:.1f} seconds (* behind, ? differs):"]
    room = max(0, height - len(lines))
    latest = changes.changes[-room:] if room else []
    lines += [change_line(change, changes.regions) for change in reversed(latest)]
    return lines[:height]


def _line(first: str, flight: str, texts: Sequence[str], signs: Sequence[str]) -> str:
    cells = [
        f"{text if len(text) <= CELL else text[: CELL - 3] + '...':>{CELL}}{sign:1}"
        for text, sign in zip(texts, signs, strict=True)
    ]
    return f"{first:>7} {flight:<25}{''.join(cells)}".rstrip()
