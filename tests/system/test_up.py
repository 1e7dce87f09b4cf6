"""`make up` as a person meets it: the real program, with every real part."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.local import free_port
from deploy.local.kafka.guard import BROKER
from deploy.local.process import ROOT
from deploy.local.services import is_ready
from deploy.local.settings import LocalSettings
from tests.support.waiting import PATIENCE, eventually, is_gone

SERVICES = ["intake", "routing", "blocking", "transfers", "notifications", "records", "desk", "mailbox"]


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


def test_everything_answers_a_sudden_death_leaves_nothing_and_the_same_data_comes_up_again(
    env: dict[str, str], tmp_path: Path
) -> None:
    with up(env) as process:
        everybody_has_a_password_of_their_own_that_nobody_sees(process, tmp_path)
        pids = children(process)
        assert len(pids) == len(SERVICES) + len(("Kafka", "MongoDB", "Keycloak", "GreenMail"))
        assert {service: answers(env, service) for service in SERVICES} == dict.fromkeys(SERVICES, True)
        settings = (tmp_path / "up.env").read_text().splitlines()
        assert f"KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:{env['KAFKA_PORT']}" in settings
        assert f"BLOCKING_PORT={env['BLOCKING_PORT']}" in settings
        assert signed_in(env, tmp_path / "clients.json") == 200
        services = json.loads(upc(env, tmp_path, "sre", "status", "--json"))["services"]
        assert {service["service"]: service["state"] for service in services} == dict.fromkeys(SERVICES, "ready")
        assert json.loads(upc(env, tmp_path, "administrator", "topics", "plan", "--json")) == []
        as_the_kit_says(env, tmp_path)
        if shutil.which("curl"):
            said = as_the_readme_says(env, tmp_path / "clients.json")
            assert '"status":"submitted"' in said
            assert '"allowed":true' in said
        secrets = (tmp_path / "clients.json").read_text()
        process.kill()
        process.wait()
        assert eventually(lambda: all(map(is_gone, pids)))

    with up(env) as process:
        assert answers(env, "blocking")
        assert (tmp_path / "clients.json").read_text() == secrets
        assert signed_in(env, tmp_path / "clients.json") == 200
        pids = children(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0, "Ctrl-C stops it"
        assert all(map(is_gone, pids))


def everybody_has_a_password_of_their_own_that_nobody_sees(process: "subprocess.Popen[str]", build: Path) -> None:
    logins = json.loads((build / "clients.json").read_text())["kafka"]
    assert set(logins) >= {"police", "probation", "victim_services", "cps", "estate", "desk", "sre"}
    for name, login in logins.items():
        assert set(login) == {"security_protocol", "sasl_mechanism", "username", "password"}
        assert login["username"] == name.replace("_", "-")
    running = [psutil.Process(pid) for pid in children(process)]
    services = [service.environ() for service in running if "services." in " ".join(service.cmdline())]
    assert {service["KAFKA_USERNAME"] for service in services} == set(SERVICES)
    passwords = {login["password"] for login in logins.values()} | {service["KAFKA_PASSWORD"] for service in services}
    assert len(passwords) == len(logins) + len(services) - 1  # the desk has the login of any desk
    broker = json.loads((build / "data/kafka.passwords").read_text())[BROKER]
    shown = [word for each in running for word in each.cmdline()] + [log.read_text() for log in build.glob("logs/*")]
    assert not [word for word in shown for secret in (*passwords, broker) if secret in word]
    files = [
        "up.env",
        "blocking.env",
        "sre.env",
        "administrator.env",
        "clients.json",
        "data/kafka.passwords",
        "data/kafka/server.properties",
    ]
    assert {stat.S_IMODE((build / file).stat().st_mode) for file in files} == {0o600}
    assert "PASSWORD" not in (build / "up.env").read_text()


def signed_in(env: dict[str, str], clients: Path) -> int:
    """What an outside system, which knows CONTRACT.md and `clients.json`, gets for its question."""
    assert stat.S_IMODE(clients.stat().st_mode) == 0o600
    known = json.loads(clients.read_text())
    form = known["clients"]["estate"] | {"grant_type": "client_credentials"}
    token = httpx.post(known["token_endpoint"], data=form).json()["access_token"]
    question = f"http://127.0.0.1:{env['BLOCKING_PORT']}/api/v1/prisoners/A1234BC/contact-check?phone=07700900123"
    return httpx.get(question, headers={"Authorization": f"Bearer {token}"}).status_code


def upc(env: dict[str, str], build: Path, login: str, *arguments: str) -> str:
    """What it says to somebody who has set it up as docs/operating.md says."""
    shell = f'set -a; . {build}/up.env; . {build}/{login}.env; set +a; exec "$@"'
    command = ["sh", "-ec", shell, "sh", sys.executable, "-m", "upc", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout


def as_the_readme_says(env: dict[str, str], clients: Path) -> str:
    """What its examples print, word for word but for where things are in this test."""
    shell = "\n".join(re.findall(r"```\n((?:token|curl).*?)```", (ROOT / "README.md").read_text(), re.DOTALL))
    moved = {"8080": env["KEYCLOAK_PORT"], "8001": env["INTAKE_PORT"], "8003": env["BLOCKING_PORT"]}
    for port, now in moved.items():
        shell = shell.replace(f"127.0.0.1:{port}/", f"127.0.0.1:{now}/")
    shell = shell.replace("build/clients.json", str(clients))
    return subprocess.run(["sh", "-ec", shell], capture_output=True, text=True, check=True).stdout


def as_the_kit_says(env: dict[str, str], build: Path) -> None:
    """The examples of docs/connect.md do what it says, each with its login to a Kafka that asks."""
    where = {
        "INTAKE_URL": f"http://127.0.0.1:{env['INTAKE_PORT']}",
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{env['KAFKA_PORT']}",
        "CLIENTS_FILE": str(build / "clients.json"),
    }
    page = (ROOT / "docs/connect.md").read_text().replace(".venv/bin/python", sys.executable)
    asking, status, following, look, checking = re.findall(r"```\n(.*?)```", page, re.DOTALL)
    how: dict[str, Any] = {"cwd": ROOT, "env": env | where, "text": True}
    asked = subprocess.run(["sh", "-ec", asking], capture_output=True, check=True, **how).stdout.splitlines()
    assert asked[0] == asked[1], "one request, by whichever way"
    status = status.replace("UPC-7KQ-M2X-WDHC", asked[0].split()[-1])
    stands = subprocess.run(["sh", "-ec", status], capture_output=True, check=True, **how).stdout
    assert json.loads(stands)["reference"] == asked[0].split()[-1]
    following, look = (words.replace("build/lists.db", str(build / "lists.db")) for words in (following, look))
    with subprocess.Popen(["sh", "-ec", f"exec {following}"], stdout=subprocess.PIPE, **how) as estate:
        assert estate.stdout
        try:
            assert any("every list is in force" in line for line in estate.stdout)
        finally:
            estate.kill()  # as it may be at any moment
    assert subprocess.run(["sh", "-ec", look], capture_output=True, check=True, **how).stdout == "0\n"
    assert json.loads(subprocess.run(["sh", "-ec", checking], capture_output=True, check=True, **how).stdout)
