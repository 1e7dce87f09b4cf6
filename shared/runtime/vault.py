"""What a service stores, unreadable without its keys, and found again without saying what is looked for.

Each aggregate, each record that waits and each outbox entry has a data key of its own: to destroy that is to forget it.
Data keys stand beside the service's database, in `keys` of `<its name>_keys`, as `{_id, wrapped, entry}`: wrapped by the
service's master key, and with the outbox entry that the key is for, where it is for one. The master key gives the key of
hashes, too. A sealed value is a nonce of 12 bytes, then AES-256-GCM's ciphertext and tag.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from threading import Lock
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database as Documents

from shared.runtime.mongo import UNHURRIED, Document, keys_beside

KEYS = "keys"
KEY_BYTES, NONCE_BYTES = 32, 12
DRAWN = 1000
"""Nonces that are drawn at a time."""
MOST_KEYS = 10_000
"""Unwrapped data keys that a process keeps in memory, at some 2.7 KB each, most of it a cipher made ready."""

Row = tuple[str, Document]
"""The collection that a document stands in, and the document."""


class BrokenSeal(Exception):
    """A document was changed or moved by somebody without its key, or its key is gone: it is there, and not to be believed."""


Found = tuple[Row, bytes | BrokenSeal]
"""A document, and what is sealed in it."""


class DataKey(NamedTuple):
    """What seals one thing alone; `id` names it for ever. To make a cipher ready takes longer than to use it."""

    id: bytes
    secret: bytes
    cipher: AESGCM


class Vault:
    """The keys of one service. `random(n)` gives `n` bytes that nobody can guess."""

    def __init__(self, master: bytes, random: Callable[[int], bytes]) -> None:
        self._wrapping = AESGCM(_derived(master, b"data keys"))
        self._hash = blake2b(key=_derived(master, b"hashes"), digest_size=16)
        self._hashed = lru_cache(MOST_KEYS)(self._hash_of)
        self._random = random
        self._prefix, self._made = random(8), count()
        self._nonces: list[bytes] = []
        self._cache = _Cache(MOST_KEYS)

    def hashed(self, where: str, what: bytes) -> bytes:
        """Sixteen bytes that stand for `what`, always the same and in no other place; nothing can be read from them."""
        return self._hashed(where, what)

    def hashed_once(self, where: str, what: bytes) -> bytes:
        """The same, of what is asked for once: it is not remembered, and makes nothing else forgotten."""
        return self._hash_of(where, what)

    def _hash_of(self, where: str, what: bytes) -> bytes:
        digest = self._hash.copy()
        digest.update(b"%b\0%b" % (where.encode(), what))
        return digest.digest()

    def new_key(self) -> DataKey:
        """A data key for one thing. Its id sorts after earlier ones: so MongoDB writes an index of many in one place."""
        return _data_key(self._prefix + next(self._made).to_bytes(8), self._random(KEY_BYTES))

    def seal(self, collection: str, document: Document, key: DataKey, plain: bytes) -> Document:
        """`document`, which has its `_id`, and `plain` in it as `key` alone opens it, and in this place alone."""
        sealed = document | {"key": key.id}
        sealed["sealed"] = self._encrypted(key.cipher, plain, _place(collection, sealed))
        return sealed

    def find(self, db: Documents[Document], rows: Callable[[], Sequence[Row]]) -> Sequence[Found]:
        """The documents that `rows` finds, each with what is sealed in it; one more query at most."""
        before: set[bytes] = set()
        while True:
            found = rows()
            wanted = {key for _, document in found if isinstance(key := document.get("key"), bytes)}
            keys = self.keys(db, wanted)
            missing = wanted - keys.keys()
            if missing <= before:
                return [(row, _opened(keys, *row)) for row in found]
            before |= missing  # forgotten or sent since they were found; what is found now no longer names these keys

    def at_hand(self, ids: Set[bytes]) -> Mapping[bytes, DataKey]:
        """Those data keys that are in memory."""
        return self._cache.get(ids)

    def keys(self, db: Documents[Document], ids: Set[bytes]) -> Mapping[bytes, DataKey]:
        """Those data keys that there are."""
        known = self._cache.get(ids)
        wanted = [key for key in ids if key not in known]
        if wanted:
            rows = _keys(db).find({"_id": {"$in": wanted}})
            unwrapped = {key.id: key for row in rows if (key := self._unwrapped(row))}
            self._cache.add(unwrapped.values())
            known |= unwrapped
        return known

    def keep(
        self,
        db: Documents[Document],
        session: ClientSession,
        new: Sequence[DataKey],
        of_entries: Mapping[str, DataKey],
    ) -> None:
        """Writes new data keys, and those of outbox entries."""
        rows = [self._wrapped(key) for key in new]
        rows += [self._wrapped(key) | {"entry": entry} for entry, key in of_entries.items()]
        if rows:
            _keys(db).insert_many(rows, session=session)
            self._cache.add(new)

    def destroy(self, db: Documents[Document], ids: Sequence[bytes], session: ClientSession | None = None) -> None:
        """Makes what these data keys sealed unreadable for ever."""
        if ids:
            _keys(db).delete_many({"_id": {"$in": ids}}, session=session)
            self._cache.drop(ids)

    def of_entries(self, db: Documents[Document]) -> Mapping[str, bytes]:
        """The ids of the data keys of outbox entries."""
        return {row["entry"]: row["_id"] for row in _keys(db).find({"entry": {"$exists": True}})}

    def prepare(self, db: Documents[Document]) -> None:
        """Makes the index of the data keys."""
        _keys(db).create_index("entry", partialFilterExpression={"entry": {"$exists": True}})

    def _wrapped(self, key: DataKey) -> Document:
        return {"_id": key.id, "wrapped": self._encrypted(self._wrapping, key.secret, key.id)}

    def _unwrapped(self, row: Document) -> DataKey | None:
        """None where somebody changed it: what it sealed can't be read any more, and nothing else is the worse for it."""
        try:
            return _data_key(row["_id"], _decrypted(self._wrapping, row["wrapped"], row["_id"]))
        except (InvalidTag, KeyError, TypeError, ValueError):
            return None

    def _encrypted(self, cipher: AESGCM, plain: bytes, about: bytes) -> bytes:
        nonce = self._nonce()
        return nonce + cipher.encrypt(nonce, plain, about)

    def _nonce(self) -> bytes:
        """Drawn with many others: whoever draws asks the kernel, which takes longer than to seal. Threads share them."""
        while True:
            try:
                return self._nonces.pop()
            except IndexError:
                drawn = self._random(NONCE_BYTES * DRAWN)
                self._nonces += [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]


