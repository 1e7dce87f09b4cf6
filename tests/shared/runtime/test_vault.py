"""Sealing, and what the store makes of it: unreadable, not to be moved, and gone for good once its key is destroyed."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import Cause, Record
from shared.runtime.clock import WallClock
from shared.runtime.documents import Batch, Outgoing, Parked, come
from shared.runtime.kms import Kms
from shared.runtime.mongo import Document, Mongo, keys_beside
from shared.runtime.store import Store
from shared.runtime.vault import BrokenSeal, DataKey, Vault
from shared.runtime.work import Loaded, Needs, Ref, State
from simulation.mongo import Disk
from tests.support.running import settings_for

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
JANE, JOHN = "jane@example.org", "A1234BC"
names = (f"vault{n}" for n in itertools.count())
ids = st.binary(min_size=16, max_size=16) | st.text(max_size=30)
sealed_documents = st.fixed_dictionaries({"_id": ids, "entry": st.text(max_size=30), "due": st.none()})


# Without a database


def disk() -> Any:
    return Disk()


def vault(master: bytes = bytes(32), seed: int = 0) -> Vault:
    return Vault(master, Random(seed).randbytes)


def opened(vault: Vault, db: Any, collection: str, document: Document) -> bytes | BrokenSeal:
    ((_, plain),) = vault.find(db, lambda: [(collection, document)])
    return plain


def kept(vault: Vault, db: Any) -> DataKey:
    key = vault.new_key()
    vault.keep(db, db, [key], {})
    return key


@given(sealed_documents, st.binary())
def test_what_is_sealed_is_opened_by_any_instance_and_can_be_seen_nowhere(document: Document, plain: bytes) -> None:
    db, one, other = disk(), vault(seed=1), vault(seed=2)
    sealed = one.seal("notes", document, kept(one, db), plain)
    assert opened(one, db, "notes", sealed) == opened(other, db, "notes", sealed) == plain
    assert document.items() <= sealed.items()
    assert len(plain) < 4 or plain not in sealed["sealed"]
    assert one.seal("notes", document, kept(one, db), plain)["sealed"] != sealed["sealed"]


@given(sealed_documents, st.binary(), st.data())
def test_what_is_changed_anywhere_is_refused(document: Document, plain: bytes, data: st.DataObject) -> None:
    db, of = disk(), vault()
    sealed = of.seal("notes", document, kept(of, db), plain)
    place = data.draw(st.integers(0, len(sealed["sealed"]) * 8 - 1))
    changed = bytearray(sealed["sealed"])
    changed[place // 8] ^= 1 << place % 8
    another = kept(of, db).id
    for change in (
        {"sealed": bytes(changed)},
        {"_id": b"another"},
        {"entry": document["entry"] + "x"},
        {"key": another},
    ):
        assert isinstance(opened(of, db, "notes", sealed | change), BrokenSeal)
    assert isinstance(opened(of, db, "others", sealed), BrokenSeal)


@pytest.mark.parametrize("wrong", [None, "text", b"", b"short", [b"list"], {"$gt": ""}])
@pytest.mark.parametrize("field", ["key", "sealed"])
def test_what_never_was_sealed_is_refused(field: str, wrong: Any) -> None:
    db, of = disk(), vault()
    sealed = of.seal("notes", {"_id": b"1"}, kept(of, db), b"plain")
    assert isinstance(opened(of, db, "notes", sealed | {field: wrong}), BrokenSeal)
    del sealed[field]
    assert isinstance(opened(of, db, "notes", sealed), BrokenSeal)


def test_a_data_key_that_somebody_changed_or_lent_to_another_opens_nothing() -> None:
    db, of = disk(), vault()
    one, other = kept(of, db), kept(of, db)
    sealed = of.seal("notes", {"_id": b"1"}, one, b"plain")
    (lent,) = db["keys"].find({"_id": {"$in": [other.id]}})
    db["keys"].update_one({"_id": {"$in": [one.id]}}, {"$set": {"wrapped": lent["wrapped"]}})
    assert isinstance(opened(vault(seed=1), db, "notes", sealed), BrokenSeal)


@given(st.binary(), st.binary())
def test_a_hash_is_the_same_each_time_and_another_for_another_word_place_or_service(word: bytes, other: bytes) -> None:
    hashed = vault(seed=1).hashed("notes", word)
    assert hashed == vault(seed=2).hashed("notes", word)
    assert (vault().hashed("notes", other) == hashed) is (other == word)
    assert vault().hashed("notes lookups", word) != hashed
    assert vault(master=b"another service's master key 32b").hashed("notes", word) != hashed


def test_what_is_forgotten_while_it_is_read_is_read_as_it_is_then() -> None:
    db, of = disk(), vault()
    old, new = of.new_key(), kept(of, db)
    found = iter(
        [
            [("notes", of.seal("notes", {"_id": b"1"}, old, b"was"))],
            [("notes", of.seal("notes", {"_id": b"1"}, new, b"is"))],
        ]
    )
    ((_, plain),) = of.find(db, lambda: next(found))
    assert plain == b"is"


def test_data_keys_that_do_not_fit_in_memory_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.runtime.vault.MOST_KEYS", 2)
    db, of = disk(), vault()
    rows = [("notes", of.seal("notes", {"_id": bytes([n])}, kept(of, db), bytes([n]))) for n in range(5)]
    assert [plain for _, plain in of.find(db, lambda: rows)] == [bytes([n]) for n in range(5)]


# With a real MongoDB


class Note(State):
    COLLECTION = "notes"

    says: str
    due_at: datetime | None = None

    def due(self) -> datetime | None:
        return self.due_at

    def lookups(self) -> tuple[str, ...]:
        return (self.says,)


@pytest.fixture
async def mongo(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database of its own."""
    database = Mongo(mongo_uri, next(names))
    yield database
    database.close()


