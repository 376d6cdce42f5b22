"""setup_global_table.sh, with the AWS CLI on the sandbox.

Stand-ins for `aws` show what the sandbox cannot.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.clients import Clients, create_global_table, create_table, set_up, tables
from tests.scripts import ROOT, SAMPLE
from tests.shell import BASH, DASH, PATH, SHELLS, STAND_IN, path_with, run, shown
from tests.waiting import until

SETUP = str(ROOT / "setup_global_table.sh")
REFUSED = pytest.mark.sandbox(refuse_legacy=True)
"""The sandbox refuses version 2017.11.29, as AWS does."""

DESCRIBE = "$ aws dynamodb describe-table --table-name flights --region {}\n"
BOTH_DESCRIBED = DESCRIBE.format("us-east-2") + DESCRIBE.format("eu-west-1")
POLICY = (
    "$ aws dynamodb get-resource-policy"
    " --resource-arn arn:aws:dynamodb:{0}:123456789012:table/flights \\\n    --region {0}\n"
)
BOTH_REPLICAS = (
    DESCRIBE.format("us-east-2")
    + POLICY.format("us-east-2")
    + POLICY.format("eu-west-1")
    + DESCRIBE.format("eu-west-1")
)
CREATE = (
    "$ aws dynamodb create-table --table-name flights \\\n"
    "    --attribute-definitions AttributeName=flight_id,AttributeType=N"
    " AttributeName=airlines_name,AttributeType=S \\\n"
    "    --key-schema AttributeName=flight_id,KeyType=HASH"
    " AttributeName=airlines_name,KeyType=RANGE \\\n"
)
STREAM = "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES"
CREATE_ON_DEMAND = (
    f"{CREATE}    --billing-mode PAY_PER_REQUEST {STREAM} \\\n    --region us-east-2\n"
)
ADD = (
    "$ aws dynamodb update-table --table-name flights \\\n"
    "    --replica-updates 'Create={RegionName=eu-west-1}' \\\n"
    "    --region us-east-2\n"
)
ASK = "Is version 2017.11.29 served? This creates nothing yet, as there are no tables to join:\n"
JOIN = (
    "$ aws dynamodb create-global-table --global-table-name flights \\\n"
    "    --replication-group RegionName=us-east-2 RegionName=eu-west-1 \\\n"
    "    --region us-east-2\n"
)
DESCRIBE_GROUP = (
    "$ aws dynamodb describe-global-table --global-table-name flights \\\n    --region us-east-2\n"
)
REPORT = """\
flights in us-east-2: ACTIVE, stream NEW_AND_OLD_IMAGES, replica of a global table of version {0}
flights in eu-west-1: ACTIVE, stream NEW_AND_OLD_IMAGES, replica of a global table of version {0}
"""
IN_PLACE = "All this was in place already.\n"


def fixed_capacity(region: str) -> str:
    capacity = "    --provisioned-throughput ReadCapacityUnits=30,WriteCapacityUnits=30 \\\n"
    return f"{CREATE}{capacity}    {STREAM} \\\n    --region {region}\n"


def version(client: Any) -> object:
    """What DescribeTable names as the version of the table's global table."""
    return client.describe_table(TableName="flights")["Table"].get("GlobalTableVersion")


def create_on_demand(client: Any) -> None:
    create_table(client, BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)


def typed(call: Sequence[str]) -> list[str]:
    """A call's words as a person would type them: how the answer is to be written is left out."""
    words = list(call)
    for option in {"--output", "--query"} & set(words):
        at = words.index(option)
        del words[at : at + 2]
    return words


@pytest.mark.parametrize("shell", SHELLS)
def test_a_table_is_created_and_a_replica_added(shell: str, dynamodb: Clients) -> None:
    result = run([shell, SETUP])
    assert result.returncode == 0, result.stderr
    assert result.stdout == BOTH_DESCRIBED + CREATE_ON_DEMAND + ADD + REPORT.format("2019.11.21")
    assert version(dynamodb("eu-west-1")) == "2019.11.21"


