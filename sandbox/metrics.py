"""What CloudWatch knows about replication, measured from what the sandbox really did.

Sources: Developer Guide, "DynamoDB metrics and dimensions"; Prescriptive Guidance, "Using Amazon
DynamoDB global tables". The replication metrics are kept in the source region, one series for each
receiving region. AWS publishes them minutes later; here they are there when they are asked for.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import NamedTuple, Protocol

from sandbox.group import LEGACY, Group, Link

NAMESPACE = "AWS/DynamoDB"
PUBLISH_SECONDS = 60
"""How long values are gathered before they become a datapoint, unless somebody asks."""


class Series(NamedTuple):
    """One line in a graph of CloudWatch's."""

    region: str
    metric: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    """Names and values."""


class CloudWatch(Protocol):
    """Where the datapoints go."""

    def publish(self, region: str, namespace: str, data: list[dict[str, object]]) -> None:
        """Store metric data, in the form that PutMetricData takes."""


@dataclass
class Statistics:
    """Values gathered since the last datapoint."""

    samples: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf

    def add(self, value: float) -> None:
        self.samples += 1
        self.total += value
        self.least = min(self.least, value)
        self.most = max(self.most, value)


class Metrics:
    """Gathers values and publishes them. Callers hold the schedule's lock."""

    def __init__(self, cloudwatch: CloudWatch, clock: Callable[[], float]) -> None:
        """`cloudwatch` gets the datapoints; `clock` is the schedule's, in seconds."""
        self._cloudwatch = cloudwatch
        self._gathered: dict[Series, Statistics] = {}
        self._clock = clock
        self._published = clock()

    def delivered(self, group: Group, link: Link, units: int, seconds: float) -> None:
        """A replicated write has arrived, so long after its region accepted it.

        ReplicationLatency in milliseconds, but not of groups with strong consistency;
        PendingReplicationCount for version 2017.11.29 only.
        """
        self.written(link.destination, group.table, "GlobalTable", units)
        if group.strong is not None:
            return
        dimensions = (("TableName", group.table), ("ReceivingRegion", link.destination))
        self._add(
            Series(link.source, "ReplicationLatency", "Milliseconds", dimensions), seconds * 1000
        )
        if group.version == LEGACY:
            pending = group.pending[link]
            self._add(Series(link.source, "PendingReplicationCount", "Count", dimensions), pending)

    def written(self, region: str, table: str, source: str, units: int) -> None:
        """A table has taken a write of so many units, from a Customer or from the GlobalTable."""
        dimensions = (("TableName", table), ("Source", source))
        self._add(Series(region, "ConsumedWriteCapacityUnits", "Count", dimensions), units)

    def publish(self) -> None:
        """Make datapoints of what has been gathered, stamped with this minute."""
        minute = datetime.now(timezone.utc).replace(second=0, microsecond=0, tzinfo=None)
        for series, values in self._gathered.items():
            datum: dict[str, object] = {
                "MetricName": series.metric,
                "Unit": series.unit,
                "Timestamp": minute,
                "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
                "StatisticValues": {
                    "SampleCount": values.samples,
                    "Sum": values.total,
                    "Minimum": values.least,
                    "Maximum": values.most,
                },
            }
            self._cloudwatch.publish(series.region, NAMESPACE, [datum])
        self._gathered.clear()
        self._published = self._clock()

    def _add(self, series: Series, value: float) -> None:
        if self._clock() - self._published >= PUBLISH_SECONDS:
            self.publish()
        self._gathered.setdefault(series, Statistics()).add(value)
