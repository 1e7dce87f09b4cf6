"""What we are made of: locked, audited, listed, and without secrets."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom
from deploy.local.process import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]
LOCKED = re.compile(r"^([a-z0-9._\-]+(?:\[[a-z0-9,\-]+\])?)==(\S+)( ;[^\\]+)? \\$")


def requirements(lock: str) -> list[tuple[str, str]]:
    """Each package with its version. Fails on a line that is neither one, nor a hash of one, nor a remark."""
    found, hashed = [], True
    for line in (ROOT / lock).read_text().splitlines():
        if line.lstrip().startswith("#"):
            continue
        package = LOCKED.match(line)
        if package:
            assert hashed, f"no hash before {line}"
            found.append((package[1].partition("[")[0], package[2]))
        hashed = bool(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line))
        assert package or hashed, line
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_by_its_content_and_none_by_its_place(lock: str) -> None:
    """A mirror may serve them: no line names a host."""
    assert len(requirements(lock)) > 5


def test_jars_are_fetched_by_version_from_no_other_place_than_maven_is_set_to() -> None:
    for pom in [*ROOT.glob("deploy/**/pom.xml"), *ROOT.glob("bench/**/pom.xml")]:
        text = pom.read_text()
        assert "<repository>" not in text
        assert re.findall(r"<version>([^<]+)", text)
        assert not re.search(r"<version>[^<]*(SNAPSHOT|LATEST|RELEASE|[\[(,])", text)


def test_no_package_has_a_known_vulnerability_but_those_we_have_reasons_for() -> None:
    """Where the index tells of vulnerabilities. Reasons stand in pyproject.toml, and go once they are of no use."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["upc"]["known-vulnerabilities"]
    audited = [package for package in audit() if "vulns" in package]
    if not audited:
        pytest.skip("no index tells this machine of vulnerabilities")
    assert all(re.match(r"\d{4}-\d\d-\d\d: .{20}", reason) for reason in known.values())
    found = {vulnerability["id"]: package["name"] for package in audited for vulnerability in package["vulns"]}
    assert found.keys() == known.keys(), found


def audit() -> list[dict[str, Any]]:
    """What pip-audit says of every package; nothing where it reaches no index."""
    lock = ["--requirement", str(ROOT / "requirements-dev.txt"), "--require-hashes", "--disable-pip"]
    quietly = ["--progress-spinner", "off", "--format", "json", "--timeout", "10"]
    command = [sys.executable, "-m", "pip_audit", *lock, *quietly]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout
        return list(json.loads(said)["dependencies"])
    except (subprocess.TimeoutExpired, ValueError):
        return []


def test_the_bill_of_materials_has_every_part_and_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "sbom.json"
    sbom.make(file)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text()) is None
    parts = {(part["name"], part["version"]) for part in json.loads(file.read_text())["components"]}
    assert {("kafka-clients", "4.1.0"), *requirements("requirements.txt")} <= parts
