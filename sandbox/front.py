"""The front door: which part of the sandbox answers which HTTP request.

A request that is signed goes to a service, by the name it is signed for, and holds the schedule's
lock until it is answered. A GET that is not signed is for a page, which takes the lock itself, if
and while it needs it.
"""

import re
import sys
import traceback
from collections.abc import Callable
from functools import partial

from sandbox import moto_calls
from sandbox.api import ApiError
from sandbox.dynamodb import DynamoDB
from sandbox.fault_injection.experiments import Experiments
from sandbox.fault_injection.pause import ReplicationPause
from sandbox.fault_injection.service import FaultInjection
from sandbox.group import Groups
from sandbox.history import History
from sandbox.items import calls as item_calls
from sandbox.items.streams import Streams
from sandbox.items.table import Change
from sandbox.messages import Answer, Request, refusal, unknown
from sandbox.metrics import Metrics
from sandbox.moto_patches import install
from sandbox.moto_roles import MotoRoles
from sandbox.moto_services import MotoServices
from sandbox.moto_tables import ACCOUNT, MotoTables
from sandbox.replication import Replication
from sandbox.resource_policies import ResourcePolicies
from sandbox.schedule import Schedule
from sandbox.signing import scope
from sandbox.strong.calls import StrongCalls
from sandbox.strong.consistency import StrongConsistency
from sandbox.strong.groups import StrongGroups
from sandbox.table_calls import TableCalls
from sandbox.version_2017 import Version2017
from sandbox.version_2019 import Version2019
from sandbox.window import Window

Service = Callable[[str, Request], Answer]
"""Answers a request in a region, or raises an ApiError."""

Page = Callable[[Request], Answer]

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)
"""The hosts that reach the sandbox. A name of somebody else's that leads here is an attack on a
browser of this machine (DNS rebinding).
"""

PLAIN = {"Content-Type": "text/plain"}


class Front:
    """Takes every request. The parts of the sandbox are made and joined here."""

    def __init__(self, schedule: Schedule, lag: float, refuse_legacy: bool) -> None:
        """`lag`: seconds until another region sees a write, on average.

        `refuse_legacy`: refuse version 2017.11.29 to new groups, as AWS does today.
        """
        streams = Streams()
        install(streams)
        self._schedule = schedule
        self._tables = MotoTables()
        self._groups = Groups()
        self._moto = MotoServices()
        self._metrics = Metrics(self._moto, schedule.clock)
        history = History(self._tables, schedule.clock)
        self._replication = Replication(self._tables, self._metrics, history, schedule, lag)
        self._strong = StrongConsistency(self._tables, self._metrics, history, schedule, lag)
        strong_groups = StrongGroups(self._tables, self._moto, self._groups, self._strong, schedule)
        shared = (self._tables, self._moto, self._groups, self._replication)
        roles = MotoRoles(self._moto)
        policies = ResourcePolicies(self._tables)
        pause = ReplicationPause(
            self._groups,
            self._replication,
            self._strong,
            policies,
            self._tables,
            roles,
            ACCOUNT,
        )
        handlers = {
            **moto_calls.calls(),
            **item_calls.calls(self._tables, self._written),
            **streams.calls(),
            **TableCalls(self._tables).calls(),
            **Version2017(*shared, refuse_legacy).calls(),
            **Version2019(*shared, strong_groups, schedule).calls(),
            **policies.calls(),
        }
        strong_calls = StrongCalls(self._tables, self._groups, self._strong, schedule)
        handlers.update(strong_calls.calls(handlers))
        self._services: dict[str, Service] = {
            "dynamodb": DynamoDB(handlers, moto_calls.ask).answer,
            "monitoring": self._cloudwatch,
            "application-autoscaling": partial(self._moto.answer, "application-autoscaling"),
            "fis": FaultInjection(Experiments(pause, schedule), ACCOUNT).answer,
            "iam": roles.answer,
            "sts": partial(self._moto.answer, "sts"),
        }
        self.window = Window(schedule, self._groups, history, self._tables)
        self._pages: dict[str, Page] = {"/": self.window.page, "/events": self.window.events}

    def answer(self, request: Request) -> Answer:
        """Answer a request. Whatever goes wrong becomes an answer too."""
        try:
            host = request.headers.get("host", "")
            if not LOOPBACK.fullmatch(host):
                return Answer(403, PLAIN, b"Call the sandbox 127.0.0.1, localhost or [::1].\n")
            if request.headers.get("origin", f"http://{host}") != f"http://{host}":
                return Answer(403, PLAIN, b"The sandbox does not answer pages of other sites.\n")
            if request.method == "GET" and "authorization" not in request.headers:
                return self._page(request)
            return self._signed(*scope(request), request)
        except ApiError as error:
            return refusal(error)
        except NotImplementedError:
            return refusal(unknown(request.target().partition(".")[2]))
        except Exception:
            print(f"sandbox: {request.target() or request.path} failed:", file=sys.stderr)
            traceback.print_exc()
            return refusal(ApiError("InternalServerError", "Internal server error", 500))

    def _page(self, request: Request) -> Answer:
        page = self._pages.get(request.path.partition("?")[0])
        return page(request) if page else Answer(404, PLAIN, b"<UnknownOperationException/>\n")

    def _signed(self, region: str, service: str, request: Request) -> Answer:
        if service not in self._services:
            raise ApiError("UnknownOperationException", f"The sandbox has no service {service}.")
        with self._schedule.lock:
            self._tables.check_region(region)
            answer = self._services[service](region, request)
            self._schedule.run_due()  # without a lag, a write is everywhere when it is answered
            return answer

    def _written(self, change: Change) -> None:
        """A client has written: count it, and send it to the other replicas."""
        self._metrics.written(change.region, change.table, "Customer", change.units)
        group = self._groups.of(change.region, change.table)
        if group is not None:
            order = self._replication if group.strong is None else self._strong
            order.accepted(group, change.region, change.key, change.after, change.units)

    def _cloudwatch(self, region: str, request: Request) -> Answer:
        self._metrics.publish()
        return self._moto.answer("monitoring", region, request)
