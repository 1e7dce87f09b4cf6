"""The outside organisations as processes: started with their work, told what else to do, ended."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local.process import Child, LocalStackError

MODULES = {"police": "police", "victim_support": "victim_support", "estate-1": "estate", "estate-2": "estate"}


class Cast:
    """Every organisation has a folder of its own: `work.json`, `ledger.jsonl`, `orders.jsonl`, and its log."""

    def __init__(self, folder: Path, work: Mapping[str, Any], env: Mapping[str, str]) -> None:
        self.ledgers = {name: folder / name / "ledger.jsonl" for name in work}
        self._folder = folder
        self._children = {name: self._child(name, env) for name in work}
        for name, plan in work.items():
            (folder / name).mkdir(parents=True)
            (folder / name / "work.json").write_text(json.dumps(plan))

    def start(self, *names: str) -> None:
        for name in names:
            self._children[name].start()

    def order(self, name: str, what: Mapping[str, Any]) -> None:
        """Has the organisation do something that its work does not say."""
        with (self._folder / name / "orders.jsonl").open("a") as orders:
            orders.write(json.dumps(what) + "\n")

    def must_run(self) -> None:
        """Raises LocalStackError where one of those started has ended."""
        for child in self._children.values():
            if child.pid and not child.running:
                raise LocalStackError(f"{child.name} stopped with exit code {child.exit_code}: see {child.log}")

    def close(self) -> None:
        for child in self._children.values():
            child.stop()

    def _child(self, name: str, env: Mapping[str, str]) -> Child:
        own = self._folder / name
        files = [own / "work.json", own / "ledger.jsonl", own / "orders.jsonl"]
        argv: list[str | Path] = [
            sys.executable,
            "-m",
            f"demo.clients.{MODULES[name]}",
            *(file.absolute() for file in files),
        ]
        return Child(name, argv, own / "log", {**os.environ, **env})
