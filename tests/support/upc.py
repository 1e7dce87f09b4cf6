"""`upc` as somebody runs it: a process of its own, with an environment that says where everything is."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.process import ROOT
from shared.runtime.settings import Settings
from tests.support.waiting import PATIENCE

WHO = "Robin Reliability"


@dataclass(frozen=True)
class Ran:
    """How it ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it said to a script."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Upc:
    """`settings` are environment variables, `urls` where services answer by their names."""

    settings: Mapping[str, str]
    urls: Mapping[str, str]

    async def __call__(self, *arguments: str) -> Ran:
        where = {"UPC_URLS": json.dumps(dict(self.urls)), "UPC_WHO": WHO, "COLUMNS": "200"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "upc", *arguments),
            cwd=ROOT,
            env={**os.environ, **where, **self.settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())


def upc(settings: Settings, client: Mapping[str, str] | None = None, **urls: str) -> Upc:
    """For a Kafka that asks nobody. `client` is as `build/clients.json` has it."""
    known = {"KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers, "OIDC_ISSUER": settings.oidc_issuer or ""}
    if client:
        known |= {"UPC_CLIENT_ID": client["client_id"], "UPC_CLIENT_SECRET": client["client_secret"]}
    return Upc(known, urls)
