"""Calls from HTTP whose callers do not wait for ever."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import pytest

from deploy.local.proxy import Mode
from shared.events import topics
from shared.events.envelope import Record
from shared.runtime import calls, service
from shared.runtime.documents import Batch, Outgoing
from shared.runtime.mongo import Unavailable
from tests.shared.runtime.toy import Ask, Tally, make
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.slow import SOON, through_a_proxy
from tests.support.waiting import PATIENCE, become

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
numbers = (f"C{n:04}LL" for n in count())


@pytest.fixture
def number() -> str:
    return next(numbers)


@pytest.fixture(scope="module")
async def toy(kafka: str, mongo_uri: str, party: Outside) -> AsyncIterator[Running]:
    async with running(make, settings_for(kafka, mongo_uri), CLOCK) as instance:
        yield instance


async def counted(toy: Running, number: str) -> int:
    tally = await toy.service.query(lambda work: work.get(Tally, number))
    return tally.count if tally else 0


async def test_a_call_that_was_not_begun_when_its_caller_left_is_never_done(
    toy: Running, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Ask(number=number)
    async with toy.service.core._one_at_a_time:
        monkeypatch.setattr(service, "LONGEST_CALL", 0.1)
        hung_up = asyncio.create_task(toy.service.call(ask, number))
        own_work = asyncio.create_task(toy.service.call_patiently(ask, number))
        await asyncio.sleep(0.01)
        hung_up.cancel()
        with pytest.raises(Unavailable):
            await toy.service.call(ask, number)
        monkeypatch.undo()
    assert await own_work == 1
    assert await counted(toy, number) == 1


async def test_who_would_only_wait_as_long_as_the_last_is_refused_at_once_until_one_comes_through(
    toy: Running, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, ask, may_save = toy.service.core, Ask(number=number), asyncio.Event()
    save = core._store.save

    async def slowly(batch: Batch) -> Outgoing:
        await may_save.wait()
        return await save(batch)

    monkeypatch.setattr(core._store, "save", slowly)
    monkeypatch.setattr(service, "LONGEST_CALL", 0.1)
    monkeypatch.setattr(calls, "LONGEST_CALL", 0.05)
    slow = asyncio.create_task(toy.service.call(ask, f"{number}-slow"))
    await asyncio.sleep(0.01)
    gone = asyncio.create_task(toy.service.call(ask, f"{number}-gone before it is begun"))
    for each in slow, gone:
        with pytest.raises(Unavailable):
            await each
    may_save.set()
    await become(lambda: not core._draining)
    for module in service, calls:
        monkeypatch.setattr(module, "LONGEST_CALL", PATIENCE)
    may_save.clear()
    tries = asyncio.create_task(toy.service.call(ask, f"{number}-tries"))
    await asyncio.sleep(0.01)
    waits = asyncio.create_task(toy.service.call(ask, f"{number}-waits"))
    await asyncio.sleep(0.01)
    for place in range(3):
        with pytest.raises(Unavailable):
            await asyncio.wait_for(toy.service.call(ask, f"{number}-{place}"), SOON)
    may_save.set()
    assert [await tries, await waits] == [2, 3]
    assert sorted(await asyncio.gather(*(toy.service.call(ask, f"{number}-after-{n}") for n in range(3)))) == [4, 5, 6]


async def test_as_many_queries_as_there_may_be_leave_threads_to_saving(toy: Running, number: str) -> None:
    mongodb_answers = threading.Event()
    database = toy.service.platform.database
    queries = [
        asyncio.create_task(database.run(lambda _: mongodb_answers.wait(PATIENCE))) for _ in range(service.MOST_QUERIES)
    ]
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(PATIENCE / 2):
            assert await toy.service.call_patiently(Ask(number=number), number) == 1
    finally:
        mongodb_answers.set()
        await asyncio.gather(*queries)


async def test_a_query_whose_caller_left_counts_until_mongodb_has_answered_it(
    kafka: str, mongo_uri: str, party: Outside, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_QUERIES", 1)
    monkeypatch.setattr(service, "LONGEST_CALL", 1000.0)
    async with (
        through_a_proxy(mongo_uri) as (proxy, uri),
        running(make, settings_for(kafka, uri), CLOCK) as toy,
    ):
        await proxy.set(Mode.HALF_OPEN)
        left = asyncio.create_task(counted(toy, number))
        await asyncio.sleep(0.05)
        left.cancel()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(counted(toy, number), SOON)
        await proxy.set(Mode.PASS)
        while toy.service._queries:
            await asyncio.sleep(0.02)
        assert await counted(toy, number) == 0


async def test_a_batch_waits_for_the_calls_before_it_and_for_none_that_come_later(
    toy: Running, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many call all the time, what comes over Kafka has its turn."""
    core, ask, later = toy.service.core, Ask(number=number), list[asyncio.Task[object]]()
    saved, save = list[int](), core._store.save

    async def noted(batch: Batch) -> Outgoing:
        saved.append(len(batch.taken))
        later.append(asyncio.create_task(toy.service.call(ask, f"{number}-later-{len(saved)}")))
        await asyncio.sleep(0.01)
        return await save(batch)

    contact = {"contact_id": "c", "name": "Jane Example"}
    said = {"prisoner_number": number, "change": "requested", "at": "2026-11-23T09:00:00Z", "contact": contact}
    headers = (("ce_id", number.encode()), ("ce_source", b"urn:test"))
    record = Record(topics.INBOUND_SOCIAL_CONTACTS.name, number.encode(), json.dumps(said).encode(), headers)
    async with core._one_at_a_time:
        early = [asyncio.create_task(toy.service.call(ask, f"{number}-{place}")) for place in range(5)]
        await asyncio.sleep(0.01)
        batch = asyncio.create_task(core.save(core.read([record])))
        await asyncio.sleep(0.01)
        monkeypatch.setattr(core._store, "save", noted)
    await batch
    assert saved == [0, 1], "what is taken in from Kafka: nothing with the calls, the one record with the batch"
    monkeypatch.undo()
    await asyncio.gather(*early, *later)
    assert await counted(toy, number) == 6 + len(later)
