"""A service's state in MongoDB: aggregates, the inbox, the journal (the outbox of each batch), and records that came too early.

An aggregate is `{_id, version, entry, due, lookups, key, sealed}`, with `rank` where its kind has one; it is written only
where it is still as it was loaded, and `entry` is the journal entry that wrote it. Entries are named so that one that follows
from another sorts after it.
What was taken in is `{_id}` in the inbox, for ever: that `_id`s are unique is what makes an event count once.
A batch's journal entry is `{_id, key, sealed}`, until every one of its records is published.

`sealed` has the aggregate's plain key and state, or the records, under the data key with the id `key` (`shared.runtime.vault`).
An aggregate's `_id`, its lookups and inbox keys are keyed hashes.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import structlog
from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.database import Database as Documents

from shared.runtime import documents
from shared.runtime.audit.pages import AUDIT
from shared.runtime.audit.trail import Trail
from shared.runtime.clock import Clock
from shared.runtime.divided import divide
from shared.runtime.documents import Batch, Outgoing, Parked
from shared.runtime.mongo import UNHURRIED, Database, Document, Unavailable
from shared.runtime.ranked import INDEX, MOST_COUNTED, Ranked, Wanted
from shared.runtime.recent import Recent
from shared.runtime.saving import INBOX, JOURNAL, PARKED, UNSENT, Saving, hashed_event, hashed_key, hashed_word
from shared.runtime.vault import BrokenSeal, DataKey, Found, Row, Vault
from shared.runtime.work import Loaded, Needs, Ref, Saved, State, Stored

log = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """An aggregate whose time has come, as it was when that was seen: as `entry` wrote it."""

    kind: type[State]
    key: str
    at: datetime
    entry: str


class Store:
    """Loads and saves for the core; services do not meet it. `unlock` opens the vault, or raises Unavailable."""

    def __init__(
        self,
        database: Database,
        kinds: Iterable[type[State]],
        instance: str,
        machine_clock: Clock,
        unlock: Callable[[], Awaitable[Vault]],
    ) -> None:
        self._database, self._instance, self._machine_clock, self._unlock = database, instance, machine_clock, unlock
        self.trail = Trail(instance, database)
        self._kinds = {kind.COLLECTION: kind for kind in kinds}
        self._timed = [name for name, kind in self._kinds.items() if kind.due is not State.due]
        self._last_entry = 0
        self._opened: Vault | None = None
        self.recent = Recent()
        self.leaving: Mapping[Ref, Saved] = {}
        """What is being written, as it will stand then."""

    async def prepare(self) -> None:
        """Opens the vault and makes the collections and indexes; changes nothing where they are."""
        vault = self._opened = self._opened or await self._unlock()

        def make(db: Documents[Document]) -> None:
            for name in (INBOX, JOURNAL):
                db[name].create_index("_id")  # it makes the collection, over which two transactions would meet
            divide(db)
            db[PARKED].create_index("due")
            db[AUDIT].create_index("at")
            db[AUDIT].create_index("entry")
            for name, kind in self._kinds.items():
                db[name].create_index("lookups" if kind.rank is State.rank else INDEX)
            for name in self._timed:
                db[name].create_index("due", partialFilterExpression=documents.TIMED)
            vault.prepare(db)
            _destroy_left_over(db, vault)

        await self._database.run(make)

    @property
    def vault(self) -> Vault:
        """Raises Unavailable until the KMS has opened it."""
        if self._opened is None:
            raise Unavailable
        return self._opened

    @property
    def unlocked(self) -> bool:
        return self._opened is not None

    async def load(self, needs: Needs, into: Loaded) -> None:
        """Reads what a batch needs: one query for each collection, and one for the data keys."""
        vault, by_kind = self.vault, defaultdict[type[State], _Wanted](_Wanted)
        for kind, key in needs.ids:
            by_kind[kind].ids[hashed_key(vault, kind, key)] = key
        for kind, word in needs.lookups:
            by_kind[kind].words[hashed_word(vault, kind, word)] = word
        kinds = {kind.COLLECTION: kind for kind in by_kind}

        def find(db: Documents[Document]) -> Sequence[Row]:
            return [
                (kind.COLLECTION, row)
                for kind, wanted in by_kind.items()
                for row in db[kind.COLLECTION].find(wanted.query())
            ]

        def read(db: Documents[Document]) -> None:
            for kind, wanted in by_kind.items():
                into.states |= {(kind, key): None for key in wanted.ids.values()}
            for (collection, row), plain in vault.find(db, lambda: find(db)):
                kind = kinds[collection]
                by_kind[kind].take(kind, row, _surely(plain), into)

        await self._database.run(read)
        for kind, wanted in by_kind.items():
            into.found |= {(kind, word): frozenset(wanted.found[word]) for word in wanted.words.values()}

    async def taken(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of `keys` that were taken in before."""
        hashed = {hashed_event(self.vault, key): key for key in keys}

        def read(db: Documents[Document]) -> set[bytes]:
            return {hashed[row["_id"]] for row in db[INBOX].find({"_id": {"$in": [*hashed]}})}

        return set(await self._database.run(read))

    async def save(self, batch: Batch) -> Outgoing:
        """Everything of `batch` or nothing. Raises Conflict where somebody else was faster, Unavailable where it will pass."""
        # First: whatever fails here, it is read again then.
        self.recent.drop(batch.stored.keys() | batch.changed.keys())
        vault, now = self.vault, self._machine_clock.now()
        entry = self._next_entry(now, {stored.entry for stored in batch.stored.values()})
        await self.trail.be_sure()
        # Not in the thread that writes: it would have to take turns with everybody else here, while MongoDB waits for it.
        saving = Saving(vault, batch, entry, await self._keys(batch.kept_keys()), now)
        pages = [page.document() for page in self.trail.turn(batch.deeds, entry, vault)]

        def write(db: Documents[Document], session: ClientSession) -> None:
            saving.write(db, session)
            if pages:
                db[AUDIT].insert_many(pages, session=session)

        self.leaving = saving.left
        try:
            await self._database.transaction(write)
        finally:
            self.leaving = {}
        self.trail.wrote()
        self.recent.keep(saving.left)
        self.recent.let_go(now)
        return saving.entry

    async def pending(self) -> list[Outgoing]:
        """What was saved and may not have been published, oldest first. Raises BrokenSeal: nothing may overtake it."""
        vault = self.vault

        def find(db: Documents[Document]) -> Sequence[Row]:
            return [(JOURNAL, row) for row in db[JOURNAL].find(UNSENT).sort("_id", ASCENDING)]

        def read(db: Documents[Document]) -> list[Outgoing]:
            found = vault.find(db, lambda: find(db))
            return [Outgoing(row["_id"], documents.records_in(_surely(plain)), row["key"]) for (_, row), plain in found]

        return list(await self._database.run(read))

    async def overtakes(self, batch: Batch) -> bool:
        """Whether `batch` changed what another instance wrote and has not published yet."""
        entries = {stored.entry for stored in batch.stored.values()}
        others = {entry for entry in entries if not entry.endswith(f"-{self._instance}")}

        def read(db: Documents[Document]) -> bool:
            return bool(list(db[JOURNAL].find(UNSENT | {"_id": {"$in": [*others]}}, {"_id": 1}).limit(1)))

        return bool(others) and bool(await self._database.run(read))

    async def mark_sent(self, entries: Sequence[Outgoing]) -> None:
        """All of `entries` are published: what they said can't be read any more."""
        vault = self.vault

        def write(db: Documents[Document]) -> None:
            # Where a crash takes this back, they are published again, with the same identities.
            journal = db.get_collection(JOURNAL, write_concern=UNHURRIED)
            journal.delete_many({"_id": {"$in": [entry.id for entry in entries]}})
            vault.destroy(db, [entry.key for entry in entries if entry.key])

        await self._database.run(write)

    async def due(self, now: datetime, most: int) -> list[Due]:
        """Aggregates whose time has come, the longest overdue first."""
        vault = self.vault

        def find(db: Documents[Document]) -> Sequence[Row]:
            come = documents.come(now)
            return [(name, row) for name in self._timed for row in db[name].find(come).sort("due").limit(most)]

        def read(db: Documents[Document]) -> list[Due]:
            found = _readable(vault.find(db, lambda: find(db)))
            return [
                Due(self._kinds[name], documents.key_in(plain), row["due"], row["entry"])
                for (name, row), plain in found
            ]

        return list(await self._database.run(read))

    async def named(self, kind: type[State], word: str, most: int) -> list[str]:
        """The ids of at most `most` aggregates that have `word` among their lookups."""
        vault, hashed = self.vault, hashed_word(self.vault, kind, word)

        def find(db: Documents[Document]) -> Sequence[Row]:
            return [(kind.COLLECTION, row) for row in db[kind.COLLECTION].find({"lookups": hashed}).limit(most)]

        def read(db: Documents[Document]) -> list[str]:
            return [documents.key_in(plain) for _, plain in _readable(vault.find(db, lambda: find(db)))]

        return list(await self._database.run(read))

    async def ranked(self, kind: type[State], wanted: Wanted) -> Ranked:
        """A page of ids by their rank, and how many there are in all."""
        vault, collection = self.vault, kind.COLLECTION
        query = wanted.query([hashed_word(vault, kind, word) for word in wanted.words])

        def find(db: Documents[Document]) -> Sequence[Row]:
            return [(collection, row) for row in wanted.page(db[collection].find(query))]

        def read(db: Documents[Document]) -> Ranked:
            rows = vault.find(db, lambda: find(db))
            page = [documents.key_in(plain) for _, plain in _readable(rows)]
            last = rows[-1][0][1]["_id"] if wanted.most and len(rows) == wanted.most else None
            return Ranked(page, db[collection].count_documents(query, limit=MOST_COUNTED), last)

        ranked: Ranked = await self._database.run(read)
        return ranked

    async def parked(self, now: datetime, most: int) -> list[Parked]:
        """Records to try again now."""
        vault = self.vault

        def find(db: Documents[Document]) -> Sequence[Row]:
            return [(PARKED, row) for row in db[PARKED].find({"due": {"$lte": now}}).sort("due").limit(most)]

        def read(db: Documents[Document]) -> list[Parked]:
            return [documents.parked_in(row, plain) for (_, row), plain in _readable(vault.find(db, lambda: find(db)))]

        return list(await self._database.run(read))

    async def _keys(self, ids: Set[bytes]) -> Mapping[bytes, DataKey]:
        """Those data keys that there are; MongoDB is asked where one is not in memory."""
        known = self.vault.at_hand(ids)
        if len(known) == len(ids):
            return known
        return cast("Mapping[bytes, DataKey]", await self._database.run(lambda db: self.vault.keys(db, ids)))

    def _next_entry(self, now: datetime, follows: Iterable[str]) -> str:
        """Milliseconds, but later than every entry that it follows from, whatever this machine's clock says."""
        milliseconds = int(now.timestamp() * 1000)
        self._last_entry = max(
            milliseconds, self._last_entry + 1, *(int(entry.split("-")[0], 16) + 1 for entry in follows)
        )
        return f"{self._last_entry:012x}-{self._instance}"


