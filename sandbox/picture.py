"""What the page shows of a group, as JSON: replicas, rows, writes on their way, what happened."""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from common.flights import PARTITION_KEY, SAMPLE_FLIGHTS, SEATS, SORT_KEY
from sandbox.api import Json
from sandbox.group import Group, Item, Key, Link, Write
from sandbox.history import Delivery, GroupHistory, Line, Loss

FLIGHT = [PARTITION_KEY, SORT_KEY]

ROWS = 10
CHOICE_SECONDS = 1.0
"""How long the rows stay, at the least, where they are the items written last."""

DOTS = 40
"""More writes than this on one link are shown as a stream."""

LINES = 12


class Tables(Protocol):
    """What the page shows of the tables."""

    def key_names(self, region: str, name: str) -> list[str]:
        """A table's key attributes, the partition key first."""

    def key(self, partition: Mapping[str, str], sort: Mapping[str, str]) -> Key:
        """The primary key with these values, such as {"N": "7"}."""

    def key_values(self, key: Key) -> list[str]:
        """The values of a key, as text."""

    def first_keys(self, region: str, name: str, count: int) -> list[Key]:
        """The keys of a few items, or of none."""

    def look(self, region: str, name: str, key: Key) -> Item | None:
        """The item with this key; None if there is none, or no table."""

    def numbers(self, item: Item) -> Mapping[str, str]:
        """An item's number attributes, by name."""


@dataclass
class Row:
    """A row of the page's table."""

    key: Key
    name: str
    detail: str
    attribute: str | None
    """Which number attribute the cells show."""


