"""The Fault Injection Service, as far as it can pause the replication of a global table.

Source: AWS FIS API reference. Templates and experiments belong to the region that they were made
in. An experiment outlives its template.
"""

import random
import string
import time
from collections.abc import Callable

from sandbox.api import ApiError, Json, invalid
from sandbox.fault_injection.experiments import Experiment, Experiments
from sandbox.fault_injection.http import read, refusal, success
from sandbox.fault_injection.templates import ACTION, GLOBAL_TABLE, Template, check
from sandbox.messages import Answer, Request, unknown

PAGE = 100
"""How many entries a list shows, unless the request asks for fewer."""

RANDOM = random.SystemRandom()


class FaultInjection:
    """Answers the calls of AWS FIS. Callers hold the schedule's lock."""

    def __init__(self, experiments: Experiments, account: str) -> None:
        """`experiments` lets them run."""
        self._running = experiments
        self._account = account
        self._templates: dict[str, Template] = {}
        self._experiments: dict[str, Experiment] = {}
        self._made: dict[tuple[str, str, str], tuple[Json, str]] = {}
        """By region, prefix of the id and clientToken: the request, and the id of what it made."""
        self._handlers: dict[str, Callable[[str, Json], Json]] = {
            "CreateExperimentTemplate": self._create_experiment_template,
            "DeleteExperimentTemplate": self._delete_experiment_template,
            "GetAction": self._get_action,
            "GetExperiment": self._get_experiment,
            "GetExperimentTemplate": self._get_experiment_template,
            "ListActions": self._list_actions,
            "ListExperimentResolvedTargets": self._list_experiment_resolved_targets,
            "ListExperiments": self._list_experiments,
            "ListExperimentTemplates": self._list_experiment_templates,
            "StartExperiment": self._start_experiment,
            "StopExperiment": self._stop_experiment,
        }

    def answer(self, region: str, request: Request) -> Answer:
        """Answer a request that is signed for AWS FIS."""
        try:
            return success(self.call(region, *read(request)))
        except ApiError as error:
            return refusal(error)

    def call(self, region: str, operation: str, request: Json) -> Json:
        """The answer to a call; a refusal is raised."""
        if operation not in self._handlers:
            raise unknown(operation)
        return self._handlers[operation](region, request)

    def _create_experiment_template(self, region: str, request: Json) -> Json:
        def make(name: str) -> None:
            check(request, self._account)
            arn = self._arn(region, "experiment-template", name)
            self._templates[name] = Template(name, arn, region, request, time.time())

        name = self._once(region, "EXT", request, make)
        return {"experimentTemplate": self._template(region, name).describe()}

    def _get_experiment_template(self, region: str, request: Json) -> Json:
        return {"experimentTemplate": self._template(region, request["id"]).describe()}

    def _delete_experiment_template(self, region: str, request: Json) -> Json:
        template = self._template(region, request["id"])
        del self._templates[template.id]
        return {"experimentTemplate": template.describe()}

    def _list_experiment_templates(self, region: str, request: Json) -> Json:
        templates = [each for each in self._templates.values() if each.region == region]
        return _page("experimentTemplates", [each.summary() for each in templates], request)

    def _start_experiment(self, region: str, request: Json) -> Json:
        def make(name: str) -> None:
            template = self._template(region, request["experimentTemplateId"])
            mode = request.get("experimentOptions", {}).get("actionsMode", "run-all")
            if mode not in ("run-all", "skip-all"):
                raise invalid(f"The actionsMode is not valid: {mode}. Give run-all or skip-all.")
            self._experiments[name] = Experiment(
                name,
                self._arn(region, "experiment", name),
                region,
                template,
                skips_actions=mode == "skip-all",
                tags=request.get("tags", {}),
                created=time.time(),
            )
            self._running.start(self._experiments[name])

        name = self._once(region, "EXP", request, make)
        return {"experiment": self._experiment(region, name).describe()}

    def _stop_experiment(self, region: str, request: Json) -> Json:
        experiment = self._experiment(region, request["id"])
        self._running.stop(experiment)
        return {"experiment": experiment.describe()}

    def _get_experiment(self, region: str, request: Json) -> Json:
        return {"experiment": self._experiment(region, request["id"]).describe()}

    def _list_experiments(self, region: str, request: Json) -> Json:
        template = request.get("experimentTemplateId")
        experiments = [
            each
            for each in self._experiments.values()
            if each.region == region and template in (None, each.template.id)
        ]
        return _page("experiments", [each.summary() for each in experiments], request)

    def _list_experiment_resolved_targets(self, region: str, request: Json) -> Json:
        experiment = self._experiment(region, request["experimentId"])
        targets = [
            {"resourceType": GLOBAL_TABLE, "targetName": name, "targetInformation": {"arn": arn}}
            for name, arns in experiment.resolved.items()
            for arn in arns
            if request.get("targetName") in (None, name)
        ]
        return _page("resolvedTargets", targets, request)

    def _get_action(self, region: str, request: Json) -> Json:
        if request["id"] != ACTION["id"]:
            raise _not_found(f"The sandbox does not have the action {request['id']}.")
        return {"action": {**ACTION, "arn": self._arn(region, "action", ACTION["id"])}}

    def _list_actions(self, region: str, request: Json) -> Json:
        [action] = self._get_action(region, ACTION).values()
        summary = {name: value for name, value in action.items() if name != "parameters"}
        return _page("actions", [summary], request)

    def _once(self, region: str, prefix: str, request: Json, make: Callable[[str], None]) -> str:
        """The id of what the request makes, or has made when it came with this token before."""
        known = self._made.get((region, prefix, request["clientToken"]))
        if known is None:
            letters = string.ascii_letters + string.digits
            name = prefix + "".join(RANDOM.choices(letters, k=15))
            make(name)
            self._made[region, prefix, request["clientToken"]] = request, name
            return name
        if known[0] != request:
            raise ApiError(
                "ConflictException", "The client token was used for another request.", 409
            )
        return known[1]

    def _template(self, region: str, name: str) -> Template:
        template = self._templates.get(name)
        if template is None or template.region != region:
            raise _not_found(f"Experiment template {name} does not exist in {region}.")
        return template

    def _experiment(self, region: str, name: str) -> Experiment:
        experiment = self._experiments.get(name)
        if experiment is None or experiment.region != region:
            raise _not_found(f"Experiment {name} does not exist in {region}.")
        return experiment

    def _arn(self, region: str, kind: str, name: str) -> str:
        return f"arn:aws:fis:{region}:{self._account}:{kind}/{name}"


def _not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message, 404)


def _page(name: str, entries: list[Json], request: Json) -> Json:
    """One page of a list; the token for the next one is where it begins."""
    token = request.get("nextToken", "0")
    if not token.isdecimal():
        raise invalid("The nextToken is not valid.")
    start = int(token)
    end = start + request.get("maxResults", PAGE)
    following = {"nextToken": str(end)} if end < len(entries) else {}
    return {name: entries[start:end], **following}
