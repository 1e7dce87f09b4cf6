"""What is recorded of one read or write: what, when, who, about whom, what came of it, and which event or call it was."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from shared.events.envelope import Cause, inbox_key
from shared.runtime.vault import Vault
from shared.runtime.work import Ref

LONGEST = 200
"""Characters of what somebody else chose: a source, a route."""
EVENTS = "audit events"
FIELDS = ("at", "what", "why", "who", "event", "trace", "came_of_it", "about")


class Deed(NamedTuple):
    """`what` is an event's type or a route, `why` what that means; `about` are the aggregates that were read or written."""

    at: datetime
    what: str
    why: str
    who: str
    cause: Cause
    came_of_it: str
    about: Sequence[Ref]


def written(deeds: Iterable[Deed], vault: Vault) -> bytes:
    """`deeds`, one a line, each its `FIELDS` as a JSON array. It says whom they are about to who knows that, and has the key.

    What names an event may be chosen by others, who may choose somebody's number for it: it is hashed as well.
    """
    return b"\n".join([to_json(_row(deed, vault)) for deed in deeds])


def read(deeds: bytes) -> Iterator[dict[str, Any]]:
    """What was `written`."""
    for line in deeds.split(b"\n"):
        yield dict(zip(FIELDS, from_json(line), strict=True))


def subject(ref: Ref, vault: Vault) -> str:
    """An aggregate, by what it is called in the database (`shared.runtime.saving.hashed_key`)."""
    kind, key = ref
    return f"{kind.COLLECTION}/{vault.hashed(kind.COLLECTION, key.encode()).hex()}"


def event(cause: Cause, vault: Vault) -> str:
    """What names an event or a call for ever."""
    return vault.hashed_once(EVENTS, inbox_key(cause)).hex()


def _row(deed: Deed, vault: Vault) -> Sequence[Any]:
    at, what, why, who, cause, came_of_it, about = deed
    subjects = [subject(ref, vault) for ref in about]
    trace = trace_of(cause.traceparent)
    return at, what[:LONGEST], why, who[:LONGEST], event(cause, vault), trace, came_of_it, subjects


def trace_of(traceparent: str) -> str:
    """The trace id of a W3C traceparent; empty where it is none: others write it."""
    try:
        return bytes.fromhex(traceparent[3:35]).hex()
    except ValueError:
        return ""