@pytest.fixture
async def store(mongo: Mongo) -> Store:
    return await instance(mongo)


async def instance(mongo: Mongo) -> Store:
    """An instance of the service, with nothing in memory yet."""
    kms = Kms(settings_for("", ""))

    async def unlock() -> Vault:
        return Vault(await mongo.run(kms.master_key), Random(next(seeds)).randbytes)

    store = Store(mongo, [Note], "one", WallClock(), unlock)
    await store.prepare()
    return store


seeds = itertools.count()


async def load(store: Store, *keys: str, word: str | None = None) -> Loaded:
    loaded, lookups = Loaded(), set[Ref]()
    if word:
        lookups.add((Note, word))
    await store.load(Needs({(Note, key) for key in keys}, lookups), loaded)
    return loaded


async def write(store: Store, key: str, note: Note | None, **more: Any) -> Outgoing:
    """Saves `note`; None: it is forgotten."""
    stored = (await load(store, key)).stored
    more.setdefault("forgotten", set() if note else {(Note, key)})
    return await store.save(Batch([], {(Note, key): note}, stored, more.pop("outgoing", ()), **more))


async def notes(mongo: Mongo) -> list[Document]:
    return list(await mongo.run(lambda db: list(db["notes"].find())))


async def put_back(mongo: Mongo, *documents: Document) -> None:
    def write(db: Any) -> None:
        for document in documents:
            db["notes"].replace_one({"_id": document["_id"]}, document, upsert=True)

    await mongo.run(write)


async def test_nothing_of_a_state_its_key_or_its_words_stands_in_the_document(store: Store, mongo: Mongo) -> None:
    await write(store, JOHN, Note(says=JANE, due_at=NOW))
    (document,) = await notes(mongo)
    assert not any(each.encode() in repr(document).encode() for each in (JOHN, JANE))
    assert document.keys() == {"_id", "version", "entry", "due", "lookups", "key", "sealed"}


async def test_seals_lent_to_another_document_are_refused_and_the_refusal_names_nobody(
    store: Store, mongo: Mongo
) -> None:
    await write(store, JOHN, Note(says="John's"))
    await write(store, "A4321CB", Note(says="another's"))
    one, other = await notes(mongo)
    await put_back(mongo, one | {"sealed": other["sealed"]}, other | {"sealed": one["sealed"]})
    with pytest.raises(BrokenSeal) as refused:
        await load(store, JOHN)
    assert JOHN not in str(refused.value)
    lent = {"key": other["key"], "sealed": other["sealed"]}
    await put_back(mongo, one | lent, other)
    with pytest.raises(BrokenSeal):
        await load(store, JOHN)
    with pytest.raises(BrokenSeal):
        await load(store, word="John's")


async def test_an_older_state_under_a_newer_version_is_refused(store: Store, mongo: Mongo) -> None:
    await write(store, JOHN, Note(says="blocked"))
    (older,) = await notes(mongo)
    await write(store, JOHN, Note(says="still blocked"))
    (newer,) = await notes(mongo)
    await put_back(mongo, newer | {"sealed": older["sealed"]})
    with pytest.raises(BrokenSeal):
        await load(store, JOHN)


