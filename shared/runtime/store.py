"""A service's state in MongoDB: aggregates, the journal (inbox and outbox of each batch), and records that came too early.

An aggregate is `{_id, version, entry, due, lookups, state}`; it is written only where its version is still the one that was
loaded, and `entry` is the journal entry that wrote it. Entries are named so that one that follows from another sorts after it.
A batch's journal entry is `{taken: [inbox keys], unsent: true, records: [...]}`: the unique index on `taken` is what makes an
event count once, and `unsent` and `records` go once every one of them is published; `taken` stays for ever.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from bson import Binary, ObjectId
from pymongo import ASCENDING, DeleteOne, InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database as Documents
from pymongo.write_concern import WriteConcern

from shared.events.envelope import Cause, Record
from shared.runtime.clock import Clock
from shared.runtime.mongo import Conflict, Database, Document
from shared.runtime.ranked import INDEX
from shared.runtime.work import Loaded, Needs, Ref, State

Write = InsertOne[Document] | UpdateOne | DeleteOne
JOURNAL, PARKED = "journal", "parked"
UNHURRIED = WriteConcern(w=1, j=False)
"""For what may be forgotten in a crash: an entry that is not marked is published again, with the same identity."""


@dataclass(frozen=True)
class Parked:
    """A record that came too early, to be tried again at `due`."""

    record: Record
    cause: Cause
    since: datetime
    attempts: int
    due: datetime
    id: ObjectId = field(default_factory=ObjectId)


@dataclass
class Batch:
    """All that one transaction writes; `follows` has the entries that wrote what it loaded.

    Of what is `forgotten` nothing stays but what stands in `changed`.
    """

    taken: list[bytes]
    changed: Mapping[Ref, State | None]
    versions: Mapping[Ref, int]
    follows: Mapping[Ref, str]
    outgoing: Sequence[Record]
    parked: Sequence[Parked] = ()
    unparked: Sequence[Parked] = ()
    forgotten: Set[Ref] = frozenset()


@dataclass(frozen=True)
class Due:
    """An aggregate whose time has come, as it was when that was seen: as `entry` wrote it."""

    kind: type[State]
    key: str
    at: datetime
    entry: str


@dataclass(frozen=True)
class Outgoing:
    """A journal entry whose records are not all known to be published."""

    id: str
    records: Sequence[Record]


class Store:
    """Loads and saves for the core; services do not meet it."""

    def __init__(self, database: Database, kinds: Iterable[type[State]], instance: str, machine_clock: Clock) -> None:
        self._database, self._instance, self._machine_clock = database, instance, machine_clock
        self._kinds = tuple(kinds)
        self._timed = tuple(kind for kind in self._kinds if kind.due is not State.due)
        self._last_entry = 0

    async def prepare(self) -> None:
        """Makes the indexes; changes nothing where they are."""

        def make(db: Documents[Document]) -> None:
            db[JOURNAL].create_index("taken", unique=True, partialFilterExpression={"taken": {"$exists": True}})
            db[JOURNAL].create_index("unsent", partialFilterExpression={"unsent": True})
            db[PARKED].create_index("due")
            for kind in self._kinds:
                db[kind.COLLECTION].create_index("lookups")
                db[kind.COLLECTION].create_index("due", partialFilterExpression={"due": {"$type": "date"}})
                if kind.rank is not State.rank:
                    db[kind.COLLECTION].create_index(INDEX)

        await self._database.run(make)

    async def load(self, needs: Needs, into: Loaded) -> None:
        """Reads what a batch needs, one query for each collection."""
        by_kind: dict[type[State], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for kind, key in needs.ids:
            by_kind[kind][0].add(key)
        for kind, word in needs.lookups:
            by_kind[kind][1].add(word)

        def read(db: Documents[Document]) -> None:
            for kind, (ids, words) in by_kind.items():
                _read_kind(db, kind, ids, words, into)

        await self._database.run(read)

    async def taken(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of `keys` that were taken in before."""

        def read(db: Documents[Document]) -> set[bytes]:
            wanted = set(keys)
            entries = db[JOURNAL].find({"taken": {"$in": [Binary(key) for key in keys]}}, {"taken": 1})
            return {bytes(key) for entry in entries for key in entry["taken"]} & wanted

        return set(await self._database.run(read))

    async def save(self, batch: Batch) -> Outgoing:
        """Everything of `batch` or nothing. Raises Conflict where somebody else was faster, Unavailable where it will pass."""
        entry = Outgoing(self._next_entry(batch.follows.values()), batch.outgoing)

        def write(db: Documents[Document], session: ClientSession) -> None:
            _write_journal(db, session, entry, batch.taken)
            _write_states(db, session, batch, entry.id)
            _write_parked(db, session, batch)

        await self._database.transaction(write)
        return entry

    async def pending(self) -> list[Outgoing]:
        """What was saved and may not have been published, oldest first."""

        def read(db: Documents[Document]) -> list[Outgoing]:
            entries = db[JOURNAL].find({"unsent": True}).sort("_id", ASCENDING)
            return [Outgoing(entry["_id"], [_record(row) for row in entry["records"]]) for entry in entries]

        return list(await self._database.run(read))

    async def overtakes(self, batch: Batch) -> bool:
        """Whether `batch` changed what another instance wrote and has not published yet."""
        others = {entry for entry in batch.follows.values() if not entry.endswith(f"-{self._instance}")}

        def read(db: Documents[Document]) -> bool:
            return any(row["_id"] in others for row in db[JOURNAL].find({"unsent": True}, {"_id": 1}))

        return bool(others) and bool(await self._database.run(read))

    async def mark_sent(self, entry: Outgoing) -> bool:
        """Whether this was the first to say that `entry` is published."""

        def write(db: Documents[Document]) -> bool:
            sent = {"$unset": {"unsent": 1, "records": 1}}
            journal = db.get_collection(JOURNAL, write_concern=UNHURRIED)
            return journal.update_one({"_id": entry.id, "unsent": True}, sent).modified_count == 1

        return bool(await self._database.run(write))

    async def due(self, now: datetime, most: int) -> list[Due]:
        """Aggregates whose time has come, the longest overdue first."""

        def read(db: Documents[Document]) -> list[Due]:
            found = []
            for kind in self._timed:
                rows = db[kind.COLLECTION].find({"due": {"$lte": now}}, {"due": 1, "entry": 1}).sort("due").limit(most)
                found += [Due(kind, row["_id"], row["due"], row["entry"]) for row in rows]
            return found

        return list(await self._database.run(read))

    async def named(self, kind: type[State], word: str, most: int) -> list[str]:
        """The ids of at most `most` aggregates that have `word` among their lookups."""

        def read(db: Documents[Document]) -> list[str]:
            return [row["_id"] for row in db[kind.COLLECTION].find({"lookups": word}, {"_id": 1}).limit(most)]

        return list(await self._database.run(read))

    async def parked(self, now: datetime, most: int) -> list[Parked]:
        """Records to try again now."""

        def read(db: Documents[Document]) -> list[Parked]:
            return [_unpark(row) for row in db[PARKED].find({"due": {"$lte": now}}).sort("due").limit(most)]

        return list(await self._database.run(read))

    def _next_entry(self, follows: Iterable[str]) -> str:
        """Milliseconds, but later than every entry that it follows from, whatever this machine's clock says."""
        now = int(self._machine_clock.now().timestamp() * 1000)
        self._last_entry = max(now, self._last_entry + 1, *(int(entry.split("-")[0], 16) + 1 for entry in follows))
        return f"{self._last_entry:012x}-{self._instance}"


