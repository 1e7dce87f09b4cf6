"""Intake as it really runs, on the test run's Kafka and MongoDB, with a clock that the tests move."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from services.intake.app import make
from tests.support.outside import Outside
from tests.support.running import HandClock, running, settings_for


@pytest.fixture(scope="session")
def clock() -> HandClock:
    return HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
async def http(kafka: str, mongo_uri: str, party: Outside, clock: HandClock) -> AsyncIterator[httpx.AsyncClient]:
    """Intake's HTTP, once it is ready."""
    async with running(make, settings_for(kafka, mongo_uri), clock) as service:
        yield service.http