@dataclass
class Picture:
    """Draws one group. Callers hold the schedule's lock."""

    group: Group
    history: GroupHistory
    tables: Tables
    clock: Callable[[], float]
    epoch: float
    """What to add to that clock for seconds since the epoch."""
    _keys: list[Key] = field(default_factory=list)
    _chosen: float = 0.0
    _read: dict[int, tuple[Item, Mapping[str, str]]] = field(default_factory=dict)
    _read_before: dict[int, tuple[Item, Mapping[str, str]]] = field(default_factory=dict)
    """Items of this drawing and of the one before, by their ids, with their number attributes."""

    def signature(self) -> object:
        """What the drawing depends on: another signature, another drawing."""
        return self.history.events, self._kind(), self._replicas()

    def draw(self) -> Json:
        """All that the page shows of the group, without the losses."""
        self._read_before, self._read = self._read, {}
        regions = list(self.group.replicas)
        first = regions[0]
        key_names = self._key_names()
        of_flights = key_names == FLIGHT
        samples = [
            self.tables.key({"N": str(flight.id)}, {"S": flight.airline})
            for flight in (SAMPLE_FLIGHTS if of_flights else ())
        ]
        has_samples = any(self._item(region, key) for key in samples for region in regions)
        keys = samples if has_samples else self._written_last(first)
        rows = [self._row(key, key_names, has_samples) for key in keys]
        load = f"python load_flights.py {self.group.table} ./data/flights_data.csv {first}"
        attributes = {row.attribute for row in rows}
        return {
            "kind": self._kind(),
            "strong": self.group.strong is not None,
            "replicas": self._replicas(),
            "heading": "sample flight" if has_samples else ", ".join(key_names),
            "attribute": attributes.pop() if len(attributes) == 1 else None,
            "first": load if of_flights else None,
            "rows": [
                {
                    "name": row.name,
                    "detail": row.detail,
                    "cells": [self._cell(row, region) for region in regions],
                }
                for row in rows
            ],
            **self._links(rows),
            "lines": [self._line(line) for line in list(self.history.lines)[: -LINES - 1 : -1]],
            "figures": self._figures(),
        }

    def losses(self, after: int) -> list[Json]:
        """The losses with a higher number than this."""
        return [self._loss(loss) for loss in self.history.losses if loss.number > after]

    def _kind(self) -> str:
        strong = self.group.strong
        if strong is None:
            return f"global table, version {self.group.version}"
        kind = "multi-Region strong consistency"
        if strong.witness is None:
            return kind
        status = "" if strong.witness_status == "ACTIVE" else f" {strong.witness_status}"
        return f"{kind}, witness in {strong.witness}{status}"

    def _replicas(self) -> list[Json]:
        return [
            {"region": region, "status": replica.status, "paused": region in self.group.paused}
            for region, replica in self.group.replicas.items()
        ]

    def _key_names(self) -> list[str]:
        return self.tables.key_names(next(iter(self.group.replicas)), self.group.table)

    def _name(self, key: Key) -> str:
        """An item in words: the airline first, if it is a flight."""
        values = self.tables.key_values(key)
        return " ".join(reversed(values) if self._key_names() == FLIGHT else values)

    def _item(self, region: str, key: Key) -> Item | None:
        return self.tables.look(region, self.group.table, key)

    def _numbers(self, item: Item) -> Mapping[str, str]:
        """An item's number attributes. Items never change, and most are drawn again and again."""
        known = self._read.get(id(item)) or self._read_before.get(id(item))
        if known is None:
            known = (item, self.tables.numbers(item))
        self._read[id(item)] = known
        return known[1]

    def _written_last(self, region: str) -> list[Key]:
        """The keys of the items written last, in an order that does not change."""
        wanted = list(self.history.latest)[-ROWS:]
        if not wanted:
            wanted = self.tables.first_keys(region, self.group.table, ROWS)
        now = self.clock()
        if len(wanted) > len(self._keys) or now - self._chosen > CHOICE_SECONDS:
            self._chosen = now
            self._keys = sorted(wanted, key=self._order)
        return self._keys

    def _order(self, key: Key) -> list[tuple[int, str]]:
        return [(len(value), value) for value in self.tables.key_values(key)]  # 9 before 10

    def _row(self, key: Key, key_names: list[str], sample: bool) -> Row:
        attribute = self._attribute(key, key_names)
        values = self.tables.key_values(key)
        if sample:
            return Row(key, values[1], values[0], attribute)
        return Row(key, " ".join(values), attribute or "", attribute)

    def _attribute(self, key: Key, key_names: list[str]) -> str | None:
        """The seats, or else the number attribute that changed last, or else any."""
        latest = self.history.latest.get(key)
        items = [self._item(region, key) for region in self.group.replicas]
        items += [latest.write.item] if latest else []
        numbers = [self._numbers(item) for item in items if item is not None]
        names = {name: None for each in numbers for name in each if name not in key_names}
        changed = latest.attribute if latest else None
        return next((name for name in (SEATS, changed, *names) if name in names), None)

    def _value(self, item: Item | None, attribute: str | None) -> str:
        """What a write wrote, in a word."""
        if item is None:
            return "delete"
        return self._numbers(item).get(attribute or "", "write")

    def _written(self, write: Write) -> str:
        return self._value(write.item, self._attribute(write.key, self._key_names()))

    def _cell(self, row: Row, region: str) -> Json:
        item = self._item(region, row.key)
        number = None if item is None else self._numbers(item).get(row.attribute or "", "there")
        lost = self.history.lost.get(row.key, {}).get(region)
        return {
            "value": number,
            "stale": self._is_stale(row.key, region),
            "lost": None if lost is None else self._value(lost.item, row.attribute),
        }

    def _is_stale(self, key: Key, region: str) -> bool:
        """Whether an eventually consistent read in the region misses the newest write."""
        if self.group.strong is not None:
            return any(write.key == key for write in self.group.strong.behind.get(region, ()))
        in_flight = self.group.in_flight.get(key)
        return in_flight is not None and in_flight.stamps.get(region) != in_flight.newest.stamp

    def _counts(self) -> Counter[Link]:
        """How many writes are on their way, between replicas that are there."""
        carried = {link: count for link, count in self.history.on_way.items() if count}
        there = self.group.replicas.keys()
        return Counter({link: count for link, count in carried.items() if there >= set(link)})

    def _links(self, rows: list[Row]) -> Json:
        """How many writes each link carries, and each single one where they are few."""
        counts = self._counts()
        places = {row.key: (number, row.attribute) for number, row in enumerate(rows)}
        dots = []
        if counts and min(counts.values()) <= DOTS:
            dots = [
                self._dot(delivery, *places.get(delivery.write.key, (None, None)))
                for delivery in self.history.deliveries.values()
                if counts[delivery.link] <= DOTS
            ]
        return {
            "links": [
                {
                    "from": link.source,
                    "to": link.destination,
                    "count": count,
                    "stream": count > DOTS,
                }
                for link, count in sorted(counts.items())
            ],
            "dots": dots,
        }

    def _dot(self, delivery: Delivery, row: int | None, attribute: str | None) -> Json:
        write = delivery.write
        return {
            "id": delivery.number,
            "from": delivery.link.source,
            "to": delivery.link.destination,
            "row": row,
            "value": self._value(write.item, attribute) if attribute else self._written(write),
            "began": write.began,
            "due": delivery.due,
        }

    def _line(self, line: Line) -> Json:
        values = {self._written(write) for write in line.sample}
        alike = len(values) == 1 and line.count == len(line.sample)
        return {
            "kind": line.kind,
            "at": line.began + self.epoch,
            "region": line.link.source,
            "other": line.link.destination,
            "count": line.count,
            "value": values.pop() if alike else None,
            "name": self._name(line.sample[0].key),
            "least": round(line.least * 1000),
            "most": round(line.most * 1000),
        }

    def _loss(self, loss: Loss) -> Json:
        loser, winner = loss.loser, loss.winner
        return {
            "id": loss.number,
            "name": self._name(loser.key),
            "loser": loser.stamp.region,
            "value": self._written(loser),
            "winner": winner.stamp.region,
            "newer": self._written(winner),
            "later": (winner.stamp.accepted - loser.stamp.accepted) / 1e6,
        }

    def _figures(self) -> Json:
        arrivals = [seconds * 1000 for seconds in self.history.arrivals]
        losses = self.history.losses
        return {
            "pending": sum(self._counts().values()),
            "median": statistics.median(arrivals) if arrivals else None,
            "p95": sorted(arrivals)[-(-len(arrivals) * 95 // 100) - 1] if arrivals else None,
            "lost": losses[-1].number if losses else 0,
        }
