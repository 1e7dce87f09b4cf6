"""aiokafka's fetching ends without a word when it is cancelled, as it does after some faults of the network."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.contacts import SocialContactDecided
from shared.runtime import watch
from shared.runtime.kafka import KafkaFollower, make_broker
from tests.shared.runtime.toy import make
from tests.support.outside import Outside
from tests.support.running import HandClock, running, settings_for
from tests.support.waiting import PATIENCE

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
SENT, SAID = "upc.inbound.social-contacts.v1", "upc.social-contacts.v1"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.5)


async def dies(consumer: Any) -> None:
    fetching = consumer._fetcher._fetch_task
    fetching.cancel()
    await fetching
    assert fetching.done()


async def test_a_service_whose_fetching_died_reads_on(kafka: str, mongo_uri: str, party: Outside) -> None:
    contact: dict[str, Any] = {"contact_id": "c", "name": "Jane Example"}
    asked = {"prisoner_number": "T0001WA", "change": "requested", "at": "2026-11-23T09:00:00Z", "contact": contact}

    def said(record: Any) -> bool:
        return bool(record.key == "T0001WA" and record.headers["ce_source"] == "urn:upc:toy")

    async with running(make, settings_for(kafka, mongo_uri), CLOCK) as service:
        await party.send(SENT, asked, "T0001WA")
        await party.wait(SAID, said)
        await dies(service.service._reading.consumer)  # type: ignore[attr-defined]
        await party.send(SENT, asked, "T0001WA")
        assert [record.data["contact_id"] for record in await party.wait(SAID, said, count=2)] == ["1", "2"]


async def test_a_picture_whose_fetching_died_is_followed_again(kafka: str, party: Outside) -> None:
    broker, seen = make_broker(kafka, "test"), set[str]()
    follower = KafkaFollower(broker, SocialContactDecided, lambda event: seen.add(event.contact_id), seen.add)

    async def until(contact_id: str) -> None:
        decided = {
            "prisoner_number": "T0002WA",
            "contact_id": contact_id,
            "outcome": "listed",
            "at": "2026-11-23T09:00:00Z",
        }
        await party.send(SAID, decided, "T0002WA", source="urn:test:watch")
        async with asyncio.timeout(PATIENCE):
            while contact_id not in seen:
                await follower.catch_up()
                await asyncio.sleep(0.05)

    await broker.start()
    try:
        await until("before")
        await dies(follower._subscriber.consumer)
        await until("after")
    finally:
        await broker.stop()
