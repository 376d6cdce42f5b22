"""What can go wrong between a script and DynamoDB, as sentences: what is wrong, what to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}
TRANSIENT = {"InternalServerError", "ReplicatedWriteConflictException", "ServiceUnavailable"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
NOT_ACCEPTED = {
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}

CRT = 'python -m pip install "botocore[crt]"'
MORE_CAPACITY = "wait a minute, or give the table more capacity"

REFUSALS = [
    (EXPIRED, "the AWS credentials have expired: sign in again (aws sso login) or get new ones"),
    (
        NOT_ACCEPTED,
        "AWS does not accept these credentials in {region} ({code}): "
        "check them with aws sts get-caller-identity, and check this machine's clock",
    ),
    (
        {"AccessDenied", "AccessDeniedException"},
        "access denied: these credentials may not call dynamodb:{action} "
        "on table {table} in {region}; ask the owner of the account to allow it",
    ),
    (
        THROTTLED,
        "DynamoDB throttled every attempt at dynamodb:{action} on table {table} in {region} "
        "({code}): " + MORE_CAPACITY,
    ),
    (
        {"ResourceInUseException"},
        "table {table} in {region} is being created or changed: wait and try again",
    ),
    (TRANSIENT, "DynamoDB in {region} failed at dynamodb:{action} ({code}): try again in a moment"),
]
"""Sentences for a call that DynamoDB refused, by the error's code."""


class Trouble(Exception):
    """Something that a person has to put right. Its text is one sentence that says what and how."""


