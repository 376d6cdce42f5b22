"""run_workshop.sh and run_tests.sh: how they make .venv, and what they do in it.

Each test has a clone of its own, and most have a stand-in for Python.
"""

import os
import pty
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pages import PAGES, agrees, sessions
from tests.shell import SHELLS, lend_venv, path_with, run

TOOLS = ["cat", "chmod", "dirname", "mkdir", "rm", "sh", "tail"]

PYTHON = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
*"version_info[:3]"*) echo "${VERSION-3.12.1}" ;;
*"(3, 10)"*) [ "${VERSION-new}" = new ] ;;
"-m venv --clear .venv")
    [ -z "${VENV_SAYS-}" ] || { echo "$VENV_SAYS"; exit 1; }
    rm -rf .venv
    mkdir -p .venv/bin
    cat "$0" >.venv/bin/python
    chmod +x .venv/bin/python
    ;;
*"pip install"*)
    echo "$PIP_NO_INDEX $PIP_FIND_LINKS" >"$LOG.wheels"
    [ -z "${NO_NETWORK-}" ]
    ;;
"-m sandbox"*) echo "a sandbox" ;;
esac
"""
"""A Python that writes down what it is asked, and does as little."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with little more on it than the stand-in for Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    (folder / "python3").write_text(PYTHON)
    (folder / "python3").chmod(0o755)
    return folder


@pytest.fixture
def workshop(
    clone: Path, path: Path, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """./run_workshop.sh --lag 0 with the stand-in for Python."""

    def workshop(shell: str = "sh", **environment: str) -> subprocess.CompletedProcess[str]:
        command = [shutil.which(shell) or shell, str(clone / "run_workshop.sh"), "--lag", "0"]
        return run(command, path=str(path), LOG=str(tmp_path / "log"), **environment)

    return workshop


def asked(tmp_path: Path) -> list[str]:
    """What Python has been asked since the last time, but for its version."""
    log = tmp_path / "log"
    lines = log.read_text().splitlines()
    log.unlink()
    return [line for line in lines if not line.startswith("-c")]


Workshop = Callable[..., subprocess.CompletedProcess[str]]

VENV = "-m venv --clear .venv"
INSTALL = "-m pip install --disable-pip-version-check --no-cache-dir --retries 2 -r"
INSTALL_SANDBOX = f"{INSTALL} requirements-sandbox.txt"
PLAY = "-m sandbox --lag 0 -- sh shell/play_exercise.sh"
INSTALLING = "Installing requirements-sandbox.txt into .venv; this takes about a minute, once.\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_first_run_makes_venv_and_the_second_uses_it(
    shell: str, workshop: Workshop, tmp_path: Path
) -> None:
    first = workshop(shell)
    assert (first.returncode, first.stdout, first.stderr) == (0, "a sandbox\n", INSTALLING)
    assert asked(tmp_path) == [VENV, INSTALL_SANDBOX, PLAY]
    second = workshop(shell)
    assert (second.returncode, second.stdout, second.stderr) == (0, "a sandbox\n", "")
    assert asked(tmp_path) == [PLAY]


OUTSIDE = [block for page in PAGES for block in sessions(page)[1]]
"""The pages' commands that are not typed in a shell of the sandbox."""


def test_a_folder_of_wheels_is_made_and_used_as_the_page_for_instructors_shows(
    clone: Path, path: Path, tmp_path: Path
) -> None:
    making, using = [block for block in OUTSIDE if block.place.startswith("docs/instructor.md")]
    calls = []
    for block in (making, using):
        command = ["sh", "-c", f"cd '{clone}' && {block.commands}"]
        assert run(command, path=str(path), LOG=str(tmp_path / "log")).returncode == 0
        calls.append(asked(tmp_path))
    assert calls == [
        ["-m pip download --requirement requirements-sandbox.txt --dest wheels"],
        [VENV, INSTALL_SANDBOX, "-m sandbox -- sh shell/play_exercise.sh"],
    ]
    assert (tmp_path / "log.wheels").read_text() == "1 wheels\n"


def test_every_command_outside_a_shell_is_run_here() -> None:
    pages = [block.place.partition(":")[0] for block in OUTSIDE]
    assert pages == ["README.md", "docs/instructor.md", "docs/instructor.md"]


@pytest.mark.parametrize("first", ["run_workshop.sh", "run_tests.sh"])
def test_the_workshop_and_the_tests_share_one_venv(
    first: str, clone: Path, path: Path, tmp_path: Path
) -> None:
    installed = {"run_workshop.sh": "sandbox", "run_tests.sh": "dev"}
    [second] = set(installed) - {first}
    for script in (first, second, first):
        # The stand-in has no linters, so the tests end after the installation.
        run([str(clone / script)], path=str(path), LOG=str(tmp_path / "log"))
    calls = [line for line in asked(tmp_path) if not line.startswith("-m sandbox")]
    assert calls == [
        VENV,
        f"{INSTALL} requirements-{installed[first]}.txt",
        f"{INSTALL} requirements-{installed[second]}.txt",
    ]


