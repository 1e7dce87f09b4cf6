"""A service's real handlers on the real `Work`, with a dictionary for a database: decisions, without Kafka and MongoDB."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar, cast

from shared.domain.rules import Rules
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Cause, Event
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import Loaded, NotLoaded, Ref, State, Work

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=State)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


class World:
    """One service: what it said, what it knows, its clock, and what the last call was answered.

    `on` gives it events and calls, `wait` lets time go by.
    """

    def __init__(self, handlers: Handlers, due: DueHandlers) -> None:
        self.now, self.said = START, list[Event]()
        self._handlers, self._due = handlers, due
        self._states: dict[Ref, State] = {}
        self._causes = count()
        self.answer: Any = None

    def on(self, *events: Event) -> list[Event]:
        """Handles `events` in order; returns what was said to them."""
        return [said for event in events for said in self._handle(self._handlers[type(event)], event)]

    def wait(self, **span: float) -> list[Event]:
        """Time goes by; timers fire as they come due."""
        until, said = self.now + timedelta(**span), list[Event]()
        for _ in range(1000):
            waiting = [(state.due(), ref) for ref, state in self._states.items()]
            due, ref = min(((at, ref) for at, ref in waiting if at), key=lambda it: it[0], default=(None, None))
            if due is None or ref is None or due > until:
                self.now = until
                return said
            self.now = max(self.now, due)
            said += self._handle(self._due[ref[0]], ref[1])
        raise AssertionError("a timer fires without end")

    def of(self, kind: type[E]) -> list[E]:
        """Everything of one kind that was said so far."""
        return [event for event in self.said if isinstance(event, kind)]

    def know(self, kind: type[S], key: str) -> S | None:
        """An aggregate as it stands."""
        return cast("S | None", self._states.get((kind, key)))

    def _handle(self, handler: Any, about: Any) -> list[Event]:
        cause, loaded = Cause("urn:test", str(next(self._causes)), self.now), Loaded()
        while True:
            work = Work("urn:test", self.now, Rules(), loaded)
            try:
                self.answer = work.try_one(cause, handler, about)
            except NotLoaded:
                self._load(work, loaded)
            else:
                break
        self._states = {ref: state for ref, state in (self._states | work.changed).items() if state}
        said = [self._read(record) for record in work.outgoing]
        self.said += said
        return said

    def _load(self, work: Work, loaded: Loaded) -> None:
        loaded.states |= {ref: self._states.get(ref) for ref in work.needs.ids}
        for kind, word in work.needs.lookups:
            found = [key for (of, key), state in self._states.items() if of is kind and word in state.lookups()]
            loaded.found[kind, word] = frozenset(found)

    @staticmethod
    def _read(record: Any) -> Event:
        model = CATALOGUE.model_of(record)
        assert model is not None
        return model.model_validate_json(record.value)


def moved(number: str, what: str, at: datetime, **details: Any) -> Any:
    """An HMPPS event: `what` is `received`, `released` or `merged`, with `search` before it for that dialect."""
    dialect = "prisoner-offender-search" if what.startswith("search ") else "prison-offender-events"
    details = {"nomsNumber": number} | details
    event: Mapping[str, Any] = {
        "eventType": f"{dialect}.prisoner.{what.removeprefix('search ')}",
        "version": "1",
        "occurredAt": at.isoformat(),
        "description": "text that says something else",
        "additionalInformation": details,
    }
    return event
