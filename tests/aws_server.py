"""The AWS CLI, loaded once: a server that runs each `aws` in a copy of itself, made by fork.

The tests run `aws` about a thousand times, and loading it takes most of its time. The client passes
what a process has of its own: arguments, environment, folder, standard streams and signals.
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

CLIENT = Path(__file__).with_name("aws_client.py")


def start() -> "tempfile.TemporaryDirectory[str]":
    """Start a server. Returns a folder with the command `aws`, for a PATH.

    The server ends soon after this process.
    """
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name, "socket")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(64)
        arguments = [sys.executable, __file__, str(server.fileno())]
        subprocess.Popen(arguments, pass_fds=[server.fileno()], start_new_session=True)
    aws = Path(folder.name, "aws")
    aws.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I -S '{CLIENT}' '{path}' \"$@\"\n")
    aws.chmod(0o755)
    return folder


def serve(server: socket.socket) -> None:
    """Answer each client in a process of its own, while the process that started this one lives."""
    for module in ("awscli.clidriver", "awscli.handlers", "awscli.botocore.httpsession"):
        import_module(module)
    gc.freeze()  # looking through these objects for garbage would copy their memory to each process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    parent = os.getppid()
    server.settimeout(1)
    while os.getppid() == parent:
        try:
            client, _ = server.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            server.close()
            answer(client)
        client.close()


def answer(client: socket.socket) -> NoReturn:
    """Run what a client asks for. Sends it the process's id and, when that ended, its status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    client.settimeout(None)
    length, streams, _, _ = socket.recv_fds(client, 8, 3)
    request = json.loads(client.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    process = os.fork()
    if process == 0:
        client.close()
        run(request, streams)
    for stream in streams:
        os.close(stream)
    client.sendall(process.to_bytes(8, "big"))
    _, status = os.waitpid(process, 0)
    client.sendall(status.to_bytes(8, "big"))
    os._exit(0)


def run(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the process that the client stands for."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(request["folder"])
    data_path = os.environ["AWS_DATA_PATH"]  # awscli has set it, as it was imported
    os.environ.clear()
    os.environ.update(request["environment"], AWS_DATA_PATH=data_path)
    time.tzset()
    sys.argv = ["aws", *request["arguments"]]
    try:
        code = import_module("awscli.clidriver").main()
    except SystemExit as end:
        code = end.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
