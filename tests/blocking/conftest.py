"""Blocking as it really runs, on the test run's Kafka and MongoDB, with a clock that the tests move."""

from collections.abc import AsyncIterator

import httpx
import pytest

from deploy.local.keycloak import Identity
from services.blocking.app import make
from shared.runtime.settings import Settings
from tests.blocking.given import START
from tests.support.outside import Outside
from tests.support.running import HandClock, running, settings_for


@pytest.fixture(scope="package")
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(scope="package")
def settings(kafka: str, mongo_uri: str, identity: Identity) -> Settings:
    """What every instance of blocking is told."""
    return settings_for(kafka, mongo_uri, oidc_issuer=identity.issuer)


@pytest.fixture(scope="package")
def estate_system(identity: Identity) -> httpx.Auth:
    """Calls in the name of an estate system of all prisons."""
    return identity.as_("estate")


@pytest.fixture(scope="package")
async def http(
    settings: Settings, party: Outside, clock: HandClock, estate_system: httpx.Auth
) -> AsyncIterator[httpx.AsyncClient]:
    """Blocking's HTTP, once it is ready, as an estate system of all prisons calls it."""
    async with running(make, settings, clock, estate_system) as service:
        yield service.http
