"""`make up` as a person meets it: the real program, with every real part."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from deploy.local import free_port
from deploy.local.process import ROOT
from deploy.local.services import is_ready
from deploy.local.settings import LocalSettings
from tests.support.waiting import PATIENCE, eventually, is_gone

SERVICES = ["intake", "routing", "blocking", "transfers", "notifications", "records"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which `make up` disturbs nobody."""
    ports = {name.upper(): str(free_port()) for name in LocalSettings.model_fields if name.endswith("_port")}
    return os.environ | ports | {"BUILD_DIR": str(tmp_path), "DATA_DIR": str(tmp_path / "data")}


@contextmanager
def up(env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """`make up`, from the moment it says that all is there."""
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.local.up"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert any("Ctrl-C stops everything." in line for line in process.stdout), "it did not come up"
            yield process
        finally:
            process.kill()


def children(process: "subprocess.Popen[str]") -> list[int]:
    return [child.pid for child in psutil.Process(process.pid).children(recursive=True)]


def answers(env: dict[str, str], service: str) -> bool:
    return eventually(lambda: is_ready(int(env[f"{service.upper()}_PORT"])))


def test_everything_answers_and_ctrl_c_leaves_nothing(env: dict[str, str], tmp_path: Path) -> None:
    with up(env) as process:
        pids = children(process)
        assert len(pids) == len(SERVICES) + 2
        assert {service: answers(env, service) for service in SERVICES} == dict.fromkeys(SERVICES, True)
        settings = (tmp_path / "up.env").read_text().splitlines()
        assert f"KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:{env['KAFKA_PORT']}" in settings
        assert f"BLOCKING_PORT={env['BLOCKING_PORT']}" in settings

        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert all(map(is_gone, pids))


def test_a_sudden_death_leaves_nothing_and_the_same_data_comes_up_again(env: dict[str, str]) -> None:
    with up(env) as process:
        pids = children(process)
        process.kill()
        process.wait()
        assert eventually(lambda: all(map(is_gone, pids)))

    with up(env):
        assert answers(env, "blocking")