def test_new_requirements_are_installed_into_the_same_venv(
    workshop: Workshop, clone: Path, tmp_path: Path
) -> None:
    workshop()
    asked(tmp_path)
    with (clone / "requirements-sandbox.txt").open("a") as requirements:
        requirements.write("# one more\n")
    workshop()
    assert asked(tmp_path) == [INSTALL_SANDBOX, PLAY]


def test_a_clone_that_has_moved_makes_a_new_venv(
    workshop: Workshop, clone: Path, path: Path, tmp_path: Path
) -> None:
    workshop()
    asked(tmp_path)
    moved = clone.rename(tmp_path / "moved")
    command = [str(moved / "run_workshop.sh"), "--lag", "0"]
    assert run(command, path=str(path), LOG=str(tmp_path / "log")).returncode == 0
    assert asked(tmp_path) == [VENV, INSTALL_SANDBOX, PLAY]


@pytest.mark.parametrize("shell", SHELLS)
def test_without_a_network_the_first_run_says_so_and_the_next_tries_again(
    shell: str, workshop: Workshop, tmp_path: Path
) -> None:
    result = workshop(shell, NO_NETWORK="yes")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"{INSTALLING}run_workshop.sh: pip could not install requirements-sandbox.txt"
        " (.venv/pip.log says why). Behind a proxy, set HTTPS_PROXY, and PIP_CERT to the proxy's"
        " CA file. Without a network, set PIP_NO_INDEX=1, and PIP_FIND_LINKS to a folder with the"
        " wheels. Then run this again.\n"
    )
    asked(tmp_path)
    assert workshop(shell).returncode == 0
    assert asked(tmp_path) == [INSTALL_SANDBOX, PLAY]


def install(path: Path, command: str) -> None:
    """Put a command on the PATH that is only looked for."""
    (path / command).write_text("#!/bin/sh\n")
    (path / command).chmod(0o755)


NO_ENSUREPIP = (
    "The virtual environment was not created successfully because ensurepip is not available."
)


@pytest.mark.parametrize(
    ("words", "installer", "remedy"),
    [
        (NO_ENSUREPIP, "apt-get", "sudo apt install python3-venv"),
        ("/usr/bin/python3: No module named venv", "brew", "install it"),
    ],
)
def test_without_the_venv_module_it_says_what_to_install(
    words: str, installer: str, remedy: str, workshop: Workshop, path: Path
) -> None:
    install(path, installer)
    result = workshop(VENV_SAYS=words)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"run_workshop.sh: python3 has no module venv: {remedy}, then run this again.\n"
    )


def test_why_venv_cannot_be_made_is_reported(workshop: Workshop) -> None:
    result = workshop(VENV_SAYS="Error: [Errno 28] No space left on device")
    assert result.returncode == 1
    assert result.stderr == (
        "run_workshop.sh: python3 could not make .venv: Error: [Errno 28] No space left on device\n"
    )


@pytest.mark.parametrize(
    ("installer", "remedy"),
    [
        ("brew", "install one from https://www.python.org/downloads/"),
        ("dnf", "sudo dnf install -y python3.12"),
        (
            "apt-get",
            "sudo apt install python3-venv (Ubuntu 22.04 and Debian 12 or newer have it)",
        ),
    ],
)
def test_with_a_python_that_is_too_old_it_says_how_to_get_another(
    installer: str, remedy: str, workshop: Workshop, path: Path
) -> None:
    install(path, installer)
    result = workshop(VERSION="3.9.6")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "run_workshop.sh: Python 3.10 or newer is needed, and python3 is 3.9.6:"
        f" {remedy}, then run this again.\n"
    )


def test_a_newer_python_of_another_name_is_found(
    workshop: Workshop, path: Path, tmp_path: Path
) -> None:
    (path / "python3.11").write_text(f"#!/bin/sh\nunset VERSION\n{PYTHON}")
    (path / "python3.11").chmod(0o755)
    result = workshop(VERSION="3.9.6")
    assert (result.returncode, result.stdout) == (0, "a sandbox\n")
    assert result.stderr == INSTALLING


def test_no_python_at_all_is_reported(workshop: Workshop, path: Path) -> None:
    (path / "python3").unlink()
    result = workshop()
    assert result.returncode == 1
    assert result.stderr == (
        "run_workshop.sh: Python 3.10 or newer is needed, and there is none on the PATH: install"
        " one from https://www.python.org/downloads/, then run this again.\n"
    )


