"""aiokafka's fetching ends without a word when it is cancelled, as it does after some faults of the network, and ends others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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


def has_a_fetch_that_failed(consumer: Any) -> None:
    """As with a dead broker: it waits to try again, and where it is cancelled, whoever stops the consumer hears of it."""
    consumer._fetcher._pending_tasks.add(asyncio.create_task(asyncio.sleep(PATIENCE)))


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


@asynccontextmanager
async def following(
    kafka: str, party: Outside
) -> AsyncIterator[tuple[KafkaFollower, Callable[[str], Awaitable[None]]]]:
    """A picture that is followed beside another one, and `until(contact_id)`: something is said that comes into it."""
    broker, seen = make_broker(kafka, "test"), set[str]()
    follower = KafkaFollower(broker, SocialContactDecided, lambda event: seen.add(event.contact_id), seen.add)
    other = KafkaFollower(broker, SocialContactDecided, lambda event: None, seen.add)

    async def until(contact_id: str) -> None:
        await party.send(SAID, DECIDED | {"contact_id": contact_id}, "T0002WA", source="urn:test:watch")
        async with asyncio.timeout(PATIENCE):
            while contact_id not in seen:
                await follower.catch_up()
                await asyncio.sleep(0.05)

    await broker.start()
    try:
        yield follower, until
    finally:
        await broker.stop()
        assert follower._subscriber.consumer is other._subscriber.consumer is None


async def test_a_picture_whose_fetching_died_is_followed_again(kafka: str, party: Outside) -> None:
    async with following(kafka, party) as (follower, until):
        await until("before")
        await dies(follower._subscriber.consumer)
        await until("after")


async def test_a_picture_is_followed_again_also_where_a_fetch_had_failed_when_it_was_stopped(
    kafka: str, party: Outside
) -> None:
    async with following(kafka, party) as (follower, until):
        await until("before failure")
        has_a_fetch_that_failed(follower._subscriber.consumer)
        await follower.watch._start_afresh()
        await until("after failure")


async def test_where_the_fetch_of_one_reader_had_failed_all_are_stopped(kafka: str, party: Outside) -> None:
    async with following(kafka, party) as (follower, _):
        has_a_fetch_that_failed(follower._subscriber.consumer)
