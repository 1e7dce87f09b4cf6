"""What an organisation keeps in writing: one JSON line for each thing that it sent or saw. Orders reach it the same way."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

LOOK_EVERY = 0.05


class Ledger:
    """A file of JSON lines that only grows."""

    def __init__(self, file: Path) -> None:
        self._lines = file.open("a", encoding="utf-8", buffering=1)

    def write(self, **entry: Any) -> None:
        self._lines.write(json.dumps(entry) + "\n")


async def follow(file: Path) -> AsyncIterator[dict[str, Any]]:
    """Every line of `file`, from its beginning, as it is written; waits for the file itself, too."""
    while not file.exists():
        await asyncio.sleep(LOOK_EVERY)
    rest = ""
    with file.open(encoding="utf-8") as lines:
        while True:
            rest += lines.read()
            *whole, rest = rest.split("\n")
            for line in whole:
                yield json.loads(line)
            await asyncio.sleep(LOOK_EVERY)
