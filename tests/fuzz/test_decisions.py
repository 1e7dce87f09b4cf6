"""Decisions: what was understood, however odd, is decided, or refused for a reason."""

from collections import deque
from contextlib import suppress
from importlib import import_module
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.events.breaches import BreachAlerted
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Event
from shared.events.inbound import PrisonDecided, PrisonerRecorded
from shared.events.principals import SERVICES
from shared.events.requests import ContactRequestRouted
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.items import Handlers
from shared.runtime.work import NotYet, Rejected
from tests.fuzz import hostile
from tests.intake import forms
from tests.support.world import START, World

E = TypeVar("E", bound=Event)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_was_understood_is_decided_or_refused_for_a_reason(data: st.DataObject) -> None:
    """On top of a request that was authorised, in all services together. Time goes on afterwards."""
    town = Town()
    ids = town.has_a_block_and_a_breach()
    for _ in range(data.draw(st.integers(1, 3))):
        topic = data.draw(st.sampled_from(sorted(hostile.EXAMPLES)))
        example = data.draw(st.sampled_from(hostile.EXAMPLES[topic]))
        known = {name: value for name, value in ids.items() if name in example}
        body = data.draw(hostile.spoilt(example | known))
        with suppress(ValidationError):
            town.on(_inbound(topic).model_validate_json(hostile.written(body)))
    town.wait(days=100)


class Town:
    """Every service's handlers, each on a dictionary; what one says the others hear."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handlers] = {name: _of(name, "HANDLERS") for name in SERVICES}
        self._worlds = {name: World(self._handlers[name], _of(name, "DUE")) for name in SERVICES}
        self.said: list[Event] = []

    def on(self, event: Event) -> None:
        """Raises what no handler may raise."""
        waiting = deque([event])
        while waiting:
            heard = waiting.popleft()
            self.said.append(heard)
            for name in SERVICES:
                if type(heard) in self._handlers[name]:
                    with suppress(Rejected, NotYet):
                        waiting += self._worlds[name].on(heard)

    def wait(self, **span: float) -> None:
        for world in self._worlds.values():
            for event in world.wait(**span):
                self.on(event)

    def has_a_block_and_a_breach(self) -> dict[str, str]:
        """The ids of all that there is to decide about."""
        at = START.isoformat()
        john = {
            "prisoner_number": "A1234BC",
            "first_name": "John",
            "last_name": "Example",
            "date_of_birth": "1990-01-31",
        }
        self.on(PrisonerRecorded.model_validate(john | {"prison_id": "LEI", "status": "in_custody", "as_of": at}))
        asked = forms.request(prisoner={"name": "John Example", "number": "A1234BC"})
        self.on(ContactRequestReceived.model_validate(asked))
        routed = self._said(ContactRequestRouted)
        decision = {"decision_id": "d", "prisoner_number": "A1234BC", "prison_id": "LEI", "decided_at": at}
        self.on(PrisonDecided.model_validate(decision | {"request_id": routed.request_id, "outcome": "authorise"}))
        report = forms.breach(reference=routed.reference)
        self.on(BreachReportReceived.model_validate(report))
        ids = {"request_id": routed.request_id, "block_id": routed.proposed[0].block_id, "reference": routed.reference}
        return ids | {
            "breach_id": self._said(BreachAlerted).breach_id,
            "prison_id": "LEI",
            "prisoner_number": "A1234BC",
        }

    def _said(self, kind: type[E]) -> E:
        return next(event for event in self.said if isinstance(event, kind))


def _of(name: str, what: str) -> Any:
    return getattr(import_module(f"services.{name}.handlers"), what, {})


def _inbound(topic: str) -> type[Event]:
    return next(model for model in CATALOGUE.models if model.TOPIC.name == topic)
