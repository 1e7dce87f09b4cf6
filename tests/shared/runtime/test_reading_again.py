"""A database that went back to a backup: what came since is taken in again, in the order in which it came."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httpx
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from pymongo import MongoClient

from deploy.local import free_port
from shared.events.inbound import PrisonDecided, SocialContactChanged
from shared.runtime.clock import Clock
from shared.runtime.documents import Batch, Outgoing
from shared.runtime.items import Handlers
from shared.runtime.reading_again import InOrder
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.went_back import AGAIN
from shared.runtime.work import Work
from tests.support.outside import Outside
from tests.support.running import HandClock, running, settings_for
from tests.support.waiting import PATIENCE

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
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
    """A service that notes what it hears, of two topics, in which order; it saves nothing while it is `held`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.goes_on = asyncio.Event()

    def make(self, settings: Settings, clock: Clock | None = None) -> Service:
        handlers: Handlers = {SocialContactChanged: self._requested, PrisonDecided: self._decided}
        service = Service("toy", settings, [], handlers, clock=clock)
        save = service.store.save

        async def held(batch: Batch) -> Outgoing:
            await self.goes_on.wait()
            return await save(batch)

        service.store.save = held  # type: ignore[method-assign]
        return service

    def _requested(self, _: Work, event: SocialContactChanged) -> None:
        self._note(event.prisoner_number, event.contact.name)

    def _decided(self, _: Work, event: PrisonDecided) -> None:
        self._note(event.prisoner_number, event.decided_by or "")

    def _note(self, number: str, name: str) -> None:
        if number in NUMBERS and name not in self.names:  # decided again where another one wrote first
            self.names.append(name)


async def say(party: Outside, turn: int) -> str:
    """Sends a request for a contact or a decision, by turns, about this prisoner or that."""
    number, at, name = NUMBERS[turn % len(NUMBERS)], "2026-11-23T09:00:00Z", f"{turn:03}"
    about: dict[str, Any] = {"prisoner_number": number}
    if turn % 2:
        about |= {"change": "requested", "at": at, "contact": {"contact_id": name, "name": name}}
        await party.send("upc.inbound.social-contacts.v1", about, number)
    else:
        about |= {"decision_id": name, "outcome": "refuse", "prison_id": "LEI", "request_id": name, "reason": "no"}
        await party.send("upc.inbound.prison-decisions.v1", about | {"decided_at": at, "decided_by": name}, number)
    await asyncio.sleep(0.002)  # a broker's time has milliseconds
    return name


async def test_two_instances_read_again_in_the_order_in_which_it_came(
    kafka: str, mongo_uri: str, party: Outside
) -> None:
    settings, heard = settings_for(kafka, mongo_uri, mongodb_prefix="went_back", batch_records=7), Heard()
    heard.goes_on.set()
    async with running(heard.make, settings, CLOCK):
        pass  # what other tests sent is behind it
    heard.goes_on.clear()
    said = [await say(party, turn) for turn in range(60)]
    with MongoClient[dict[str, Any]](mongo_uri) as mongo:
        mongo["went_back_toy"][AGAIN].insert_one({})
        ports = [free_port(), free_port()]
        both = [asyncio.create_task(_until(heard, settings, said, port)) for port in ports]
        for port in ports:
            await waits_for(port, "what came since the backup")
        heard.goes_on.set()
        await asyncio.gather(*both)
        assert mongo["went_back_toy"][AGAIN].count_documents({}) == 0
    assert heard.names == said


async def _until(heard: Heard, settings: Settings, said: list[str], port: int) -> None:
    """One instance, until it is ready: then all was heard, in order or not."""
    async with running(heard.make, settings, CLOCK, port=port):
        assert sorted(heard.names) == said


async def waits_for(port: int, what: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http, asyncio.timeout(PATIENCE):
        while True:
            try:
                if what in (await http.get("/readyz")).json()["missing"]:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
