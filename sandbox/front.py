"""Which part of the sandbox answers which call of AWS's API.

A request's signature names its service and region. Calls about tables and global tables go through
`table_calls` and `version_2017`, all others to moto; what a call has written goes to `replication`.
"""

import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from botocore.model import OperationNotFoundError

from sandbox.api import ApiError, Json, invalid
from sandbox.group import Groups
from sandbox.metrics import Metrics
from sandbox.moto_tables import Change, MotoTables
from sandbox.replication import Replication
from sandbox.schedule import Schedule
from sandbox.table_calls import Moto, TableCalls
from sandbox.version_2017 import Version2017
from sandbox.version_2019 import Version2019

Answer = tuple[str, list[tuple[str, str]], bytes]
"""Status line, headers, body."""

SERVICES = ("dynamodb", "monitoring", "application-autoscaling", "sts")
"""By the names that requests are signed for; "monitoring" is CloudWatch."""

SCOPE = re.compile(r"Credential=[^/]*/\d{8}/([^/]+)/([^/]+)/aws4_request")


class Front:
    """The WSGI application: which part of the sandbox answers which call."""

    def __init__(self, schedule: Schedule, refuse_legacy: bool) -> None:
        """`refuse_legacy`: refuse version 2017.11.29 to new groups, as AWS does today."""
        self._schedule = schedule
        self._tables = MotoTables()
        self._groups = Groups()
        self._metrics = Metrics(self._tables)
        self._replication = Replication(self._tables, self._metrics, schedule)
        legacy = Version2017(self._tables, self._groups, self._replication, refuse_legacy)
        current = Version2019(self._tables, self._groups, self._replication, schedule)
        tables = TableCalls(self._tables, current)
        self._table_calls: dict[str, Callable[[str, Json, Moto], Json]] = {
            "CreateTable": tables.create_table,
            "DescribeTable": tables.describe_table,
            "UpdateTable": tables.update_table,
            "DeleteTable": tables.delete_table,
        }
        self._global_tables: dict[str, Callable[[str, Json], Json]] = {
            "CreateGlobalTable": legacy.create_global_table,
            "DescribeGlobalTable": legacy.describe_global_table,
            "DescribeGlobalTableSettings": legacy.describe_global_table_settings,
            "ListGlobalTables": legacy.list_global_tables,
            "UpdateGlobalTable": legacy.update_global_table,
            "UpdateGlobalTableSettings": legacy.update_global_table_settings,
        }

    def __call__(self, environ: Json, start_response: Any) -> Iterable[bytes]:
        """Answer one request, the way WSGI wants it."""
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)) if length.isdecimal() else b""
        with self._schedule.lock:
            try:
                if str(len(body)) != length:
                    raise ApiError("SerializationException", "The request is not complete.")
                status, headers, answer = self._answer(environ, body)
            except ApiError as error:
                status, headers, answer = _refusal(error)
            except (NotImplementedError, OperationNotFoundError):
                status, headers, answer = _refusal(_unknown(environ))
            except Exception as error:  # moto takes a request that lacks something for granted
                target = environ.get("HTTP_X_AMZ_TARGET", environ.get("PATH_INFO"))
                print(f"sandbox: {target} failed: {error!r}", file=sys.stderr)
                status, headers, answer = _refusal(invalid(f"The request failed: {error!r}"))
        start_response(status, headers)
        return [answer]

    def _answer(self, environ: Json, body: bytes) -> Answer:
        signed = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            if environ["REQUEST_METHOD"] == "GET":
                return "200 OK", [("Content-Type", "text/plain")], b"healthy: sandbox\n"
            raise ApiError("MissingAuthenticationTokenException", "The request is not signed.")
        region, service = signed.groups()
        if service not in SERVICES:
            raise ApiError("UnknownOperationException", f"The sandbox has no service {service}.")
        self._tables.check_region(region)
        path = environ.get("PATH_INFO", "/")
        if path != "/" and not (service == "monitoring" and path.startswith("/service/")):
            raise _unknown(environ)  # moto has pages of its own there
        if service == "dynamodb":
            return self._dynamodb(environ, body, region)
        if service == "monitoring":
            self._metrics.publish()
        return self._tables.call(environ, body)[:3]

    def _dynamodb(self, environ: Json, body: bytes, region: str) -> Answer:
        version, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if version.startswith("DynamoDBStreams"):
            return self._streams(environ, body, region, operation)
        if not (operation in self._global_tables or self._tables.knows(operation)):
            raise _unknown(environ)
        request = _parse(body)
        if operation in self._global_tables:
            return _success(self._global_tables[operation](region, request))
        if operation in self._table_calls:
            call = self._table_calls[operation]
            return _success(call(region, request, lambda: self._answer_of_moto(environ, body)))
        if operation == "BatchWriteItem":
            self._tables.check_batch(region, request)
        return self._call_moto(environ, body)

    def _call_moto(self, environ: Json, body: bytes) -> Answer:
        """moto's answer to a call, or its refusal; what was written begins its way."""
        status, headers, answer, changes = self._tables.call(environ, body)
        for change in changes:
            self._replicate(change)
        if self._schedule.lag == 0:
            self._schedule.run_due()
        return status, headers, answer

    def _answer_of_moto(self, environ: Json, body: bytes) -> Json:
        """moto's answer to a call; its refusal is raised."""
        status, _, answer = self._call_moto(environ, body)
        content: Json = _parse(answer)
        if not status.startswith("2"):
            code = str(content.pop("__type")).rpartition("#")[2]
            message = content.pop("message", content.pop("Message", ""))
            raise ApiError(code, message, int(status[:3]), content)
        return content

    def _replicate(self, change: Change) -> None:
        self._metrics.written(change.region, change.table, "Customer", change.units)
        group = self._groups.of(change.region, change.table)
        if group is not None:
            self._replication.accepted(group, change.region, change.key, change.after, change.units)

    def _streams(self, environ: Json, body: bytes, region: str, operation: str) -> Answer:
        if not self._tables.knows(operation, streams=True):
            raise _unknown(environ)
        if operation == "GetRecords":
            self._tables.check_iterator(region, _parse(body))
        return self._tables.call(environ, body)[:3]


def _unknown(environ: Json) -> ApiError:
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    return ApiError("UnknownOperationException", f"The sandbox does not know {operation}.")


def _parse(body: bytes) -> Json:
    try:
        request = json.loads(body)
    except ValueError:
        raise ApiError("SerializationException", "") from None
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "")
    return request


def _success(content: Json) -> Answer:
    return _json("200 OK", content)


def _refusal(error: ApiError) -> Answer:
    namespace = {
        "ValidationException": "com.amazon.coral.validate",
        "SerializationException": "com.amazon.coral.service",
        "UnknownOperationException": "com.amazon.coral.service",
        "MissingAuthenticationTokenException": "com.amazon.coral.service",
    }.get(error.code, "com.amazonaws.dynamodb.v20120810")
    content = {"__type": f"{namespace}#{error.code}", **error.details}
    if error.message:
        content["message"] = error.message
    status = "400 Bad Request" if error.status == 400 else "500 Internal Server Error"
    return _json(status, content)


def _json(status: str, content: Json) -> Answer:
    body = json.dumps(content).encode()
    headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(body))),
        ("x-amz-crc32", str(zlib.crc32(body))),
    ]
    return status, headers, body
