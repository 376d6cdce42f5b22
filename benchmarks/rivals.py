"""What the scripts are compared with: the same work done in the ways that people do it now.

    $ python benchmarks/rivals.py batch_writer flights data/flights_data.csv us-east-2

Each is a function, which run.py runs in a process of its own. A function imports the libraries that
it needs, because it must not wait for those of another. Endpoint and credentials come from the
environment.
"""

import csv
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

COLUMNS = (
    "flight_id airlines_name available_seats seat_type support phone from to date time".split()
)

# Flights of the exercise, in its order.
FLIGHTS = [
    (5603280670, "Quatar"),
    (26806130, "British"),
    (9902917690, "Emirates"),
    (1079996, "JetBlue"),
    (2907581914, "Delta"),
    (53600600, "UnitedAirlines"),
    (282027328, "Alaska"),
    (421920151, "spirit"),
    (534890387, "Republic"),
    (658410767, "southwest"),
]


def floor(table: str, region: str) -> None:
    """The least that any boto3 program takes: interpreter, import, a client, one round trip."""
    import boto3

    boto3.client("dynamodb", region_name=region).describe_table(TableName=table)


def put_item(table: str, csv_path: str, region: str) -> None:
    import boto3

    flights = boto3.resource("dynamodb", region_name=region).Table(table)
    for item in items_of(csv_path):
        flights.put_item(Item=item)


def batch_writer(table: str, csv_path: str, region: str) -> None:
    import boto3

    with boto3.resource("dynamodb", region_name=region).Table(table).batch_writer() as batch:
        for item in items_of(csv_path):
            batch.put_item(Item=item)


def aiodynamo(table: str, csv_path: str, region: str) -> None:
    """100 batches at once: as fast as it gets. It loses rows that DynamoDB leaves unprocessed."""
    import asyncio

    import aiohttp
    from aiodynamo.client import Client
    from aiodynamo.credentials import Credentials
    from aiodynamo.http.aiohttp import AIOHTTP
    from aiodynamo.models import BatchWriteRequest
    from yarl import URL

    async def load() -> None:
        at_once = asyncio.Semaphore(100)
        connections = aiohttp.TCPConnector(limit=100)
        async with aiohttp.ClientSession(connector=connections) as session:
            endpoint = URL(os.environ["AWS_ENDPOINT_URL"])
            client = Client(AIOHTTP(session), Credentials.auto(), region, endpoint)

            async def write(batch: list[dict[str, Any]]) -> None:
                async with at_once:
                    await client.batch_write({table: BatchWriteRequest(items_to_put=batch)})

            items = list(items_of(csv_path))
            await asyncio.gather(
                *(write(items[start : start + 25]) for start in range(0, len(items), 25))
            )

    asyncio.run(load())


def for_dynamodb_csv(csv_path: str, region: str) -> None:
    """Write what dynamodb-csv wants beside the file: a header, the columns' types, its settings."""
    directory = Path(csv_path).parent
    numbers = ("flight_id", "available_seats")
    columns = [f"{name} = {'I' if name in numbers else 'S'}" for name in COLUMNS]
    (directory / "flights.csv").write_text(
        ",".join(COLUMNS) + "\n" + Path(csv_path).read_text("utf-8"), "utf-8"
    )
    (directory / "flights.csv.spec").write_text("\n".join(["[CSV_SPEC]", *columns]))
    settings = [f"REGION = {region}", "AWS_ACCESS_KEY_ID = dummy", "AWS_SECRET_ACCESS_KEY = dummy"]
    (directory / "config.ini").write_text("\n".join(["[AWS]", *settings]))


def queries(table: str, region: str) -> None:
    """The ten flights' seats, one call after another."""
    import boto3

    flights = boto3.resource("dynamodb", region_name=region).Table(table)
    query_each(flights)


