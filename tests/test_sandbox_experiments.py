"""Experiments of the Fault Injection Service, with a clock that moves when told."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.api import ApiError, Json
from sandbox.fault_injection.experiments import STATE_SECONDS, CannotRun, Experiments
from sandbox.fault_injection.http import read
from sandbox.fault_injection.service import FaultInjection
from sandbox.fault_injection.templates import check, seconds
from sandbox.messages import Request
from sandbox.schedule import Schedule
from tests.pauses import ACCOUNT, FLIGHTS, OHIO, TEMPLATE


class World:
    """A service whose tables only note what is done to them, and a clock: no thread, no moto."""

    def __init__(self) -> None:
        self.now = 0.0
        self.schedule = Schedule(lambda: self.now)
        self.paused: dict[str, float] = {}
        self.failure: CannotRun | None = None
        self.fis = FaultInjection(Experiments(self, self.schedule, lambda: self.now), ACCOUNT)

    def authorise(self, role: str, experiment: str, arns: list[str]) -> None:
        if self.failure:
            raise self.failure

    def is_global_table(self, region: str, arn: str) -> bool:
        return arn.startswith(f"arn:aws:dynamodb:{region}:") and arn.endswith("flights")

    def pause(self, arn: str, experiment: str, until: float) -> None:
        self.paused[arn] = until

    def resume(self, arn: str, experiment: str) -> None:
        del self.paused[arn]

    def later(self, by: float) -> None:
        """Let it be later."""
        self.now += by
        self.schedule.run_due()

    def start(self, **options: Any) -> str:
        """Start an experiment from TEMPLATE; `options` replace parts of it. Returns its id."""
        mode = options.pop("mode", "run-all")
        template = self.fis.call(
            OHIO, "CreateExperimentTemplate", {**TEMPLATE, "clientToken": "a", **options}
        )
        experiment: Json = self.fis.call(
            OHIO,
            "StartExperiment",
            {
                "clientToken": "b",
                "experimentTemplateId": template["experimentTemplate"]["id"],
                "experimentOptions": {"actionsMode": mode},
            },
        )
        return str(experiment["experiment"]["id"])

    def get(self, experiment: str) -> Json:
        found: Json = self.fis.call(OHIO, "GetExperiment", {"id": experiment})["experiment"]
        return found

    def states(self, experiment: str) -> tuple[str, str]:
        """The states of the experiment and of its action."""
        found = self.get(experiment)
        return found["state"]["status"], found["actions"]["pause"]["state"]["status"]


def refused(call: Callable[[], object]) -> str:
    """Code, status and message of a refusal."""
    with pytest.raises(ApiError) as refusal:
        call()
    error = refusal.value
    return f"{error.code} {error.status}: {error.message}"


def test_an_experiment_runs_after_a_moment_and_ends_by_itself_after_its_duration() -> None:
    world = World()
    experiment = world.start()
    assert world.states(experiment) == ("initiating", "pending")
    assert not world.paused
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("running", "running")
    assert world.paused == {FLIGHTS: STATE_SECONDS + 720}
    world.later(719)
    assert world.states(experiment) == ("running", "running")
    world.later(1)
    assert world.states(experiment) == ("completed", "completed")
    assert not world.paused
    described = world.get(experiment)
    assert described["endTime"] == described["actions"]["pause"]["endTime"] == world.now


def test_an_experiment_that_is_stopped_ends_a_moment_later_and_stays_stopped() -> None:
    world = World()
    experiment = world.start()
    world.later(STATE_SECONDS)
    stopping = world.fis.call(OHIO, "StopExperiment", {"id": experiment})["experiment"]
    assert stopping["state"]["status"] == "stopping"
    assert world.paused
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("stopped", "stopped")
    assert not world.paused
    world.later(720)
    world.fis.call(OHIO, "StopExperiment", {"id": experiment})
    assert world.states(experiment) == ("stopped", "stopped")


def test_an_experiment_that_is_stopped_before_it_runs_pauses_nothing() -> None:
    world = World()
    experiment = world.start()
    world.fis.call(OHIO, "StopExperiment", {"id": experiment})
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("stopped", "cancelled")
    assert not world.paused


def test_an_experiment_that_skips_its_actions_finds_the_table_and_pauses_nothing() -> None:
    world = World()
    experiment = world.start(mode="skip-all")
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("completed", "skipped")
    assert not world.paused
    targets = world.fis.call(OHIO, "ListExperimentResolvedTargets", {"experimentId": experiment})
    assert targets["resolvedTargets"] == [
        {
            "resourceType": "aws:dynamodb:global-table",
            "targetName": "tables",
            "targetInformation": {"arn": FLIGHTS},
        }
    ]


def elsewhere(arn: str) -> Json:
    """The targets of TEMPLATE, with another table."""
    return {"tables": {**TEMPLATE["targets"]["tables"], "resourceArns": [arn]}}


def test_an_experiment_without_a_global_table_fails_unless_it_may_have_none() -> None:
    plain = FLIGHTS.replace("flights", "plain")
    world = World()
    experiment = world.start(targets=elsewhere(plain))
    world.later(STATE_SECONDS)
    assert world.get(experiment)["state"] == {
        "status": "failed",
        "reason": "Target resolution returned empty set.",
        "error": {"code": "InvalidTarget"},
    }
    world = World()
    options = {"emptyTargetResolutionMode": "skip"}
    experiment = world.start(targets=elsewhere(plain), experimentOptions=options)
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("completed", "skipped")


def test_an_experiment_fails_whose_role_may_not_pause_the_table() -> None:
    world = World()
    world.failure = CannotRun("AuthorizationFailure", "no")
    experiment = world.start()
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("failed", "cancelled")
    assert world.get(experiment)["state"]["error"] == {"code": "AuthorizationFailure"}
    assert not world.paused


def test_an_experiment_outlives_its_template() -> None:
    world = World()
    experiment = world.start()
    template = world.get(experiment)["experimentTemplateId"]
    world.fis.call(OHIO, "DeleteExperimentTemplate", {"id": template})
    world.later(STATE_SECONDS)
    assert world.states(experiment) == ("running", "running")
    assert refused(lambda: world.fis.call(OHIO, "GetExperimentTemplate", {"id": template})) == (
        f"ResourceNotFoundException 404: Experiment template {template} does not exist in {OHIO}."
    )


def test_the_same_request_sent_again_starts_nothing_new() -> None:
    world = World()
    assert world.start() == world.start()
    assert len(world.fis.call(OHIO, "ListExperiments", {})["experiments"]) == 1
    changed = {**TEMPLATE, "clientToken": "a", "description": "changed"}
    assert refused(lambda: world.fis.call(OHIO, "CreateExperimentTemplate", changed)) == (
        "ConflictException 409: The client token was used for another request."
    )


def test_a_template_and_an_experiment_belong_to_their_region() -> None:
    world = World()
    experiment = world.start()
    for region in ("eu-west-1", OHIO):
        here = region == OHIO
        assert len(world.fis.call(region, "ListExperiments", {})["experiments"]) == here
        templates = world.fis.call(region, "ListExperimentTemplates", {})
        assert len(templates["experimentTemplates"]) == here
    assert refused(
        lambda: world.fis.call("eu-west-1", "StopExperiment", {"id": experiment})
    ).startswith("ResourceNotFoundException 404")


def test_ids_and_arns_look_like_those_of_aws() -> None:
    world = World()
    experiment = world.get(world.start())
    assert experiment["id"].startswith("EXP")
    assert experiment["experimentTemplateId"].startswith("EXT")
    assert len(experiment["id"]) == len(experiment["experimentTemplateId"]) == 18
    assert experiment["arn"] == f"arn:aws:fis:{OHIO}:{ACCOUNT}:experiment/{experiment['id']}"


def test_a_list_comes_in_pages_as_long_as_the_request_wants() -> None:
    world = World()
    for token in "abc":
        world.fis.call(OHIO, "CreateExperimentTemplate", {**TEMPLATE, "clientToken": token})
    first = world.fis.call(OHIO, "ListExperimentTemplates", {"maxResults": 2})
    rest = world.fis.call(OHIO, "ListExperimentTemplates", {"nextToken": first["nextToken"]})
    assert [len(page["experimentTemplates"]) for page in (first, rest)] == [2, 1]
    assert "nextToken" not in rest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"roleArn": "pause"}, "The role ARN is not valid: pause"),
        (
            {"roleArn": "arn:aws:iam::999999999999:role/pause"},
            f"The role must belong to account {ACCOUNT}: arn:aws:iam::999999999999:role/pause",
        ),
        (
            {"stopConditions": [{"source": "aws:cloudwatch:alarm", "value": "x"}]},
            'The sandbox has no stop conditions: give [{"source": "none"}].',
        ),
        ({"actions": {}}, "An experiment template must have at least one action."),
        (
            {"actions": {"wait": {"actionId": "aws:fis:wait"}}},
            "Action wait: the sandbox has no action aws:fis:wait.",
        ),
        ({"targets": {}}, "Action pause: there is no target tables."),
        (
            {"targets": {"tables": {"resourceType": "aws:ec2:instance", "selectionMode": "ALL"}}},
            "Target tables: the sandbox has no resource type aws:ec2:instance.",
        ),
        ({"logConfiguration": {}}, "The sandbox does not have logConfiguration."),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_a_template_that_the_sandbox_cannot_run_is_refused(changes: Json, message: str) -> None:
    assert refused(lambda: check({**TEMPLATE, **changes}, ACCOUNT)) == (
        f"ValidationException 400: {message}"
    )


def test_a_duration_is_hours_minutes_and_seconds_up_to_twelve_hours() -> None:
    durations = ("PT12M", "PT5S", "PT1H30M", "PT12H")
    assert [seconds(text) for text in durations] == [720, 5, 5400, 43200]


@pytest.mark.parametrize("text", ["12M", "PT", "PT0S", "PT12H1S", "P1D", "PT-5M", "PT1.5M"])
def test_any_other_duration_is_refused(text: str) -> None:
    assert refused(lambda: seconds(text)).startswith("ValidationException")


def request(method: str, path: str, body: bytes = b"") -> Request:
    return Request(method, path, {}, body)


def test_method_path_query_and_body_say_what_a_request_asks_for() -> None:
    assert read(request("GET", "/actions/aws%3Adynamodb%3Aglobal-table-pause-replication")) == (
        "GetAction",
        {"id": "aws:dynamodb:global-table-pause-replication"},
    )
    path = "/experiments/EXP1/resolvedTargets?maxResults=5&targetName=t"
    assert read(request("GET", path)) == (
        "ListExperimentResolvedTargets",
        {"experimentId": "EXP1", "maxResults": 5, "targetName": "t"},
    )
    assert read(request("DELETE", "/experiments/EXP1")) == ("StopExperiment", {"id": "EXP1"})
    body = b'{"clientToken": "a", "experimentTemplateId": "EXT1"}'
    assert read(request("POST", "/experiments", body)) == (
        "StartExperiment",
        {"clientToken": "a", "experimentTemplateId": "EXT1"},
    )


@pytest.mark.parametrize(
    ("unclear", "code"),
    [
        (request("GET", "/nothing"), "UnknownOperationException"),
        (request("POST", "/experiments", b"{}"), "ValidationException"),
        (request("GET", "/experiments?maxResults=many"), "ValidationException"),
        (request("POST", "/experiments", b"{"), "SerializationException"),
        (request("POST", "/experiments", b"[]"), "SerializationException"),
    ],
)
def test_a_request_that_is_not_one_of_the_service_is_refused(unclear: Request, code: str) -> None:
    assert refused(lambda: read(unclear)).startswith(f"{code} 400")
