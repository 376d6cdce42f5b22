"""What can go wrong between a script and AWS ends in a sentence on stderr and an exit code."""

import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import (
    CredentialRetrievalError,
    LoginTokenLoadError,
    SSOTokenLoadError,
    UnauthorizedSSOTokenError,
)

from common.errors import unanswered
from fake_dynamodb.server import FakeDynamoDB
from tests.conftest import NOBODY
from tests.scripts import FLIGHTS_DATA, Script, command

SCRIPTS = {
    "load_flights": ("flights", FLIGHTS_DATA, "us-east-2"),
    "scan_flights": ("flights", "us-east-2"),
    "query_flights": ("flights", "us-east-2"),
    "ec_query_flights": ("flights", "222", "us-east-2", "eu-west-1"),
    "multi_update_flights": ("flights", "111", "us-east-2", "000", "eu-west-1"),
    "lag_flights": ("flights", "us-east-2", "eu-west-1"),
    "watch_flights": ("flights", "us-east-2", "eu-west-1"),
    "sell_flights": ("flights", "us-east-2", "eu-west-1"),
}
"""Each script with the arguments of the exercise."""

FIRST_LINES = {
    "load_flights": "",
    "scan_flights": "Scanning table flights to get the total items\n",
    "query_flights": "",
    "ec_query_flights": "## Starting to Update table flights from us-east-2 with 222 ##\n\n",
    "multi_update_flights": "Updating flights table in region: us-east-2\n"
    "input value used for updating flights 111\n",
    "lag_flights": "",
    "watch_flights": "",
    "sell_flights": "",
}
"""What a script has printed before its first call."""

FIRST_CALL = {
    "load_flights": "BatchWriteItem",
    "scan_flights": "Scan",
    "query_flights": "Query",
    "ec_query_flights": "Query",
    "multi_update_flights": "Query",
    "lag_flights": "Query",
    "watch_flights": "BatchGetItem",
    "sell_flights": "Query",
}

CHECK_TWO_REGIONS = {"ec_query_flights", "multi_update_flights"}
"""At the same time, so either of the two may be the one that is reported."""

every_script = pytest.mark.parametrize("name", SCRIPTS)


def assert_ends_with(script: Script, name: str, sentence: str) -> None:
    """The script ends with this sentence, and prints only what comes before its first call."""
    code, out, err = script(name, *SCRIPTS[name])
    if name in CHECK_TWO_REGIONS:
        err = err.replace("eu-west-1", "us-east-2")
    loaded = " (at least 0 of 2500 rows are loaded; running this again is safe)"
    shown = f"{name}.py: {sentence}{loaded if name == 'load_flights' else ''}\n"
    assert (code, out, err) == (1, FIRST_LINES[name], shown)


@every_script
def test_a_missing_table_is_reported(script: Script, fake: FakeDynamoDB, name: str) -> None:
    fake.status = None
    assert_ends_with(
        script,
        name,
        "there is no table flights in us-east-2: create it with ./setup_global_table.sh,"
        " or check its name and the region",
    )


@every_script
def test_a_table_that_is_still_being_created_is_not_reported_as_missing(
    script: Script, fake: FakeDynamoDB, name: str
) -> None:
    fake.status = "CREATING"
    assert_ends_with(
        script,
        name,
        "table flights in us-east-2 is not ready yet (CREATING): wait and try again",
    )


@every_script
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "ExpiredTokenException",
            "the AWS credentials have expired: sign in again (aws sso login) or get new ones",
        ),
        (
            "UnrecognizedClientException",
            "AWS does not accept these credentials in us-east-2 (UnrecognizedClientException):"
            " check them with aws sts get-caller-identity, and check this machine's clock",
        ),
        (
            "InvalidSignatureException",
            "AWS does not accept these credentials in us-east-2 (InvalidSignatureException):"
            " check them with aws sts get-caller-identity, and check this machine's clock",
        ),
        (
            "AccessDeniedException",
            "access denied: these credentials may not call dynamodb:{action} on table flights in"
            " us-east-2; ask the owner of the account to allow it",
        ),
        (
            "ResourceInUseException",
            "table flights in us-east-2 is being created or changed: wait and try again",
        ),
        (
            "SomethingNewException",
            "dynamodb:{action} on table flights in us-east-2 failed: SomethingNewException:"
            " SomethingNewException",
        ),
    ],
)
def test_a_refused_call_is_not_made_again(
    script: Script, fake: FakeDynamoDB, name: str, code: str, sentence: str
) -> None:
    fake.fail_after(0, code)
    assert_ends_with(script, name, sentence.format(action=FIRST_CALL[name]))


