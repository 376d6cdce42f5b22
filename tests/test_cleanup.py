"""cleanup_global_table.sh, with the AWS CLI on the sandbox.

Stand-ins for `aws` show what the sandbox cannot.
"""

import os
import pty
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.clients import Clients, create_global_table, create_table, set_up, tables
from tests.scripts import ROOT
from tests.shell import BASH, DASH, PATH, SHELLS, STAND_IN, path_with, run, shown
from tests.waiting import until

CLEANUP = str(ROOT / "cleanup_global_table.sh")

NOTHING_LEFT = "Nothing is left of flights in us-east-2 and eu-west-1: no table, no auto scaling.\n"


LOOKS = ("describe-", "get-", "list-")


def changes(output: str) -> list[str]:
    """The commands that a script shows, without those that only look."""
    return [" ".join(words[1:]) for words in shown(output) if not words[2].startswith(LOOKS)]


def register_scaling(autoscaling: Any) -> None:
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/flights",
        "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
    }
    autoscaling.register_scalable_target(**target, MinCapacity=30, MaxCapacity=100)
    autoscaling.put_scaling_policy(
        **target,
        PolicyName="$flights-wcu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
            },
        },
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_ctrl_c_says_what_has_been_asked_for_and_a_second_run_ends_it(
    dynamodb: Clients, shell: str, tmp_path: Path
) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    stdout, stderr = tmp_path / "stdout", tmp_path / "stderr"
    with stdout.open("w") as out, stderr.open("w") as err:
        process = subprocess.Popen(
            [shell, CLEANUP, "--yes"],
            env={**os.environ, "PATH": PATH},
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        until(lambda: "is still" in stderr.read_text())
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(10) == 130
    assert stderr.read_text().endswith(
        "\ncleanup_global_table.sh: Interrupted. Done so far: deletion of table flights in"
        " eu-west-1 asked for. Run this again to continue.\n"
    )
    again = run([shell, CLEANUP, "--yes"])
    assert again.returncode == 0, again.stderr
    assert again.stdout.endswith(NOTHING_LEFT)
    assert tables(dynamodb) == [[], []]


def test_replicas_go_first_then_the_table_then_its_auto_scaling(
    dynamodb: Clients, aws: Callable[[str, str], Any]
) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    create_table(dynamodb("us-east-2"), "bookings")
    autoscaling = aws("application-autoscaling", "eu-west-1")
    register_scaling(autoscaling)

    result = run([DASH, CLEANUP, "--yes"])
    assert result.returncode == 0, result.stderr
    scaling = (
        "--service-namespace dynamodb --resource-id table/flights"
        " --scalable-dimension dynamodb:table:WriteCapacityUnits"
    )
    assert changes(result.stdout) == [
        "dynamodb update-table --table-name flights"
        " --replica-updates Delete={RegionName=eu-west-1} --region us-east-2",
        "dynamodb delete-table --table-name flights --region us-east-2",
        f"application-autoscaling delete-scaling-policy {scaling}"
        " --policy-name $flights-wcu --region eu-west-1",
        f"application-autoscaling deregister-scalable-target {scaling} --region eu-west-1",
    ]
    assert (
        "This will be deleted, with all items:\n"
        "  table flights in us-east-2\n"
        "  table flights in eu-west-1\n"
        "  auto scaling of flights in eu-west-1: dynamodb:table:WriteCapacityUnits\n"
    ) in result.stdout
    assert result.stdout.endswith(NOTHING_LEFT)
    assert tables(dynamodb) == [["bookings"], []]
    assert (
        autoscaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"] == []
    )
    assert (
        autoscaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []
    )

    again = run([BASH, CLEANUP])
    assert (again.returncode, changes(again.stdout), again.stderr) == (0, [], "")
    assert again.stdout.endswith(NOTHING_LEFT)


def test_with_only_dynamodb_on_this_machine_its_auto_scaling_is_this_machines_too(
    sandbox: Sandbox, aws: Callable[[str, str], Any]
) -> None:
    register_scaling(aws("application-autoscaling", "eu-west-1"))
    result = run(
        [DASH, CLEANUP, "--yes"], AWS_ENDPOINT_URL="", AWS_ENDPOINT_URL_DYNAMODB=sandbox.url
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(NOTHING_LEFT)
    left = aws("application-autoscaling", "eu-west-1").describe_scalable_targets(
        ServiceNamespace="dynamodb"
    )
    assert left["ScalableTargets"] == []


def test_of_version_2017_the_tables_leave_the_group_first(dynamodb: Clients) -> None:
    create_global_table(dynamodb)
    result = run([BASH, CLEANUP, "--yes"])
    assert result.returncode == 0, result.stderr
    leave = "dynamodb update-global-table --global-table-name flights --replica-updates"
    assert changes(result.stdout) == [
        f"{leave} Delete={{RegionName=us-east-2}} --region us-east-2",
        f"{leave} Delete={{RegionName=eu-west-1}} --region eu-west-1",
        "dynamodb delete-table --table-name flights --region eu-west-1",
        "dynamodb delete-table --table-name flights --region us-east-2",
    ]
    assert result.stdout.endswith(NOTHING_LEFT)
    assert tables(dynamodb) == [[], []]


def set_up_strong(dynamodb: Clients) -> None:
    """A strongly consistent table, with its witness in us-east-1."""
    ohio = dynamodb("us-east-2")
    create_table(ohio, BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
    ohio.update_table(
        TableName="flights",
        MultiRegionConsistency="STRONG",
        ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}],
        GlobalTableWitnessUpdates=[{"Create": {"RegionName": "us-east-1"}}],
    )
    until(
        lambda: (
            ohio.describe_table(TableName="flights")["Table"]["GlobalTableWitnesses"]
            == [{"RegionName": "us-east-1", "WitnessStatus": "ACTIVE"}]
        )
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_a_strong_table_loses_its_replica_and_its_witness_in_one_call(
    shell: str, dynamodb: Clients
) -> None:
    set_up_strong(dynamodb)
    result = run([shell, CLEANUP, "--yes"])
    assert result.returncode == 0, result.stderr
    assert "  table flights in eu-west-1\n  its witness in us-east-1\n" in result.stdout
    assert changes(result.stdout) == [
        "dynamodb update-table --table-name flights"
        " --replica-updates Delete={RegionName=eu-west-1}"
        " --global-table-witness-updates Delete={RegionName=us-east-1} --region us-east-2",
        "dynamodb delete-table --table-name flights --region us-east-2",
    ]
    assert tables(dynamodb) == [[], []]


def test_a_strong_table_stays_whole_unless_all_its_regions_are_named(dynamodb: Clients) -> None:
    set_up_strong(dynamodb)
    result = run([BASH, CLEANUP, "--yes", "flights", "eu-west-1"])
    assert (result.returncode, changes(result.stdout)) == (1, [])
    assert result.stderr == (
        "cleanup_global_table.sh: Table flights in eu-west-1 stays: AWS deletes the replicas of a"
        " strongly consistent table together. To delete it, name us-east-2 as well.\n"
    )
    assert tables(dynamodb) == [["flights"], ["flights"]]


def test_a_region_that_was_not_named_stays(dynamodb: Clients) -> None:
    regions = ("us-east-2", "eu-west-1", "ap-south-1")
    set_up(dynamodb, *regions)
    source = run([BASH, CLEANUP, "--yes", "flights", "us-east-2"])
    assert (source.returncode, source.stderr) == (
        1,
        "cleanup_global_table.sh: Table flights in us-east-2 stays: DynamoDB keeps it while"
        " replicas stay that may have been made from it, in eu-west-1 and ap-south-1. To delete it,"
        " name these regions as well.\n",
    )
    assert tables(dynamodb, *regions) == [["flights"], ["flights"], ["flights"]]

    result = run([DASH, CLEANUP, "--yes", "flights", "eu-west-1"])
    assert result.returncode == 0, result.stderr
    assert (
        "The replica in us-east-2 stays, and is billed: it was not named.\n"
        "The replica in ap-south-1 stays, and is billed: it was not named.\n"
    ) in result.stdout
    assert tables(dynamodb, *regions) == [["flights"], [], ["flights"]]


def test_the_order_of_the_regions_does_not_matter(dynamodb: Clients) -> None:
    set_up(dynamodb, "eu-west-1", "us-east-2")
    result = run([DASH, CLEANUP, "--yes"])
    assert result.returncode == 0, result.stderr
    assert changes(result.stdout)[-2:] == [
        "dynamodb update-table --table-name flights"
        " --replica-updates Delete={RegionName=us-east-2} --region eu-west-1",
        "dynamodb delete-table --table-name flights --region eu-west-1",
    ]
    assert tables(dynamodb) == [[], []]


def test_a_replica_that_is_still_being_made_goes_too(dynamodb: Clients) -> None:
    set_up(dynamodb, "us-east-2")
    dynamodb("us-east-2").update_table(
        TableName="flights", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
    )
    result = run([BASH, CLEANUP, "--yes"])
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(NOTHING_LEFT)
    assert tables(dynamodb) == [[], []]


def test_deletion_protection_is_reported_and_not_lifted(dynamodb: Clients) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    dynamodb("eu-west-1").update_table(TableName="flights", DeletionProtectionEnabled=True)
    result = run([BASH, CLEANUP, "--yes"])
    assert (result.returncode, changes(result.stdout)) == (1, [])
    assert result.stderr == (
        "cleanup_global_table.sh: table flights in eu-west-1 has deletion protection, so nothing"
        " has been deleted. If you are sure, lift it (aws dynamodb update-table --table-name"
        " flights --no-deletion-protection-enabled --region eu-west-1), then run this again.\n"
    )
    assert tables(dynamodb) == [["flights"], ["flights"]]


def test_wrong_arguments_are_answered_with_the_usage() -> None:
    result = run([DASH, CLEANUP, "--yes", "--force"])
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "usage: cleanup_global_table.sh [--yes] [TABLE [REGION ...]]"
        "   (flights us-east-2 eu-west-1)\n"
        "cleanup_global_table.sh: there is no option --force\n"
    )


def test_help_is_the_usage() -> None:
    result = run([CLEANUP, "-h"])
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: cleanup_global_table.sh [--yes] [TABLE")


def two_tables(tmp_path: Path, delete: str = ":", scaling: str = ":") -> str:
    """A PATH with an `aws` for a table in each region, until it is deleted.

    `delete` and `scaling`: shell commands before it deletes a table in $region, and in place of
    calls about auto scaling.
    """
    cases = f"""
    cd "{tmp_path}"
    case "$*" in
    --version) echo aws-cli/2.40.1 ;;
    *describe-table*) [ -e gone-$region ] || table ACTIVE; refuse ResourceNotFoundException none ;;
    *describe-global-table*) refuse GlobalTableNotFoundException none ;;
    *get-role*) refuse NoSuchEntity none ;;
    *delete-table*)
        {delete}
        : >gone-$region
        ;;
    *) {scaling} ;;
    esac
    """
    return path_with(tmp_path / "bin", "aws", STAND_IN + cases)


def gone(tmp_path: Path) -> list[str]:
    """The regions where the stand-in's tables have been deleted."""
    return sorted(path.name.removeprefix("gone-") for path in tmp_path.glob("gone-*"))


@pytest.mark.parametrize("shell", SHELLS)
def test_without_a_yes_and_without_a_terminal_nothing_is_deleted(
    shell: str, tmp_path: Path
) -> None:
    result = run([shell, CLEANUP], two_tables(tmp_path))
    assert (result.returncode, changes(result.stdout), gone(tmp_path)) == (2, [], [])
    assert result.stderr == (
        "cleanup_global_table.sh: nothing has been deleted: there is nobody to ask, and no --yes.\n"
    )


@pytest.mark.parametrize(
    ("answer", "code", "deleted"), [("", 1, []), ("n", 1, []), ("y", 0, ["us-east-2"])]
)
def test_on_a_terminal_it_asks(answer: str, code: int, deleted: list[str], tmp_path: Path) -> None:
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [DASH, CLEANUP, "flights", "us-east-2"],
        env={**os.environ, "PATH": two_tables(tmp_path)},
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(person, f"{answer}\n".encode())
    stderr = process.communicate(timeout=60)[1]
    os.close(person)
    os.close(terminal)
    assert stderr.startswith("Delete all this? [y/N] ")
    refusal = "cleanup_global_table.sh: nothing has been deleted.\n"
    assert stderr.endswith(refusal) == (not deleted)
    assert (process.returncode, gone(tmp_path)) == (code, deleted)


def test_what_is_refused_for_a_while_is_tried_again(tmp_path: Path) -> None:
    refusals = """
    case $(ls tried-* | wc -l) in
    0) : >tried-1; refuse ResourceInUseException 'Table is being updated' ;;
    1) : >tried-2; refuse ValidationException 'until all writes are replicated' ;;
    2) : >tried-3; refuse ValidationException 'it has acted as a source region' ;;
    esac
    """
    result = run([DASH, CLEANUP, "--yes"], two_tables(tmp_path, refusals))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "tried-3").exists()
    assert changes(result.stdout) == [
        "dynamodb delete-table --table-name flights --region eu-west-1",
        "dynamodb delete-table --table-name flights --region us-east-2",
    ]
    assert result.stdout.endswith(NOTHING_LEFT)


def test_a_replica_that_shows_late_goes_before_the_table_it_is_made_from(tmp_path: Path) -> None:
    cases = f"""
    cd "{tmp_path}"
    case "$*" in
    --version) echo aws-cli/2.40.1 ;;
    *describe-table*)
        [ ! -e gone-$region ] || refuse ResourceNotFoundException none
        [ $region = us-east-2 ] || [ -e shows ] || refuse ResourceNotFoundException none
        if [ $region = us-east-2 ] && [ -e shows ] && [ ! -e gone-eu-west-1 ]; then
            printf 'replica\\teu-west-1\\tACTIVE\\n'
        elif [ $region = eu-west-1 ]; then
            printf 'replica\\tus-east-2\\tACTIVE\\n'
        fi
        table ACTIVE
        ;;
    *describe-global-table*) refuse GlobalTableNotFoundException none ;;
    *get-role*) refuse NoSuchEntity none ;;
    *update-table*) : >gone-eu-west-1 ;;
    *delete-table*)
        [ -e gone-eu-west-1 ] || {{ : >shows; refuse ValidationException 'acted as a source'; }}
        : >gone-$region
        ;;
    esac
    """
    result = run([DASH, CLEANUP, "--yes"], path_with(tmp_path / "bin", "aws", STAND_IN + cases))
    assert result.returncode == 0, result.stderr
    assert changes(result.stdout) == [
        "dynamodb delete-table --table-name flights --region us-east-2",
        "dynamodb update-table --table-name flights"
        " --replica-updates Delete={RegionName=eu-west-1} --region us-east-2",
    ]
    assert gone(tmp_path) == ["eu-west-1", "us-east-2"]


def test_what_cannot_be_deleted_is_reported_and_the_rest_goes(tmp_path: Path) -> None:
    denied = (
        "refuse AccessDeniedException 'is not authorized to perform: dynamodb:DeleteTable on Y'"
    )
    path = two_tables(tmp_path, f"[ $region = us-east-2 ] || {denied}")
    result = run([BASH, CLEANUP, "--yes"], path)
    assert (result.returncode, NOTHING_LEFT in result.stdout) == (1, False)
    assert (
        "cleanup_global_table.sh: Table flights in eu-west-1 stays: AWS denies this identity"
        " dynamodb:DeleteTable in eu-west-1: ask the administrator of the account for the right"
        " to it.\n"
    ) in result.stderr
    assert gone(tmp_path) == ["us-east-2"]


def test_auto_scaling_that_cannot_be_seen_is_reported_and_the_tables_go(tmp_path: Path) -> None:
    path = two_tables(tmp_path, scaling="refuse AccessDeniedException no")
    result = run([DASH, CLEANUP, "--yes"], path)
    assert result.returncode == 1
    assert [line for line in result.stderr.splitlines() if line.startswith("cleanup")] == [
        f"cleanup_global_table.sh: Auto scaling in {region} is left as it is: AWS denies this"
        f" identity a call in {region}: ask the administrator of the account for the right to it."
        for region in ("us-east-2", "eu-west-1")
    ]
    assert gone(tmp_path) == ["eu-west-1", "us-east-2"]


def test_a_table_that_never_goes_is_not_waited_for_without_end(tmp_path: Path) -> None:
    path = two_tables(tmp_path, "[ $region = us-east-2 ] || exit 0")
    result = run([DASH, CLEANUP, "--yes"], path, WAIT_SECONDS="1")
    assert result.returncode == 1
    *_, end, so_far = result.stderr.splitlines()
    assert "flights in eu-west-1 is still ACTIVE after 1 seconds: look at it in the AWS" in end
    assert so_far == (
        "cleanup_global_table.sh: Done so far: deletion of table flights in eu-west-1 asked for."
        " Run this again to continue."
    )