def update_and_queries(table: str, value: str, region_1: str, region_2: str) -> None:
    """Update ten flights, query them twice, one call after another, with no pause in between."""
    import boto3

    flights = boto3.resource("dynamodb", region_name=region_1).Table(table)
    for flight_id, airline in FLIGHTS:
        flights.update_item(
            Key={"flight_id": flight_id, "airlines_name": airline},
            UpdateExpression="SET available_seats = :seats",
            ExpressionAttributeValues={":seats": int(value)},
        )
    replica = boto3.resource("dynamodb", region_name=region_2).Table(table)
    query_each(replica)
    query_each(replica)


def query_each(flights: Any) -> None:
    for flight_id, _ in FLIGHTS:
        flights.query(
            KeyConditionExpression="flight_id = :id", ExpressionAttributeValues={":id": flight_id}
        )


def paginator(table: str, region: str) -> None:
    """Count the items, one page after another."""
    import boto3

    pages = (
        boto3.client("dynamodb", region_name=region)
        .get_paginator("scan")
        .paginate(TableName=table, Select="COUNT")
    )
    print(sum(page["Count"] for page in pages))


def calls(how_many: str, table: str, region: str) -> None:
    """Print what a call takes, in milliseconds, by operation, as JSON: medians of so many calls."""
    from itertools import count
    from statistics import median

    import boto3

    client = boto3.client("dynamodb", region_name=region)
    key = {"flight_id": {"N": "1079996"}, "airlines_name": {"S": "JetBlue"}}
    operations: dict[str, Callable[[str], object]] = {
        "put_item": lambda seats: client.put_item(
            TableName=table, Item={**key, "available_seats": {"N": seats}}
        ),
        "update_item": lambda seats: client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET available_seats = :seats",
            ExpressionAttributeValues={":seats": {"N": seats}},
        ),
        "query": lambda _: client.query(
            TableName=table,
            KeyConditionExpression="flight_id = :id",
            ExpressionAttributeValues={":id": key["flight_id"]},
        ),
    }
    took: dict[str, list[float]] = {operation: [] for operation in operations}
    seats = count()
    for _ in range(int(how_many)):
        for operation, call in operations.items():
            started = time.perf_counter()
            # Another value each time: a write that changes nothing leaves nothing to replicate.
            call(str(next(seats)))
            took[operation].append(1000 * (time.perf_counter() - started))
    print(json.dumps({operation: median(times) for operation, times in took.items()}))


def make_table(table: str, *regions: str) -> None:
    """Make the table in each region; in more than one, a global table."""
    import boto3

    clients = {region: boto3.client("dynamodb", region_name=region) for region in regions}
    for client in clients.values():
        client.create_table(
            TableName=table,
            KeySchema=[
                {"AttributeName": "flight_id", "KeyType": "HASH"},
                {"AttributeName": "airlines_name", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "flight_id", "AttributeType": "N"},
                {"AttributeName": "airlines_name", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    for client in clients.values():
        while client.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(0.05)
    if len(clients) > 1:
        group: Any = [{"RegionName": region} for region in clients]
        [first, *_] = clients.values()
        first.create_global_table(GlobalTableName=table, ReplicationGroup=group)
        name = {"GlobalTableName": table}
        while (
            first.describe_global_table(**name)["GlobalTableDescription"]["GlobalTableStatus"]
            != "ACTIVE"
        ):
            time.sleep(0.05)


def items_of(csv_path: str) -> Iterator[dict[str, Any]]:
    with open(csv_path, encoding="utf-8", newline="") as lines:
        for item in csv.DictReader(lines, COLUMNS):
            yield {
                **item,
                "flight_id": int(item["flight_id"]),
                "available_seats": int(item["available_seats"]),
            }


RIVALS: dict[str, Callable[..., None]] = {
    rival.__name__: rival
    for rival in (
        floor,
        put_item,
        batch_writer,
        aiodynamo,
        for_dynamodb_csv,
        queries,
        update_and_queries,
        paginator,
        calls,
        make_table,
    )
}

if __name__ == "__main__":
    RIVALS[sys.argv[1]](*sys.argv[2:])
