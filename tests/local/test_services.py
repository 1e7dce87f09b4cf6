import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import LocalStackError, free_port
from deploy.local.process import ROOT, Child
from deploy.local.services import LOOK_EVERY, START_AGAIN_AFTER, Services, is_ready
from tests.support.waiting import eventually, is_gone

PACKAGE = "tests.local.stand_ins"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def services(port: int, said: list[str], tmp_path: Path) -> Iterator[Services]:
    running = Services({"steady": port}, os.environ | {"STEADY_PORT": str(port)}, tmp_path, said.append, PACKAGE)
    running.start()
    yield running
    running.stop()


def test_a_service_that_dies_is_started_again_within_a_second(services: Services, port: int, said: list[str]) -> None:
    before = services.pid("steady")
    services.kill("steady")

    assert eventually(lambda: services.pid("steady") != before)
    assert START_AGAIN_AFTER + 2 * LOOK_EVERY < 1  # a busy machine adds to it
    assert eventually(lambda: is_ready(port))
    assert said == ["steady was ended by SIGKILL; started again"]


def test_a_service_started_by_hand_is_left_alone_until_it_goes(
    services: Services, port: int, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.services.START_AGAIN_AFTER", 2.0)  # time enough to start it by hand
    ours = services.pid("steady")
    services.kill("steady")
    with socket.create_server(("127.0.0.1", port)):
        assert eventually(lambda: bool(said))
        time.sleep(1)
    assert said == [f"steady was ended by SIGKILL; what answers on port {port} now is left alone"]
    assert services.pid("steady") == ours

    assert eventually(lambda: is_ready(port))
    assert services.pid("steady") != ours


def test_stopping_asks_first_and_leaves_none(services: Services, tmp_path: Path) -> None:
    pid = services.pid("steady")
    services.stop()

    assert pid is not None
    assert is_gone(pid)
    assert (tmp_path / "steady.log").read_text() == "asked to stop\n"


def test_one_that_does_not_start_is_named_with_its_log(tmp_path: Path) -> None:
    services = Services({"broken": free_port()}, os.environ, tmp_path, package=PACKAGE)
    try:
        with pytest.raises(LocalStackError, match=r"broken stopped with exit code 3: see .*broken\.log"):
            services.start()
    finally:
        services.stop()


def test_one_that_ignores_being_asked_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = Child("deaf", [sys.executable, "-m", f"{PACKAGE}.deaf"], log)
    child.start()
    assert eventually(lambda: log.read_text() == "deaf\n")
    child.stop(grace=0.2)

    assert child.exit_code == -signal.SIGKILL


def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib; from deploy.local.process import Child; "
        f"child = Child('deaf', [sys.executable, '-m', '{PACKAGE}.deaf'], pathlib.Path(sys.argv[1])); "
        "child.start(); print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()

    assert eventually(lambda: is_gone(pid))
