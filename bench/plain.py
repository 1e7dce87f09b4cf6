"""What trust costs is seen beside hops that seal nothing, or record nothing: both are the bench's alone, no service does so."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from unittest import mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.client_session import ClientSession
from pymongo.database import Database as Documents

from shared.runtime.items import Item
from shared.runtime.mongo import Document
from shared.runtime.platform import KafkaAndMongo
from shared.runtime.vault import DataKey, Found, Row, Vault


class PlainPlatform(KafkaAndMongo):
    """The real platform, which keeps everything as it is."""

    async def unlock(self) -> Vault:
        return PlainVault(bytes(32), bytes)


NOTHING = DataKey(b"", b"", AESGCM(bytes(32)))


@contextmanager
def recording_nothing() -> Iterator[None]:
    """Without the audit log."""
    with mock.patch.object(Item, "deed", return_value=None):
        yield


class PlainVault(Vault):
    """Seals nothing, hashes nothing, and has no keys to keep."""

    def hashed(self, where: str, what: bytes) -> bytes:
        return what

    def hashed_once(self, where: str, what: bytes) -> bytes:
        return what

    def new_key(self) -> DataKey:
        return NOTHING

    def seal(self, collection: str, document: Document, key: DataKey, plain: bytes) -> Document:
        return document | {"key": b"", "sealed": plain}

    def find(self, db: Documents[Document], rows: Callable[[], Sequence[Row]]) -> Sequence[Found]:
        return [(row, row[1]["sealed"]) for row in rows()]

    def at_hand(self, ids: Set[bytes]) -> Mapping[bytes, DataKey]:
        return dict.fromkeys(ids, NOTHING)

    def keys(self, db: Documents[Document], ids: Set[bytes]) -> Mapping[bytes, DataKey]:
        return dict.fromkeys(ids, NOTHING)

    def keep(
        self,
        db: Documents[Document],
        session: ClientSession,
        new: Sequence[DataKey],
        of_entries: Mapping[str, DataKey],
    ) -> None:
        pass

    def destroy(self, db: Documents[Document], ids: Sequence[bytes], session: ClientSession | None = None) -> None:
        pass

    def of_entries(self, db: Documents[Document]) -> Mapping[str, bytes]:
        return {}

    def prepare(self, db: Documents[Document]) -> None:
        pass