USAGE = (
    "usage: run_workshop.sh [shell | further [--pause] | [--legacy] [--pause]] [--lag SECONDS]\n"
)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["sehll"], "unknown word: sehll"),
        (["shell", "please"], "unknown word: please"),
        (["--legacy", "please"], "unknown word: please"),
        (
            ["shell", "--legacy"],
            "the shell has no option --legacy: it takes the commands of both versions",
        ),
        (["shell", "--pause"], "the shell has no option --pause"),
        (
            ["further", "--legacy"],
            "further has no option --legacy: its steps are the same in both versions",
        ),
    ],
)
def test_wrong_arguments_are_answered_with_the_usage(
    arguments: list[str], sentence: str, clone: Path
) -> None:
    result = run([str(clone / "run_workshop.sh"), *arguments])
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"{USAGE}run_workshop.sh: {sentence}\n"


def test_help_begins_with_the_usage(clone: Path) -> None:
    result = run([str(clone / "run_workshop.sh"), "--help"])
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(USAGE)


@pytest.mark.parametrize(
    ("option", "capacity"), [([], "PAY_PER_REQUEST\t0"), (["--legacy"], "None\t30")]
)
def test_the_whole_exercise_is_shown_and_run(
    option: list[str],
    capacity: str,
    clone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lend_venv(clone)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    command = [str(clone / "run_workshop.sh"), *option]
    result = run(command, AWS_ENDPOINT_URL="https://example.com")
    assert result.returncode == 0, result.stderr
    if not option:
        [shown] = [block for block in OUTSIDE if block.place.startswith("README.md")]
        assert shown.commands == "./run_workshop.sh\n"
        assert shown.output is not None
        assert agrees(shown.output, result.stdout, arrived="0")
    assert " ".join(["\n$ ./setup_global_table.sh", *option]) + "\n" in result.stdout
    assert f"\n{capacity}\n" in result.stdout
    commands = re.findall(r"^\$ (\./\S+|python .*|aws cloudwatch \S+)", result.stdout, re.MULTILINE)
    assert commands == [
        "./setup_global_table.sh",
        "python load_flights.py flights ./data/flights_data.csv us-east-2",
        "python scan_flights.py flights eu-west-1",
        "python query_flights.py flights us-east-2",
        "python ec_query_flights.py flights 222 us-east-2 eu-west-1",
        "aws cloudwatch get-metric-statistics",
        "python multi_update_flights.py flights 111 us-east-2 000 eu-west-1",
    ]
    assert "Total item count of table flights are 2500 " in result.stdout
    assert result.stdout.count("658410767 are 0\n") == 1
    assert "\tMilliseconds\n" in result.stdout
    assert list(elsewhere.iterdir()) == []


def test_the_steps_beyond_the_exercise_are_shown_and_run(clone: Path) -> None:
    lend_venv(clone)
    result = run([str(clone / "run_workshop.sh"), "further", "--lag", "0.2"])
    assert result.returncode == 0, result.stderr
    commands = re.findall(r"^\$ (\./.*|python .*)", result.stdout, re.MULTILINE)
    assert commands == [
        "./setup_global_table.sh",
        "python load_flights.py flights ./data/flights_data.csv us-east-2",
        "python lag_flights.py flights us-east-2 eu-west-1 --updates 5",
        "python watch_flights.py flights us-east-2 eu-west-1 --flight 5603280670 --lines &",
        "python sell_flights.py flights us-east-2 eu-west-1",
        "python sell_flights.py flights us-east-2 eu-west-1 --home us-east-2",
        "./pause_replication.sh --yes",
        "python multi_update_flights.py flights 333 us-east-2 444 eu-west-1",
        "./pause_replication.sh --resume",
        "python query_flights.py flights us-east-2",
        "./setup_global_table.sh --strong",
        "python load_flights.py flights-strong ./data/flights_data.csv us-east-2",
        "python ec_query_flights.py flights-strong 444 us-east-2 eu-west-1 --consistent-read",
        "python sell_flights.py flights-strong us-east-2 eu-west-1",
        "./cleanup_global_table.sh --yes flights-strong",
    ]
    assert " seconds, of 50 samples\n" in result.stdout
    assert re.search(r"^Changes seen in \d+\.\d seconds: [1-9]", result.stdout, re.MULTILINE)
    [after_the_pause] = re.findall(r"(?s)^\$ python query_flights.*?^Step 12", result.stdout, re.M)
    assert after_the_pause.count(" are 444\n") == 10
    assert "\nTickets for 5 seats: 5\nSeats left, in both regions: 0\n" in result.stdout


def type_in_shell(
    clone: Path, typed: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What comes of typing this in ./run_workshop.sh shell."""
    lend_venv(clone)
    return subprocess.run(
        [clone / "run_workshop.sh", "shell", *options],
        env={**os.environ, **environment},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_the_shell_has_python_aws_and_the_endpoint(shell: str, clone: Path) -> None:
    typed = "pwd; command -v python; command -v aws; echo $AWS_ENDPOINT_URL; exit 7\n"
    result = type_in_shell(clone, typed, "--lag", "0", SHELL=shell)
    assert result.returncode == 7
    *lines, endpoint = result.stdout.splitlines()
    assert lines == [str(clone), f"{clone}/.venv/bin/python", f"{clone}/.venv/bin/aws"]
    assert endpoint.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("options", "prompt"),
    [
        ([], "(sandbox, lag 0.5) $ "),
        (["--lag", "5"], "(sandbox, lag 5) $ "),
        (["--lag=0"], "(sandbox, lag 0) $ "),
    ],
)
def test_the_prompt_of_the_shell_names_the_lag(
    options: list[str], prompt: str, clone: Path
) -> None:
    result = type_in_shell(clone, 'echo "$PS1"\n', *options, SHELL="/bin/sh")
    assert result.stdout == f"{prompt}\n"


@pytest.mark.parametrize("shell", [*SHELLS, "/bin/sh", "/no/such/fish"])
def test_no_start_up_file_leads_the_shell_out_of_the_sandbox(
    shell: str, clone: Path, tmp_path: Path
) -> None:
    start_up = tmp_path / "start-up"
    start_up.write_text("export AWS_ENDPOINT_URL_DYNAMODB=https://example.com AWS_PROFILE=own\n")
    for name in (".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".kshrc"):
        (tmp_path / name).symlink_to(start_up)
    own = {
        "HOME": str(tmp_path),
        "ZDOTDIR": str(tmp_path),
        "ENV": str(start_up),
        "BASH_ENV": str(start_up),
        "PROMPT_COMMAND": start_up.read_text(),
        "SHELL": shell,
    }
    lend_venv(clone)
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [clone / "run_workshop.sh", "shell", "--lag", "0"],
        env={**os.environ, **own, "AWS_ENDPOINT_URL_DYNAMODB": "https://example.com"},
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.write(person, b'echo "found <$AWS_ENDPOINT_URL_DYNAMODB$AWS_PROFILE>"; exit\n')
    assert process.wait(60) == 0
    os.close(terminal)
    assert b"found <>" in os.read(person, 10_000)
    os.close(person)


def test_zsh_is_started_without_its_start_up_files(clone: Path, tmp_path: Path) -> None:
    path_with(tmp_path / "bin", "zsh", 'echo "zsh $*"')
    result = type_in_shell(clone, "", SHELL=str(tmp_path / "bin/zsh"))
    assert result.stdout == "zsh --no-rcs\n"


def test_the_shell_prints_the_lines_that_connect_another_terminal(clone: Path) -> None:
    lend_venv(clone)
    with subprocess.Popen(
        [clone / "run_workshop.sh", "shell"],
        env={**os.environ, "SHELL": "/bin/sh"},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as shell:
        assert shell.stderr is not None
        while "connect another terminal" not in shell.stderr.readline():
            pass
        lines = "".join(shell.stderr.readline() for _ in range(3))
        typed = f"{lines}pwd; command -v aws; aws dynamodb list-tables --output text"
        other = run(["sh", "-c", typed], AWS_PROFILE="the user's own")
        shell.communicate("exit\n", timeout=60)
    assert (other.stdout, other.stderr) == (f"{clone}\n{clone}/.venv/bin/aws\n", "")


def test_a_step_that_fails_ends_the_exercise_with_its_code(clone: Path) -> None:
    lend_venv(clone)
    (clone / "setup_global_table.sh").write_text("#!/bin/sh\nexit 3\n")
    result = run([str(clone / "run_workshop.sh")])
    assert result.returncode == 3
    assert result.stdout.endswith("\n$ ./setup_global_table.sh\n")


def test_pause_waits_for_enter_before_each_step(clone: Path) -> None:
    lend_venv(clone)
    (clone / "setup_global_table.sh").write_text("#!/bin/sh\nexit 3\n")
    process = subprocess.Popen(
        [str(clone / "run_workshop.sh"), "--pause"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    assert process.stderr.readline().startswith("sandbox: a browser shows the tables live at ")
    prompt = "Press Enter for the next step. "
    assert process.stderr.read(len(prompt)) == prompt
    process.stdin.write("\n")
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (3, "")
    assert stdout.startswith("\nStep 2: ")
