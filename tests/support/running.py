"""A service as it really runs (its own HTTP port, consumer group and database), inside the test's event loop."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import uvicorn

from deploy.local import free_port
from deploy.local.kms import local_kms
from deploy.local.process import ROOT
from shared.runtime import server
from shared.runtime.clock import Clock
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.support.waiting import PATIENCE

Make = Callable[[Settings, Clock | None], Service]


class HandClock:
    """A clock that goes only where it is put, and only forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self._now).total_seconds()

    def forward(self, by: timedelta) -> datetime:
        """Moves on and says what time it is then."""
        self._now += by
        return self._now

    def to(self, moment: datetime) -> None:
        """Moves on to `moment`; stays where that is past."""
        self._now = max(self._now, moment)


@dataclass
class Running:
    """A running service and an HTTP client for it."""

    service: Service
    http: httpx.AsyncClient


def settings_for(kafka: str, mongo_uri: str, **others: object) -> Settings:
    """Settings for a test run, with databases of its own."""
    values = {
        "kafka_bootstrap_servers": kafka,
        "mongodb_uri": mongo_uri,
        "mongodb_prefix": f"test_{os.getpid()}",
        **{name.lower(): value for name, value in local_kms(ROOT / "build/tmp").items()},
    }
    return Settings.model_validate(values | others)


@asynccontextmanager
async def running(
    make: Make,
    settings: Settings,
    clock: Clock | None = None,
    caller: httpx.Auth | None = None,
    port: int | None = None,
) -> AsyncIterator[Running]:
    """The service that `make` makes, up and ready inside `async with`; its HTTP client calls in the name of `caller`."""
    service, port = make(settings, clock), port or free_port()
    serves = uvicorn.Server(server.config(service.app, "127.0.0.1", port))
    serves.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(serves.serve())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, auth=caller) as http:
        try:
            await _ready(http)
            yield Running(service, http)
        finally:
            serves.should_exit = True
            await serving


async def _ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await http.get("/readyz")
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == 200:
                    return
            await asyncio.sleep(0.05)
