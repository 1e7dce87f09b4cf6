"""Who looks over HTTP, and at whom: kept for one request, from the first line of its handling to the last."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from shared.domain.access import Caller
from shared.runtime.work import Ref


@dataclass
class Look:
    """One request: who makes it, as their token says; the trace that it belongs to; whose data it came to; what it wrote."""

    who: str = "public"
    traceparent: str = ""
    about: dict[Ref, None] = field(default_factory=dict)
    recorded: bool = False


_LOOK: ContextVar[Look | None] = ContextVar("look", default=None)


def who_calls() -> str:
    """Whose request is being answered, which is recorded with what it makes happen; empty where it is nobody's."""
    current = _LOOK.get()
    if current is None:
        return ""
    current.recorded = True
    return current.who


def asked_by(caller: Caller) -> None:
    """Who makes the request being answered, now that it is known."""
    current = _LOOK.get()
    if current:
        current.who = f"{caller.subject} of {caller.organisation}" if caller.organisation else caller.subject


def trace_of_request() -> str:
    """The W3C trace that the request being answered belongs to; empty where there is none."""
    current = _LOOK.get()
    return current.traceparent if current else ""


def looked_at(refs: Iterable[Ref]) -> None:
    """The request being answered came to these aggregates. One that nobody asked for over HTTP is told of by what it does."""
    current = _LOOK.get()
    if current:
        current.about |= dict.fromkeys(refs)


@contextmanager
def looking(current: Look) -> Iterator[Look]:
    """While a request is answered."""
    token = _LOOK.set(current)
    try:
        yield current
    finally:
        _LOOK.reset(token)
