"""A simulated MongoDB: as much of it as `shared.runtime.store` uses, with the documents in BSON as the real one has them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import bson
from bson import CodecOptions
from pymongo import DeleteOne, InsertOne, UpdateOne

from shared.runtime.mongo import Conflict, Document
from simulation.machine import Machine

OPTIONS = CodecOptions[Document](tz_aware=True)


class Duplicate(Exception):
    """An `_id` is there already."""


class Disk:
    """One service's database, and that of its keys, as they would be found after a crash."""

    def __init__(self) -> None:
        self.name = "service"
        self.collections: dict[str, Collection] = {}
        self.client = {"service_keys": self}  # no collection of the one has the name of one of the other

    def command(self, name: str, collection: str, documents: Sequence[Document] = (), **_: Any) -> Document:
        """`insert`, which says what was there already and raises nothing. `collMod` keeps others off, who are not here."""
        assert name in ("insert", "collMod")
        try:
            self[collection].insert_many(documents)
        except Duplicate:
            return {"writeErrors": [{}]}
        return {}

    def __getitem__(self, name: str) -> "Collection":
        return self.collections.setdefault(name, Collection())

    def get_collection(self, name: str, **_: Any) -> "Collection":
        return self[name]

    def undo(self) -> None:
        """As it was before the last `keep`."""
        for collection in self.collections.values():
            collection.undo()

    def keep(self) -> None:
        for collection in self.collections.values():
            collection.before.clear()


class Collection:
    """Documents by id, in the order in which they were inserted."""

    def __init__(self) -> None:
        self.documents: dict[Any, bytes] = {}
        self._looked_at: dict[bytes, Document] = {}
        self.before: list[tuple[Any, bytes | None]] = []

    def options(self) -> Document:
        return {}

    def create_index(self, field: str, **_: Any) -> None:
        """All is found without; none here is unique."""

    def find(self, wanted: Document, _: Any = None, session: Any = None, hint: str = "") -> "Found":
        among = self.documents.values() if "_id" not in wanted else self._by_id(wanted["_id"])
        return Found(
            [bson.decode(document, OPTIONS) for document in among if _matches(self._look_at(document), wanted)]
        )

    def insert_one(self, document: Document, session: Any = None) -> None:
        if document["_id"] in self.documents:
            raise Duplicate
        self._write(document)

    def insert_many(self, documents: Sequence[Document], session: Any = None) -> None:
        for document in documents:
            self.insert_one(document)

    def update_one(self, wanted: Any, update: Any) -> None:
        for document in self.find(wanted).limit(1):
            self._write(document | update["$set"])

    def bulk_write(self, writes: Sequence[Any], ordered: bool, session: Any = None) -> None:
        for write in writes:
            if isinstance(write, InsertOne):
                self.insert_one(write._doc)
            elif isinstance(write, DeleteOne):
                self.delete_many(write._filter)
            else:
                assert isinstance(write, UpdateOne)
                self.update_one(write._filter, write._doc)

    def delete_many(self, wanted: Any, session: Any = None) -> "Done":
        gone = [document["_id"] for document in self.find(wanted)]
        for key in gone:
            self.before.append((key, self.documents.pop(key)))
        return Done(deleted_count=len(gone))

    def undo(self) -> None:
        while self.before:
            key, before = self.before.pop()
            if before is None:
                del self.documents[key]
            else:
                self.documents[key] = before

    def _by_id(self, condition: Any) -> list[bytes]:
        keys = condition["$in"] if isinstance(condition, dict) else [condition]
        return [self.documents[key] for key in keys if key in self.documents]

    def _look_at(self, document: bytes) -> Document:
        """To compare with only: what is handed out is read afresh."""
        if document not in self._looked_at:
            self._looked_at[document] = bson.decode(document, OPTIONS)
        return self._looked_at[document]

    def _write(self, document: Document) -> None:
        self.before.append((document["_id"], self.documents.get(document["_id"])))
        self.documents[document["_id"]] = bson.encode(document)


class Found:
    """A cursor."""

    def __init__(self, documents: list[Document]) -> None:
        self._documents = documents

    def sort(self, field: str, _: int = 1) -> "Found":
        self._documents.sort(key=lambda document: document[field])
        return self

    def limit(self, most: int) -> "Found":
        self._documents = self._documents[:most]
        return self

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents)


@dataclass
class Done:
    """How many documents a write took away."""

    deleted_count: int = 0


class SimulatedMongo:
    """A machine's way to its database. A transaction is one instant, since `work` never waits."""

    def __init__(self, disk: Disk, machine: Machine) -> None:
        self._disk, self._machine = disk, machine

    async def run(self, work: Callable[[Any], Any]) -> Any:
        await self._machine.asks("mongodb")
        answer = work(self._disk)
        self._disk.keep()
        await self._machine.hears("mongodb")
        return answer

    async def transaction(self, work: Callable[[Any, Any], Any]) -> Any:
        await self._machine.asks("mongodb")
        try:
            answer = work(self._disk, None)
        except Duplicate as error:
            self._disk.undo()
            raise Conflict from error
        except BaseException:
            self._disk.undo()
            raise
        self._disk.keep()
        await self._machine.hears("mongodb")
        return answer

    async def ping(self) -> bool:
        await self._machine.point()
        return True


def _values(document: Document, field: str) -> list[Any]:
    value = document.get(field, [])
    return _plain(value if isinstance(value, list) else [value])


def _plain(values: list[Any]) -> list[Any]:
    """Without the driver's own type for bytes, which equals no other."""
    return [bytes(value) if isinstance(value, bytes) else value for value in values]


def _matches(document: Document, wanted: Document) -> bool:
    return all(
        any(_matches(document, clause) for clause in condition)
        if field == "$or"
        else _meets(document, field, condition)
        for field, condition in wanted.items()
    )


def _meets(document: Document, field: str, condition: Any) -> bool:
    values = _values(document, field)
    if not isinstance(condition, dict):
        return condition in values
    if "$exists" in condition:
        return (field in document) is condition["$exists"]
    if "$lte" in condition:
        return any(value is not None and value <= condition["$lte"] for value in values)
    return not set(_plain(condition["$in"])).isdisjoint(values)
