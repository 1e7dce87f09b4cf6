"""Everything that runs: some brokers and mongods, a proxy before each, an SMTP peer, sets of the five services."""

import asyncio
import os
import secrets
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from chaos.disks import SmallDisk
from chaos.mail import Peer
from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.kafka import Seat
from deploy.local.keycloak import Identity, provided
from deploy.local.kms import local_kms
from deploy.local.mongo import is_primary, make_set
from deploy.local.process import HOST
from deploy.local.proxy import Proxy
from deploy.local.services import Say, Services
from shared.runtime import topics

SERVICES = ("intake", "routing", "blocking", "transfers", "notifications")
DISK_MB = 1200


class Parts:
    """All real, up inside `async with`; what it stores is in `folder`, for this run alone. `size` brokers and mongods.

    Callers are known by a Keycloak of its own, or that of `identity`.
    """

    identity: Identity

    def __init__(self, folder: Path, say: Say, size: int = 3, identity: Identity | None = None) -> None:
        self.folder, self.logs, self._say = folder, folder / "logs", say
        self._taken: set[int] = set()
        self._closing = ExitStack()
        self._size, self._given = size, identity
        self.kafka_ports, self.mongo_ports = self._ports(size), self._ports(size)
        self.kafka_disk = SmallDisk(folder / f"kafka{size}", DISK_MB)
        self.mongo_disks = [SmallDisk(folder / f"mongodb{number}", DISK_MB) for number in range(1, size + 1)]
        self._real_mongo, self._real_kafka, direct = self._ports(size), self._ports(size), self._ports(size)
        self.kafka = self._brokers(direct)
        self.mongo = [
            MongoServer(disk.folder / "data", port, self.logs / f"{disk.folder.name}.log")
            for disk, port in zip(self.mongo_disks, self._real_mongo, strict=True)
        ]
        self._servers: list[KafkaServer | MongoServer] = [*self.kafka, *self.mongo]
        self.direct = ",".join(f"{HOST}:{port}" for port in direct)
        real = (*self._real_kafka, *self._real_mongo)
        self.proxy = Proxy(dict(zip((*self.kafka_ports, *self.mongo_ports), real, strict=True)))
        self.mail = Peer(self._ports(1)[0])
        self.sets: list[Services] = []
        self.addresses: list[dict[str, str]] = []
        self._env: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("Stopping everything ...")
        for services in self.sets:
            self.wake(services)
        for server in self._servers:
            server.kill()
        await asyncio.gather(*(asyncio.to_thread(services.stop) for services in self.sets))
        await self.proxy.__aexit__(None, None, None)
        self._closing.close()
        for disk in (self.kafka_disk, *self.mongo_disks):
            disk.close()

    async def grow(self, size: int) -> None:
        """Starts more sets of the five services, until there are `size`."""
        while len(self.sets) < size:
            self._say(f"Starting set {len(self.sets) + 1} of the five services ...")
            ports = dict(zip(SERVICES, self._ports(len(SERVICES)), strict=True))
            env = self._env | {f"{name.upper()}_PORT": str(port) for name, port in ports.items()}
            services = Services(ports, env, self.logs / f"set{len(self.sets) + 1}", say=lambda _: None)
            self.sets.append(services)
            self.addresses.append({name: f"http://{HOST}:{port}" for name, port in ports.items()})
            await asyncio.to_thread(services.start, 180)

    async def shrink(self) -> None:
        """The last set leaves in good order."""
        services = self.sets.pop()
        self.addresses.pop()
        await asyncio.to_thread(services.stop)

    async def primary(self) -> int:
        """Which of the mongods takes writes."""
        while True:
            for place, server in enumerate(self.mongo):
                if server.running and await asyncio.to_thread(_is_primary, server):
                    return place
            await asyncio.sleep(0.2)

    def wake(self, services: Services) -> None:
        for name in SERVICES:
            send(services.pid(name), signal.SIGCONT)

    async def _start(self) -> None:
        self._say(f"Starting Kafka and MongoDB, {self._size} of each ...")
        self.identity = self._closing.enter_context(provided(self._given, self.folder))
        await self.proxy.__aenter__()
        for server in self._servers:
            server.launch()
        await asyncio.gather(*(asyncio.to_thread(server.wait) for server in self._servers))
        uri = await asyncio.to_thread(make_set, self.mongo, self.mongo_ports)
        await self.primary()
        self._closing.enter_context(self.mail)
        await topics.apply(self.direct, self._size)
        self._env = (
            os.environ
            | local_kms(self.folder)
            | {
                "KAFKA_BOOTSTRAP_SERVERS": ",".join(f"{HOST}:{port}" for port in self.kafka_ports),
                "MONGODB_URI": uri,
                "OIDC_ISSUER": self.identity.issuer,
                "SMTP_HOST": HOST,
                "SMTP_PORT": str(self.mail.port),
                "LEASE_SECONDS": "15",
                "TICK_SECONDS": "0.5",
            }
        )

    def _brokers(self, direct: list[int]) -> list[KafkaServer]:
        controllers = tuple(self._ports(self._size))
        return [
            KafkaServer(
                self.kafka_disk.folder / "data" if number == self._size else self.folder / f"kafka{number}",
                self._real_kafka[number - 1],
                self.logs / f"kafka{number}.log",
                Seat(number, controllers, direct[number - 1], self.kafka_ports[number - 1]),
                heap="320m",
            )
            for number in range(1, self._size + 1)
        ]

    def _ports(self, count: int) -> list[int]:
        ports: list[int] = []
        while len(ports) < count:
            port = free_port()
            if port not in self._taken:
                ports.append(port)
                self._taken.add(port)
        return ports


def send(pid: int | None, what: signal.Signals) -> None:
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def _is_primary(server: MongoServer) -> bool:
    with server.client() as client:
        return is_primary(client)


def run_tag() -> str:
    """Tells this run's ids from every other's."""
    return secrets.token_hex(3)