def _read_kind(db: Documents[Document], kind: type[State], ids: set[str], words: set[str], into: Loaded) -> None:
    clauses: list[Document] = [{"_id": {"$in": list(ids)}}] if ids else []
    clauses += [{"lookups": {"$in": list(words)}}] if words else []
    into.states |= {(kind, key): None for key in ids}
    found: dict[str, set[str]] = {word: set() for word in words}
    for row in db[kind.COLLECTION].find({"$or": clauses}):
        ref = (kind, row["_id"])
        if ref not in into.versions:
            into.states[ref] = kind.model_validate_json(row["state"])
            into.versions[ref], into.entries[ref] = row["version"], row["entry"]
        for word in words.intersection(row["lookups"]):
            found[word].add(row["_id"])
    into.found |= {(kind, word): frozenset(keys) for word, keys in found.items()}


def _write_journal(db: Documents[Document], session: ClientSession, entry: Outgoing, taken: list[bytes]) -> None:
    document: Document = {"_id": entry.id}
    if taken:
        document["taken"] = [Binary(key) for key in taken]
    if entry.records:
        document |= {"unsent": True, "records": [_row(record) for record in entry.records]}
    if len(document) > 1:
        db[JOURNAL].insert_one(document, session=session)


def _write_states(db: Documents[Document], session: ClientSession, batch: Batch, entry: str) -> None:
    by_kind: dict[type[State], list[Write]] = defaultdict(list)
    for ref, state in batch.changed.items():
        by_kind[ref[0]] += _writes(ref, state, batch, entry)
    for kind, writes in by_kind.items():
        if writes:
            done = db[kind.COLLECTION].bulk_write(writes, ordered=False, session=session)
            if done.inserted_count + done.matched_count + done.deleted_count != len(writes):
                raise Conflict