def test_what_it_shows_is_what_it_calls(dynamodb: Clients, tmp_path: Path) -> None:
    log = tmp_path / "log"
    aws = shutil.which("aws", path=PATH)
    record = f'printf "%s\\0" "$@" "" >>"{log}"\nexec "{aws}" "$@"'
    result = run([DASH, SETUP], path_with(tmp_path / "bin", "aws", record))
    called = [call.strip("\0").split("\0") for call in log.read_text().split("\0\0") if call]
    assert [
        ["aws", *typed(call)] for call in dict.fromkeys(map(tuple, called)) if "--region" in call
    ] == shown(result.stdout)


def test_a_second_run_changes_nothing_whatever_the_users_configuration(
    dynamodb: Clients, tmp_path: Path
) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    own = tmp_path / "config"
    own.write_text("[default]\noutput = table\ncli_pager = more\ncli_auto_prompt = on\n")
    again = run([BASH, SETUP], AWS_CONFIG_FILE=str(own), AWS_PAGER="more")
    assert again.stdout == BOTH_REPLICAS + REPORT.format("2019.11.21") + IN_PLACE
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_legacy_runs_the_exercises_three_commands(shell: str, dynamodb: Clients) -> None:
    result = run([shell, SETUP, "--legacy"])
    assert result.returncode == 0, result.stderr
    assert result.stdout == (
        BOTH_DESCRIBED
        + ASK
        + JOIN
        + "It is. The tables come first:\n"
        + fixed_capacity("us-east-2")
        + fixed_capacity("eu-west-1")
        + JOIN
        + DESCRIBE_GROUP
        + REPORT.format("2017.11.29")
    )
    group = dynamodb("eu-west-1").describe_global_table(GlobalTableName="flights")
    assert [
        replica["RegionName"] for replica in group["GlobalTableDescription"]["ReplicationGroup"]
    ] == ["us-east-2", "eu-west-1"]


@pytest.mark.parametrize("option", [[], ["--legacy"]], ids=["today", "legacy"])
def test_a_global_table_of_version_2017_is_confirmed(option: list[str], dynamodb: Clients) -> None:
    create_global_table(dynamodb)
    result = run([DASH, SETUP, *option])
    assert result.stdout == (
        BOTH_DESCRIBED + DESCRIBE_GROUP + REPORT.format("2017.11.29") + IN_PLACE
    )
    assert (result.returncode, result.stderr) == (0, "")


@REFUSED
@pytest.mark.parametrize("there", [(), ("us-east-2",), ("us-east-2", "eu-west-1")])
def test_where_aws_refuses_version_2017_legacy_creates_nothing_and_says_what_to_type(
    there: tuple[str, ...], dynamodb: Clients
) -> None:
    for region in there:
        create_table(dynamodb(region))
    result = run([BASH, SETUP, "--legacy"])
    assert (result.returncode, CREATE in result.stdout) == (1, False)
    clean_up = "./cleanup_global_table.sh (it asks before it deletes), then " if there else ""
    assert result.stderr == (
        "setup_global_table.sh: AWS no longer makes global tables of version 2017.11.29."
        " Nothing has been created. For one of today's version, type:"
        f" {clean_up}./setup_global_table.sh\n"
    )
    assert [bool(names) for names in tables(dynamodb)] == [
        region in there for region in ("us-east-2", "eu-west-1")
    ]


def test_legacy_leaves_a_global_table_of_todays_version_as_it_is(dynamodb: Clients) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    result = run([DASH, SETUP, "--legacy", "flights"])
    assert (result.returncode, result.stdout) == (1, BOTH_REPLICAS)
    assert result.stderr == (
        "setup_global_table.sh: table flights is a global table of version 2019.11.21 already."
        " Delete it first (./cleanup_global_table.sh flights), or choose another table name.\n"
    )


def test_of_version_2017_half_a_set_up_is_finished(dynamodb: Clients) -> None:
    create_table(dynamodb("eu-west-1"))
    result = run([DASH, SETUP, "--legacy"])
    assert result.returncode == 0
    assert fixed_capacity("us-east-2") in result.stdout
    assert fixed_capacity("eu-west-1") not in result.stdout
    assert result.stdout.endswith(REPORT.format("2017.11.29"))


