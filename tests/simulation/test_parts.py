"""One suite for the real Kafka and mongod and for the simulated ones: what the simulation stands on is no fantasy."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.events.blocks import BlockListChanged
from shared.events.envelope import Cause, Record, to_record
from shared.runtime.documents import Batch, Parked
from shared.runtime.mongo import Conflict
from shared.runtime.store import Store
from shared.runtime.work import Loaded, Needs, Ref, State
from tests.simulation.ways import TOPIC, Member, RealWays, SimulatedWays, Ways, until
from tests.support.outside import Outside
from tests.support.running import settings_for

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)
names = (f"parts{n}" for n in itertools.count())


class Thing(State):
    COLLECTION = "things"

    value: int
    due_at: datetime | None = None

    def due(self) -> datetime | None:
        return self.due_at

    def lookups(self) -> tuple[str, ...]:
        return (f"value {self.value}",)


@pytest.fixture
def name() -> str:
    return next(names)


@pytest.fixture(params=["real", "simulated"])
async def ways(
    request: pytest.FixtureRequest, name: str, kafka: str, mongo_uri: str, party: Outside
) -> AsyncIterator[Ways]:
    if request.param == "real":
        real = RealWays(settings_for(kafka, mongo_uri), name)
        yield real
        await real.stop()
    else:
        simulated = SimulatedWays()
        looking = asyncio.create_task(simulated.look_for_dead())
        yield simulated
        looking.cancel()


# MongoDB


@pytest.fixture
async def stores(ways: Ways) -> tuple[Store, Store]:
    """Two instances of one service."""
    platforms = ways.platform(), ways.platform()
    one, other = (Store(p.database, [Thing], p.instance, p.machine_clock, p.unlock) for p in platforms)
    await one.prepare()
    await other.prepare()
    return one, other


async def load(store: Store, *keys: str, word: str | None = None) -> Loaded:
    loaded = Loaded()
    lookups = {(Thing, word)} if word else set[Any]()
    await store.load(Needs({(Thing, key) for key in keys}, lookups), loaded)
    return loaded


def batch(loaded: Loaded, key: str, value: int | None, taken: bytes | None = None, **more: Any) -> Batch:
    """`value` None: the thing is forgotten."""
    due_at = more.pop("due_at", None)
    changed: dict[Ref, State | None] = {(Thing, key): None if value is None else Thing(value=value, due_at=due_at)}
    more.setdefault("forgotten", {(Thing, key)} if value is None else set())
    outgoing = [Record("t", key.encode(), str(value).encode(), (("a", b"b"),))]
    return Batch([taken] if taken else [], changed, loaded.stored, outgoing, **more)


async def test_what_is_saved_is_found_by_id_by_word_and_when_it_is_due(stores: tuple[Store, Store]) -> None:
    one, other = stores
    await one.save(batch(await load(one, "a"), "a", 1, due_at=NOW))
    await one.save(batch(await load(one, "b"), "b", 2, due_at=NOW - timedelta(seconds=1)))
    found = await load(other, "a", "none", word="value 2")
    assert found.states == {(Thing, "a"): Thing(value=1, due_at=NOW), (Thing, "none"): None, **_b(found)}
    assert found.found == {(Thing, "value 2"): frozenset({"b"})}
    assert [due.key for due in await other.due(NOW, 5)] == ["b", "a"]
    assert (await other.due(NOW, 5))[1].at == NOW.replace(microsecond=123000)
    assert [due.key for due in await other.due(NOW, 1)] == ["b"]
    assert await other.named(Thing, "value 1", 5) == ["a"]


def _b(found: Loaded) -> dict[Any, Any]:
    return {(Thing, "b"): found.states[Thing, "b"]}


async def test_an_event_is_taken_once_and_nothing_of_a_second_batch_with_it_stays(stores: tuple[Store, Store]) -> None:
    one, other = stores
    empty = await load(one, "a", "b")
    await one.save(batch(empty, "a", 1, taken=b"event"))
    with pytest.raises(Conflict):
        await other.save(batch(empty, "b", 2, taken=b"event"))
    assert (await load(other, "b")).states == {(Thing, "b"): None}
    assert await other.taken([b"event", b"another"]) == {b"event"}
    assert len(await other.pending()) == 1


async def test_who_loaded_an_older_version_is_refused_whole(stores: tuple[Store, Store]) -> None:
    one, other = stores
    await one.save(batch(await load(one, "a"), "a", 1))
    old = await load(other, "a")
    await one.save(batch(await load(one, "a"), "a", 2))
    with pytest.raises(Conflict):
        await other.save(batch(old, "a", 3, taken=b"event"))
    assert (await load(other, "a")).states == {(Thing, "a"): Thing(value=2)}
    assert await other.taken([b"event"]) == set()


async def test_what_is_forgotten_is_gone_and_who_loaded_it_before_cannot_bring_it_back(
    stores: tuple[Store, Store],
) -> None:
    one, other = stores
    await one.save(batch(await load(one, "a"), "a", 1))
    old = await load(other, "a")
    await one.save(batch(await load(one, "a"), "a", None))
    assert (await load(other, "a", word="value 1")).found == {(Thing, "value 1"): frozenset()}
    with pytest.raises(Conflict):
        await other.save(batch(old, "a", 2))
    await one.save(batch(await load(one, "a"), "a", 3))
    with pytest.raises(Conflict):
        await other.save(batch(old, "a", 2))
    with pytest.raises(Conflict):
        await other.save(batch(old, "a", None))
    assert (await load(other, "a")).states == {(Thing, "a"): Thing(value=3)}


async def test_of_what_is_forgotten_stays_what_is_left(stores: tuple[Store, Store]) -> None:
    one, other = stores
    await one.save(batch(await load(one, "a"), "a", 1))
    await one.save(batch(await load(one, "a"), "a", 2, forgotten={(Thing, "a")}))
    found = await load(other, "a", word="value 2")
    assert found.states == {(Thing, "a"): Thing(value=2)}
    assert found.found == {(Thing, "value 2"): frozenset({"a"})}
    await one.save(batch(await load(one, "b"), "b", None))


async def test_two_who_make_the_same_thing_are_one_and_a_conflict(stores: tuple[Store, Store]) -> None:
    one, other = stores
    empty = await load(one, "a")
    done = await asyncio.gather(
        *(store.save(batch(empty, "a", value)) for value, store in enumerate(stores)), return_exceptions=True
    )
    assert sorted(isinstance(answer, Conflict) for answer in done) == [False, True]
    assert len(await other.pending()) == 1


async def test_what_was_saved_is_pending_in_its_order_until_it_is_said_to_be_sent(stores: tuple[Store, Store]) -> None:
    one, other = stores
    first = await one.save(batch(await load(one, "a"), "a", 1))
    after = await load(other, "a")
    second = await other.save(batch(after, "a", 2))
    assert [entry.id for entry in await one.pending()] == [first.id, second.id]
    assert [entry.records for entry in await one.pending()] == [first.records, second.records]
    assert await other.overtakes(batch(after, "a", 2))
    await other.mark_sent([first])
    await one.mark_sent([first])
    assert not await other.overtakes(batch(after, "a", 2))
    assert [entry.id for entry in await one.pending()] == [second.id]


async def test_what_came_early_is_tried_by_one_alone(stores: tuple[Store, Store]) -> None:
    one, other = stores
    record = Record("t", b"k", b"v", (("h", b"1"),), 2, 7)
    early = Parked(record, Cause("s", "i", NOW.replace(microsecond=0)), NOW, 3, NOW)
    await one.save(batch(await load(one, "a"), "a", 1, parked=[early]))
    assert await other.parked(NOW - timedelta(seconds=1), 5) == []
    (found,) = await other.parked(NOW, 5)
    assert (found.record, found.cause, found.attempts) == (early.record, early.cause, 3)
    await one.save(batch(await load(one, "b"), "b", 1, unparked=[found]))
    with pytest.raises(Conflict):
        await other.save(batch(await load(other, "c"), "c", 1, unparked=[found]))
    assert (await load(other, "c")).states == {(Thing, "c"): None}


# Kafka


def said(name: str, *keys: str) -> list[Record]:
    return [Record(TOPIC.name, f"{name} {key}".encode(), str(n).encode(), (("n", b"1"),)) for n, key in enumerate(keys)]


async def test_what_is_published_is_read_in_order_for_each_key(ways: Ways, name: str) -> None:
    sent = said(name, *"abcabcabc")
    async with Member(ways.platform(), name) as member:
        await ways.platform().publish(sent[:5])
        await ways.platform().publish(sent[5:])
        await until(lambda: len(member.heard) >= 9)
    for key in {record.key for record in sent}:
        values = [record.value for record in member.heard if record.key == key]
        assert values == [record.value for record in sent if record.key == key]
    places = [(record.partition, record.offset) for record in member.heard]
    assert len({record.partition for record in member.heard if record.key == sent[0].key}) == 1
    assert len(set(places)) == 9
    assert member.heard[0].headers == (("n", b"1"),)


async def test_a_group_goes_on_where_it_committed_and_reads_again_what_it_did_not(ways: Ways, name: str) -> None:
    publisher = ways.platform()
    async with Member(ways.platform(), name) as done:
        await publisher.publish(said(name, "a", "b"))
        await until(lambda: len(done.heard) == 2)
        await asyncio.sleep(0.5)
    async with Member(ways.platform(), name, ends=False) as stuck:
        await publisher.publish(said(name, "c", "d"))
        await until(lambda: bool(stuck.heard))
    async with Member(ways.platform(), name) as last:
        await until(lambda: {record.key for record in last.heard} == {f"{name} {key}".encode() for key in "cd"})


async def test_members_share_what_there_is_and_take_over_from_one_that_goes(ways: Ways, name: str) -> None:
    publisher = ways.platform()
    async with AsyncExitStack() as staying, AsyncExitStack() as going:
        one = await staying.enter_async_context(Member(ways.platform(), name))
        other = await going.enter_async_context(Member(ways.platform(), name))
        await until_shared(publisher, name, one, other)
        await going.aclose()
        before = len(one.heard)
        keys = [f"after {n}" for n in range(12)]
        await publisher.publish(said(name, *keys))
        await until(lambda: {record.key for record in one.heard[before:]} >= {f"{name} {k}".encode() for k in keys})


async def until_shared(publisher: Any, name: str, one: Member, other: Member) -> None:
    """A rebalance takes its time: published until both hear something of the same twelve."""
    for attempt in range(100):
        since = len(one.heard), len(other.heard)
        await publisher.publish(said(name, *(f"{attempt} {n}" for n in range(12))))
        await asyncio.sleep(0.3)
        if len(one.heard) > since[0] and len(other.heard) > since[1]:
            return
    raise AssertionError("the members never shared")


async def test_a_follower_reads_the_whole_topic_from_its_beginning(ways: Ways, name: str) -> None:
    platform, heard = ways.platform(), list[tuple[str, int]]()
    number = f"A{int(name.removeprefix('parts')):04}PS"

    def read(changed: BlockListChanged) -> None:
        if changed.prisoner_number == number:
            heard.append((changed.prisoner_number, changed.version))

    lists = [
        BlockListChanged(prisoner_number=number, prison_id="LEI", version=v, as_of=NOW, blocks=()) for v in (1, 2, 3)
    ]
    await ways.platform().publish([to_record(each, "urn:test", f"{number}/{each.version}", NOW, "") for each in lists])
    follower = platform.follow(BlockListChanged, read, read)
    for start in platform.starts():
        await start()
    async with asyncio.timeout(60):
        while not follower.caught_up:
            await follower.catch_up()
            await asyncio.sleep(0.05)
    assert heard == [(number, 1), (number, 2), (number, 3)]
    await platform.stop()
