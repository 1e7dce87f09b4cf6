"""One batch on its way into MongoDB: first all of it is sealed, then it is written in one transaction."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database as Documents

from shared.runtime import documents
from shared.runtime.documents import Batch, Outgoing, Parked
from shared.runtime.mongo import Conflict, Document, Stale
from shared.runtime.vault import DataKey, Vault
from shared.runtime.work import Ref, Saved, State, Stored

JOURNAL, INBOX, PARKED = "journal", "inbox", "parked"
TAKEN = f"{JOURNAL} taken"
"""Where hashes of inbox keys are from: they stood in the journal once."""
UNSENT = {"sealed": {"$exists": True}}
"""What is in the journal to be published: of before there are entries of which all was."""
Write = InsertOne[Document] | UpdateOne | DeleteOne


def hashed_key(vault: Vault, kind: type[State], key: str) -> bytes:
    """The `_id` of an aggregate."""
    return vault.hashed(kind.COLLECTION, key.encode())


def hashed_word(vault: Vault, kind: type[State], word: str) -> bytes:
    """A word as it stands among an aggregate's lookups."""
    return vault.hashed(f"{kind.COLLECTION} lookups", word.encode())


def hashed_event(vault: Vault, inbox_key: bytes) -> bytes:
    """An inbox key as it stands in the inbox: its `_id`."""
    return vault.hashed_once(TAKEN, inbox_key)


class Saving:
    """`batch` as the journal entry `entry`, sealed. `keys` has the data keys of what it loaded and keeps, `now` is when."""

    def __init__(self, vault: Vault, batch: Batch, entry: str, keys: Mapping[bytes, DataKey], now: datetime) -> None:
        self._vault, self._batch, self._keys, self._now = vault, batch, keys, now
        self._new: list[DataKey] = []
        self._of_entry = {entry: vault.new_key()} if batch.outgoing else {}
        self.entry = Outgoing(entry, batch.outgoing, *(key.id for key in self._of_entry.values()))
        self._inbox = [{"_id": hashed_event(vault, key)} for key in batch.taken]
        self._journal = self._journal_entry()
        self._parked = [self._park(parked) for parked in batch.parked]
        self._as_loaded: dict[type[State], dict[bytes, tuple[int, str]]] = defaultdict(dict)
        self._states: dict[type[State], list[Write]] = defaultdict(list)
        self.left: dict[Ref, Saved] = {}
        """What was changed, as it stands once this is saved."""
        for ref in batch.stored.keys() & (batch.changed.keys() | batch.recalled):
            stored = batch.stored[ref]
            self._as_loaded[ref[0]][hashed_key(vault, *ref)] = stored.version, stored.entry
        for ref, state in batch.changed.items():
            self._states[ref[0]] += self._writes(ref, state)

    def write(self, db: Documents[Document], session: ClientSession) -> None:
        """Raises Conflict where somebody else was faster."""
        self._write_inbox(db, session)
        if self._journal:
            db[JOURNAL].insert_one(self._journal, session=session)
        for kind, as_loaded in self._as_loaded.items():
            _must_stand(db, session, kind, as_loaded, Stale if self._batch.recalled else Conflict)
        for kind, writes in self._states.items():
            if writes:
                db[kind.COLLECTION].bulk_write(writes, ordered=False, session=session)
        self._write_parked(db, session)
        self._vault.keep(db, session, self._new, self._of_entry)
        gone = [parked.key for parked in self._batch.unparked]
        gone += [self._batch.stored[ref].key for ref in self._batch.forgotten & self._batch.stored.keys()]
        self._vault.destroy(db, gone, session)

    def _journal_entry(self) -> Document | None:
        """None where nothing is to be published."""
        for key in self._of_entry.values():
            return self._vault.seal(JOURNAL, {"_id": self.entry.id}, key, documents.of_records(self.entry.records))
        return None

    def _writes(self, ref: Ref, state: State | None) -> list[Write]:
        """Nothing, where nothing was and nothing is left."""
        kind, key = ref
        hashed, stored = hashed_key(self._vault, kind, key), self._batch.stored.get(ref)
        if state is None:
            return [DeleteOne({"_id": hashed})] if stored else []
        data_key, version = self._data_key(ref), stored.version + 1 if stored else 1
        plain = documents.of_state(key, state)
        self.left[ref] = Saved(state, Stored(version, self.entry.id, data_key.id), len(plain), self._now)
        fields = {
            "_id": hashed,
            "version": version,
            "entry": self.entry.id,
            "due": state.due(),
            "lookups": [hashed_word(self._vault, kind, word) for word in state.lookups()],
        }
        if kind.rank is not State.rank:
            fields["rank"] = state.rank()
        sealed = self._vault.seal(kind.COLLECTION, fields, data_key, plain)
        return [UpdateOne({"_id": hashed}, {"$set": sealed}) if stored else InsertOne(sealed)]

    def _data_key(self, ref: Ref) -> DataKey:
        stored = self._batch.stored.get(ref)
        if stored is None or ref in self._batch.forgotten:
            return self._new_key()
        if stored.key not in self._keys:  # forgotten since it was loaded
            raise Stale if ref in self._batch.recalled else Conflict
        return self._keys[stored.key]

    def _park(self, parked: Parked) -> Document:
        fields = {"_id": parked.id, "due": parked.due}
        return self._vault.seal(PARKED, fields, self._new_key(), documents.of_parked(parked))

    def _new_key(self) -> DataKey:
        self._new.append(self._vault.new_key())
        return self._new[-1]

    def _write_inbox(self, db: Documents[Document], session: ClientSession) -> None:
        if self._inbox:
            # `insert_many` does the same in three times the processor time.
            done = db.command("insert", INBOX, documents=self._inbox, ordered=False, session=session)
            if done.get("writeErrors"):
                raise Conflict

    def _write_parked(self, db: Documents[Document], session: ClientSession) -> None:
        if self._batch.unparked:
            ids = [parked.id for parked in self._batch.unparked]
            if db[PARKED].delete_many({"_id": {"$in": ids}}, session=session).deleted_count != len(ids):
                raise Conflict
        if self._parked:
            db[PARKED].insert_many(self._parked, session=session)


def _must_stand(
    db: Documents[Document],
    session: ClientSession,
    kind: type[State],
    as_loaded: Mapping[bytes, tuple[int, str]],
    otherwise: type[Conflict],
) -> None:
    """Raises `otherwise` where one is not as it was loaded. Who then writes one that is changed meets MongoDB's own conflict.

    By `_id` alone MongoDB finds what to write at once; for each write with a condition beside it, it would make a plan.
    The entry counts, too: what was forgotten and made again has had this version before.
    """
    rows = db[kind.COLLECTION].find({"_id": {"$in": [*as_loaded]}}, {"version": 1, "entry": 1}, session=session)
    if {row["_id"]: (row["version"], row["entry"]) for row in rows} != as_loaded:
        raise otherwise
