"""What is known of a request for telling: whom, how, and what was said already (R26-R28)."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from shared.domain.identifiers import canonical_cps_urn
from shared.events.form import Requester
from shared.events.requests import BlockProposed, ContactRequestSubmitted
from shared.runtime.work import NotYet, State


class Correspondence(State):
    """One request's correspondence; `said` are the ids of all that went out, so that each goes out once."""

    COLLECTION: ClassVar[str] = "correspondence"

    request_id: str
    reference: str
    requester: Requester
    agency: bool = False
    cps_urn: str | None = None
    crime_reference: str | None = None
    people: Mapping[str, str] = {}
    said: tuple[str, ...] = ()

    def lookups(self) -> tuple[str, ...]:
        return (self.reference,)

    @property
    def case_file(self) -> str | None:
        """The URN of the digital case file to keep informed: of police and probation requests that have one (R27)."""
        return self.cps_urn if self.agency else None

    def naming(self, proposed: Iterable[BlockProposed]) -> Self:
        """With the names that the requester gave, by the block that each will have."""
        return self.but(people=dict(self.people) | {block.block_id: block.person.name for block in proposed})

    def person(self, block_id: str) -> str:
        """Whom the block protects, as the requester named them. Raises NotYet before the request was routed."""
        if block_id not in self.people:
            raise NotYet("the block of this event is not known yet")
        return self.people[block_id]


def begin(event: ContactRequestSubmitted) -> Correspondence:
    """The correspondence about a request that was taken in."""
    request = event.request
    return Correspondence(
        request_id=event.request_id,
        reference=event.reference,
        requester=request.requester,
        agency=event.of_agency,
        cps_urn=canonical_cps_urn(request.cps_urn or "") or None,
        crime_reference=request.crime_reference,
    )
