"""A service's real handlers on the real `Work`, with a dictionary for a database: decisions, without Kafka and MongoDB."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar, cast

from shared.domain.rules import Rules
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Cause, Event, inbox_key
from shared.runtime.erasure import unless_erased
from shared.runtime.figures import Measured
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import Loaded, Ref, State, Work

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=State)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


class World:
    """One service: what it said, what it knows, and its clock. `on` gives it events and calls, `wait` lets time go by.

    `forgotten` are the aggregates of which nothing that was saved before can be read any more, `answer` what the last call
    was answered, `measured` what the metrics got to know.
    """

    def __init__(self, handlers: Handlers, due: DueHandlers) -> None:
        self.now, self.said, self.rules = START, list[Event](), Rules()
        self.measured = list[Measured]()
        self._handlers = {model: unless_erased(model, handler) for model, handler in handlers.items()}
        self._due = due
        self._states: dict[Ref, State] = {}
        self.forgotten: set[Ref] = set()
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

    def cause_id(self, about: Any) -> str:
        """A new one for each thing that is handled."""
        return str(next(self._causes))

    @property
    def known(self) -> Mapping[Ref, State]:
        """Every aggregate as it stands."""
        return self._states

    def _handle(self, handler: Any, about: Any) -> list[Event]:
        cause, loaded = Cause("urn:test", self.cause_id(about), self.now), Loaded()
        while True:
            work = Work("urn:test", self.now, self.rules, loaded)
            fault: Exception | None = None
            try:
                self.answer = work.try_one(cause, inbox_key(cause), handler, about)
            except Exception as error:  # of any kind while something is not loaded: then it counts for nothing
                fault = error
            if not work.needs:
                break
            self._load(work, loaded)
        if fault:
            raise fault
        self._states = {ref: state for ref, state in (self._states | work.changed).items() if state}
        self.forgotten |= work.forgotten
        said = [self._read(record) for record in work.outgoing]
        self.said += said
        self.measured += work.measures
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
        tombstone = {model.TOPIC.key: (record.key or b"").decode()}
        return model.model_validate(tombstone) if model.TOMBSTONE else model.model_validate_json(record.value)


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
