"""A software bill of materials in CycloneDX: `python -m deploy.sbom build/sbom.json`.

The locked Python packages of the services, and the jars of the Kafka that one machine runs.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from deploy.local.process import ROOT

LOCK, JARS = ROOT / "requirements.txt", ROOT / "build/kafka/libs"


def make(file: Path) -> None:
    """Writes the bill to `file`. The same parts make the same bill."""
    tool = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--output-file", str(file)]
    subprocess.run([*tool, "--pyproject", str(ROOT / "pyproject.toml"), str(LOCK)], check=True)
    bill = json.loads(file.read_text())
    bill["components"] += jars(JARS)
    file.write_text(json.dumps(bill, indent=2) + "\n")


def jars(folder: Path) -> Iterator[dict[str, Any]]:
    """Each jar by its name, version and content; a jar does not say whose it is."""
    for jar in sorted(folder.glob("*.jar")):
        name, version = re.fullmatch(r"(.+?)-([0-9][\w.\-]*)", jar.stem).groups()  # type: ignore[union-attr]
        content = {"alg": "SHA-256", "content": sha256(jar.read_bytes()).hexdigest()}
        yield {"type": "library", "bom-ref": jar.name, "name": name, "version": version, "hashes": [content]}


if __name__ == "__main__":
    Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
    make(Path(sys.argv[1]))
