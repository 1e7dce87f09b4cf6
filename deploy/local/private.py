"""Files that nobody but this user can read: what is in them opens doors."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Puts `text` in the place of what the file was, whatever rights that had; whoever reads meanwhile has one or the other."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    new.replace(file)


def passwords(file: Path, names: Iterable[str]) -> dict[str, str]:
    """A password for each name, made for this machine alone the first time that somebody asks, and the same ever after."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    fresh = {name: secrets.token_urlsafe(24) for name in names if name not in known}
    if fresh:
        write(file, json.dumps(known | fresh, indent=2))
    return known | fresh