async def test_one_broken_seal_stops_no_other_timer_and_no_other_record_and_is_said(store: Store, mongo: Mongo) -> None:
    early = [Parked(Record("t", b"k", b"v"), Cause("s", f"{n}", NOW), NOW, 0, NOW) for n in range(2)]
    await write(store, JOHN, Note(says="due", due_at=NOW), parked=early[:1])
    await write(store, "A4321CB", Note(says="due", due_at=NOW + timedelta(seconds=1)), parked=early[1:])
    await mongo.run(lambda db: db["notes"].update_one(come(NOW), {"$set": {"sealed": b"changed"}}))
    await mongo.run(lambda db: db["parked"].update_one({"_id": early[0].id}, {"$set": {"sealed": b"changed"}}))
    with structlog.testing.capture_logs() as logs:
        assert [due.key for due in await store.due(NOW + timedelta(hours=1), 5)] == ["A4321CB"]
        assert [parked.cause.id for parked in await store.parked(NOW, 5)] == ["1"]
        assert await store.named(Note, "due", 5) == ["A4321CB"]
    assert [line["event"] for line in logs] == ["a seal is broken"] * 3
    assert JOHN not in repr(logs)


@pytest.mark.parametrize("left", [None, Note(says="what is left")])
async def test_what_was_forgotten_can_be_read_from_no_copy_with_the_keys_that_are_left(
    store: Store, mongo: Mongo, left: Note | None
) -> None:
    await write(store, JOHN, Note(says="first"))
    await write(store, JOHN, Note(says="second"))
    await write(store, "A4321CB", Note(says="another's"))
    copies = await notes(mongo)
    await write(store, JOHN, left, forgotten={(Note, JOHN)})
    assert (await load(store, JOHN)).states == {(Note, JOHN): left}
    await put_back(mongo, *copies)
    for reader in (store, await instance(mongo)):
        with pytest.raises(BrokenSeal):
            await load(reader, JOHN)
        assert (await load(reader, "A4321CB")).states == {(Note, "A4321CB"): Note(says="another's")}
    (copy,) = [each for each in copies if each["key"] not in await data_keys(mongo)]
    for key in await data_keys(mongo):
        await put_back(mongo, copy | {"key": key})
        with pytest.raises(BrokenSeal):
            await load(store, JOHN)


async def data_keys(mongo: Mongo) -> list[bytes]:
    return [row["_id"] for row in await mongo.run(lambda db: list(keys_beside(db)["keys"].find()))]


async def test_what_is_sent_can_be_read_from_no_copy_of_the_outbox(store: Store, mongo: Mongo) -> None:
    sent = await write(store, JOHN, Note(says="one"), outgoing=[Record("t", b"k", b"v")])
    (copy,) = await mongo.run(lambda db: list(db["journal"].find()))
    assert [entry.records for entry in await store.pending()] == [[Record("t", b"k", b"v")]]
    await store.mark_sent([sent])
    assert await mongo.run(lambda db: list(db["journal"].find())) == []
    await mongo.run(lambda db: db["journal"].insert_one(copy))
    with pytest.raises(BrokenSeal):
        await store.pending()


async def test_what_waited_can_be_read_from_no_copy_once_it_was_tried(store: Store, mongo: Mongo) -> None:
    await write(
        store, JOHN, Note(says="one"), parked=[Parked(Record("t", b"k", b"v"), Cause("s", "i", NOW), NOW, 0, NOW)]
    )
    (found,) = await store.parked(NOW, 5)
    (copy,) = await mongo.run(lambda db: list(db["parked"].find()))
    await write(store, JOHN, Note(says="two"), unparked=[found])
    await mongo.run(lambda db: db["parked"].insert_one(copy))
    assert await store.parked(NOW, 5) == []


async def test_the_key_of_what_is_sent_is_destroyed_by_the_next_start_where_its_sender_died(
    store: Store, mongo: Mongo
) -> None:
    sent = await write(store, JOHN, Note(says="one"), outgoing=[Record("t", b"k", b"v")])
    unsent = await write(store, JOHN, Note(says="two"), outgoing=[Record("t", b"k", b"w")])
    await mongo.run(lambda db: db["journal"].delete_one({"_id": sent.id}))
    assert sent.key in await data_keys(mongo)
    after = await instance(mongo)
    assert sent.key not in await data_keys(mongo)
    assert [entry.id for entry in await after.pending()] == [unsent.id]


async def test_what_one_instance_forgets_no_other_can_change_or_read(store: Store, mongo: Mongo) -> None:
    other = await instance(mongo)
    await write(store, JOHN, Note(says="one"))
    assert (await load(other, JOHN)).states == {(Note, JOHN): Note(says="one")}
    await write(store, JOHN, None)
    assert (await load(other, JOHN, word="one")).states == {(Note, JOHN): None}
    assert await notes(mongo) == []
    assert await data_keys(mongo) == []
