"""What is let go of stays gone: its ids are remembered, and what is said of it later finds nobody (docs/decisions/0009).

Topics have no common order, so an event about a case may come after the case was erased: it is taken in and changes nothing.
It is no fault, and brings nothing back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.events.envelope import Event, Moment
from shared.events.erasures import CaseErased
from shared.runtime.work import State, Work

Handler = Callable[[Work, Any], Any]
Forget = Callable[[Work, CaseErased], None]
"""What a service does with a case that is let go: `work.forget` of all that hangs on it. May be called again."""

AGAIN_AFTER = timedelta(days=1)
"""An instance that was deciding about a case in the very moment may have saved something of it: by then that is found, too."""
NAMES = ("request_id", "block_id", "breach_id")
"""The fields by which an event names a case."""


class Erased(State):
    """That a case was let go, under the id of its request and of each block and breach report of it.

    `again` is on the request's, until what hangs on the case was looked for a second time.
    """

    COLLECTION = "erased"

    at: Moment
    again: CaseErased | None = None

    def due(self) -> datetime | None:
        return self.at + AGAIN_AFTER if self.again else None


def erasing(forget: Forget) -> tuple[Mapping[type[Event], Handler], Mapping[type[State], Handler]]:
    """What a service adds to its handlers, and to its timers, so that it lets go of what it has to."""
    return {CaseErased: partial(_let_go, forget)}, {Erased: partial(_again, forget)}


def remember(work: Work, event: CaseErased) -> None:
    """Whatever is said of this case from now on changes nothing."""
    for key in (*event.block_ids, *event.breach_ids):
        work.put(key, Erased(at=work.now))
    work.put(event.request_id, Erased(at=work.now, again=event))


@dataclass(frozen=True)
class EvenIfErased:
    """A handler of what only names a case and is about something else, which stays."""

    handler: Handler

    def __call__(self, work: Work, event: Any) -> Any:
        return self.handler(work, event)


def unless_erased(model: type[Event], handler: Handler) -> Handler:
    """`handler`, but for events about a case that was let go."""
    names = [] if isinstance(handler, EvenIfErased) else [name for name in NAMES if name in model.model_fields]

    def handle(work: Work, event: Any) -> Any:
        ids = [value for name in names if (value := getattr(event, name))]
        return None if work.is_there(Erased, ids) else handler(work, event)

    return handle if names else handler


def _let_go(forget: Forget, work: Work, event: CaseErased) -> None:
    remember(work, event)
    forget(work, event)


def _again(forget: Forget, work: Work, key: str) -> None:
    erased = work.get(Erased, key)
    if erased and erased.again:
        forget(work, erased.again)
        work.forget(Erased, key, erased.but(again=None))  # it named the prisoner and the reference