@dataclass
class _Wanted:
    """Aggregates of one kind that a batch asks for: by hashed id, by hashed word, and the keys of those found by each word."""

    ids: dict[bytes, str] = field(default_factory=dict)
    words: dict[bytes, str] = field(default_factory=dict)
    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def query(self) -> Document:
        clauses: list[Document] = [{"_id": {"$in": [*self.ids]}}] if self.ids else []
        clauses += [{"lookups": {"$in": [*self.words]}}] if self.words else []
        return {"$or": clauses}

    def take(self, kind: type[State], row: Document, plain: bytes, into: Loaded) -> None:
        key = documents.key_in(plain)
        if (kind, key) not in into.stored:
            into.states[kind, key] = documents.state_in(kind, plain)
            into.stored[kind, key] = Stored(row["version"], row["entry"], row["key"])
        for word in self.words.keys() & row["lookups"]:
            self.found[self.words[word]].add(key)


def _destroy_left_over(db: Documents[Document], vault: Vault) -> None:
    """Data keys of outbox entries that are sent: whoever sent them died before it could destroy them."""
    keys = vault.of_entries(
        db
    )  # first: what is saved after this is not among them, and what was saved before is in the journal
    unsent = {row["_id"] for row in db[JOURNAL].find(UNSENT, {"_id": 1}, hint="_id_")}
    vault.destroy(db, [key for entry, key in keys.items() if entry not in unsent])


def _surely(plain: bytes | BrokenSeal) -> bytes:
    if isinstance(plain, BrokenSeal):
        raise plain
    return plain


def _readable(found: Iterable[Found]) -> Iterator[tuple[Row, bytes]]:
    """Without what is broken: that is said, and does not stop the rest."""
    for row, plain in found:
        if isinstance(plain, BrokenSeal):
            log.error("a seal is broken", reason=str(plain))
        else:
            yield row, plain


def next_try(parked_at: datetime, attempts: int) -> datetime:
    """When to try again: soon at first, then every minute."""
    return parked_at + timedelta(seconds=min(0.25 * 2**attempts, 60.0))
