"""CloudEvents 1.0 in Kafka binary mode: what an event is, how it is named, how it becomes a record and is read back."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.domain.working_days import parse_time
from shared.events.topics import Topic

Headers = tuple[tuple[str, bytes], ...]


def _moment(value: object) -> object:
    return parse_time(value) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""An instant, kept in UTC. Written without an offset it is London time (R37)."""


class Event(BaseModel):
    """Something that happened, as it stands on a topic. Unknown fields are ignored, so that fields can be added."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TOPIC: ClassVar[Topic]
    TYPE: ClassVar[str]

    def key(self) -> str:
        """The record's key."""
        return str(getattr(self, self.TOPIC.key)) if self.TOPIC.key else ""

    def own_id(self) -> str | None:
        """What names an inbound event that came without CloudEvents headers; None where its value does not name itself."""
        return None

    def happened(self) -> datetime | None:
        """When it happened as its sender says, for events that must not come from the future."""
        return None


class Cause(NamedTuple):
    """The identity of what is being handled: `source` and `id` name it for ever (CloudEvents `source` + `id`)."""

    source: str
    id: str
    time: datetime
    traceparent: str = ""

    def derive(self, what: str) -> str:
        """An id that follows from this cause alone, so that deciding again gives the same id."""
        return derive_id(self.source, self.id, what)


class Record(NamedTuple):
    """A Kafka record as it came or as it will go: bytes, untouched."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int = 0
    offset: int = 0

    def header(self, name: str) -> str | None:
        """The header `name` as text; None where it is missing or is no UTF-8."""
        for key, value in self.headers:
            if key == name:
                try:
                    return value.decode() or None
                except UnicodeDecodeError:
                    return None
        return None


def caused_id(cause: Cause, event_type: str, key: str, place: int) -> str:
    """The id of what `cause` has published in this place: whoever knows both can see that one follows from the other."""
    return cause.derive(f"{event_type}/{key}/{place}")


def derive_id(*parts: str) -> str:
    """A UUID (version 8, RFC 9562) that follows from `parts` alone."""
    digits = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def inbox_key(cause: Cause) -> bytes:
    """Sixteen bytes that stand for `source` + `id`; short for the index, and nothing personal can be read from them."""
    return hashlib.blake2b(f"{cause.source}\x1f{cause.id}".encode(), digest_size=16).digest()


def continue_trace(traceparent: str, span: str) -> str:
    """The W3C traceparent of what `span` (any name) causes: the same trace, a new parent, derived, not random."""
    parent = hashlib.blake2b(span.encode(), digest_size=8).hexdigest()
    parts = traceparent.split("-")
    known = len(parts) == 4 and len(parts[1]) == 32 and set(parts[1]) <= set("0123456789abcdef")
    trace = parts[1] if known else hashlib.blake2b(span.encode(), digest_size=16).hexdigest()
    return f"00-{trace}-{parent}-01"


def to_record(event: Event, source: str, event_id: str, time: datetime, traceparent: str) -> Record:
    """`event` as a Kafka record with the headers of CONTRACT.md."""
    key = event.key().encode()
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event.TYPE.encode()),
        ("ce_time", time.isoformat().encode()),
        ("ce_subject", key),
        ("content-type", b"application/json"),
        ("traceparent", traceparent.encode()),
    )
    return Record(event.TOPIC.name, key, event.model_dump_json().encode(), headers)


class Unreadable(ValueError):
    """A record that cannot be understood; the text says why, without anything of what it holds."""


class Catalogue:
    """Which models stand on which topic. Inbound topics have one model each, whatever type the sender wrote."""

    def __init__(self, models: Iterable[type[Event]]) -> None:
        self.models = tuple(models)
        self._inbound = {model.TOPIC.name: model for model in self.models if model.TOPIC.inbound}
        self._typed = {(model.TOPIC.name, model.TYPE): model for model in self.models if not model.TOPIC.inbound}

    def model_of(self, record: Record) -> type[Event] | None:
        """The model to read `record` with; None where this catalogue does not know its type."""
        inbound = self._inbound.get(record.topic)
        return inbound or self._typed.get((record.topic, record.header("ce_type") or ""))


def cause_of(record: Record, event: Event, now: datetime) -> Cause:
    """What names `record`: its CloudEvents headers, or what its value says of itself.

    Raises Unreadable where neither does (CONTRACT.md, "On Kafka").
    """
    source, event_id = record.header("ce_source"), record.header("ce_id")
    if not (source and event_id):
        own = event.own_id()
        if not own:
            raise Unreadable("no ce_source and ce_id headers, and the value does not name itself")
        source, event_id = f"urn:upc:topic:{record.topic}", own
    return Cause(source, event_id, _time_of(record, now), record.header("traceparent") or "")


def _time_of(record: Record, now: datetime) -> datetime:
    written = record.header("ce_time")
    try:
        return parse_time(written) if written else now
    except ValueError:
        return now
