"""An experiment of the Fault Injection Service, from its start to its end.

Sources: AWS FIS User Guide, "Managing your AWS FIS experiments" and "Troubleshooting"; API
reference, Experiment. An experiment is initiating, then running, then completed; one that is
stopped is stopping, then stopped; one that cannot run has failed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.api import Json
from sandbox.fault_injection.templates import Template, seconds
from sandbox.schedule import Schedule

STATE_SECONDS = 0.2
"""How long an experiment is initiating or stopping here. On AWS it is some seconds."""


class CannotRun(Exception):
    """Why an experiment fails: `code` as in "Troubleshooting", and a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Tables(Protocol):
    """What an experiment does to tables."""

    def authorise(self, role: str, experiment: str, arns: list[str]) -> None:
        """Raises CannotRun if the role may not be used, or may not pause these tables."""

    def is_global_table(self, region: str, arn: str) -> bool:
        """Whether the ARN is that of a replica in this region."""

    def pause(self, arn: str, experiment: str, until: float) -> None:
        """Cut a replica off until `resume`. Raises CannotRun if that is not possible.

        `until` is when the action ends by itself, in seconds since the epoch.
        """

    def resume(self, arn: str, experiment: str) -> None:
        """Let the replica replicate again, if this experiment has cut it off."""


@dataclass
class Experiment:
    """One run of a template."""

    id: str
    arn: str
    region: str
    template: Template
    """As it was at the start; it may be deleted meanwhile."""
    skips_actions: bool
    tags: Json
    created: float
    status: str = "initiating"
    reason: str = "Experiment is initiating."
    error: Json | None = None
    ended: float | None = None
    actions: dict[str, Json] = field(default_factory=dict)
    """The template's actions, each with its state."""
    resolved: dict[str, list[str]] = field(default_factory=dict)
    """The ARNs of each target."""

    def summary(self) -> Json:
        """The experiment as ListExperiments shows it."""
        error = {"error": self.error} if self.error else {}
        mode = "skip-all" if self.skips_actions else "run-all"
        return {
            "id": self.id,
            "arn": self.arn,
            "experimentTemplateId": self.template.id,
            "state": {"status": self.status, "reason": self.reason, **error},
            "creationTime": self.created,
            "tags": self.tags,
            "experimentOptions": {**self.template.options(), "actionsMode": mode},
        }

    def describe(self) -> Json:
        """The experiment as GetExperiment shows it."""
        end = {} if self.ended is None else {"endTime": self.ended}
        return {
            **self.summary(),
            "roleArn": self.template.content["roleArn"],
            "targets": self.template.content.get("targets", {}),
            "actions": self.actions,
            "stopConditions": self.template.content["stopConditions"],
            "startTime": self.created,
            **end,
            "targetAccountConfigurationsCount": 0,
        }


class Experiments:
    """Lets experiments run. Callers hold the schedule's lock."""

    def __init__(
        self, tables: Tables, schedule: Schedule, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` is in seconds since the epoch."""
        self._tables = tables
        self._schedule = schedule
        self._clock = clock

    def start(self, experiment: Experiment) -> None:
        """Let an experiment begin; it runs a moment later."""
        for name, action in experiment.template.content["actions"].items():
            state = {"status": "pending", "reason": "Initial state"}
            experiment.actions[name] = {**action, "state": state}
        self._later(STATE_SECONDS, lambda: self._run(experiment))

    def stop(self, experiment: Experiment) -> None:
        """Let an experiment end, a moment later; one that has ended stays as it is."""
        if experiment.status in ("initiating", "running"):
            experiment.status, experiment.reason = "stopping", "Experiment is stopping."
            self._later(
                STATE_SECONDS, lambda: self._end(experiment, "stopped", "Experiment was stopped.")
            )

    def _run(self, experiment: Experiment) -> None:
        if experiment.status != "initiating":
            return
        experiment.status, experiment.reason = "running", "Experiment is running."
        try:
            self._resolve(experiment)
            for name, action in experiment.actions.items():
                self._begin(experiment, name, action)
        except CannotRun as failure:
            experiment.error = {"code": failure.code}
            self._end(experiment, "failed", failure.reason)
        else:
            self._complete(experiment)

    def _resolve(self, experiment: Experiment) -> None:
        """Find the tables. Raises CannotRun where there is none, unless the template allows it."""
        template = experiment.template
        for name, target in template.content["targets"].items():
            experiment.resolved[name] = [
                arn
                for arn in target["resourceArns"]
                if self._tables.is_global_table(experiment.region, arn)
            ]
            may_be_empty = template.options()["emptyTargetResolutionMode"] == "skip"
            if not (experiment.resolved[name] or may_be_empty):
                raise CannotRun("InvalidTarget", "Target resolution returned empty set.")
        arns = [arn for found in experiment.resolved.values() for arn in found]
        self._tables.authorise(template.content["roleArn"], experiment.arn, arns)

    def _begin(self, experiment: Experiment, name: str, action: Json) -> None:
        arns = experiment.resolved[action["targets"]["Tables"]]
        if experiment.skips_actions or not arns:
            action["state"] = {"status": "skipped", "reason": "Action was skipped."}
            return
        duration = seconds(action["parameters"]["duration"])
        action["startTime"] = self._clock()
        action["state"] = {"status": "running", "reason": "Action is running."}
        for arn in arns:
            self._tables.pause(arn, experiment.id, action["startTime"] + duration)
        self._later(duration, lambda: self._end_action(experiment, name, "completed"))

    def _end_action(self, experiment: Experiment, name: str, status: str) -> None:
        action = experiment.actions[name]
        if action["state"]["status"] == "running":
            for arn in experiment.resolved[action["targets"]["Tables"]]:
                self._tables.resume(arn, experiment.id)
            action["endTime"] = self._clock()
            action["state"] = {"status": status, "reason": f"Action was {status}."}
            self._complete(experiment)

    def _complete(self, experiment: Experiment) -> None:
        """End an experiment whose actions have all ended by themselves."""
        states = {action["state"]["status"] for action in experiment.actions.values()}
        if experiment.status == "running" and states <= {"completed", "skipped"}:
            self._end(experiment, "completed", "Experiment completed.")

    def _end(self, experiment: Experiment, status: str, reason: str) -> None:
        experiment.status, experiment.reason = status, reason
        experiment.ended = self._clock()
        for name, action in experiment.actions.items():
            self._end_action(experiment, name, status)
            if action["state"]["status"] == "pending":
                action["state"] = {"status": "cancelled", "reason": "Action was cancelled."}

    def _later(self, delay: float, action: Callable[[], None]) -> None:
        self._schedule.at(self._schedule.clock() + delay, action)
