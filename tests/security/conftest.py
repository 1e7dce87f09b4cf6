"""All services on a Kafka of their own, as attackers meet them: everything that is sent here is answered by all of them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import httpx
import pytest

from deploy.local import KafkaServer, free_port
from deploy.local.keycloak import Identity
from services.notifications.settings import SendingSettings
from shared.events.principals import SERVICES
from shared.runtime import topics
from tests.support.outside import Outside, outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.smtp import SmtpPeer
from tests.support.world import START

CALLERS = {"intake": "victim_services", "blocking": "estate", "records": "central"}
"""Who calls each service that wants to know who calls."""


@dataclass
class Platform:
    """The services, the outside world, and the clock."""

    kafka: str
    party: Outside
    clock: HandClock
    services: dict[str, Running]
    mail: SmtpPeer
    identity: Identity

    def http(self, service: str) -> httpx.AsyncClient:
        """As `CALLERS` call it; another one with `auth=platform.identity.as_(client)`."""
        return self.services[service].http

    def headers(self, service: str) -> dict[str, str]:
        """What says so in a call by other means."""
        known = service in CALLERS
        return {"Authorization": f"Bearer {self.identity.token(CALLERS[service])}"} if known else {}

    def now(self) -> str:
        return self.clock.now().isoformat()


@pytest.fixture(scope="package")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with KafkaServer(tmp_path_factory.mktemp("security-kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="package")
async def platform(own_kafka: str, mongo_uri: str, identity: Identity) -> AsyncIterator[Platform]:
    await topics.apply(own_kafka)
    settings = settings_for(own_kafka, mongo_uri, mongodb_prefix="security", oidc_issuer=identity.issuer)
    clock = HandClock(START)
    async with AsyncExitStack() as stack:
        mail = stack.enter_context(SmtpPeer())
        sending = SendingSettings(smtp_host=mail.host, smtp_port=mail.port)
        up: dict[str, Running] = {}
        for name in SERVICES:
            caller = identity.as_(CALLERS[name]) if name in CALLERS else None
            up[name] = await stack.enter_async_context(running(_make(name, sending), settings, clock, caller))
        party = await stack.enter_async_context(outside(own_kafka))
        yield Platform(own_kafka, party, clock, up, mail, identity)


def _make(name: str, sending: SendingSettings) -> Any:
    make = import_module(f"services.{name}.app").make
    return partial(make, sending=sending) if name == "notifications" else make
