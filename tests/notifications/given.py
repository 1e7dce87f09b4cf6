"""Events as they come, and the service's decisions on them with nothing but memory beneath."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from services.notifications.domain.messages import Message, Step
from services.notifications.handlers import DUE, HANDLERS
from shared.domain.rules import Rules
from shared.events import blocks, breaches, requests, reviews
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Cause, Event, Record, inbox_key
from shared.runtime.work import Loaded, NotLoaded, State, Work

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER, PRISON = "A1234BC", "LEI"
E = TypeVar("E", bound=Event)

REQUEST: dict[str, Any] = {
    "requester": {"name": "Sam Asker", "role": "friend", "email": "sam@example.org"},
    "consent": "given",
    "prisoner": {"name": "Kim Inmate", "number": NUMBER, "believed_prison": PRISON},
    "protected_people": [{"name": "Jane Example", "phones": ["+447700900123"]}],
}
POLICE = {"name": "PC Alex", "role": "police", "organisation": "West Yorkshire Police", "email": "alex@police.example"}


def submitted(
    request_id: str = "r1", requester: dict[str, Any] | None = None, known: bool = True, **fields: Any
) -> Any:
    """A request of `REQUEST` with `fields`; `requester` adds to the requester, and what they say they are is `known`."""
    request = REQUEST | fields | {"requester": REQUEST["requester"] | (requester or {})}
    agency = known and request["requester"]["role"] in ("police", "probation")
    return requests.ContactRequestSubmitted.model_validate(
        {
            "request_id": request_id,
            "reference": f"UPC-{request_id}",
            "channel": "web",
            "submitted_at": NOW,
            "agency": agency,
            "request": request,
        }
    )


def routed(request_id: str = "r1", prison_id: str = PRISON, person: str = "Jane Example") -> Any:
    """The request is at a prison; its block is `b-<request id>`."""
    return _of(
        requests.ContactRequestRouted,
        request_id,
        prison_id=prison_id,
        matched_by="number",
        submitted_at=NOW,
        routed_at=NOW,
        deadline=NOW,
        consent="given",
        proposed=[{"block_id": f"b-{request_id}", "person": {"name": person}}],
    )


def held(because: str, request_id: str = "r1") -> Any:
    return _of(requests.ContactRequestHeld, request_id, because=because, held_at=NOW)


def needs_person(because: str = "no_match", request_id: str = "r1") -> Any:
    person = {"name": "Kim Inmate"}
    return _of(requests.ContactRequestNeedsPerson, request_id, because=because, prisoner=person, deadline=NOW, at=NOW)


def authorised(request_id: str = "r1", name: str = "Jane Example", **fields: Any) -> Any:
    deadline = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    fields = {"name": name, "consent": "given", "implementation_deadline": deadline} | fields
    return of_block(blocks.BlockAuthorised, request_id, **fields)


def of_block(model: type[E], request_id: str = "r1", **fields: Any) -> E:
    """An event about the block of `request_id`."""
    return _of(model, request_id, **({"block_id": f"b-{request_id}", "prison_id": PRISON, "at": NOW} | fields))


def review(outcome: str, request_id: str = "r1", review_id: str = "v1") -> Any:
    fields = {"review_id": review_id, "kind": "periodic", "due": NOW, "outcome": outcome}
    return of_block(reviews.ReviewDecided, request_id, **fields)


def handover(*request_ids: str) -> Any:
    """Released from Leeds at a time that nobody but probation may learn."""
    inside = [
        {"block_id": f"b-{key}", "reference": f"UPC-{key}", "consent": "given", "name": "Jane", "authorised_at": NOW}
        for key in request_ids
    ]
    return reviews.HandoverIssued.model_validate(
        {
            "handover_id": "h1",
            "prisoner_number": NUMBER,
            "crn": "X123456",
            "released_from": PRISON,
            "released_at": datetime(2026, 11, 20, 8, 17, tzinfo=UTC),
            "issued_at": NOW,
            "blocks": inside,
        }
    )


def breach(request_id: str | None = "r1", **fields: Any) -> Any:
    return breaches.BreachAlerted.model_validate(
        {
            "breach_id": "br1",
            "breach_reference": "UPC-BREACH",
            "block_id": f"b-{request_id}" if request_id else None,
            "request_id": request_id,
            "reference": f"UPC-{request_id}" if request_id else None,
            "prisoner_number": NUMBER,
            "prison_id": PRISON,
            "protected_person": "Jane Example",
            "channel": "phone",
            "happened_at": NOW,
            "contact_used": "+447700900999",
            "what_happened": "He rang twice and hung up",
            "actions": ["cell_search"],
            "at": NOW,
        }
        | fields
    )


@dataclass
class Notifications:
    """The service's decisions: events in, states and published events out."""

    now: datetime = NOW
    states: dict[tuple[type[State], str], State] = field(default_factory=dict)
    published: list[Event] = field(default_factory=list)
    _count: int = 0

    def hear(self, *events: Event) -> Any:
        """What the last event's handler answers."""
        answer = None
        for event in events:
            self._count += 1
            answer = self._run(HANDLERS[type(event)], event)
        return answer

    def messages(self, step: Step | None = None) -> list[Message]:
        return [s for s in self.states.values() if isinstance(s, Message) and step in (None, s.step)]

    def message(self, step: Step) -> Message:
        (message,) = self.messages(step)
        return message

    def all(self, model: type[E]) -> list[E]:
        return [event for event in self.published if isinstance(event, model)]

    def tick(self) -> None:
        """Handles every message whose time has come."""
        for message in self.messages():
            due = message.due()
            if due and due <= self.now:
                self._run(DUE[Message], message.message_id)

    def _run(self, handler: Callable[[Work, Any], Any], argument: Any) -> Any:
        loaded = Loaded(states=dict(self.states))
        while True:
            work = Work("urn:upc:notifications", self.now, Rules(), loaded)
            try:
                cause = Cause("urn:test", str(self._count), self.now)
                answer = work.try_one(cause, inbox_key(cause), handler, argument)
            except NotLoaded:
                loaded.states |= dict.fromkeys(work.needs.ids - loaded.states.keys())
                loaded.found |= {ref: self._named(*ref) for ref in work.needs.lookups}
                continue
            self.states = {ref: state for ref, state in (self.states | work.changed).items() if state}
            self.published += [_read(record) for record in work.outgoing]
            return answer

    def _named(self, kind: type[State], word: str) -> frozenset[str]:
        return frozenset(key for (of, key), s in self.states.items() if of is kind and word in s.lookups())


def told(*events: Event) -> Notifications:
    """The service after it heard `events`."""
    service = Notifications()
    service.hear(*events)
    return service


def at_the_prison(**fields: Any) -> Notifications:
    """After a request with `fields` was submitted and routed."""
    return told(submitted(**fields), routed())


def _of(model: type[E], request_id: str, **fields: Any) -> E:
    common = {"request_id": request_id, "reference": f"UPC-{request_id}", "prisoner_number": NUMBER}
    return model.model_validate(common | fields)


def _read(record: Record) -> Event:
    model = CATALOGUE.model_of(record)
    assert model
    return model.model_validate_json(record.value or b"")
