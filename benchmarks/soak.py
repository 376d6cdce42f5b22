"""What memory the sandbox keeps while tables are written, read, created and deleted.

    $ python benchmarks/soak.py                    # 400,000 writes: five minutes or so
    $ python benchmarks/soak.py --writes 20000     # shows that it works

The same 2,500 items are written over and over in a global table, by transactions, batches and
single calls; they are read; and tables with items come and go. Memory should rise while the first
records fill the streams, and then stay level.
"""

import argparse
import itertools
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sandbox.environment import environment  # noqa: E402

TABLE, REGIONS = "flights", ("us-east-2", "eu-west-1")
ITEMS = 2_500
ROUND = 20_000
"""Writes between two lines of the output, half of them in transactions."""

Json = dict[str, Any]
Item = dict[str, dict[str, str]]


def main() -> None:
    """Write, and print what memory the sandbox has after each round."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writes", type=int, default=400_000)
    writes = parser.parse_args().writes
    size = min(writes, ROUND)
    with sandbox() as process:
        clients = [boto3.client("dynamodb", region_name=region) for region in REGIONS]
        for client in clients:
            client.create_table(TableName=TABLE, **SHAPE)
        clients[0].create_global_table(
            GlobalTableName=TABLE, ReplicationGroup=[{"RegionName": each} for each in REGIONS]
        )
        print(f"{'writes':>9}  {'MB':>5}")
        for number in range(1, writes // size + 1):
            for client in clients:
                soak(client, size // len(clients))
            print(f"{number * size:9,}  {resident_mb(process.pid):5.0f}", flush=True)


SHAPE: Json = {
    "KeySchema": [
        {"AttributeName": "flight_id", "KeyType": "HASH"},
        {"AttributeName": "airlines_name", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "flight_id", "AttributeType": "N"},
        {"AttributeName": "airlines_name", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


def soak(client: Any, writes: int) -> None:
    """Half the writes in transactions, half in batches; reads; tables that come and go."""
    for items in groups(writes // 2, 100):
        puts = [{"Put": {"TableName": TABLE, "Item": item}} for item in items]
        client.transact_write_items(TransactItems=puts)
    for items in groups(writes // 2, 25):
        put_batch(client, TABLE, items)
        client.query(
            TableName=TABLE,
            KeyConditionExpression="flight_id = :id",
            ExpressionAttributeValues={":id": items[0]["flight_id"]},
        )
    client.scan(TableName=TABLE)
    for number in range(5):
        name = f"{TABLE}-{number}"
        client.create_table(TableName=name, **SHAPE)
        for items in groups(250, 25):
            put_batch(client, name, items)
        client.delete_table(TableName=name)


def groups(writes: int, size: int) -> Iterator[list[Item]]:
    """Items to write, `size` different ones at a time, with other seats each time."""
    for _ in range(writes // size):
        yield [
            {
                "flight_id": {"N": str(1_000_000 + number)},
                "airlines_name": {"S": "British"},
                "flight_number": {"S": f"BA{number}"},
                "seats": {"N": str(next(SEATS))},
            }
            for number in random.sample(range(ITEMS), size)
        ]


SEATS = itertools.count()


def put_batch(client: Any, table: str, items: list[Item]) -> None:
    client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": i}} for i in items]})


@contextmanager
def sandbox() -> Iterator[subprocess.Popen[bytes]]:
    """A sandbox in a process of its own, the endpoint of this one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sandbox", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        os.environ.update(environment(f"http://127.0.0.1:{port}"))
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def resident_mb(pid: int) -> float:
    """The memory of a process that is in use now."""
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(shown.stdout) / 1024


if __name__ == "__main__":
    main()
