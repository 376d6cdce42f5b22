"""The page that shows the global tables live, and the server-sent events that feed it.

An event has all there is to see of each table that has changed, so a page that has missed events
knows everything again with the next one. Nothing is queued for a page: when its connection can take
an event, the page gets what is true then. A browser that does not read keeps only its own thread
waiting, until the server closes the connection.
"""

import base64
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.group import Group, Groups
from sandbox.history import LOSSES, History
from sandbox.messages import Answer, Request
from sandbox.picture import Picture, Tables
from sandbox.schedule import Schedule

LOOK_SECONDS = 0.05
"""How often the tables are looked at while a page is open."""

SETTLE_SECONDS = 1.5
"""How long a table is drawn again after its last change: some rows are chosen once a second."""

BEAT_SECONDS = 5.0
"""A page gets an event at least this often, so it knows that the sandbox is there."""

RETRY = b"retry: 1000\n\n"
"""A browser that loses the connection tries again after so many milliseconds."""

BEAT = b"event: beat\ndata: 0\n\n"

HTML = Path(__file__).with_name("window.html")


class View:
    """A group as the pages see it: what they are sent, ready to be sent."""

    def __init__(self, number: int, name: str, picture: Picture) -> None:
        """`number`: of the group, also among those that are gone; `name`: how the pages call it."""
        self.number = number
        self.name = name
        self.version = 0
        """Another number, another state."""
        self.state = b""
        self.losses: list[tuple[int, bytes]] = []
        """With their numbers."""
        self._picture = picture
        self._signature: object = None
        self._changed = 0.0

    def look(self, now: float) -> bool:
        """Draw the group again if there is reason to. Returns whether it looks different."""
        signature = self._picture.signature()
        if signature != self._signature:
            self._signature, self._changed = signature, now
        if now > self._changed + SETTLE_SECONDS:
            return False
        drawn = {"table": self.name, "group": self.number, **self._picture.draw()}
        state = json.dumps(drawn).encode()
        if state == self.state:
            return False
        last = self.losses[-1][0] if self.losses else 0
        new = [
            (loss["id"], json.dumps({"table": self.name, **loss}).encode())
            for loss in self._picture.losses(after=last)
        ]
        self.losses = (self.losses + new)[-LOSSES:]
        self.state = state
        self.version += 1
        return True


class Window:
    """Serves the page and its events. It looks at the sandbox and changes nothing."""

    def __init__(
        self, schedule: Schedule, groups: Groups, history: History, tables: Tables
    ) -> None:
        self._schedule = schedule
        self._groups = groups
        self._history = history
        self._tables = tables
        self._run = str(time.time_ns())
        self._numbers = itertools.count(1)
        self._views: dict[Group, View] = {}
        self._looking = threading.Lock()
        self._news = threading.Condition()
        self._version = 0
        self._pages = 0
        self._stopped = False
        self._html = HTML.read_bytes()
        self._headers = _headers(self._html.decode())

    def page(self, request: Request) -> Answer:
        """GET /."""
        return Answer(200, self._headers, self._html)

    def events(self, request: Request) -> Answer:
        """GET /events: server-sent events, until the page goes or the sandbox ends."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        return Answer(200, headers, self._stream())

    def run_forever(self) -> None:
        """Look at the tables while a page is open, until `stop`: for a thread of its own."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._pages or self._stopped)
                if self._stopped:
                    return
            self._look()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """End `run_forever` and all events."""
        with self._news:
            self._stopped = True
            self._news.notify_all()

    def _look(self) -> None:
        with self._looking:
            with self._schedule.lock:
                groups = self._groups.all()
                views: dict[Group, View] = {}
                for group in groups:
                    views[group] = self._views.get(group) or self._view(group, views.values())
                now = self._schedule.clock()
                looks_different = [view.look(now) for view in views.values()]
            if any(looks_different) or views.keys() != self._views.keys():
                with self._news:
                    self._views = views
                    self._version += 1
                    self._news.notify_all()

    def _view(self, group: Group, others: Iterable[View]) -> View:
        name = group.table
        if name in [view.name for view in others]:
            name = f"{name} in {next(iter(group.replicas))}"
        epoch = time.time() - self._schedule.clock()
        picture = Picture(group, self._history.of(group), self._tables, self._schedule.clock, epoch)
        return View(next(self._numbers), name, picture)

    def _stream(self) -> Iterator[bytes]:
        with self._news:
            self._pages += 1
            self._news.notify_all()
        try:
            self._look()
            yield RETRY
            version = -1
            states: dict[int, int] = {}
            losses: dict[int, int] = {}
            while not self._stopped:
                with self._news:
                    news = self._wait(version)
                    version = self._version
                    event = self._event(states, losses) if news else BEAT
                yield event
        finally:
            with self._news:
                self._pages -= 1

    def _wait(self, version: int) -> bool:
        """Wait for another version, as long as between two beats. Returns whether there is one."""
        self._news.wait_for(lambda: self._stopped or self._version != version, BEAT_SECONDS)
        return self._version != version

    def _event(self, states: dict[int, int], losses: dict[int, int]) -> bytes:
        """What a page does not know yet.

        It has these versions of states, and the losses up to these numbers, both by the number of
        the view. Both are brought up to date.
        """
        changed, new = [], []
        for view in self._views.values():
            if states.get(view.number) != view.version:
                states[view.number] = view.version
                changed.append(view.state)
            known = losses.get(view.number, 0)
            for number, loss in view.losses:
                if number > known:
                    losses[view.number] = number
                    new.append(loss)
        tables = [view.name for view in self._views.values()]
        start = json.dumps({"run": self._run, "now": self._schedule.clock(), "tables": tables})
        return b'data: %b, "changed": [%b], "losses": [%b]}\n\n' % (
            start[:-1].encode(),
            b", ".join(changed),
            b", ".join(new),
        )


def _headers(html: str) -> dict[str, str]:
    """The page's headers: its own script and style, and nothing else, from nowhere else."""
    policy = {
        "default-src": "'none'",
        "script-src": _hash(html, "script"),
        "style-src": _hash(html, "style"),
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _hash(html: str, tag: str) -> str:
    """How a policy names what stands inline between these tags."""
    inline = html.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"
