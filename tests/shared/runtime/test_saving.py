"""What is written onto what was loaded, while others write."""

import itertools
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.runtime import saving
from shared.runtime.clock import WallClock
from shared.runtime.documents import Batch
from shared.runtime.mongo import Conflict, Mongo
from shared.runtime.store import Store
from shared.runtime.vault import Vault
from shared.runtime.work import Loaded, Needs, Ref, State

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
    async def unlock() -> Vault:
        return Vault(bytes(32), os.urandom)

    store = Store(mongo, [Note], "one", WallClock(), unlock)
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
    return Batch([b"event"], changed, loaded.stored, (), forgotten=forgotten)


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
