"""Transfers as it really runs, on the test run's Kafka and MongoDB, with a clock that the tests move."""

from collections.abc import AsyncIterator

import pytest

from services.transfers.app import make
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.world import START


@pytest.fixture(scope="package")
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(scope="package")
async def transfers(kafka: str, mongo_uri: str, party: Outside, clock: HandClock) -> AsyncIterator[Running]:
    async with running(make, settings_for(kafka, mongo_uri), clock) as service:
        yield service
