"""CloudEvents 1.0 in Kafka binary mode: what an event is, how it is named, how it becomes a record and is read back."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import to_json

from shared.domain.working_days import parse_time
from shared.events.principals import INSIDE
from shared.events.topics import Topic, lane_of

Headers = tuple[tuple[str, bytes | None], ...]
HeadersByName = Mapping[str, bytes | None]
MOST_HEADERS = 100
"""Of a record that comes from outside."""
OURS = re.compile(rf"urn:upc:(topic|lane|{'|'.join(sorted(INSIDE))})(:|$)")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def _moment(value: object) -> object:
    """Times are text: a number is not taken for seconds since 1970."""
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, datetime):
        return value
    raise ValueError("is not a date and time")


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""An instant, kept in UTC. Written without an offset it is London time (R37)."""


class Event(BaseModel):
    """Something that happened, as it stands on a topic. Unknown fields are ignored, so that fields can be added."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TOPIC: ClassVar[Topic]
    TYPE: ClassVar[str]
    SAID_BY: ClassVar[tuple[str, ...]] = ()
    """Those of who may write its topic who say this; empty: all of them."""
    TOMBSTONE: ClassVar[bool] = False
    """Whether it says that what its key stood for is gone: a record without a value, on a compacted topic."""
    ABOUT_PEOPLE: ClassVar[bool] = True
    """Whether what is done with it belongs into the audit log."""

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
    """The identity of what is being handled: `source` and `id` name it for ever (CloudEvents `source` + `id`).

    `lane` is the agency on whose own topic it came; empty where the topic is nobody's own.
    """

    source: str
    id: str
    time: datetime
    traceparent: str = ""
    lane: str = ""

    def derive(self, what: str) -> str:
        """An id that follows from this cause alone, so that deciding again gives the same id."""
        return derive_id(self.source, self.id, what)


LONGEST_NAME = 300
"""Characters of a source or an id that comes from outside: both go on into keys and headers."""


class Record(NamedTuple):
    """A Kafka record as it came or as it will go: bytes, untouched."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int = 0
    offset: int = 0

    @property
    def size(self) -> int:
        """Bytes of all of it, about as a broker counts them."""
        size = len(self.key or b"") + len(self.value or b"")
        for name, value in self.headers:
            size += len(name) + len(value or b"")
        return size

    def header(self, name: str) -> str | None:
        """The header `name` as text; None where it is missing, empty or no UTF-8."""
        for key, value in self.headers:
            if key == name:
                return _text(value)
        return None


def _text(value: bytes | None) -> str | None:
    try:
        return (value or b"").decode() or None
    except UnicodeDecodeError:
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


def continue_trace(cause: Cause, key: bytes, event_id: str) -> str:
    """The W3C traceparent of an event of ours (`derive_id`): in the trace of `cause`, or in one that all that follows shares.

    `key` is the inbox key of `cause`.
    """
    parent = f"{event_id[:8]}{event_id[-8:]}"
    known = cause.traceparent and _TRACEPARENT.fullmatch(cause.traceparent)
    trace = known[1] if known else key.hex()
    return f"00-{trace}-{parent}-01"


def to_record(event: Event, source: str, event_id: str, time: datetime, traceparent: str, lane: str = "") -> Record:
    """`event` as a Kafka record with the headers of CONTRACT.md, on its topic or that topic's `lane`."""
    key = event.key().encode()
    headers = (
        *_headers(source, event.TYPE, time),
        ("ce_id", event_id.encode()),
        ("ce_subject", key),
        ("traceparent", traceparent.encode()),
    )
    topic = event.TOPIC.lane(lane) if lane else event.TOPIC
    return Record(topic.name, key, None if event.TOMBSTONE else to_json(event), headers)


@lru_cache(maxsize=100)
def _headers(source: str, event_type: str, time: datetime) -> Headers:
    """Those that all events of one type have that one batch publishes."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", time.isoformat().encode()),
        ("content-type", b"application/json"),
    )


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
        topic, _ = lane_of(record.topic)
        inbound = self._inbound.get(topic)
        return inbound or self._typed.get((topic, record.header("ce_type") or ""))


def cause_of(record: Record, event: Event, now: datetime) -> Cause:
    """What names `record`: its CloudEvents headers, or what its value says of itself.

    In a lane it names nothing beyond that lane: nobody there can take the name of another's event.
    Raises Unreadable where neither does (CONTRACT.md, "On Kafka"), at more than `LONGEST_NAME` characters or `MOST_HEADERS`, and
    where an outsider takes a name of ours: what we then say under it would count as said before.
    """
    if len(record.headers) > MOST_HEADERS:
        raise Unreadable(f"more than {MOST_HEADERS} headers")
    _, lane = lane_of(record.topic)
    headers = dict(reversed(record.headers))  # the first of a name counts, as in `header`
    source, event_id = _text(headers.get("ce_source")), _text(headers.get("ce_id"))
    if event.TOPIC.inbound and OURS.match(source or ""):
        raise Unreadable("it says that it comes from one of our own services")
    if not (source and event_id):
        own = event.own_id()
        if not own:
            raise Unreadable("no ce_source and ce_id headers, and the value does not name itself")
        source, event_id = f"urn:upc:topic:{record.topic}", own
    if max(len(source), len(event_id)) > LONGEST_NAME:
        raise Unreadable("what names it is too long")
    source = f"urn:upc:lane:{lane}:{source}" if lane else source
    return Cause(source, event_id, _time_of(headers, now), _trace_of(headers), lane)


def _trace_of(headers: HeadersByName) -> str:
    written = _text(headers.get("traceparent"))
    return written if written and _TRACEPARENT.fullmatch(written) else ""


def _time_of(headers: HeadersByName, now: datetime) -> datetime:
    written = _text(headers.get("ce_time"))
    try:
        return parse_time(written) if written else now
    except ValueError:
        return now
