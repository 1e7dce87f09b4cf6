"""Java, for those parts that run on it."""

import re
import shutil
import subprocess

from deploy.local.process import LocalStackError


def require_java(who: str) -> None:
    """Raises LocalStackError, which says that it is for `who`, unless `java` is Java 17 or newer."""
    advice = "install Java 17 (Debian: apt-get install openjdk-17-jre-headless) and put it first on PATH"
    if not shutil.which("java"):
        raise LocalStackError(f"{who} needs Java, and there is none: {advice}")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < 17:
        raise LocalStackError(f"{who} needs Java 17 or newer, and `java -version` does not say so: {advice}")
