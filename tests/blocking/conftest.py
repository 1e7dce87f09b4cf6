"""Blocking as it really runs, on the test run's Kafka and MongoDB, with a clock that the tests move."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.blocking.app import make
from tests.blocking.given import START
from tests.support.outside import Outside
from tests.support.running import HandClock, running, settings_for


@pytest.fixture(scope="session")
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(scope="session")
async def http(kafka: str, mongo_uri: str, party: Outside, clock: HandClock) -> AsyncIterator[httpx.AsyncClient]:
    """Blocking's HTTP, once it is ready."""
    async with running(make, settings_for(kafka, mongo_uri), clock) as service:
        yield service.http
