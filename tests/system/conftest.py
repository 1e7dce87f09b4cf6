"""All services, as they really run, on a Kafka of their own, with a mail server and people who sign in."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from importlib import import_module

import pytest

from deploy.local import KafkaServer, free_port
from deploy.local.keycloak import Identity
from services.desk.settings import DeskSettings
from shared.events.principals import SERVICES
from shared.runtime import topics
from tests.support.outside import outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.smtp import SmtpPeer
from tests.system.stage import Platform

CALLERS = dict.fromkeys(SERVICES, "nobody") | {"intake": "police", "blocking": "estate", "records": "central"}


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
    clock, port = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC)), free_port()
    prefix = request.module.__name__.rpartition("_")[2]
    settings = settings_for(own_kafka, mongo_uri, mongodb_prefix=prefix, oidc_issuer=identity.issuer)
    desk = DeskSettings(desk_url=f"http://127.0.0.1:{port}", desk_client_secret=identity.secrets["desk"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SMTP_HOST", mail.host)
        environment.setenv("SMTP_PORT", str(mail.port))
        async with AsyncExitStack() as stack:
            services: dict[str, Running] = {}
            for name in SERVICES:
                make = import_module(f"services.{name}.app").make
                up = (
                    running(partial(make, desk=desk), settings, clock, port=port)
                    if name == "desk"
                    else running(make, settings, clock, identity.as_(CALLERS[name]))
                )
                services[name] = await stack.enter_async_context(up)
            party = await stack.enter_async_context(outside(own_kafka))
            yield Platform(party, clock, services, mail)
