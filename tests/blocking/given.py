"""Events as they come, and blocking's handlers run on the real `Work` with a dictionary for a database."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from services.blocking.domain.state import PrisonerBlocks
from services.blocking.handlers import DUE, HANDLERS
from shared.domain.rules import Rules
from shared.events.blocks import BlockListChanged
from shared.events.breaches import BreachReportRouted
from shared.events.catalogue import CATALOGUE
from shared.events.contacts import SocialContactDecided
from shared.events.envelope import Cause, Event, inbox_key
from shared.events.inbound import BlockListAcknowledged, PrisonDecided, PrisonerMoved, SocialContactChanged
from shared.events.requests import ContactRequestRouted
from shared.events.reviews import ReviewDecided
from shared.runtime.work import Loaded, NotLoaded, Ref, Work

E = TypeVar("E", bound=Event)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
JOHN, LEEDS, MOORLAND = "A1234BC", "LEI", "MDI"
JANE: dict[str, Any] = {
    "name": "Jane Example",
    "other_names": ["Jane Sample"],
    "phones": ["+447700900123"],
    "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
    "emails": ["jane@example.org"],
}


class World:
    """One blocking service without Kafka and MongoDB: what it said, what it knows, and of what nothing older can be read."""

    def __init__(self) -> None:
        self.now, self.said = START, list[Event]()
        self._loaded, self._causes = Loaded(), count()
        self.forgotten: set[Ref] = set()

    def on(self, *events: Event) -> list[Event]:
        """Handles `events` in order; returns what was said to them."""
        return [said for event in events for said in self._try(HANDLERS[type(event)], event)]

    def wait(self, **span: float) -> list[Event]:
        """Time goes by; timers fire as they come due."""
        until, said = self.now + timedelta(**span), list[Event]()
        while True:
            due = {key: state.due() for (_, key), state in self._loaded.states.items() if state}
            key, moment = min(((key, at) for key, at in due.items() if at), key=lambda it: it[1], default=("", None))
            if moment is None or moment > until:
                self.now = until
                return said
            self.now = max(self.now, moment)
            said += self._try(DUE[PrisonerBlocks], key)

    def of(self, kind: type[E]) -> list[E]:
        """Everything of one kind that was said so far."""
        return [event for event in self.said if isinstance(event, kind)]

    def prisoner(self, number: str = JOHN) -> PrisonerBlocks | None:
        """What is known under that number."""
        state = self._loaded.states.get((PrisonerBlocks, number))
        assert state is None or isinstance(state, PrisonerBlocks)
        return state

    def under(self, number: str) -> PrisonerBlocks | None:
        """The prisoner, under the kept number since a merge."""
        state = self.prisoner(number)
        return self.under(state.merged_into) if state and state.merged_into else state

    def block_list(self, number: str = JOHN) -> BlockListChanged | None:
        """The newest record of the compacted topic."""
        return next((said for said in reversed(self.of(BlockListChanged)) if said.prisoner_number == number), None)

    def outcomes(self) -> dict[str, str]:
        """The last word about each social contact."""
        return {said.contact_id: said.outcome for said in self.of(SocialContactDecided)}

    def _try(self, handler: Any, about: Any) -> list[Event]:
        cause = Cause("urn:test", str(next(self._causes)), self.now)
        while True:
            work = Work("urn:upc:blocking", self.now, Rules(), self._loaded)
            try:
                work.try_one(cause, inbox_key(cause), handler, about)
            except NotLoaded:
                self._loaded.states |= dict.fromkeys(work.needs.ids)
            else:
                break
        for ref, state in work.changed.items():
            self._loaded.states[ref] = state and type(state).model_validate_json(state.model_dump_json())
        self.forgotten |= work.forgotten
        said = [_read(record) for record in work.outgoing]
        self.said += said
        return said


def _read(record: Any) -> Event:
    model = CATALOGUE.model_of(record)
    assert model is not None
    return (
        model(prisoner_number=record.key.decode()) if record.value is None else model.model_validate_json(record.value)
    )


def routed(
    *people: dict[str, Any], request: str = "req-1", at: datetime = START, **others: Any
) -> ContactRequestRouted:
    """A request about John at Leeds, with blocks `req-1/0`, `req-1/1` …, one for each of `people` (Jane)."""
    return ContactRequestRouted.model_validate(
        {
            "request_id": request,
            "reference": f"UPC-{request}",
            "prisoner_number": JOHN,
            "prison_id": LEEDS,
            "matched_by": "number",
            "submitted_at": at,
            "routed_at": at,
            "deadline": at,
            "consent": "self",
            "proposed": [
                {"block_id": f"{request}/{place}", "person": person} for place, person in enumerate(people or (JANE,))
            ],
        }
        | others
    )


def decision(outcome: str, at: datetime = START, **others: Any) -> PrisonDecided:
    """Leeds decides about `req-1` unless told otherwise."""
    about = {} if {"request_id", "block_id", "breach_id", "review_id"} & others.keys() else {"request_id": "req-1"}
    return PrisonDecided.model_validate(
        {"decision_id": "d", "prisoner_number": JOHN, "prison_id": LEEDS, "outcome": outcome, "decided_at": at}
        | about
        | others
    )


def ack(
    version: int, prison: str = LEEDS, outcome: str = "implemented", at: datetime = START, **others: Any
) -> BlockListAcknowledged:
    return BlockListAcknowledged.model_validate(
        {"prisoner_number": JOHN, "prison_id": prison, "version": version, "outcome": outcome, "at": at} | others
    )


def contact(
    change: str, at: datetime = START, number: str = JOHN, decided_by: str | None = None, **who: Any
) -> SocialContactChanged:
    """A change of contact `c-1`, a friend called Bob Friend, unless told otherwise."""
    return SocialContactChanged.model_validate(
        {
            "prisoner_number": number,
            "change": change,
            "at": at,
            "decided_by": decided_by,
            "contact": {"contact_id": "c-1", "name": "Bob Friend"} | who,
        }
    )


def moved(
    movement: str,
    at: datetime,
    prison: str | None = None,
    dialect: str = "prison-offender-events",
    number: str = JOHN,
    **details: Any,
) -> PrisonerMoved:
    """An HMPPS event: `received`, `released` or `merged`."""
    reason = {"received": "TRANSFERRED", "released": "RELEASED", "merged": "MERGE"}[movement]
    return PrisonerMoved.model_validate(
        {
            "eventType": f"{dialect}.prisoner.{movement}",
            "occurredAt": at,
            "additionalInformation": {"nomsNumber": number, "reason": reason, "prisonId": prison} | details,
        }
    )


def merge(kept: str, removed: str, at: datetime = START) -> PrisonerMoved:
    return moved("merged", at, number=kept, removedNomsNumber=removed)


def review(outcome: str, block: str = "req-1/0", at: datetime = START, **others: Any) -> ReviewDecided:
    return ReviewDecided.model_validate(
        {
            "review_id": "r",
            "block_id": block,
            "request_id": "req-1",
            "reference": "UPC-req-1",
            "prisoner_number": JOHN,
            "prison_id": LEEDS,
            "kind": "periodic",
            "due": at,
            "at": at,
            "outcome": outcome,
        }
        | others
    )


def breach(
    request: str | None = "req-1", at: datetime = START, breach_id: str = "b-1", **report: Any
) -> BreachReportRouted:
    return BreachReportRouted.model_validate(
        {
            "breach_id": breach_id,
            "breach_reference": "BRE-1",
            "prisoner_number": JOHN,
            "prison_id": LEEDS,
            "request_id": request,
            "submitted_at": at,
            "report": {"channel": "phone", "what_happened": "He rang me."} | report,
        }
    )


def authorised(*people: dict[str, Any], **others: Any) -> World:
    """A world in which Leeds has authorised a request about `people` (Jane): list version 1."""
    world = World()
    world.on(routed(*people, **others), decision("authorise"))
    return world


def implemented(*people: dict[str, Any], **others: Any) -> World:
    """The same, acknowledged by Leeds."""
    world = authorised(*people, **others)
    world.on(ack(1))
    return world
