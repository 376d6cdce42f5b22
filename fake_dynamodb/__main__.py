"""Serve a fake DynamoDB until Ctrl-C, and print its URL.

$ python -m fake_dynamodb --round-trip 0.08 --ca-bundle /tmp/ca.pem
https://127.0.0.1:43211
"""

import argparse
import contextlib
import gc
import threading

from fake_dynamodb.server import FakeDynamoDB


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fake_dynamodb",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--round-trip", type=float, default=0.0, help="seconds, of the path to it")
    parser.add_argument("--ca-bundle", metavar="FILE", help="serve TLS, and write the CA's file")
    parser.add_argument("--page", type=int, default=4000, help="items that a scan reads at once")
    parser.add_argument("--capacity", type=float, help="write units a second; default: no limit")
    parser.add_argument("--burst", type=float, default=0.0, help="write units saved up")
    parser.add_argument("--faults", type=float, default=0.0, help="share of calls that go wrong")
    parser.add_argument("--seed", type=int, default=1, help="which calls go wrong, and how")
    parser.add_argument("--csv", metavar="FILE", help="rows there from the start in every region")
    options = vars(parser.parse_args())
    csv_path = options.pop("csv")
    fake = FakeDynamoDB(**options)
    if csv_path:
        fake.flights.start_with(csv_path)
    # Looking for garbage among 100,000 items would slow down the client on the same machine.
    gc.disable()
    with fake:
        print(fake.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
