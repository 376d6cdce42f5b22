"""common/aws.py"""

import argparse
from typing import Any

import boto3
import pytest

from common.aws import dynamodb, region


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


def test_a_region_is_asked_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", None)
    assert region("us-east-2") == "us-east-2"


def test_retries_and_timeouts_are_set_and_not_left_to_the_version_of_botocore() -> None:
    config: Any = dynamodb("us-east-2").meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert (config.connect_timeout, config.read_timeout) == (5, 10)


def test_the_endpoint_and_the_credentials_are_those_of_boto3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:7")
    theirs = boto3.Session().client("dynamodb", region_name="eu-west-1")
    ours = dynamodb("eu-west-1")
    assert ours.meta.endpoint_url == theirs.meta.endpoint_url == "http://127.0.0.1:7"
    assert ours.meta.region_name == "eu-west-1"
