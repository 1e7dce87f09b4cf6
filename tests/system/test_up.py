"""`make up` as a person meets it: the real program, with every real part."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from deploy.local import free_port
from deploy.local.process import ROOT
from deploy.local.settings import LocalSettings

SERVICES = ["intake", "routing", "blocking", "transfers", "notifications"]


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


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def status(env: dict[str, str], service: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{env[f'{service.upper()}_PORT']}/readyz") as answer:
        return int(answer.status)


def test_everything_answers_and_ctrl_c_leaves_nothing(env: dict[str, str], tmp_path: Path) -> None:
    with up(env) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) == len(SERVICES) + 2
        assert {service: status(env, service) for service in SERVICES} == dict.fromkeys(SERVICES, 200)
        settings = (tmp_path / "up.env").read_text().splitlines()
        assert f"KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:{env['KAFKA_PORT']}" in settings
        assert f"BLOCKING_PORT={env['BLOCKING_PORT']}" in settings

        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert running(children) == []


def test_a_sudden_death_leaves_nothing_and_the_same_data_comes_up_again(env: dict[str, str]) -> None:
    with up(env) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        time.sleep(1)
        assert running(children) == []

    with up(env):
        assert status(env, "blocking") == 200
