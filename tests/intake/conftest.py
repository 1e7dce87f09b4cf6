"""Intake as it really runs, on the test run's Kafka and MongoDB, with a clock that the tests move."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from deploy.local.keycloak import Identity
from services.intake.app import make
from shared.runtime.settings import Settings
from tests.support.outside import Outside
from tests.support.running import HandClock, running, settings_for


@pytest.fixture(scope="package")
def clock() -> HandClock:
    return HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))


@pytest.fixture(scope="package")
def settings(kafka: str, mongo_uri: str, identity: Identity) -> Settings:
    """What every instance of intake is told."""
    return settings_for(kafka, mongo_uri, oidc_issuer=identity.issuer, form_rate="1000/second")


@pytest.fixture(scope="package")
def police(identity: Identity) -> httpx.Auth:
    """Calls in the name of West Yorkshire Police."""
    return identity.as_("police")


@pytest.fixture(scope="package")
async def http(
    settings: Settings, party: Outside, clock: HandClock, police: httpx.Auth
) -> AsyncIterator[httpx.AsyncClient]:
    """Intake's HTTP, once it is ready, as the police call it."""
    async with running(make, settings, clock, police) as service:
        yield service.http
