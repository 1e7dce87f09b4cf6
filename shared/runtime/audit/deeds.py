"""What is recorded of one read or write: what, when, who, about whom, what came of it, and which event or call it was."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from shared.events.envelope import Cause
from shared.runtime.work import Ref

LONGEST = 200
"""Characters of what somebody else chose: a source, a route."""
Hash = Callable[[str, bytes], bytes]
"""`shared.runtime.vault.Vault.hashed`."""
EVENTS = "audit events"


class Deed(NamedTuple):
    """`what` is an event's type or a route, `why` what that means; `about` are the aggregates that were read or written."""

    at: datetime
    what: str
    why: str
    who: str
    cause: Cause
    came_of_it: str
    about: Sequence[Ref]


def written(deeds: Iterable[Deed], hashed: Hash) -> bytes:
    """`deeds` as JSON, one a line: nothing in it says whom it is about, but to who knows that already and has the key.

    What names an event may be chosen by others, who may choose somebody's number for it: it is hashed as well.
    """
    return b"\n".join(to_json(_row(deed, hashed)) for deed in deeds)


def subject(ref: Ref, hashed: Hash) -> str:
    """An aggregate, by what it is called in the database (`shared.runtime.saving.hashed_key`)."""
    kind, key = ref
    return f"{kind.COLLECTION}/{hashed(kind.COLLECTION, key.encode()).hex()}"


def event(cause: Cause, hashed: Hash) -> str:
    """What names an event or a call for ever."""
    return hashed(EVENTS, f"{cause.source}\x1f{cause.id}".encode()).hex()


def _row(deed: Deed, hashed: Hash) -> dict[str, Any]:
    trace = deed.cause.traceparent.split("-")
    return {
        "at": deed.at,
        "what": deed.what[:LONGEST],
        "why": deed.why,
        "who": deed.who[:LONGEST],
        "event": event(deed.cause, hashed),
        "trace": trace[1][:32] if len(trace) > 1 else "",
        "came_of_it": deed.came_of_it,
        "about": [subject(ref, hashed) for ref in deed.about],
    }
