"""A Kafka that asks everybody who they are, over TLS, and lets nobody do what the code does not say."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from faststream.security import SASLPlaintext

from deploy.local import KafkaServer, free_port
from deploy.local.kafka import Seat
from deploy.local.kafka.guard import BROKER, guard, tls
from deploy.local.kafka.users import admit
from shared.events.principals import Principal
from shared.events.topics import ALL, with_lanes
from shared.runtime import acls, topics
from shared.runtime.acls import Operation
from shared.runtime.login import connection, security
from shared.runtime.settings import Settings
from tests.support.certificates import Authority
from tests.support.waiting import PATIENCE

AGENCIES = ("met", "wyp")
OBSERVER = "observer"
"""Not of the platform: a test sees everything with it, whatever else is forbidden."""
NAMES_FROM_CERTIFICATES = "RULE:^CN=([a-z-]+)$/$1/"


class Guarded:
    """Everybody's password is `word(name)`; who comes by `certified` shows a certificate instead."""

    def __init__(self, server: KafkaServer, certified: str, authority: Authority) -> None:
        self.server, self.certified, self.authority = server, certified, authority
        self._direct = SASLPlaintext(BROKER, word(BROKER), use_ssl=False)

    def login(self, name: str, **others: object) -> dict[str, object]:
        """Settings with which `name` comes in."""
        return {
            "kafka_bootstrap_servers": self.server.bootstrap,
            "kafka_security_protocol": "SASL_SSL",
            "kafka_username": name,
            "kafka_password": word(name),
            "kafka_ca_file": self.authority.file,
            "agencies": AGENCIES,
            **others,
        }

    def connection(self, name: str, **others: object) -> dict[str, Any]:
        """What a client of aiokafka's takes to come in as `name`."""
        settings = Settings.model_validate(self.login(name, **others))
        return connection(settings.kafka_bootstrap_servers, security(settings))

    @asynccontextmanager
    async def administering(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**connection(self.server.direct, self._direct))
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def put_right(self, **passwords: str) -> None:
        """Topics and ACLs as the code says, for the agencies here, and everybody's password, but for these."""
        await topics.apply(self.server.direct, security=self._direct, agencies=AGENCIES)
        async with self.administering() as admin:
            await admit(admin, {name: word(name) for name in (*Principal, *AGENCIES, OBSERVER)} | passwords)
        await self.until_known(OBSERVER)

    async def until_known(self, name: str, **others: object) -> None:
        """Returns when `name` can come in: a broker hears of changes a little after its controller made them."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(KafkaConnectionError):
                    async with self.client(name, **others):
                        return
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def client(self, name: str, **others: object) -> AsyncIterator[AIOKafkaClient]:
        """Come in as `name`. Raises KafkaConnectionError where that can't be."""
        client = AIOKafkaClient(**self.connection(name, **others))
        try:
            await client.bootstrap()
            yield client
        finally:
            await client.close()

    async def forbid(self, name: str, *what: Operation) -> None:
        """Nothing of `what` that the code lets `name` do is allowed any more."""
        lines = acls.wanted(with_lanes(ALL, AGENCIES))
        gone = {line for line in lines if line.principal == f"User:{name}" and line.operation in what}
        async with self.administering() as admin:
            await acls.apply(admin, lines - gone)


def word(name: str) -> str:
    return f"the-password-of-{name.replace('.', '-')}"


@contextmanager
def guarded_kafka(folder: Path) -> Iterator[Guarded]:
    """The broker, without topics yet."""
    authority = Authority(folder)
    port, certified, direct, controller = free_port(), free_port(), free_port(), free_port()
    certificate, _ = authority.issue("broker")
    listeners = {"CLIENTS": port, "CERTIFIED": certified, "DIRECT": direct}
    advertised = ",".join(f"{name}://127.0.0.1:{number}" for name, number in listeners.items())
    protocols = "CLIENTS:SASL_SSL,CERTIFIED:SSL,DIRECT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
    by_certificate = {
        name.replace("clients", "certified"): value for name, value in tls(certificate, authority.file).items()
    }
    settings = {
        **guard(word(BROKER)),
        **by_certificate,
        **tls(certificate),
        "super.users": f"User:{BROKER};User:{OBSERVER}",
        "listener.name.certified.ssl.principal.mapping.rules": NAMES_FROM_CERTIFICATES,
        "listeners": f"{advertised},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": advertised,
        "listener.security.protocol.map": protocols,
    }
    with KafkaServer(folder / "kafka", port, seat=Seat(1, (controller,), direct, port), settings=settings) as server:
        yield Guarded(server, f"127.0.0.1:{certified}", authority)
