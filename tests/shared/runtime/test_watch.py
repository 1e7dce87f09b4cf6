"""aiokafka's fetching ends without a word when it is cancelled, as it does after some faults of the network."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local import KafkaServer, free_port
from shared.events.contacts import SocialContactDecided
from shared.runtime import topics, watch
from shared.runtime.kafka import KafkaFollower, make_broker
from shared.runtime.watch import stopped
from tests.shared.runtime.toy import make
from tests.support.outside import Outside, outside
from tests.support.running import HandClock, running, settings_for
from tests.support.waiting import PATIENCE

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
DECIDED = {"prisoner_number": "T0002WA", "outcome": "listed", "at": "2026-11-23T09:00:00Z"}
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


async def test_a_reader_that_is_started_afresh_while_its_broker_is_dead_reads_on_when_that_is_back(
    tmp_path: Path,
) -> None:
    seen = list[str]()
    with KafkaServer(tmp_path, free_port()) as server:
        await topics.apply(server.bootstrap)
        broker = make_broker(server.bootstrap, "test")
        follower = KafkaFollower(broker, SocialContactDecided, lambda event: seen.append(event.contact_id), seen.append)

        async def until(contact_id: str) -> None:
            async with outside(server.bootstrap, [SAID]) as party, asyncio.timeout(PATIENCE):
                await party.send(SAID, DECIDED | {"contact_id": contact_id}, "T0002WA", source="urn:test:watch")
                while contact_id not in seen:
                    await asyncio.sleep(0.05)

        await broker.start()
        try:
            await until("before")
            server.kill()
            await asyncio.sleep(0.5)  # its fetches fail
            afresh = asyncio.create_task(follower.watch._start_afresh())
            await asyncio.sleep(1.0)
            assert not afresh.done()
            server.start()
            await afresh
            await until("after")
        finally:
            await stopped(broker.stop)


async def test_a_picture_whose_fetching_died_is_followed_again(kafka: str, party: Outside) -> None:
    broker, seen = make_broker(kafka, "test"), set[str]()
    follower = KafkaFollower(broker, SocialContactDecided, lambda event: seen.add(event.contact_id), seen.add)

    async def until(contact_id: str) -> None:
        await party.send(SAID, DECIDED | {"contact_id": contact_id}, "T0002WA", source="urn:test:watch")
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
