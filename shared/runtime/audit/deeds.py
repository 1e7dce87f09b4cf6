"""What is recorded of one read or write: what, when, who, about whom, what came of it, and which event or call it was."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from shared.runtime.vault import Vault
from shared.runtime.work import Ref

LONGEST = 200
"""Characters of what somebody else chose: a source, a route."""
EVENTS = "audit events"
MOST_ON_A_LINE = 100
"""Deeds: so that a line fits one page, though each may be about hundreds."""
ALIKE = ("at", "what", "why", "who", "came_of_it")
EACH = ("event", "trace", "about")
ALONE = ("at", "what", "why", "who", "event", "trace", "came_of_it", "about")
"""What a line of a version before has: one deed, and no more."""


class Deed(NamedTuple):
    """`what` is an event's type or a route, `why` what that means; `about` are the aggregates that were read or written.

    `key` is the inbox key of what caused it, `traceparent` the trace that it belongs to.
    """

    at: datetime
    what: str
    why: str
    who: str
    key: bytes
    traceparent: str
    came_of_it: str
    about: Sequence[Ref]


def written(deeds: Iterable[Deed], vault: Vault) -> bytes:
    """`deeds` in lines of JSON: `[*ALIKE, [EACH, ...]]`, those that follow each other and are alike on one, up to a hundred.

    It says whom they are about to who knows that, and has the key. What names an event may be chosen by others, who may choose
    somebody's number for it: it is hashed as well.
    """
    return b"\n".join(_lines(deeds, vault))


def _lines(deeds: Iterable[Deed], vault: Vault) -> Iterator[bytes]:
    for (at, what, why, who, came_of_it), those in groupby(deeds, attrgetter(*ALIKE)):
        rows = (_row(deed, vault) for deed in those)
        while some := [*islice(rows, MOST_ON_A_LINE)]:
            yield to_json((at, what[:LONGEST], why, who[:LONGEST], came_of_it, some))


def _row(deed: Deed, vault: Vault) -> Sequence[Any]:
    return event(deed.key, vault), trace_of(deed.traceparent), [subject(ref, vault) for ref in deed.about]


def read(deeds: bytes) -> Iterator[dict[str, Any]]:
    """What was `written`."""
    for line in deeds.split(b"\n"):
        said = from_json(line)
        if len(said) == len(ALONE):
            yield dict(zip(ALONE, said, strict=True))
            continue
        *alike, rows = said
        for row in rows:
            yield dict(zip((*ALIKE, *EACH), (*alike, *row), strict=True))


def subject(ref: Ref, vault: Vault) -> str:
    """An aggregate, by what it is called in the database (`shared.runtime.saving.hashed_key`)."""
    kind, key = ref
    return f"{kind.COLLECTION}/{vault.hashed(kind.COLLECTION, key.encode()).hex()}"


def event(inbox_key: bytes, vault: Vault) -> str:
    """What names an event or a call for ever."""
    return vault.hashed_once(EVENTS, inbox_key).hex()


def trace_of(traceparent: str) -> str:
    """The trace id of a W3C traceparent; empty where it is none: others write it."""
    try:
        return bytes.fromhex(traceparent[3:35]).hex()
    except ValueError:
        return ""
