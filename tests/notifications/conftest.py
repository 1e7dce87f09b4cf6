"""The service as it really runs, with a mail server of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from services.notifications.app import make
from services.notifications.settings import SendingSettings
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.smtp import SmtpPeer

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        yield peer


@pytest.fixture(scope="module")
async def service(
    kafka: str, mongo_uri: str, party: Outside, clock: HandClock, mail: SmtpPeer, request: pytest.FixtureRequest
) -> AsyncIterator[Running]:
    settings = settings_for(kafka, mongo_uri, mongodb_prefix=request.module.__name__.replace(".", "_"))
    sending = SendingSettings(smtp_host=mail.host, smtp_port=mail.port, lease_seconds=120)
    async with running(lambda settings, clock: make(settings, clock, sending=sending), settings, clock) as up:
        yield up
