"""The desk as it really runs, with a Kafka of its own, a real MongoDB and a real identity provider."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest

from deploy.local import KafkaServer, free_port
from deploy.local.keycloak import Identity
from services.desk.app import make
from services.desk.settings import DeskSettings
from shared.runtime import topics
from tests.desk.staff import Staff
from tests.support.outside import outside
from tests.support.running import HandClock, running, settings_for
from tests.support.world import START


@pytest.fixture(scope="package")
def desk_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka without other tests' events: the desk would have them in its queues."""
    with KafkaServer(tmp_path_factory.mktemp("desk-kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="package")
def desk_clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(scope="package")
async def staff(desk_kafka: str, mongo_uri: str, identity: Identity, desk_clock: HandClock) -> AsyncIterator[Staff]:
    await topics.apply(desk_kafka)
    port = free_port()
    known = DeskSettings(desk_url=f"http://127.0.0.1:{port}", desk_client_secret=identity.secrets["desk"])
    settings = settings_for(desk_kafka, mongo_uri, mongodb_prefix="desk", oidc_issuer=identity.issuer)
    async with outside(desk_kafka) as party, running(partial(make, desk=known), settings, desk_clock, port=port) as up:
        yield Staff(up, identity, party)
