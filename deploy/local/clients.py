"""`build/clients.json`: with what each party outside comes in (CONTRACT.md)."""

import json
from collections.abc import Mapping
from pathlib import Path

from deploy.local import private


def write(file: Path, parts: Mapping[str, object]) -> None:
    """Puts `parts` beside what else the file has, for this user's eyes only."""
    known = json.loads(file.read_text()) if file.exists() else {}
    private.write(file, json.dumps({**known, **parts}, indent=2) + "\n")
