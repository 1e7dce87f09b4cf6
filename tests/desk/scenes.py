"""Requests at a prison, each with a prisoner of its own, as the services would tell of them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.domain.references import reference_for
from shared.events import blocks, breaches, inbound, notices, requests, reviews
from shared.events.envelope import Event
from shared.events.requests import block_id
from tests.desk import given
from tests.desk.given import JANE, LEEDS
from tests.support.world import START

BOB: Mapping[str, Any] = {"name": "Bob Example", "phones": ["+447700900555"]}


class Scene:
    """A request about the prisoner `number`, at a prison."""

    def __init__(self, number: str, prison: str = LEEDS, people: Sequence[Mapping[str, Any]] = (JANE,)) -> None:
        self.number, self.prison, self.people = number, prison, people
        self.request_id, self.breach_id = f"request-{number}", f"breach-{number}"
        self.reference = reference_for(self.request_id)

    @property
    def case(self) -> str:
        """Where its page is."""
        return f"/cases/{self.reference}"

    @property
    def about(self) -> dict[str, Any]:
        return {
            "request_id": self.request_id,
            "reference": self.reference,
            "prisoner_number": self.number,
            "prison_id": self.prison,
        }

    def person(self, place: int = 0) -> str:
        """The id of that person's block."""
        return block_id(self.request_id, place)

    def field(self, name: str, place: int) -> str:
        """The selector of a field of the form of decisions, about that person."""
        return f"[name='{name}-{self.person(place)}']"

    def recorded(self, **others: Any) -> Event:
        known = {"prisoner_number": self.number, "first_name": "John", "last_name": "Example", "prison_id": self.prison}
        born = {"date_of_birth": "1990-01-31", "status": "in_custody", "as_of": START}
        return inbound.PrisonerRecorded.model_validate(known | born | others)

    def submitted(self, **form: Any) -> Event:
        event = given.submitted(self.request_id, self.people, **form)
        return event.model_copy(update={"reference": self.reference})

    def routed(self, **others: Any) -> Event:
        event = given.routed(self.request_id, self.prison, self.people, **others)
        return event.model_copy(update={"reference": self.reference, "prisoner_number": self.number})

    def undecided(self, **form: Any) -> Sequence[Event]:
        """It has come to the prison."""
        return self.recorded(), self.submitted(**form), self.routed()

    def block(self, kind: type[blocks.BlockEvent], place: int = 0, **others: Any) -> Event:
        return given.block(kind, **self.about, block_id=self.person(place), **others)

    def listed(self, version: int = 1) -> Any:
        held = [
            {"block_id": self.person(place), "reference": self.reference, "in_force_since": START, **person}
            for place, person in enumerate(self.people)
        ]
        return given.listed(version, self.prison, prisoner_number=self.number, blocks=held)

    def authorised(self, **form: Any) -> Sequence[Event]:
        """The prison has said yes to all of it, and not yet that it is in force."""
        every = [self.block(blocks.BlockAuthorised, place) for place in range(len(self.people))]
        return *self.undecided(**form), *every, self.listed()

    def in_force(self) -> Sequence[Event]:
        said = {"prisoner_number": self.number, "prison_id": self.prison, "version": 1, "at": START}
        confirmed = inbound.BlockListAcknowledged.model_validate(said | {"outcome": "implemented"})
        every = [self.block(blocks.BlockImplemented, place) for place in range(len(self.people))]
        return *self.authorised(), confirmed, *every

    def alerted(self, **others: Any) -> breaches.BreachAlerted:
        return given.breach_alert(self.breach_id, **self.about, block_id=self.person(), **others)

    def review(self, kind: type[reviews.ReviewEvent] = reviews.ReviewOpened) -> Any:
        return given.review(kind, **self.about, block_id=self.person(), review_id=f"review-{self.number}")

    def needs_person(self, *candidates: str) -> Event:
        return requests.ContactRequestNeedsPerson.model_validate(
            {
                "request_id": self.request_id,
                "reference": self.reference,
                "because": "several_matches",
                "prisoner": {"name": "John Example"},
                "candidates": [
                    {"prisoner_number": number, "prison_id": LEEDS, "score": 50, "why": ["same name", "no number"]}
                    for number in candidates
                ],
                "deadline": START + timedelta(hours=32),
                "at": START,
            }
        )

    def unclear(self, person: str, used: str) -> Sequence[Event]:
        """A report came in without a reference, and a person has to find the prisoner."""
        named = {"breach_id": self.breach_id, "breach_reference": reference_for(self.breach_id)}
        report = {"protected_person": person, "channel": "phone", "contact_used": used, "what_happened": "He rang her"}
        said = named | {"channel": "telephone", "submitted_at": START, "report": report}
        asked = named | {"because": "no_match", "at": START}
        return (
            breaches.BreachReportSubmitted.model_validate(said),
            breaches.BreachReportNeedsPerson.model_validate(asked),
        )

    def task(self) -> notices.TaskRaised:
        about = {"request_id": self.request_id, "reference": self.reference, "task_id": f"task-{self.number}"}
        return given.task().model_copy(update=about)