def test_of_version_2017_a_table_on_demand_is_joined_by_others_on_demand(
    dynamodb: Clients,
) -> None:
    create_on_demand(dynamodb("us-east-2"))
    result = run([BASH, SETUP, "--legacy"])
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(REPORT.format("2017.11.29"))
    ireland = dynamodb("eu-west-1").describe_table(TableName="flights")["Table"]
    assert ireland["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_of_version_2017_a_region_is_added_by_request_only(dynamodb: Clients) -> None:
    create_global_table(dynamodb)
    regions = ("us-east-2", "eu-west-1", "eu-west-2")
    today = run([DASH, SETUP, "flights", *regions])
    assert today.returncode == 1
    assert today.stderr == (
        "setup_global_table.sh: table flights is a global table of version 2017.11.29 in us-east-2"
        " and eu-west-1. AWS adds no regions to this version, so eu-west-2 needs another table"
        " name.\n"
    )
    legacy = run([BASH, SETUP, "--legacy", "flights", *regions])
    assert legacy.returncode == 0, legacy.stderr
    assert "'Create={RegionName=eu-west-2}' \\\n    --region us-east-2\n" in legacy.stdout
    assert tables(dynamodb, "eu-west-2") == [["flights"]]


def test_of_version_2017_no_region_is_added_to_tables_that_hold_items(dynamodb: Clients) -> None:
    create_global_table(dynamodb)
    dynamodb("us-east-2").put_item(TableName="flights", Item=SAMPLE[0])
    result = run([DASH, SETUP, "--legacy", "flights", "us-east-2", "eu-west-1", "eu-west-2"])
    assert result.returncode == 1
    assert "table flights in us-east-2 holds items" in result.stderr
    assert tables(dynamodb, "eu-west-2") == [[]]


def test_half_a_set_up_is_finished_and_keeps_its_items(dynamodb: Clients) -> None:
    create_on_demand(dynamodb("us-east-2"))
    dynamodb("us-east-2").put_item(TableName="flights", Item=SAMPLE[0])
    result = run([BASH, SETUP])
    assert result.returncode == 0
    assert CREATE not in result.stdout
    assert result.stdout.endswith(ADD + REPORT.format("2019.11.21"))
    assert dynamodb("eu-west-1").scan(TableName="flights")["Items"] == [SAMPLE[0]]


def test_a_replica_that_is_being_made_is_waited_for(dynamodb: Clients) -> None:
    ohio = dynamodb("us-east-2")
    create_on_demand(ohio)
    ohio.update_table(TableName="flights", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    result = run([DASH, SETUP])
    assert (result.returncode, ADD in result.stdout) == (0, False)
    assert result.stdout.endswith(REPORT.format("2019.11.21") + IN_PLACE)


def test_of_two_set_ups_at_once_the_second_waits_and_confirms(dynamodb: Clients) -> None:
    started = [
        subprocess.Popen(
            [shell, SETUP],
            env={**os.environ, "PATH": PATH},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for shell in SHELLS
    ]
    finished = [process.communicate(timeout=90) for process in started]
    assert [process.returncode for process in started] == [0, 0], finished
    for stdout, _ in finished:
        assert REPORT.format("2019.11.21") in stdout


def test_a_region_is_added_to_a_global_table_that_is_there(dynamodb: Clients) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    result = run([BASH, SETUP, "flights", "ap-south-1", "us-east-2"])
    assert result.returncode == 0, result.stderr
    assert "'Create={RegionName=ap-south-1}' \\\n    --region us-east-2\n" in result.stdout
    assert version(dynamodb("ap-south-1")) == "2019.11.21"


@pytest.mark.parametrize(
    ("option", "why"),
    [
        (
            [],
            "is a table of its own, and DynamoDB makes a replica only where there is no table yet",
        ),
        (
            ["--legacy"],
            "holds items, and a global table of version 2017.11.29 is made of empty tables",
        ),
    ],
    ids=["today", "legacy"],
)
def test_a_filled_table_in_the_way_keeps_its_items(
    option: list[str], why: str, dynamodb: Clients
) -> None:
    create_table(dynamodb("eu-west-1"))
    dynamodb("eu-west-1").put_item(TableName="flights", Item=SAMPLE[0])
    result = run([DASH, SETUP, *option])
    assert result.returncode == 1
    assert result.stderr == (
        f"setup_global_table.sh: table flights in eu-west-1 {why}; it is left as it is."
        " Delete it with its items"
        " (aws dynamodb delete-table --table-name flights --region eu-west-1),"
        " or choose another table name (./setup_global_table.sh NAME).\n"
    )
    assert dynamodb("eu-west-1").scan(TableName="flights")["Items"] == [SAMPLE[0]]
    assert tables(dynamodb) == [[], ["flights"]]


@pytest.mark.parametrize(
    ("differently", "why"),
    [
        (
            {
                "KeySchema": [{"AttributeName": "flight_id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "flight_id", "AttributeType": "N"}],
            },
            "has the keys flight_id=N, and needs flight_id=N, airlines_name=S",
        ),
        (
            {
                "AttributeDefinitions": [
                    {"AttributeName": "airlines_name", "AttributeType": "S"},
                    {"AttributeName": "flight_id", "AttributeType": "S"},
                ],
            },
            "has the keys flight_id=S, airlines_name=S, and needs flight_id=N, airlines_name=S",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
            "has a stream of KEYS_ONLY, and needs one of NEW_AND_OLD_IMAGES",
        ),
    ],
    ids=["no sort key", "a key of another type", "another stream"],
)
def test_a_table_of_another_make_is_in_the_way(
    differently: Any, why: str, dynamodb: Clients
) -> None:
    create_table(dynamodb("us-east-2"), **differently)
    result = run([DASH, SETUP])
    assert result.returncode == 1
    assert result.stderr.startswith(
        f"setup_global_table.sh: table flights in us-east-2 {why}; it is left as it is."
    )
    assert tables(dynamodb) == [["flights"], []]


def test_of_version_2017_a_table_without_a_stream_is_in_the_way(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"), StreamSpecification=None)
    result = run([BASH, SETUP, "--legacy"])
    assert result.returncode == 1
    assert (
        "table flights in us-east-2 has no stream, and needs one of NEW_AND_OLD_IMAGES;"
        in result.stderr
    )
    assert tables(dynamodb) == [["flights"], []]


def test_a_table_with_a_fixed_capacity_is_answered_with_how_to_switch_it(dynamodb: Clients) -> None:
    create_table(dynamodb("us-east-2"))
    result = run([DASH, SETUP])
    assert result.returncode == 1
    assert result.stderr == (
        "setup_global_table.sh: table flights in us-east-2 has a fixed write capacity, so it can"
        " have no replica. Switch it to on-demand (aws dynamodb update-table --table-name flights"
        " --billing-mode PAY_PER_REQUEST --region us-east-2), then run this again.\n"
    )
    assert tables(dynamodb) == [["flights"], []]


def test_nobody_at_the_endpoint_is_reported() -> None:
    result = run([DASH, SETUP])
    assert (result.returncode, result.stdout) == (1, DESCRIBE.format("us-east-2"))
    assert result.stderr == (
        "setup_global_table.sh: nobody answers at http://127.0.0.1:9/: check the network,"
        " the region (us-east-2), and AWS_ENDPOINT_URL if it is set.\n"
    )


STRONG = """\
flights-strong in us-east-2: ACTIVE, replica of a global table with multi-Region strong \
consistency, witness in us-east-1
flights-strong in eu-west-1: ACTIVE, replica of a global table with multi-Region strong \
consistency, witness in us-east-1
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_strong_makes_the_replica_and_the_witness_in_one_call(
    shell: str, dynamodb: Clients
) -> None:
    result = run([shell, SETUP, "--strong"])
    assert result.returncode == 0, result.stderr
    assert shown(result.stdout)[-1] == [
        *"aws dynamodb update-table --table-name flights-strong".split(),
        *"--multi-region-consistency STRONG".split(),
        *"--replica-updates Create={RegionName=eu-west-1}".split(),
        *"--global-table-witness-updates Create={RegionName=us-east-1}".split(),
        *"--region us-east-2".split(),
    ]
    assert result.stdout.endswith(STRONG)
    table = dynamodb("eu-west-1").describe_table(TableName="flights-strong")["Table"]
    assert table["MultiRegionConsistency"] == "STRONG"
    again = run([shell, SETUP, "--strong"])
    assert again.stdout.endswith(f"--region eu-west-1\n{STRONG}{IN_PLACE}")


def test_strong_does_not_change_the_regions_of_a_strong_table(dynamodb: Clients) -> None:
    assert run([DASH, SETUP, "--strong"]).returncode == 0
    other = ("flights-strong", "us-east-2", "us-east-1", "eu-west-1")
    result = run([BASH, SETUP, "--strong", *other])
    assert (result.returncode, result.stderr) == (
        1,
        "setup_global_table.sh: table flights-strong in us-east-2 has replicas and a witness"
        " elsewhere (eu-west-1 and us-east-1), and AWS changes no region of a strongly consistent"
        " table. Choose another table name (./setup_global_table.sh --strong NAME).\n",
    )


def test_strong_confirms_what_another_set_up_asks_for_while_this_one_looks(
    dynamodb: Clients, tmp_path: Path
) -> None:
    create_on_demand(dynamodb("us-east-2"))
    aws = shutil.which("aws", path=PATH)
    other = f"""
    case "$*" in
    *describe-table*eu-west-1)
        [ -e "{tmp_path}/asked" ] || "{aws}" dynamodb update-table --table-name flights \
            --multi-region-consistency STRONG --replica-updates 'Create={{RegionName=eu-west-1}}' \
            --global-table-witness-updates 'Create={{RegionName=us-east-1}}' \
            --region us-east-2 >"{tmp_path}/asked"
        ;;
    esac
    exec "{aws}" "$@"
    """
    result = run([DASH, SETUP, "--strong", "flights"], path_with(tmp_path / "bin", "aws", other))
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(STRONG.replace("flights-strong", "flights") + IN_PLACE)


def test_strong_leaves_an_ordinary_global_table_as_it_is(dynamodb: Clients) -> None:
    set_up(dynamodb, "us-east-2", "eu-west-1")
    result = run([DASH, SETUP, "--strong", "flights"])
    assert (result.returncode, result.stderr) == (
        1,
        "setup_global_table.sh: table flights in us-east-2 is a global table with eventual"
        " consistency, and AWS does not change that. Choose another table name"
        " (./setup_global_table.sh --strong NAME).\n",
    )


def test_strong_begins_with_an_empty_table(dynamodb: Clients) -> None:
    create_on_demand(dynamodb("us-east-2"))
    dynamodb("us-east-2").put_item(TableName="flights", Item=SAMPLE[0])
    result = run([BASH, SETUP, "--strong", "flights"])
    assert result.returncode == 1
    assert result.stderr.startswith(
        "setup_global_table.sh: table flights in us-east-2 holds items, and strong consistency"
        " begins with an empty table; it is left as it is."
    )
    assert dynamodb("us-east-2").scan(TableName="flights")["Count"] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("flights", "us-east-2"), "a global table needs two regions or more, each named once"),
        (
            ("flights", "us-east-2", "us-east-2"),
            "a global table needs two regions or more, each named once",
        ),
        (("--table", "flights"), "there is no option --table"),
        (("--strong", "--legacy"), "--strong and --legacy exclude each other"),
        (
            ("--strong", "flights", "us-east-2", "eu-west-1"),
            "a strongly consistent table needs two regions and one for its witness",
        ),
        (
            ("flights", "us-east-2", "eu-wset-1"),
            "eu-wset-1 is not an AWS region; did you mean eu-west-1?",
        ),
        (("flights", "us-east-2 eu-west-1", "x"), "'us-east-2 eu-west-1' is not an AWS region"),
        (("flights", "US-EAST-2", "us-west-1"), "'US-EAST-2' is not an AWS region"),
        (
            ("arn:aws:dynamodb:us-east-2:123456789012:table/flights",),
            "give the name of the table, not its ARN",
        ),
        (
            ("my flights",),
            "'my flights' is not a table name: it may have letters, digits, _ . and -",
        ),
        (("fl",), "'fl' is not a table name: it has from 3 to 255 characters"),
        (("f" * 256,), f"'{'f' * 256}' is not a table name: it has from 3 to 255 characters"),
    ],
)
def test_wrong_arguments_are_answered_with_the_usage(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = run([DASH, SETUP, *arguments])
    assert (result.returncode, result.stdout) == (2, "")
    usage = (
        "usage: setup_global_table.sh [--legacy] [TABLE [REGION REGION ...]]"
        "   (flights us-east-2 eu-west-1)\n"
        "       setup_global_table.sh --strong [TABLE [REGION REGION WITNESS]]"
        "   (flights-strong us-east-2 eu-west-1 us-east-1)"
    )
    assert result.stderr == f"{usage}\nsetup_global_table.sh: {sentence}\n"


@pytest.mark.parametrize("seconds", ["abc", "-1", "1.5", "99999999999999999999"])
def test_a_time_to_wait_that_is_not_a_number_is_answered_with_the_usage(seconds: str) -> None:
    result = run([DASH, SETUP], WAIT_SECONDS=seconds)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith(
        f"setup_global_table.sh: WAIT_SECONDS is {seconds}, and should be a number of seconds,"
        " 999999999 at most\n"
    )


def test_help_is_the_usage() -> None:
    result = run([SETUP, "--help"])
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: setup_global_table.sh [--legacy] [TABLE")


def test_without_the_aws_cli_it_says_how_to_get_it(tmp_path: Path) -> None:
    for name in ("dirname", "mktemp", "rm", "sort", "uniq"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    result = run(["/bin/sh", SETUP], path=str(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "setup_global_table.sh: the AWS CLI, aws, is not on the PATH: install it"
        " (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html),"
        " or use the one in ./run_workshop.sh shell.\n"
    )


@pytest.mark.parametrize("old", ["1.9.3", "1.28.9", "2.9.19", "2.12.7"])
def test_an_aws_cli_that_would_pass_over_the_endpoint_is_not_used(old: str, tmp_path: Path) -> None:
    path = path_with(tmp_path, "aws", f"echo aws-cli/{old} Python/3.11.2 Linux/6.1 source/x86_64")
    result = run([DASH, SETUP], path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"setup_global_table.sh: aws {old} does not know AWS_ENDPOINT_URL, which is set,"
        " and would talk to AWS: get version 2.13 (or 1.29) or newer.\n"
    )


@pytest.mark.parametrize("new", ["1.29.0", "1.46.3", "2.13.0", "2.40.1"])
def test_an_aws_cli_that_knows_the_endpoint_is_used(new: str, tmp_path: Path) -> None:
    path = path_with(tmp_path, "aws", f"echo aws-cli/{new} Python/3.11.2; [ $1 = --version ]")
    assert run([DASH, SETUP], path).stdout == DESCRIBE.format("us-east-2")


CONFIGURATIONS = {
    "[default\n": (
        "aws cannot read {config}: correct that file, or check AWS_CONFIG_FILE and"
        " AWS_SHARED_CREDENTIALS_FILE."
    ),
    "[default]\nregion\n": (
        "aws cannot read {config}: correct that file, or check AWS_CONFIG_FILE and"
        " AWS_SHARED_CREDENTIALS_FILE."
    ),
    "[profile own]\nregion = us-east-2\n": (
        "there is no AWS profile workshop: check AWS_PROFILE, or make it"
        " (aws configure --profile workshop)."
    ),
    (
        "[profile workshop]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = x\n"
        "[sso-session work]\nsso_start_url = https://example.com\nsso_region = us-east-1\n"
    ): (
        "nobody has signed in yet (Error loading SSO Token: Token for work does not exist):"
        " run aws sso login, then run this again."
    ),
    "[profile workshop]\nlogin_session = arn:aws:iam::123456789012:user/x\n": (
        "aws needs another package for this way to sign in: run python -m pip install"
        ' "botocore[crt]", or use version 2 of the AWS CLI.'
    ),
    "[profile workshop]\ncredential_process = echo hello\n": (
        "the program that credential_process names in ~/.aws/config did not print JSON"
        " (Expecting value: line 1 column 1 (char 0)): correct it."
    ),
    "[profile workshop]\ncredential_process = /nonexistent/program\n": (
        "aws failed ([Errno 2] No such file or directory: '/nonexistent/program'): check"
        " ~/.aws/config, and the variables of the environment that begin with AWS_."
    ),
}
"""Configurations in which `aws` calls nobody, and what the scripts say."""


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_what_is_wrong_with_the_users_configuration_is_said_in_a_sentence(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(config)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    own = {"AWS_CONFIG_FILE": str(file), "AWS_PROFILE": "workshop", "HOME": str(tmp_path)}
    result = run([DASH, SETUP], **own)
    sentence = CONFIGURATIONS[config].format(config=file)
    assert (result.returncode, result.stderr) == (1, f"setup_global_table.sh: {sentence}\n")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            'Unable to locate credentials. You can configure credentials by running "aws login".',
            "aws has no credentials: give it some (aws configure, or aws sso login),"
            " or work in ./run_workshop.sh shell.",
        ),
        (
            "An error occurred (ExpiredTokenException) when calling the DescribeTable operation:"
            " The security token included in the request is expired",
            "the AWS credentials have expired: sign in again (aws sso login) or get new ones, then"
            " run this again.",
        ),
        (
            "aws: [ERROR]: An error occurred (UnrecognizedClientException) when calling the"
            " DescribeTable operation: The security token included in the request is invalid.",
            "AWS does not accept these credentials in us-east-2: check them, and that the account"
            " has this region enabled.",
        ),
        (
            "An error occurred (AccessDeniedException) when calling the DescribeTable operation:"
            " User: arn:aws:iam::1:user/learner is not authorized to perform:"
            " dynamodb:DescribeTable on resource: x",
            "AWS denies this identity dynamodb:DescribeTable in us-east-2: ask the administrator"
            " of the account for the right to it.",
        ),
        (
            "\nAn error occurred (ThrottlingException) when calling the DescribeTable operation"
            " (reached max retries: 3): Rate exceeded\n",
            "DescribeTable in us-east-2 failed with ThrottlingException: Rate exceeded",
        ),
        (
            "An error occurred (ThrottlingException) when calling the Scan operation:"
            " \x1b[2J\x07slow\r",
            "Scan in us-east-2 failed with ThrottlingException: [2J slow",
        ),
        (
            "aws: [ERROR]: Invalid endpoint: localhost:8000",
            "AWS_ENDPOINT_URL is not the URL of an endpoint (Invalid endpoint: localhost:8000):"
            " correct it (the sandbox's is like http://127.0.0.1:8000).",
        ),
        (
            "SSL validation failed for https://example.com/ [SSL: CERTIFICATE_VERIFY_FAILED]"
            " certificate verify failed: certificate has expired (_ssl.c:1006)",
            "no TLS connection to https://example.com/ ([SSL: CERTIFICATE_VERIFY_FAILED]"
            " certificate verify failed: certificate has expired (_ssl.c:1006)): check"
            " AWS_ENDPOINT_URL, or, if your network inspects TLS, set AWS_CA_BUNDLE to the file of"
            " its CA certificates.",
        ),
        (
            "aws: [ERROR]: Your session has expired or credentials have changed."
            " Please reauthenticate using 'aws login'.",
            "the session of aws login has ended, or was never begun: run aws login, then run this"
            " again.",
        ),
        (
            "aws: [ERROR]: Error when retrieving credentials from custom-process: expired",
            "could not get AWS credentials (Error when retrieving credentials from custom-process:"
            " expired): check the program that credential_process names in ~/.aws/config.",
        ),
        (
            "Traceback (most recent call last):\n  File x, in y\nOddError: \x1b[31mthis\n\n",
            "aws failed (OddError:  [31mthis): check ~/.aws/config, and the variables of the"
            " environment that begin with AWS_.",
        ),
        (
            "The config profile (workshop) could not be found",
            "there is no AWS profile workshop: check AWS_PROFILE, or make it"
            " (aws configure --profile workshop).",
        ),
    ],
)
def test_a_refusal_is_explained_in_a_sentence(answer: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(answer)
    path = path_with(tmp_path, "aws", f"cat '{tmp_path}/answer' >&2; exit 254")
    result = run([DASH, SETUP], path)
    assert (result.returncode, result.stderr) == (1, f"setup_global_table.sh: {sentence}\n")


def slow(tmp_path: Path, made: str = "table CREATING") -> str:
    """A PATH with an `aws` on which a table, once made, stays CREATING.

    `made`: how it answers DescribeTable after CreateTable.
    """
    cases = f"""
    cd "{tmp_path}"
    case "$*" in
    --version) echo aws-cli/2.40.1 ;;
    *describe-table*) [ ! -e made ] || {{ {made}; }}; refuse ResourceNotFoundException none ;;
    *create-table*) : >made ;;
    esac
    """
    return path_with(tmp_path / "bin", "aws", STAND_IN + cases)


def test_a_table_that_is_being_deleted_is_waited_for_by_the_user(tmp_path: Path) -> None:
    result = run([DASH, SETUP], path_with(tmp_path, "aws", f"{STAND_IN}\ntable DELETING"))
    assert (result.returncode, result.stdout) == (1, DESCRIBE.format("us-east-2"))
    assert result.stderr == (
        "setup_global_table.sh: table flights in us-east-2 is being deleted:"
        " run this again when it is gone.\n"
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_what_never_comes_is_not_waited_for_without_end(shell: str, tmp_path: Path) -> None:
    result = run([shell, SETUP], slow(tmp_path), WAIT_SECONDS="1")
    assert result.returncode == 1
    waiting, *_, end, so_far = result.stderr.splitlines()
    assert waiting.startswith("table flights in us-east-2 is CREATING")
    assert end.endswith("seconds: look at it in the AWS console, and run this again later.")
    assert so_far == (
        "setup_global_table.sh: Done so far: table flights created in us-east-2."
        " Run this again to continue."
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_ctrl_c_says_what_was_done(shell: str, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    stderr = tmp_path / "stderr"
    with stderr.open("w") as file:
        process = subprocess.Popen(
            [shell, SETUP],
            env={**os.environ, "PATH": slow(tmp_path), "TMPDIR": str(temporary)},
            stdout=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
        until(lambda: "is CREATING" in stderr.read_text())
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(10) == 130
    assert stderr.read_text().endswith(
        "\nsetup_global_table.sh: Interrupted. Done so far: table flights created in us-east-2."
        " Run this again to continue.\n"
    )
    assert list(temporary.iterdir()) == []


def test_a_connection_that_is_lost_on_the_way_is_reported(tmp_path: Path) -> None:
    url = "https://dynamodb.us-east-2.amazonaws.com/"
    lost = f"""echo 'Could not connect to the endpoint URL: "{url}"' >&2; exit 255"""
    result = run([DASH, SETUP], slow(tmp_path, made=lost))
    assert result.returncode == 1
    assert result.stderr == (
        f"setup_global_table.sh: nobody answers at {url}: check the network,"
        " the region (us-east-2), and AWS_ENDPOINT_URL if it is set.\n"
        "setup_global_table.sh: Done so far: table flights created in us-east-2."
        " Run this again to continue.\n"
    )


def test_a_replica_of_another_global_table_is_in_the_way(dynamodb: Clients) -> None:
    for region, other in (("us-east-2", "us-west-1"), ("eu-west-1", "eu-west-2")):
        create_table(dynamodb(region), BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
        updates: Any = [{"Create": {"RegionName": other}}]
        dynamodb(region).update_table(TableName="flights", ReplicaUpdates=updates)
    result = run([DASH, SETUP, "flights", "us-west-1", "eu-west-2"])
    assert result.returncode == 1
    assert result.stderr.startswith(
        "setup_global_table.sh: table flights in eu-west-2 is not a replica of the one in"
        " us-west-1; it is left as it is."
    )