def _writes(ref: Ref, state: State | None, batch: Batch, entry: str) -> list[Write]:
    """Where nothing was and nothing is left, nothing; otherwise what holds only where the version is still the one loaded."""
    key, version = ref[1], batch.versions.get(ref)
    # The entry, too: what was forgotten and made again has had this version before.
    as_loaded = {"_id": key, "version": version, "entry": batch.follows.get(ref)}
    if state is None:
        return [] if version is None else [DeleteOne(as_loaded)]
    fields = {"entry": entry, "due": state.due(), "lookups": list(state.lookups()), "state": state.model_dump_json()}
    if ref[0].rank is not State.rank:
        fields["rank"] = state.rank()
    if version is None:
        return [InsertOne({"_id": key, "version": 1} | fields)]
    return [UpdateOne(as_loaded, {"$set": fields | {"version": version + 1}})]


def _write_parked(db: Documents[Document], session: ClientSession, batch: Batch) -> None:
    if batch.unparked:
        ids = [parked.id for parked in batch.unparked]
        if db[PARKED].delete_many({"_id": {"$in": ids}}, session=session).deleted_count != len(ids):
            raise Conflict
    if batch.parked:
        db[PARKED].insert_many([_park(parked) for parked in batch.parked], session=session)


def _row(record: Record) -> list[Any]:
    """Flat, since nested arrays are what costs most in BSON: topic, key, value, and the headers' names and values in turn."""
    return [record.topic, record.key, record.value, *chain.from_iterable(record.headers)]


def _record(row: list[Any]) -> Record:
    topic, key, value, *headers = row
    return Record(topic, key, value, tuple(zip(headers[::2], headers[1::2], strict=True)))


def _park(parked: Parked) -> Document:
    cause, record = parked.cause, parked.record
    return {
        "_id": parked.id,
        "due": parked.due,
        "since": parked.since,
        "attempts": parked.attempts,
        "cause": [cause.source, cause.id, cause.time, cause.traceparent],
        "record": _row(record),
        "place": [record.partition, record.offset],
    }


def _unpark(row: Document) -> Parked:
    plain = _record(row["record"])
    partition, offset = row["place"]
    record = Record(plain.topic, plain.key, plain.value, plain.headers, partition, offset)
    return Parked(record, Cause(*row["cause"]), row["since"], row["attempts"], row["due"], row["_id"])


def next_try(parked_at: datetime, attempts: int) -> datetime:
    """When to try again: soon at first, then every minute."""
    return parked_at + timedelta(seconds=min(0.25 * 2**attempts, 60.0))
