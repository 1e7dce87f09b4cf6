"""All services, as they really run, on a Kafka of their own, with a mail server and people who sign in."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from deploy.local import KafkaServer, free_port
from deploy.local.keycloak import Identity
from shared.runtime import topics
from tests.support.outside import outside
from tests.support.running import HandClock, settings_for
from tests.support.smtp import SmtpPeer
from tests.system.stage import Platform, everything


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka without other tests' events: all services would answer them."""
    with KafkaServer(tmp_path_factory.mktemp("system-kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        yield peer


@pytest.fixture(scope="module")
async def platform(
    own_kafka: str, mongo_uri: str, mail: SmtpPeer, identity: Identity, request: pytest.FixtureRequest
) -> AsyncIterator[Platform]:
    await topics.apply(own_kafka)
    clock = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    prefix = request.module.__name__.rpartition("_")[2]
    settings = settings_for(own_kafka, mongo_uri, mongodb_prefix=prefix, oidc_issuer=identity.issuer)
    async with everything(settings, clock, identity, mail) as services, outside(own_kafka) as party:
        yield Platform(party, clock, services, mail)
