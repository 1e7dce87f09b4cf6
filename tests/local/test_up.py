import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import free_port
from deploy.local.process import ROOT
from deploy.local.settings import LocalSettings

PORTS = [name for name in LocalSettings.model_fields if name.endswith("_port")]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which `make up` disturbs nobody."""
    own = {name.upper(): str(free_port()) for name in PORTS}
    return os.environ | own | {"BUILD_DIR": str(tmp_path), "DATA_DIR": str(tmp_path / "data")}


def up(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.up"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_a_taken_port_is_named_with_the_setting_that_moves_it(env: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(env["BLOCKING_PORT"])))
        taken.listen()
        result = up(env)

    assert result.returncode == 2
    assert (
        result.stderr == f"Port {env['BLOCKING_PORT']} is taken: stop what uses it, or set BLOCKING_PORT to another\n"
    )


def test_a_second_run_on_the_same_data_is_refused(env: dict[str, str]) -> None:
    holder = (
        "import pathlib, sys; from deploy.local.stack import only_one\n"
        "with only_one(pathlib.Path(sys.argv[1])): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, env["DATA_DIR"]], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout
        first.stdout.readline()
        result = up(env)
        first.kill()

    assert result.returncode == 2
    assert result.stderr == (
        f"{env['DATA_DIR']} is in use by a run with pid {first.pid}: stop that one, or set DATA_DIR to another folder\n"
    )


def test_data_without_its_key_is_said_and_left_as_it_is(env: dict[str, str]) -> None:
    data = Path(env["DATA_DIR"])
    (data / "mongodb").mkdir(parents=True)
    result = up(env)

    assert result.returncode == 2
    assert result.stderr == (
        f"{data}/kms.key is gone, and nothing stored can be read without it: put it back, or remove {data}\n"
    )
    assert not (data / "kms.key").exists()


def test_missing_java_is_said_in_one_line(env: dict[str, str], tmp_path: Path) -> None:
    result = up(env | {"PATH": str(tmp_path)})

    assert result.returncode == 2
    assert result.stderr.startswith("Keycloak needs Java, and there is none: install Java 17")
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_none_is_refused(env: dict[str, str]) -> None:
    result = up(env | {"INTAKE_PORT": "high"})

    assert result.returncode == 2
    assert result.stderr.startswith("INTAKE_PORT can't be used: ")
    assert result.stderr.count("\n") == 1
