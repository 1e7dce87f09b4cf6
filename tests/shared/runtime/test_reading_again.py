"""A database that went back to a backup: what came since is taken in again, in the order in which it came."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from pymongo import MongoClient

from shared.events.contacts import ContactOutcome, SocialContactDecided
from shared.events.envelope import Event
from shared.events.inbound import PrisonDecided, SocialContactChanged
from shared.runtime.clock import Clock
from shared.runtime.documents import Batch, Outgoing
from shared.runtime.items import Handlers
from shared.runtime.mongo import Unavailable
from shared.runtime.reading_again import InOrder
from shared.runtime.service import SINCE_BACKUP, Service
from shared.runtime.settings import Settings
from shared.runtime.went_back import AGAIN
from shared.runtime.work import Work
from tests.support.outside import Outside
from tests.support.running import HandClock, Make, running, settings_for
from tests.support.waiting import PATIENCE

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
OURS = "came since "
NUMBERS = [f"T{number:04}RA" for number in range(12)]
PLACES = [TopicPartition(topic, 0) for topic in ("decided", "moved", "requested")]
Log = Mapping[TopicPartition, Sequence[Any]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Partitions as a broker writes them: its clock goes only forward."""
    times = {place: sorted(draw(st.lists(st.integers(0, 50)))) for place in PLACES}
    return {
        place: [SimpleNamespace(place=place, offset=offset, timestamp=time) for offset, time in enumerate(written)]
        for place, written in times.items()
    }


@given(logs(), st.lists(st.integers(1, 5), min_size=1), st.integers(1, 7))
def test_however_it_is_fetched_the_oldest_comes_first(log: Log, sizes: list[int], most: int) -> None:
    in_order, fetched, taken = InOrder(PLACES), dict.fromkeys(PLACES, 0), list[Any]()
    while len(taken) < sum(len(records) for records in log.values()):
        behind = {place for place in PLACES if fetched[place] < len(log[place])}
        for place in in_order.empty & behind:
            sizes.append(size := sizes.pop(0))
            in_order.add({place: log[place][fetched[place] : fetched[place] + size]})
            fetched[place] += size
        behind = {place for place in PLACES if fetched[place] < len(log[place])}
        taken += in_order.oldest(most, behind)
    assert all(one.timestamp <= other.timestamp for one, other in pairwise(taken))
    for place in PLACES:
        assert [record for record in taken if record.place == place] == log[place]


class Heard:
    """What a service, all instances of it, heard of two topics and has saved, in which order."""

    def __init__(self) -> None:
        self.saved: list[str] = []

    def make(self, settings: Settings, clock: Clock | None = None) -> Service:
        handlers: Handlers = {SocialContactChanged: requested, PrisonDecided: decided}
        service = Service("toy", settings, [], handlers, clock=clock)
        save = service.store.save

        async def noted(batch: Batch) -> Outgoing:
            await asyncio.sleep(0.05)
            saved = await save(batch)
            names = [json.loads(record.value or b"")["contact_id"] for record in batch.outgoing]
            self.saved += [name for name in names if name.startswith(OURS)]
            return saved

        service.store.save = noted  # type: ignore[method-assign]
        return service

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.saved) < count:
                await asyncio.sleep(0.01)


def requested(work: Work, event: SocialContactChanged) -> None:
    say_what_was_heard(work, event.prisoner_number, event.contact.contact_id)


def decided(work: Work, event: PrisonDecided) -> None:
    say_what_was_heard(work, event.prisoner_number, event.decision_id)


def say_what_was_heard(work: Work, number: str, name: str) -> None:
    listed = ContactOutcome.LISTED
    work.publish(SocialContactDecided(prisoner_number=number, contact_id=name, outcome=listed, at=work.now))


async def send(party: Outside, turn: int) -> str:
    """A request for a contact or a decision, by turns, about this prisoner or that; its name."""
    number, at, name = NUMBERS[turn % len(NUMBERS)], "2026-11-23T09:00:00Z", f"{OURS}{turn:03}"
    about: dict[str, Any] = {"prisoner_number": number}
    if turn % 2:
        about |= {"change": "requested", "at": at, "contact": {"contact_id": name, "name": "Jane Example"}}
        await party.send("upc.inbound.social-contacts.v1", about, number)
    else:
        about |= {"decision_id": name, "outcome": "refuse", "prison_id": "LEI", "request_id": name, "reason": "no"}
        await party.send("upc.inbound.prison-decisions.v1", about | {"decided_at": at}, number)
    await asyncio.sleep(0.002)  # a broker's time has milliseconds
    return name


@asynccontextmanager
async def instance(make: Make, settings: Settings) -> AsyncIterator[Service]:
    """An instance at work, without a port, until it is stopped."""
    service = make(settings, CLOCK)
    running = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        running.cancel()
        await asyncio.wait([running])
        await service.platform.stop()


async def test_whoever_comes_and_goes_it_is_read_again_in_the_order_in_which_it_came(
    kafka: str, mongo_uri: str, party: Outside
) -> None:
    settings, heard = settings_for(kafka, mongo_uri, mongodb_prefix="went_back", batch_records=7), Heard()
    async with running(heard.make, settings, CLOCK):
        pass  # what other tests sent is behind it
    sent = [await send(party, turn) for turn in range(400)]
    with MongoClient[dict[str, Any]](mongo_uri) as mongo:
        mark = mongo["went_back_toy"][AGAIN]
        mark.insert_one({})
        async with instance(heard.make, settings) as second:
            async with instance(heard.make, settings):
                await heard.reaches(50)
                async with instance(heard.make, settings):
                    await heard.reaches(150)
                await heard.reaches(200)
                assert SINCE_BACKUP in await second.missing()
                with pytest.raises(Unavailable):
                    await second.call(Event(), "whatever is asked meanwhile")
            await heard.reaches(len(sent))
            async with asyncio.timeout(PATIENCE):
                while await second.missing():
                    await asyncio.sleep(0.05)
        assert mark.count_documents({}) == 0
    assert heard.saved == sent
