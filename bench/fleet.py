"""Real service processes on a Kafka and a MongoDB: started, stopped, and what they cost."""

import asyncio
import importlib
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache

import httpx
import psutil
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from bench.turns import KEY, LOG, Place, client
from deploy.local import free_port
from deploy.local.keycloak import Identity
from deploy.local.kms import local_kms
from deploy.local.process import Child, LocalStackError
from shared.events.topics import PARTITIONS, met_by

MEGABYTE = 1_000_000


class Fleet:
    """Services by name, who believe `identity`; `servers` are other processes to watch, by name and process id."""

    def __init__(self, place: Place, names: Sequence[str], servers: Mapping[str, int], identity: Identity) -> None:
        self._place, self.identity = place, identity
        self._ports = {name: free_port() for name in names}
        ports = {f"{name.upper()}_PORT": str(port) for name, port in self._ports.items()}
        settings = {"KAFKA_BOOTSTRAP_SERVERS": place.kafka, "MONGODB_URI": place.mongodb, "MONGODB_PREFIX": "bench"}
        settings |= {"OIDC_ISSUER": identity.issuer, "DESK_CLIENT_SECRET": identity.secrets["desk"]}
        settings |= {"FORM_RATE": "1000/second"}  # everybody has one address here
        env = os.environ | local_kms(KEY) | ports | settings
        self._children = {
            name: Child(name, [sys.executable, "-m", f"services.{name}"], LOG / f"{name}.log", env) for name in names
        }
        self._servers = {name: psutil.Process(pid) for name, pid in servers.items()}
        self._running: dict[str, psutil.Process] = {}
        self._spent = dict.fromkeys(names, 0.0)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    async def start(self, *names: str) -> dict[str, float]:
        """Seconds until each of `names`, or of all, said at `/readyz` that it has what it needs."""
        start = time.perf_counter()
        for name in names or self._children:
            self._children[name].start()
            self._running[name] = psutil.Process(self._children[name].pid)
        ready: dict[str, float] = {}
        async with httpx.AsyncClient() as http:
            while missing := set(names or self._children) - set(ready):
                for name in missing:
                    if await self._ready(http, name):
                        ready[name] = time.perf_counter() - start
                await asyncio.sleep(0.02)
        return ready

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All of them, inside `async with`; none is left after it."""
        try:
            await self.start()
            yield
        finally:
            await self.stop()

    async def stop(self, *names: str) -> None:
        """Stops `names`, or all that run."""
        stopping = list(names or self._running)
        for name in stopping:
            self._spent[name] += _seconds(self._running.pop(name))
            self._children[name].terminate()
        for name in stopping:
            await asyncio.to_thread(self._children[name].stop, 30)

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each has used, over all its lives."""
        services = {name: spent + _seconds(self._running.get(name)) for name, spent in self._spent.items()}
        return services | {name: _seconds(process) for name, process in self._servers.items()}

    def memory(self) -> dict[str, float]:
        """Megabytes of memory that each holds now."""
        processes = self._running | self._servers
        return {name: process.memory_info().rss / MEGABYTE for name, process in processes.items()}

    async def lag(self) -> dict[str, int]:
        """Records that each service has still to take."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._place.kafka)
        await admin.start()
        try:
            taken = {name: await admin.list_consumer_group_offsets(f"upc-{name}") for name in self._children}
        finally:
            await admin.close()
        async with client(self._place) as consumer:
            ends = {name: await consumer.end_offsets(_places(name)) for name in taken}
        return {
            name: sum(
                end - max(taken[name][place].offset, 0) if place in taken[name] else end for place, end in of.items()
            )
            for name, of in ends.items()
        }

    async def quiet(self) -> None:
        """Nothing is on its way any more, three times in a row."""
        times = 0
        while times < 3:
            await asyncio.sleep(0.2)
            times = times + 1 if not any((await self.lag()).values()) else 0

    async def _ready(self, http: httpx.AsyncClient, name: str) -> bool:
        if not self._children[name].running:
            raise LocalStackError(f"{name} stopped: see {self._children[name].log}")
        with suppress(httpx.TransportError):
            return (await http.get(f"{self.url(name)}/readyz", timeout=30)).status_code == 200
        return False


def _seconds(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


@cache
def _places(service: str) -> list[TopicPartition]:
    """Every partition that a service reads."""
    handlers = importlib.import_module(f"services.{service}.handlers").HANDLERS
    topics = {met_by(model.TOPIC, service).name for model in handlers if hasattr(model, "TOPIC")}
    return [TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS)]
