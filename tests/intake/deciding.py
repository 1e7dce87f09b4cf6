"""Intake's decisions without Kafka or MongoDB: its own handlers, on what earlier ones left in memory."""

from datetime import datetime
from typing import Any, NamedTuple

from services.intake.domain.calls import Ask, Report
from services.intake.handlers import HANDLERS
from shared.domain.rules import Rules
from shared.events.envelope import Cause, Event
from shared.events.requests import Channel
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.work import Loaded, NotLoaded, State, Work
from tests.intake.test_request import START

SOURCE = "urn:test"


class Outcome(NamedTuple):
    """What one event led to; `said` has the data of what was published, by type."""

    answer: Any
    said: dict[str, str]


class Deciding:
    """Handles one event after the other."""

    def __init__(self, now: datetime = START) -> None:
        self.now, self.states = now, dict[tuple[type[State], str], State]()

    def on(self, event: Event, cause_id: str) -> Outcome:
        loaded = Loaded()
        while True:
            work = Work("urn:upc:intake", self.now, Rules(), loaded)
            try:
                answer = work.try_one(Cause(SOURCE, cause_id, self.now), HANDLERS[type(event)], event)
            except NotLoaded:
                loaded.states |= {ref: self.states.get(ref) for ref in work.needs.ids}
            else:
                self.states = {ref: state for ref, state in (self.states | work.changed).items() if state}
                said = {r.header("ce_type") or "": (r.value or b"").decode() for r in work.outgoing}
                return Outcome(answer, said)

    def ask(self, body: Any, cause_id: str, key: str | None = None) -> Outcome:
        return self.on(Ask(body=body, channel=Channel.HTTP, idempotency_key=key), cause_id)

    def report(self, body: Any, cause_id: str, key: str | None = None) -> Outcome:
        return self.on(Report(body=body, channel=Channel.HTTP, idempotency_key=key), cause_id)

    def ask_over_kafka(self, body: Any, cause_id: str) -> Outcome:
        return self.on(ContactRequestReceived.model_validate(body), cause_id)

    def report_over_kafka(self, body: Any, cause_id: str) -> Outcome:
        return self.on(BreachReportReceived.model_validate(body), cause_id)

    def all(self, kind: type[State]) -> list[State]:
        return [state for (of, _), state in self.states.items() if of is kind]