@every_script
def test_throttling_that_does_not_end_is_reported(
    script: Script, fake: FakeDynamoDB, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    fake.fail_after(0, "ProvisionedThroughputExceededException")
    assert_ends_with(
        script,
        name,
        f"DynamoDB throttled every attempt at dynamodb:{FIRST_CALL[name]} on table flights in"
        " us-east-2 (ProvisionedThroughputExceededException): wait a minute, or give the table more"
        " capacity",
    )


@every_script
def test_a_server_that_keeps_failing_is_reported(
    script: Script, fake: FakeDynamoDB, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.ATTEMPTS", 2)
    fake.fail_after(0, "InternalServerError")
    assert_ends_with(
        script,
        name,
        f"DynamoDB in us-east-2 failed at dynamodb:{FIRST_CALL[name]} (InternalServerError):"
        " try again in a moment",
    )


@every_script
def test_an_answer_that_is_cut_off_is_not_taken_for_a_success(
    script: Script, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.ATTEMPTS", 2)
    with FakeDynamoDB(faults=1, kinds=["half answer"]) as fake:
        fake.flights.start_with(FLIGHTS_DATA)
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        code, out, err = script(name, *SCRIPTS[name])
    assert (code, out) == (1, FIRST_LINES[name])
    assert err.startswith(f"{name}.py: no answer from {fake.url} (")
    assert err.count("\n") == 1


@every_script
def test_an_endpoint_where_nobody_answers_is_reported(
    script: Script, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.batch_write.ATTEMPTS", 2)
    assert_ends_with(
        script,
        name,
        f"nobody answers at {NOBODY}: check the network, the region and AWS_ENDPOINT_URL",
    )


@every_script
def test_missing_credentials_are_reported(
    script: Script, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert_ends_with(
        script, name, "no AWS credentials found: run aws configure, or set AWS_PROFILE"
    )


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "AWS_SECRET_ACCESS_KEY",
            None,
            "AWS credentials are incomplete (Partial credentials found in env,"
            " missing: AWS_SECRET_ACCESS_KEY): run aws configure",
        ),
        (
            "AWS_PROFILE",
            "workshop",
            "The config profile (workshop) could not be found: check AWS_PROFILE,"
            " or run aws configure",
        ),
        ("AWS_ENDPOINT_URL", "localhost", "Invalid endpoint: localhost: check AWS_ENDPOINT_URL"),
    ],
)
@every_script
def test_a_wrong_configuration_is_reported_before_anything_is_printed(
    script: Script,
    name: str,
    variable: str,
    value: str | None,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    assert script(name, *SCRIPTS[name]) == (1, "", f"{name}.py: {sentence}\n")


def test_a_configuration_file_that_cannot_be_read_is_named(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("region = us-east-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    code, out, err = script("scan_flights", "flights", "us-east-2")
    assert (code, out) == (1, "")
    assert err == (
        f"scan_flights.py: Unable to parse config file: {config}:"
        " correct that file, or check AWS_CONFIG_FILE\n"
    )


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedSSOTokenError(),
        SSOTokenLoadError(error_msg="no token"),
        LoginTokenLoadError(error_msg="no token"),
        CredentialRetrievalError(provider="sso", error_msg="expired"),
    ],
)
def test_a_sign_in_that_has_expired_is_reported(error: Exception) -> None:
    assert unanswered(error).startswith("could not get AWS credentials (")
    assert unanswered(error).endswith("): sign in again (aws sso login)")


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("load_flights", (), "the following arguments are required: TABLE, CSV, REGION"),
        ("scan_flights", ("flights",), "the following arguments are required: REGION"),
        (
            "query_flights",
            ("flights", "us-est-2"),
            "argument REGION: us-est-2 is not an AWS region; did you mean us-east-2?",
        ),
        (
            "query_flights",
            ("flights", "EU-West-1"),
            "argument REGION: EU-West-1 is not an AWS region; did you mean eu-west-1?",
        ),
        ("query_flights", ("flights", "us-east-2", "5"), "unrecognized arguments: 5"),
        (
            "ec_query_flights",
            ("flights", "-1", "us-east-2", "eu-west-1"),
            "argument VALUE: '-1' is not a number of seats:"
            " give a whole number from 0 up, at most 38 digits",
        ),
        (
            "ec_query_flights",
            ("flights", "1", "us-east-2", "us-east-2"),
            "REGION_1 and REGION_2 are both us-east-2: give two replicas of the table",
        ),
        (
            "multi_update_flights",
            ("flights", "111", "eu-west-1", "2.5", "us-east-2"),
            "argument VALUE2: '2.5' is not a number of seats:"
            " give a whole number from 0 up, at most 38 digits",
        ),
        (
            "multi_update_flights",
            ("flights", "1", "us-east-2", "2", "us-east-2"),
            "REGION1 and REGION2 are both us-east-2: give two replicas of the table",
        ),
    ],
)
def test_a_wrong_command_line_is_answered_with_the_usage_and_makes_no_call(
    script: Script, fake: FakeDynamoDB, name: str, arguments: tuple[str, ...], complaint: str
) -> None:
    code, out, err = script(name, *arguments)
    *usage, last = err.splitlines()  # argparse breaks a long usage into two lines
    assert (code, out) == (2, "")
    assert usage[0].startswith(f"usage: {name}.py [-h] ")
    assert "TABLE " in " ".join(usage)
    assert last == f"{name}.py: error: {complaint}"
    assert not fake.calls


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("load_flights", "TABLE CSV REGION"),
        ("scan_flights", "[--consistent-read] TABLE REGION"),
        ("query_flights", "[--consistent-read] TABLE REGION"),
        ("ec_query_flights", "[--consistent-read] TABLE VALUE REGION_1 REGION_2"),
        ("multi_update_flights", "[--consistent-read] TABLE VALUE1 REGION1 VALUE2 REGION2"),
    ],
)
def test_help_shows_the_arguments_and_an_example(script: Script, name: str, usage: str) -> None:
    code, out, err = script(name, "-h")
    assert (code, err) == (0, "")
    assert " ".join(out.split()).startswith(f"usage: {name}.py [-h] {usage} ")
    assert f"$ python {name}.py flights" in out


def test_a_missing_boto3_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "boto3.py").write_text("raise ModuleNotFoundError(name='boto3')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finished = subprocess.run(
        command("query_flights", "flights", "us-east-2"),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (
        1,
        "",
        "query_flights.py: boto3 is not installed: run pip install -r requirements.txt\n",
    )
