"""pause_replication.sh, with the AWS CLI on the sandbox, and how set-up and clean-up heed it."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.clients import KEY, Clients, create_global_table, create_table, refusal, set_up
from tests.scripts import ROOT, SAMPLE
from tests.shell import BASH, DASH, PATH, SHELLS, path_with, run, shown
from tests.waiting import until

PAUSE = str(ROOT / "pause_replication.sh")
CLEAN_UP = str(ROOT / "cleanup_global_table.sh")

ARN = "arn:aws:dynamodb:us-east-2:123456789012:table/flights"
PAUSED = """\
Replication of flights into and out of us-east-2 is paused, by experiment EXP.
On AWS it may go on for up to five minutes yet: watch_flights.py or ec_query_flights.py shows when \
it has stopped.
To end the pause: ./pause_replication.sh --resume flights us-east-2
"""
AGREED = "Replication of flights goes on: us-east-2 and eu-west-1 hold the same seats.\n"


@pytest.fixture
def flights_table(dynamodb: Clients) -> None:
    """The flights table in both regions, with one flight."""
    set_up(dynamodb, "us-east-2", "eu-west-1")
    dynamodb("us-east-2").put_item(TableName="flights", Item=SAMPLE[0])


def set_seats(client: Any, seats: int) -> None:
    client.put_item(TableName="flights", Item={**SAMPLE[0], "available_seats": {"N": str(seats)}})


def seats(client: Any) -> int:
    return int(client.get_item(TableName="flights", Key=KEY)["Item"]["available_seats"]["N"])


def masked(output: str) -> str:
    """The output without the random part of ids."""
    return re.sub(r"\b(EXP|EXT)\w+", r"\1", output)


def left(aws: Callable[[str, str], Any]) -> dict[str, list[str]]:
    """What is left of pauses: states of experiments, templates, roles."""
    fis = aws("fis", "us-east-2")
    experiments = fis.list_experiments()["experiments"]
    return {
        "experiments": [each["state"]["status"] for each in experiments],
        "templates": [
            each["id"] for each in fis.list_experiment_templates()["experimentTemplates"]
        ],
        "roles": [each["RoleName"] for each in aws("iam", "us-east-2").list_roles()["Roles"]],
    }


@pytest.mark.usefixtures("flights_table")
def test_pausing_shows_the_cost_and_each_command() -> None:
    result = run([DASH, PAUSE, "--yes", "--minutes", "15"])
    assert result.returncode == 0, result.stderr
    assert [" ".join(words[1:3]) for words in shown(result.stdout)] == [
        "dynamodb describe-table",
        "fis list-experiments",
        "dynamodb get-resource-policy",
        "iam get-role",
        "iam create-role",
        "iam put-role-policy",
        "fis list-experiment-templates",
        "fis create-experiment-template",
        "fis start-experiment",
        "fis get-experiment",
    ]
    assert (
        "On AWS this costs $0.10 a minute, $1.50 for 15 minutes, or less if you resume sooner.\n"
    ) in result.stdout
    assert "parameters={duration=PT15M}" in result.stdout
    assert masked(result.stdout).endswith(PAUSED)


@pytest.mark.usefixtures("flights_table")
def test_the_role_may_pause_this_table_and_do_nothing_else(
    aws: Callable[[str, str], Any],
) -> None:
    run([BASH, PAUSE, "--yes"])
    policy = aws("iam", "us-east-2").get_role_policy(
        RoleName="flights-pause-replication", PolicyName="us-east-2"
    )["PolicyDocument"]
    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Action": [
                f"dynamodb:{action}"
                for action in (
                    "DescribeTable",
                    "GetResourcePolicy",
                    "PutResourcePolicy",
                    "DeleteResourcePolicy",
                )
            ],
            "Resource": [ARN, f"{ARN}/stream/*"],
        },
        {"Effect": "Allow", "Action": ["tag:GetResources"], "Resource": "*"},
    ]


@pytest.mark.usefixtures("flights_table")
@pytest.mark.parametrize("shell", SHELLS)
def test_the_regions_part_until_the_pause_ends_and_then_the_last_writer_wins(
    shell: str, dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    ohio, ireland = dynamodb("us-east-2"), dynamodb("eu-west-1")
    assert run([shell, PAUSE, "--yes"]).returncode == 0
    set_seats(ohio, 111)
    set_seats(ireland, 7)
    assert (seats(ohio), seats(ireland)) == (111, 7)
    result = run([shell, PAUSE, "--resume"])
    assert (result.returncode, result.stdout.endswith(AGREED)) == (0, True), result.stderr
    assert (seats(ohio), seats(ireland)) == (7, 7)
    assert left(aws) == {"experiments": ["stopped"], "templates": [], "roles": []}


@pytest.mark.usefixtures("flights_table")
def test_the_pause_of_one_region_is_not_ended_in_another(
    dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    run([DASH, PAUSE, "--yes"])
    set_seats(dynamodb("us-east-2"), 111)
    result = run([BASH, PAUSE, "--resume", "flights", "eu-west-1"])
    assert (result.returncode, masked(result.stderr)) == (
        1,
        "pause_replication.sh: experiment EXP still pauses the replication of flights in us-east-2."
        " To end it: ./pause_replication.sh --resume flights us-east-2\n",
    )
    assert left(aws)["experiments"] == ["running"]


@pytest.mark.usefixtures("flights_table")
def test_a_second_run_confirms_the_pause(aws: Callable[[str, str], Any]) -> None:
    run([DASH, PAUSE, "--yes"])
    again = run([BASH, PAUSE])
    assert (again.returncode, again.stderr) == (0, "")
    assert masked(again.stdout).endswith(f"--region us-east-2\n{PAUSED}")
    assert left(aws)["experiments"] == ["running"]


@pytest.mark.usefixtures("flights_table")
def test_a_second_end_of_the_pause_changes_nothing() -> None:
    result = run([BASH, PAUSE, "--resume"])
    assert (result.returncode, result.stderr) == (0, "")
    assert "No experiment pauses the replication of flights in us-east-2.\n" in result.stdout
    assert result.stdout.endswith(AGREED)


@pytest.mark.usefixtures("flights_table")
def test_a_pause_whose_script_was_killed_can_be_ended(
    aws: Callable[[str, str], Any], tmp_path: Path
) -> None:
    stdout = tmp_path / "stdout"
    with stdout.open("w") as file:
        process = subprocess.Popen(
            [DASH, PAUSE, "--yes"],
            env={**os.environ, "PATH": PATH},
            stdout=file,
            start_new_session=True,
        )
    until(lambda: "get-experiment" in stdout.read_text())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert run([DASH, PAUSE, "--resume"]).returncode == 0
    assert left(aws) == {"experiments": ["stopped"], "templates": [], "roles": []}


@pytest.mark.usefixtures("flights_table")
def test_where_fis_does_not_see_a_new_role_at_first_it_starts_again(
    aws: Callable[[str, str], Any], tmp_path: Path
) -> None:
    late = f"""
    cd "{tmp_path}"
    PATH="{PATH}"
    case "$*" in
    *put-role-policy*) printf '%s\\0' "$@" >rights; exit ;;
    *start-experiment*) [ ! -e started ] || xargs -0 aws <rights; : >started ;;
    esac
    exec aws "$@"
    """
    result = run([DASH, PAUSE, "--yes"], path_with(tmp_path / "bin", "aws", late))
    assert result.returncode == 0, result.stderr
    assert sorted(left(aws)["experiments"]) == ["failed", "running"]


@pytest.mark.usefixtures("flights_table")
@pytest.mark.parametrize(
    "command",
    [
        "setup_global_table.sh",
        "cleanup_global_table.sh --yes",
        "setup_global_table.sh flights eu-west-1 us-west-2",
        "cleanup_global_table.sh --yes flights eu-west-1",
    ],
)
def test_set_up_and_clean_up_wait_for_the_end_of_a_pause_in_any_region(command: str) -> None:
    run([DASH, PAUSE, "--yes"])
    script, *arguments = command.split()
    result = run([BASH, str(ROOT / script), *arguments])
    assert result.returncode == 1
    assert masked(result.stderr) == (
        f"{script}: experiment EXP pauses the replication of table flights in us-east-2, and AWS"
        " changes no replica before it ends. End it first: ./pause_replication.sh --resume flights"
        " us-east-2\n"
    )


@pytest.mark.usefixtures("flights_table")
def test_clean_up_removes_what_is_left_of_a_pause_that_has_ended(
    aws: Callable[[str, str], Any],
) -> None:
    run([DASH, PAUSE, "--yes"])
    fis = aws("fis", "us-east-2")
    [experiment] = fis.list_experiments()["experiments"]
    fis.stop_experiment(id=experiment["id"])
    until(lambda: left(aws)["experiments"] == ["stopped"])
    result = run([BASH, CLEAN_UP, "--yes"])
    assert result.returncode == 0, result.stderr
    assert (
        "  role flights-pause-replication, and the experiment templates of that name\n"
    ) in result.stdout
    assert left(aws) == {"experiments": ["stopped"], "templates": [], "roles": []}


def test_a_table_that_is_not_there_cannot_be_paused(dynamodb: Clients) -> None:
    result = run([DASH, PAUSE, "--yes"])
    assert (result.returncode, result.stderr) == (
        1,
        "pause_replication.sh: there is no table flights in us-east-2: set it up first"
        " (./setup_global_table.sh flights).\n",
    )


def test_a_table_without_replicas_cannot_be_paused(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"))
    result = run([DASH, PAUSE, "--yes"])
    assert (result.returncode, result.stderr) == (
        1,
        "pause_replication.sh: table flights in us-east-2 has no replicas: set them up first"
        " (./setup_global_table.sh flights).\n",
    )


def test_a_global_table_of_version_2017_cannot_be_paused(
    dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    create_global_table(dynamodb)
    result = run([BASH, PAUSE, "--yes"])
    assert (result.returncode, result.stderr) == (
        1,
        "pause_replication.sh: table flights is a global table of version 2017.11.29, and FIS"
        " pauses those of version 2019.11.21 only. Clean up (./cleanup_global_table.sh flights),"
        " then set it up anew (./setup_global_table.sh flights).\n",
    )
    assert left(aws)["roles"] == []


def test_a_table_whose_role_would_have_too_long_a_name_cannot_be_paused_but_goes(
    dynamodb: Clients,
) -> None:
    table = "flights-" + 39 * "x"
    create_table(dynamodb("us-east-2"), table)
    result = run([DASH, PAUSE, "--yes", table])
    assert (result.returncode, result.stderr) == (
        1,
        f"pause_replication.sh: the name of table {table} is too long: its pause needs a role named"
        f" {table}-pause-replication, and AWS accepts 64 characters at most. Choose a table name of"
        " at most 46.\n",
    )
    assert run([DASH, CLEAN_UP, "--yes", table]).returncode == 0


def test_there_is_nothing_to_end_where_a_table_has_no_replicas(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"))
    result = run([DASH, PAUSE, "--resume"])
    assert (result.returncode, result.stderr) == (0, "")
    assert "No experiment pauses the replication of flights in us-east-2.\n" in result.stdout
    assert "the same seats" not in result.stdout


@pytest.mark.usefixtures("flights_table")
def test_without_a_yes_and_without_a_terminal_nothing_is_paused(
    aws: Callable[[str, str], Any],
) -> None:
    result = run([DASH, PAUSE])
    assert (result.returncode, result.stderr) == (
        2,
        "pause_replication.sh: nothing has been paused: there is nobody to ask, and no --yes.\n",
    )
    assert left(aws)["roles"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--force",), "there is no option --force"),
        (
            ("--minutes", "0"),
            "'0' is not a number of minutes: give a whole number from 1 to 720",
        ),
        (("--minutes",), "'' is not a number of minutes: give a whole number from 1 to 720"),
        (("--minutes=721",), "FIS pauses replication for 720 minutes at most, not for 721"),
        (("flights", "us-east-2", "eu-west-1"), "unknown word: eu-west-1"),
        (("flights", "us-eats-2"), "us-eats-2 is not an AWS region; did you mean us-east-2?"),
    ],
)
def test_wrong_arguments_are_answered_with_the_usage(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = run([DASH, PAUSE, *arguments])
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "usage: pause_replication.sh [--yes] [--minutes 12] [TABLE [REGION]]"
        "   (flights us-east-2)\n"
        "       pause_replication.sh --resume [TABLE [REGION]]\n"
        f"pause_replication.sh: {sentence}\n"
    )


def test_a_strong_table_is_paused_by_errors_in_the_region_that_is_cut_off(
    dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    assert run([DASH, str(ROOT / "setup_global_table.sh"), "--strong"]).returncode == 0
    assert run([BASH, PAUSE, "--yes", "flights-strong"]).returncode == 0
    cut_off = Config(retries={"total_max_attempts": 1})
    ohio = boto3.client("dynamodb", region_name="us-east-2", config=cut_off)
    put = {"TableName": "flights-strong", "Item": SAMPLE[0]}
    assert refusal(ohio.put_item, **put).startswith("InternalServerError: ")
    dynamodb("eu-west-1").put_item(**put)
    result = run([DASH, PAUSE, "--resume", "flights-strong"])
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(AGREED.replace("flights", "flights-strong"))
    assert left(aws) == {"experiments": ["stopped"], "templates": [], "roles": []}
