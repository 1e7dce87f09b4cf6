"""What is written onto what was loaded, while others write."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from shared.domain.rules import Rules
from shared.events.envelope import Record
from shared.runtime import recent, saving
from shared.runtime.clock import WallClock
from shared.runtime.documents import Batch
from shared.runtime.mongo import Conflict, Document, Mongo, Stale, Unavailable
from shared.runtime.store import Store
from shared.runtime.vault import Vault
from shared.runtime.work import Loaded, Needs, Ref, State, Work

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
names = (f"saving{n}_{os.getpid()}" for n in itertools.count())


class Note(State):
    COLLECTION = "notes"

    says: str


@pytest.fixture
async def mongo(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database of its own."""
    database = Mongo(mongo_uri, next(names))
    yield database
    database.close()


@pytest.fixture
async def store(mongo: Mongo) -> Store:
    return await instance(mongo, "one")


async def instance(mongo: Mongo, name: str) -> Store:
    async def unlock() -> Vault:
        return Vault(bytes(32), os.urandom)

    store = Store(mongo, [Note], name, WallClock(), unlock)
    await store.prepare()
    return store


async def load(store: Store) -> Loaded:
    loaded = Loaded()
    await store.load(Needs({(Note, key) for key in "ab"}), loaded)
    return loaded


def batch(loaded: Loaded, **says: str | None) -> Batch:
    changed: dict[Ref, State | None] = {
        (Note, key): None if word is None else Note(says=word) for key, word in says.items()
    }
    forgotten = {ref for ref, state in changed.items() if state is None}
    return Batch([os.urandom(16)], changed, loaded.stored, (), forgotten=forgotten, recalled=loaded.recalled)


async def test_what_was_saved_here_is_recalled_as_it_is_stored_and_in_no_other_way(store: Store) -> None:
    await store.save(batch(await load(store), a="first", b="first"))
    await store.save(batch(await load(store), a="second", b=None))
    loaded = await load(store)
    assert recalled(store) == {(Note, "a"): (Note(says="second"), loaded.stored[Note, "a"])}


async def test_two_instances_take_much_in_at_once_where_nothing_was_taken_in_before(store: Store, mongo: Mongo) -> None:
    """A unique index of an array kept MongoDB searching until it gave the transaction up: what nobody sees yet lay between."""
    one, other, each = store, await instance(mongo, "two"), 4000

    async def take(store: Store) -> None:
        for _ in range(20):
            await store.save(Batch([os.urandom(16) for _ in range(each)], {}, {}, ()))

    await asyncio.gather(take(one), take(other))
    assert await mongo.run(lambda db: db["inbox"].estimated_document_count()) == 2 * 20 * each


async def test_a_journal_that_was_the_inbox_too_is_divided_and_who_still_takes_it_for_one_has_to_wait(
    store: Store, mongo: Mongo
) -> None:
    taken, unsent = [os.urandom(16) for _ in range(3)], await store.save(Batch([], {}, {}, [Record("t", b"k", b"v")]))
    hashed = [saving.hashed_event(store.vault, key) for key in taken]

    def as_it_was(db: Any) -> None:
        db.command("collMod", "journal", validator={})
        db["journal"].update_one({"_id": unsent.id}, {"$set": {"unsent": True, "taken": hashed[:1]}})
        db["journal"].insert_many([{"_id": "sent", "taken": hashed[1:]}, {"_id": "sent by a timer"}])
        db["inbox"].insert_one({"_id": hashed[2]})  # an instance that died meanwhile

    await mongo.run(as_it_was)
    assert await store.pending() == [unsent]
    for name in ("two", "three"):
        after = await instance(mongo, name)
        assert await after.taken([*taken, b"another"]) == {*taken}
        assert await after.pending() == [unsent]
    for entry in {"_id": "a", "taken": hashed[:1]}, {"_id": "b", "unsent": True}:
        with pytest.raises(Unavailable):
            await mongo.run(partial(insert, entry))
    assert [row["_id"] for row in await mongo.run(lambda db: list(db["journal"].find()))] == [unsent.id]


@pytest.mark.parametrize("changes", ["a", "b"])
async def test_what_is_recalled_and_was_written_by_another_since_lets_nothing_be_saved(
    store: Store, mongo: Mongo, changes: str
) -> None:
    """Also where it was only looked at: what is decided on what stood there once is not saved."""
    await store.save(batch(await load(store), a="ours", b="ours"))
    other = await instance(mongo, "two")
    await other.save(batch(await load(other), a="theirs"))
    loaded = Loaded(recent=store.recent.aggregates)
    work = Work("urn:test", NOW, Rules(), loaded)
    assert [work.get(Note, key) for key in "ab"] == [Note(says="ours"), Note(says="ours")]
    with pytest.raises(Stale):
        await store.save(batch(loaded, **{changes: "ours again"}))
    assert (await load(store)).states == {(Note, "a"): Note(says="theirs"), (Note, "b"): Note(says="ours")}
    assert (Note, "a") not in recalled(store), "it would meet the same again for ever"


async def test_what_another_forgot_is_recalled_once_at_most(store: Store, mongo: Mongo) -> None:
    """Its data key is gone, and here nobody has that in memory any more."""
    await store.save(batch(await load(store), a="ours"))
    other = await instance(mongo, "two")
    await other.save(replace(batch(await load(other), a="what is left"), forgotten={(Note, "a")}))
    loaded = Loaded(recent=store.recent.aggregates)
    Work("urn:test", NOW, Rules(), loaded).get(Note, "a")
    store.vault._cache.drop([loaded.stored[Note, "a"].key])
    with pytest.raises(Stale):
        await store.save(batch(loaded, a="ours again"))
    assert recalled(store) == {}


async def test_only_so_much_is_recalled_and_not_for_long(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.save(batch(await load(store), a="once", b="once"))
    await store.save(batch(await load(store), a="twice", b="twice"))
    assert {*recalled(store)} == {(Note, "a"), (Note, "b")}
    monkeypatch.setattr(recent, "MOST_BYTES", store.recent.aggregates[Note, "b"].size)
    store.recent.let_go(WallClock().now())
    assert {*recalled(store)} == {(Note, "b")}
    store.recent.let_go(WallClock().now() + recent.LONGEST)
    assert recalled(store) == {}


def insert(entry: Document, db: Any) -> None:
    db["journal"].insert_one(entry)


def recalled(store: Store) -> Any:
    return {ref: (saved.state, saved.stored) for ref, saved in store.recent.aggregates.items()}


@pytest.mark.parametrize("left", ["later", None])
async def test_who_is_overtaken_after_looking_at_what_stands_there_writes_nothing(
    store: Store, mongo: Mongo, monkeypatch: pytest.MonkeyPatch, left: str | None
) -> None:
    await store.save(Batch([], {(Note, key): Note(says="first") for key in "ab"}, {}, ()))
    look, loaded = saving._must_stand, await load(store)

    def then_somebody_writes(db: Any, *at: Any) -> None:
        look(db, *at)
        db["notes"].update_many({}, {"$inc": {"version": 1}})

    monkeypatch.setattr(saving, "_must_stand", then_somebody_writes)
    with pytest.raises(Conflict):
        await store.save(batch(loaded, a="later", b=left))
    versions = await mongo.run(lambda db: [note["version"] for note in db["notes"].find()])
    assert versions == [2, 2]
    assert await store.taken([b"event"]) == set()
