"""Where boto3 is set up: which regions there are, and the DynamoDB client.

Endpoint and credentials are left to boto3's own chain: AWS_ENDPOINT_URL, AWS_PROFILE, ~/.aws and
the rest. boto3 is imported where it is first needed, not above: that takes longer than all else at
start-up, and -h or a missing argument are answered without it.
"""

import argparse
import functools
import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from common.errors import Trouble

if TYPE_CHECKING:
    import boto3
    from types_boto3_dynamodb import DynamoDBClient

CONNECT_SECONDS = 5
READ_SECONDS = 10


def region(text: str) -> str:
    """An argparse type: a region of any partition in which botocore knows DynamoDB. Asks nobody."""
    session = _session()
    regions = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("dynamodb", partition)
    ]
    if text not in regions:
        nearest = max(regions, key=lambda name: SequenceMatcher(None, text.lower(), name).ratio())
        raise argparse.ArgumentTypeError(f"{text} is not an AWS region; did you mean {nearest}?")
    return text


def dynamodb(region: str, connections: int = 10, attempts: int = 4) -> "DynamoDBClient":
    """A client for one region, to be used from up to `connections` threads at once.

    A call is tried `attempts` times, and given up while a person still waits for it.
    """
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        # It is a third of the work for a batch of items, and DynamoDB checks everything again.
        parameter_validation=False,
    )
    try:
        client = _session().client("dynamodb", region_name=region, config=config)
    except ValueError as error:
        raise Trouble(f"{error}: check AWS_ENDPOINT_URL") from error
    client.meta.events.register("after-call.dynamodb", _refuse_half_an_answer)
    return client


@functools.cache
def _session() -> "boto3.Session":
    """One for the whole program, since it keeps the files of botocore that it has read."""
    import boto3

    return boto3.Session()


def _refuse_half_an_answer(http_response: Any, **_: object) -> None:
    """botocore takes an answer that breaks off, and so is not JSON, for an empty success."""
    from botocore.exceptions import HTTPClientError

    try:
        json.loads(http_response.content)
    except ValueError as error:
        raise HTTPClientError(error="what came is not a whole answer of DynamoDB's") from error