class _Cache:
    """Unwrapped data keys; those not used for longest make room. Threads share it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._keys: OrderedDict[bytes, DataKey] = OrderedDict()

    def get(self, ids: Iterable[bytes]) -> dict[bytes, DataKey]:
        with self._lock:
            found = {key: self._keys[key] for key in ids if key in self._keys}
            for key in found:
                self._keys.move_to_end(key)
            return found

    def add(self, keys: Iterable[DataKey]) -> None:
        with self._lock:
            self._keys |= {key.id: key for key in keys}
            while len(self._keys) > self._most:
                self._keys.popitem(last=False)

    def drop(self, ids: Iterable[bytes]) -> None:
        with self._lock:
            for key in ids:
                self._keys.pop(key, None)


def _derived(master: bytes, what: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, what).derive(master)


def _keys(db: Documents[Document]) -> Collection[Document]:
    """A destroyed key that a crash brings back is destroyed again: only outbox entries lose theirs outside a transaction."""
    return keys_beside(db).get_collection(KEYS, write_concern=UNHURRIED)


def _data_key(name: bytes, secret: bytes) -> DataKey:
    return DataKey(name, secret, AESGCM(secret))


def _place(collection: str, document: Document) -> bytes:
    """What a seal holds together: where it is, which write it belongs to, under which key. Those have ids of one length."""
    name, entry = document["_id"], str(document.get("entry"))
    name = name if isinstance(name, bytes) else str(name).encode()
    return b"%b\0%b\0%b%b" % (collection.encode(), entry.encode(), document["key"], name)


def _opened(keys: Mapping[bytes, DataKey], collection: str, document: Document) -> bytes | BrokenSeal:
    try:
        return _decrypted(keys[document["key"]].cipher, document["sealed"], _place(collection, document))
    except (InvalidTag, KeyError, TypeError, ValueError):
        name = document["_id"].hex() if isinstance(document["_id"], bytes) else document["_id"]
        return BrokenSeal(f"{collection}/{name} was changed or moved, or its key is gone")


def _decrypted(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
