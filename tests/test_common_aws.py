"""The names of regions, and the client: its attempts, its timeouts, its endpoint."""

import argparse
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

import common.aws
from common.aws import dynamodb, region
from common.errors import Trouble
from fake_dynamodb.server import FakeDynamoDB


def test_regions_of_all_partitions_are_known() -> None:
    for name in ("us-east-2", "eu-west-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1"):
        assert region(name) == name


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("us-est-2", "us-east-2"),
        ("us-east2", "us-east-2"),
        ("US-EAST-2", "us-east-2"),
        ("eu-west-11", "eu-west-1"),
        ("eu_west_1", "eu-west-1"),
        ("cn-nroth-1", "cn-north-1"),
        (" eu-west-1", "eu-west-1"),
    ],
)
def test_a_misspelt_region_is_answered_with_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        region(wrong)
    assert str(refused.value) == f"{wrong} is not an AWS region; did you mean {nearest}?"


def test_checking_a_region_makes_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", None)
    assert region("us-east-2") == "us-east-2"


@pytest.mark.parametrize("attempts", [1, 4])
def test_a_call_is_tried_as_often_as_asked_for_whatever_the_user_configured(
    fake: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    fake.fail_after(0, "InternalServerError")
    with pytest.raises(ClientError):
        dynamodb("us-east-2", attempts=attempts).scan(TableName="flights")
    assert fake.calls["Scan"] == attempts


def test_an_attempt_without_an_answer_ends_after_the_timeout(
    fake: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common.aws, "READ_SECONDS", 0.1)
    fake.faults, fake.kinds, fake.slow = 1, ["slow"], 60
    with pytest.raises(ReadTimeoutError):
        dynamodb("us-east-2", attempts=1).scan(TableName="flights")


def test_the_endpoint_and_the_credentials_are_those_of_boto3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:7")
    theirs = boto3.Session().client("dynamodb", region_name="eu-west-1")
    ours = dynamodb("eu-west-1")
    assert ours.meta.endpoint_url == theirs.meta.endpoint_url == "http://127.0.0.1:7"
    assert ours.meta.region_name == "eu-west-1"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9 ",
        " http://127.0.0.1:9",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:-1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:8101;x",
        "http://127.0.0.1:port",
        "ftp://127.0.0.1:9",
        "127.0.0.1:8000",
        "http://[::1",
        "http://a b",
        "http://127.0.0.1:9\n",
    ],
)
def test_a_wrong_endpoint_is_reported_before_any_call(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(Trouble) as trouble:
        dynamodb("us-east-2")
    assert str(trouble.value).endswith(": check AWS_ENDPOINT_URL")


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ("credential_process = echo garbage", "the program did not print JSON"),
        ("credential_process = /no/such", "[Errno 2] No such file or directory: '/no/such'"),
        ('credential_process = echo "open', "No closing quotation"),
    ],
)
def test_credentials_that_a_program_does_not_give_are_reported_as_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, reason: str
) -> None:
    (tmp_path / "config").write_text(f"[default]\n{profile}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(Trouble) as trouble:
        dynamodb("us-east-2")
    assert str(trouble.value) == (
        f"could not get AWS credentials ({reason}): check the profile in ~/.aws/config"
        " and, if it has one, the program that credential_process names"
    )
