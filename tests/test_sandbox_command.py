"""`python -m sandbox`, as a process."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.scripts import ROOT

SANDBOX = [sys.executable, "-m", "sandbox"]
SHOW = "import os; [print(f'{k}={v}') for k, v in sorted(os.environ.items()) if k[:4] == 'AWS_']"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SANDBOX, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_command_gets_the_endpoint_dummy_credentials_and_nothing_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_REGION"):
        monkeypatch.setenv(name, "the user's own")
    result = run("--", sys.executable, "-c", SHOW)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    [endpoint] = [line for line in lines if line.startswith("AWS_ENDPOINT_URL=")]
    url = endpoint.removeprefix("AWS_ENDPOINT_URL=")
    assert url.startswith("http://127.0.0.1:")
    assert result.stderr == f"sandbox: a browser shows the tables live at {url}/\n"
    assert [line for line in lines if line != endpoint] == [
        "AWS_ACCESS_KEY_ID=sandbox",
        f"AWS_CONFIG_FILE={os.devnull}",
        "AWS_DEFAULT_REGION=us-east-2",
        "AWS_EC2_METADATA_DISABLED=true",
        "AWS_PAGER=",
        "AWS_SECRET_ACCESS_KEY=sandbox",
        f"AWS_SHARED_CREDENTIALS_FILE={os.devnull}",
    ]


def test_the_commands_exit_code_is_the_sandboxs() -> None:
    assert run("--", "sh", "-c", "exit 7").returncode == 7
    assert run("--", "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_python_and_aws_of_the_command_are_those_beside_the_sandboxs_python() -> None:
    result = run("--", "sh", "-c", "command -v python; command -v aws")
    beside = Path(sys.executable).parent
    assert result.stdout.splitlines() == [str(beside / "python"), str(beside / "aws")]


def test_a_command_that_is_not_there_is_named() -> None:
    result = run("--", "no-such-command")
    assert result.returncode == 127
    [_, line] = result.stderr.splitlines()
    assert line == "sandbox: no-such-command cannot be run: No such file or directory"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--lag", "-1"),
        ("--lag", "soon"),
        ("--port", "99999"),
        ("--port", "x"),
        ("ls",),
        ("--what",),
    ],
)
def test_wrong_arguments_are_answered_with_the_usage(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: python -m sandbox ")


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"sandbox: port {port}: address already in use; choose another with --port\n"
    )


def test_it_serves_until_ctrl_c_and_says_what_to_paste_into_another_terminal() -> None:
    with subprocess.Popen(
        [*SANDBOX, "--port", "0", "--lag", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(8)]
        url = told[0].split()[6].rstrip(",")
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (130, "", "")
    assert "".join(told) == (
        f"DynamoDB with global tables is at {url}, with a lag of about 2 seconds.\n"
        f"A browser shows its tables live at {url}/\n"
        "Paste this into another terminal, then follow the README:\n"
        "\n"
        "unset AWS_PROFILE $(env | sed -n '/^AWS_/s/=.*//p')\n"
        f"export AWS_ENDPOINT_URL={url}"
        " AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_DEFAULT_REGION=us-east-2"
        " AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null"
        " AWS_EC2_METADATA_DISABLED=true AWS_PAGER='' NO_PROXY=127.0.0.1 no_proxy=127.0.0.1"
        f' PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n'
        "\n"
        "Ctrl-C ends it; its tables are in memory and end with it.\n"
    )