@contextmanager
def explained(
    client: "DynamoDBClient", table: str, keys: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Turn what botocore raises in the block, which calls this table, into Trouble.

    `keys`: the key attributes that the calls rely on, and their types, such as {"flight_id": "N"}.
    For some sentences it makes another call, DescribeTable.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise Trouble(_refused(error, client, table, keys)) from error
    except BotoCoreError as error:
        raise Trouble(unanswered(error, client.meta.endpoint_url)) from error


def is_throttled(error: Exception) -> bool:
    """Whether DynamoDB refused the call because it was called too often."""
    return _code(error) in THROTTLED


def is_transient(error: Exception) -> bool:
    """Whether the call may succeed in a moment: the connection broke, or the server failed."""
    from botocore.exceptions import ConnectionError, HTTPClientError

    broken = isinstance(error, (ConnectionError, HTTPClientError)) and not is_tls_refusal(error)
    return broken or _code(error) in TRANSIENT or _status(error) >= 500


def is_tls_refusal(error: Exception | None) -> bool:
    """Whether the two sides cannot agree on a TLS connection, however often they try."""
    from botocore.exceptions import SSLError

    return isinstance(error, SSLError) and "EOF" not in str(error)  # EOF: it was cut off


def unanswered(error: Exception, url: str = "AWS") -> str:
    """The sentence for a BotoCoreError: why a call was not sent, or why `url` did not answer it."""
    from botocore import exceptions as botocore

    what = one_line(str(error))
    if type(error) is botocore.HTTPClientError:  # its own words only say that there is an error
        what = one_line(str(error.kwargs["error"]))
    if isinstance(error, botocore.NoCredentialsError):
        return "no AWS credentials found: run aws configure, or set AWS_PROFILE"
    if isinstance(error, botocore.PartialCredentialsError):
        return f"AWS credentials are incomplete ({what}): run aws configure"
    if isinstance(error, botocore.ProfileNotFound):
        return f"{what}: check AWS_PROFILE, or run aws configure"
    if isinstance(error, botocore.ConfigParseError):
        return f"{what}: correct that file, or check AWS_CONFIG_FILE"
    if isinstance(error, botocore.MissingDependencyException):
        return f"this way to sign in needs another package: run {CRT}, then run this again"
    # Each way to sign in has error classes of its own, and botocore keeps getting new ones.
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if getattr(error, "kwargs", {}).get("provider") == "custom-process":
        return f"{what}: check the program that credential_process names in ~/.aws/config"
    if any(word in kinds for word in ("SSO", "Token", "Login", "CredentialRetrieval")):
        return f"could not get AWS credentials ({what}): sign in again (aws sso login)"
    if isinstance(error, botocore.SSLError):
        what = one_line(str(error.kwargs["error"]))
        if "CERTIFICATE_VERIFY_FAILED" in what:
            return (
                f"the certificate of {url} is not trusted ({what}): check AWS_ENDPOINT_URL, or, if"
                " your network inspects TLS, set AWS_CA_BUNDLE to the file of its CA certificates"
            )
        return f"no TLS connection to {url} ({what}): check AWS_ENDPOINT_URL and AWS_CA_BUNDLE"
    if isinstance(error, botocore.EndpointConnectionError):
        return f"nobody answers at {url}: check the network, the region and AWS_ENDPOINT_URL"
    if isinstance(error, (botocore.ConnectionError, botocore.HTTPClientError)):
        return f"no answer from {url} ({what}): check the network and AWS_ENDPOINT_URL"
    return f"{what}: check ~/.aws/config, and the variables of the environment that begin with AWS_"


def one_line(text: str) -> str:
    """The text in one line of 300 characters at most. The text may be a proxy's whole HTML page."""
    line = printable(" ".join(text.split()).rstrip("."))
    return line if len(line) <= 300 else line[:300] + "..."


def printable(text: str) -> str:
    """The text without what a terminal would carry out instead of showing it."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _refused(
    error: Any, client: "DynamoDBClient", table: str, keys: Mapping[str, str] | None
) -> str:
    """The sentence for a ClientError: why DynamoDB did not carry out a call."""
    code, action, region = _code(error), error.operation_name, client.meta.region_name
    if code == "ResourceNotFoundException":
        status = _describe(client, table).get("TableStatus")
        if status and status != "DELETING":  # until it is ACTIVE it answers no other call
            return f"table {table} in {region} is not ready yet ({status}): wait and try again"
        return (
            f"there is no table {table} in {region}: "
            "create it with ./setup_global_table.sh, or check its name and the region"
        )
    if code == "ValidationException" and keys:
        there = _keys_of(_describe(client, table))
        if there and there != keys:
            return (
                f"table {table} in {region} has {_in_words(there)}, and the flights need "
                f"{_in_words(keys)}: choose another table, or create one with "
                "./setup_global_table.sh TABLE"
            )
    for codes, sentence in REFUSALS:
        if code in codes:
            return sentence.format(code=code, action=action, table=table, region=region)
    message = one_line(str(error.response["Error"].get("Message")))
    return f"dynamodb:{action} on table {table} in {region} failed: {code}: {message}"


def _describe(client: "DynamoDBClient", table: str) -> Any:
    """What DescribeTable answers of a table; {} if there is none, or nobody may ask."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return client.describe_table(TableName=table)["Table"]
    except (BotoCoreError, ClientError):
        return {}


def _keys_of(table: Any) -> dict[str, str]:
    """The key attributes of a table and their types, the partition key first."""
    types = {
        attribute["AttributeName"]: attribute["AttributeType"]
        for attribute in table.get("AttributeDefinitions", [])
    }
    names = [key["AttributeName"] for key in table.get("KeySchema", [])]
    return {name: types.get(name, "?") for name in names}


def _in_words(keys: Mapping[str, str]) -> str:
    """The partition key id (S) and the sort key at (N), say."""
    roles = ("the partition key", "the sort key")
    named = zip(roles, keys.items(), strict=False)
    return " and ".join(f"{role} {name} ({type})" for role, (name, type) in named)


def _code(error: Exception) -> str:
    """The code of a ClientError, else ""."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def _status(error: Exception) -> int:
    """The HTTP status of a ClientError, else 0."""
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _response(error: Exception) -> dict[str, Any]:
    return getattr(error, "response", None) or {}
