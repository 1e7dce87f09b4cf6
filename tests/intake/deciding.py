"""Intake's decisions without Kafka or MongoDB: its own handlers, on what earlier ones left in memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from services.intake import handlers, journeys
from services.intake.domain.calls import Ask, Report
from services.intake.domain.sender import Sender
from shared.domain.rules import Rules
from shared.events.envelope import Cause, Event, inbox_key
from shared.events.requests import Channel
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.work import Loaded, NotLoaded, State, Work
from tests.intake.test_request import START

SOURCE = "urn:test"
EVERYTHING = {**handlers.HANDLERS, **journeys.HANDLERS}
Handler = Callable[[Work, Any], Any]
POLICE = Sender(owner="organisation:west yorkshire police", agency=True)


class Outcome(NamedTuple):
    """What one event led to; `said` has the data of what was published, by type, and `topics` where that was."""

    answer: Any
    said: dict[str, str]
    topics: dict[str, str]


class Deciding:
    """Handles one event after the other."""

    def __init__(self, now: datetime = START) -> None:
        self.now, self.states = now, dict[tuple[type[State], str], State]()

    def on(self, event: Event, cause_id: str, lane: str = "") -> Outcome:
        return self._handle(EVERYTHING[type(event)], event, Cause(SOURCE, cause_id, self.now, lane=lane))

    def due(self, handler: Handler, key: str) -> None:
        """Time has come for an aggregate."""
        self._handle(handler, key, Cause(SOURCE, f"due/{key}/{self.now}", self.now))

    def _handle(self, handler: Handler, about: Any, cause: Cause) -> Outcome:
        loaded = Loaded()
        while True:
            work = Work("urn:upc:intake", self.now, Rules(), loaded)
            try:
                answer = work.try_one(cause, inbox_key(cause), handler, about)
            except NotLoaded:
                loaded.states |= {ref: self.states.get(ref) for ref in work.needs.ids}
            else:
                self.states = {ref: state for ref, state in (self.states | work.changed).items() if state}
                said = {r.header("ce_type") or "": (r.value or b"").decode() for r in work.outgoing}
                return Outcome(answer, said, {r.header("ce_type") or "": r.topic for r in work.outgoing})

    def ask(self, body: Any, cause_id: str, key: str | None = None, by: Sender = POLICE) -> Outcome:
        return self.on(Ask(body=body, channel=Channel.HTTP, idempotency_key=key, sender=by), cause_id)

    def report(self, body: Any, cause_id: str, key: str | None = None, by: Sender | None = POLICE) -> Outcome:
        """Of the public where `by` is nobody."""
        return self.on(Report(body=body, channel=Channel.HTTP, idempotency_key=key, sender=by), cause_id)

    def ask_over_kafka(self, body: Any, cause_id: str, lane: str = "") -> Outcome:
        return self.on(ContactRequestReceived.model_validate(body), cause_id, lane)

    def report_over_kafka(self, body: Any, cause_id: str, lane: str = "") -> Outcome:
        return self.on(BreachReportReceived.model_validate(body), cause_id, lane)

    def all(self, kind: type[State]) -> list[State]:
        return [state for (of, _), state in self.states.items() if of is kind]
