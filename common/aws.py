"""What the scripts need of boto3: the names of the regions, and a DynamoDB client.

boto3 finds the endpoint and the credentials in its usual places: AWS_ENDPOINT_URL, AWS_PROFILE,
~/.aws and the rest. Importing boto3 takes most of a script's start-up time, so it is imported in
the functions that need it: -h and a missing argument are answered without it.
"""

import argparse
import functools
import json
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from common import ca_bundle
from common.errors import Trouble, is_tls_refusal, one_line

if TYPE_CHECKING:
    import boto3
    from types_boto3_dynamodb import DynamoDBClient

CONNECT_SECONDS = 5
READ_SECONDS = 10
CHECK_ENDPOINT = "check AWS_ENDPOINT_URL"

ALWAYS_SENT = {
    "BatchGetItem": "Responses",
    "BatchWriteItem": "UnprocessedItems",
    "DescribeTable": "Table",
    "Query": "Items",
    "Scan": "Count",
    "UpdateItem": "Attributes",  # of an item that exists, where ReturnValues asks for them
}
"""What the answer to a call has, whatever it finds (API reference of each call)."""


def region(text: str) -> str:
    """An argparse type: a region in which botocore knows DynamoDB. Makes no call."""
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


def dynamodb(region_name: str, connections: int = 10, attempts: int = 4) -> "DynamoDBClient":
    """A client for one region. It keeps up to `connections` connections open.

    A call is tried `attempts` times. One attempt gives up after CONNECT_SECONDS without a
    connection, or READ_SECONDS without an answer. Raises Trouble for a wrong endpoint URL.
    """
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        # Checking the parameters is a third of the work for a batch, and DynamoDB checks them too.
        parameter_validation=False,
    )
    session = _session()
    _check_credentials(session)
    try:
        client = session.client("dynamodb", region_name=region_name, config=config)
    except ValueError as error:
        raise Trouble(f"{one_line(str(error))}: {CHECK_ENDPOINT}") from error
    _check_endpoint(client.meta.endpoint_url)
    ca_bundle.read_once(client)
    client.meta.events.register_first("needs-retry.dynamodb", _give_up_on_tls_refusal)
    client.meta.events.register("before-parse.dynamodb", _check_body)
    client.meta.events.register("after-call.dynamodb", _check_answer)
    return client


@functools.cache
def _session() -> "boto3.Session":
    """One session for the whole program: it keeps the data files of botocore that it has read."""
    import boto3

    return boto3.Session()


def _check_credentials(session: "boto3.Session") -> None:
    """Raise Trouble where the credentials that AWS's configuration names cannot be had.

    They are got here, once, and not by the first calls, which start all at once. On the way
    botocore runs the program that `credential_process` names, assumes a role, or asks for the code
    of an MFA device. What goes wrong there are Python's own errors, or refusals of another service.
    """
    from botocore.exceptions import ClientError

    try:
        if credentials := session.get_credentials():
            credentials.get_frozen_credentials()
    except (ClientError, EOFError, OSError, ValueError) as error:
        reason = one_line(str(error)) or "a question was not answered"
        if isinstance(error, json.JSONDecodeError):
            reason = "the program did not print JSON"
        raise Trouble(
            f"could not get AWS credentials ({reason}): check the profile in ~/.aws/config"
            " and, if it has one, the program that credential_process names"
        ) from error


def _check_endpoint(url: str) -> None:
    """Raise Trouble for a URL that botocore takes and urllib3, at the first call, does not."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not re.fullmatch(r"[!-~]+", url):
        raise Trouble(f"{url!r} is not the URL of an endpoint: {CHECK_ENDPOINT}")


def _give_up_on_tls_refusal(caught_exception: Exception | None, **_: object) -> None:
    """Raise an error at once that botocore would try again for some seconds, in vain."""
    if caught_exception and is_tls_refusal(caught_exception):
        raise caught_exception


def _check_body(response_dict: dict[str, Any], **_: object) -> None:
    """Refuse JSON that is not an object, at which botocore's parser fails with an error of its own.

    The parser copes with what is not JSON at all, such as a proxy's page.
    """
    body = response_dict["body"].lstrip()
    if body.startswith((b"[", b'"', b"n", b"t", b"f")) or body[:1].isdigit():
        raise _not_dynamodb("it is not a JSON object")


def _check_answer(http_response: Any, parsed: dict[str, Any], model: Any, **_: object) -> None:
    """Refuse a success that lacks what DynamoDB always sends.

    botocore takes any answer with status 200 for a success, even one that breaks off half-way.
    """
    member = ALWAYS_SENT.get(model.name)
    if http_response.status_code < 300 and member and member not in parsed:
        raise _not_dynamodb(f"it has no {member}")


def _not_dynamodb(reason: str) -> Exception:
    from botocore.exceptions import HTTPClientError

    return HTTPClientError(error=f"this is not a whole answer of DynamoDB: {reason}")
