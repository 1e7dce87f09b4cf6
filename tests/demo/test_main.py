"""Where the demo can't run it says so in one line, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import free_port
from deploy.local.process import ROOT
from deploy.local.settings import LocalSettings
from deploy.local.stack import only_one


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which the demo disturbs nobody."""
    ports = {name.upper(): str(free_port()) for name in LocalSettings.model_fields if name.endswith("_port")}
    return os.environ | ports | {"DATA_DIR": str(tmp_path / "data"), "ONCE": "1"}


def demo(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "demo"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_a_taken_port_is_named_with_the_setting_that_moves_it(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(env["INTAKE_PORT"]))):
        result = demo(env)

    port = env["INTAKE_PORT"]
    assert (result.returncode, result.stderr) == (
        2,
        f"Port {port} is taken: stop what uses it, or set INTAKE_PORT to another\n",
    )


def test_a_second_run_at_the_same_time_is_refused(env: dict[str, str]) -> None:
    with only_one(Path(env["DATA_DIR"])):
        result = demo(env)

    assert result.returncode == 2
    assert result.stderr == (
        f"{env['DATA_DIR']} is in use by a run with pid {os.getpid()}: stop that one, or set DATA_DIR to another folder\n"
    )


def test_missing_java_is_said_in_one_line(env: dict[str, str], tmp_path: Path) -> None:
    result = demo(env | {"PATH": str(tmp_path)})

    assert result.returncode == 2
    assert result.stderr.startswith("Keycloak needs Java, and there is none: install Java 17")
    assert result.stderr.count("\n") == 1


def test_what_an_earlier_run_left_is_gone_and_nothing_else_is(env: dict[str, str]) -> None:
    left, other = Path(env["DATA_DIR"]) / "run/ledger.jsonl", Path(env["DATA_DIR"]) / "kept"
    for file in (left, other):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    demo(env | {"PATH": env["DATA_DIR"]})

    assert not left.exists()
    assert other.exists()
