"""What the core hands to the store, and how it stands in MongoDB before it is sealed."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

import bson
from bson import ObjectId
from bson.codec_options import CodecOptions
from pydantic_core import to_json

from shared.events.envelope import Cause, Record
from shared.runtime.audit.deeds import Deed
from shared.runtime.figures import Measured
from shared.runtime.mongo import Document
from shared.runtime.work import Ref, State, Stored

AWARE = CodecOptions[Document](tz_aware=True)

TIMED = {"due": {"$type": "date"}}
"""The aggregates that wait for a time: those alone are in the index by `due`."""


@dataclass(frozen=True)
class Parked:
    """A record that came too early, to be tried again at `due`; `key` is the id of the data key that it is stored under."""

    record: Record
    cause: Cause
    since: datetime
    attempts: int
    due: datetime
    id: ObjectId = field(default_factory=ObjectId)
    key: bytes = b""


@dataclass
class Batch:
    """All that one transaction writes; `stored` says how what it loaded stood, `recalled` which of it nobody read again.

    Of what is `forgotten` nothing stays but what stands in `changed`. `deeds` are what the audit log says of it, `measures` what
    the metrics do.
    """

    taken: list[bytes]
    changed: Mapping[Ref, State | None]
    stored: Mapping[Ref, Stored]
    outgoing: Sequence[Record]
    parked: Sequence[Parked] = ()
    unparked: Sequence[Parked] = ()
    forgotten: Set[Ref] = frozenset()
    recalled: Set[Ref] = frozenset()
    deeds: list[Deed] = field(default_factory=list)
    measures: Sequence[Measured] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.taken or self.changed or self.outgoing or self.parked or self.unparked or self.deeds)

    def kept_keys(self) -> Set[bytes]:
        """The ids of the data keys of what was loaded and is changed, not forgotten."""
        return {self.stored[ref].key for ref in (self.changed.keys() & self.stored.keys()) - self.forgotten}


@dataclass(frozen=True)
class Outgoing:
    """A journal entry whose records are not all known to be published; `key` is the id of the data key of its records."""

    id: str
    records: Sequence[Record]
    key: bytes = b""


def come(now: datetime) -> Document:
    """What finds the aggregates whose time has come. MongoDB takes the index only where `TIMED` is asked for in its own words."""
    return {"due": TIMED["due"] | {"$lte": now}}


def of_state(key: str, state: State) -> bytes:
    """The aggregate's key, four bytes with its length before it, and its state in JSON."""
    name = key.encode()
    return b"%b%b%b" % (len(name).to_bytes(4), name, to_json(state))


def key_in(plain: bytes) -> str:
    return plain[4 : 4 + int.from_bytes(plain[:4])].decode()


def state_in(kind: type[State], plain: bytes) -> State:
    return kind.model_validate_json(plain[4 + int.from_bytes(plain[:4]) :])


def of_records(records: Sequence[Record]) -> bytes:
    return bson.encode({"records": [_row(record) for record in records]})


def records_in(plain: bytes) -> list[Record]:
    return [_record(row) for row in bson.decode(plain)["records"]]


def of_parked(parked: Parked) -> bytes:
    record = parked.record
    said = {
        "since": parked.since,
        "attempts": parked.attempts,
        "cause": list(parked.cause),
        "record": _row(record),
        "place": [record.partition, record.offset],
    }
    return bson.encode(said)


def parked_in(document: Document, plain: bytes) -> Parked:
    """`document` has what is not sealed of it."""
    said = bson.decode(plain, AWARE)
    partition, offset = said["place"]
    record = _record(said["record"])._replace(partition=partition, offset=offset)
    cause = Cause(*said["cause"])
    return Parked(record, cause, said["since"], said["attempts"], document["due"], document["_id"], document["key"])


def _row(record: Record) -> list[Any]:
    """Flat, since nested arrays are what costs most in BSON: topic, key, value, and the headers' names and values in turn."""
    return [record.topic, record.key, record.value, *chain.from_iterable(record.headers)]


def _record(row: list[Any]) -> Record:
    topic, key, value, *headers = row
    return Record(topic, key, value, tuple(zip(headers[::2], headers[1::2], strict=True)))
