"""All that the desk knows about one case, read together: for its page, its story and its papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case, Protected
from services.desk.domain.contacts import Contact, Contacts
from services.desk.domain.flags import Point, flagged, namesakes, points
from services.desk.domain.history import Happened, Told, told
from services.desk.domain.holding import Holding
from services.desk.domain.register import Prisoner
from services.desk.domain.reviews import Review
from shared.domain.references import canonical_reference
from shared.events.blocks import BlockInForce
from shared.events.notices import notice_id
from shared.runtime.work import Work

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Dossier:
    """One case with the prisoner's list and contacts, reviews, breaches, and other cases about the same prisoner."""

    case: Case
    holding: Holding
    register: Prisoner | None
    contacts: Sequence[Contact]
    reviews: Sequence[Review]
    breaches: Sequence[Breach]
    others: Sequence[Case]

    @property
    def people(self) -> Sequence[Protected]:
        """The protected people in the order in which they were named."""
        if self.case.request is None or not self.case.people:
            return [*self.case.people.values()]
        named = [person.name for person in self.case.request.protected_people]
        known = [*self.case.people.values()]
        return sorted(known, key=lambda one: named.index(one.name) if one.name in named else len(named))

    @property
    def listed(self) -> Mapping[str, BlockInForce]:
        """What is on the prisoner's list now, by block."""
        return {block.block_id: block for block in self.holding.blocks}

    def points(self, protected: Protected, with_contacts: bool) -> Sequence[Point]:
        """Contact points with their flags; without the prisoner's contacts for those who may not see them."""
        if protected.person is None:
            return []
        if not with_contacts:
            return points(protected.person)
        others = [block for block in self.holding.blocks if block.reference != self.case.reference]
        return flagged(protected.person, self.case.request, self.contacts, others)

    def namesakes(self, protected: Protected) -> Sequence[str]:
        return namesakes(protected.person, self.contacts) if protected.person else ()

    @property
    def story(self) -> Sequence[Told]:
        """Every event of the case and its breach reports, and of the prisoner since it was asked: each once, with its cause."""
        since = self.case.submitted_at or LONG_AGO
        own = [*self.case.history, *(line for breach in self.breaches for line in breach.history)]
        prisoners = [line for line in self.holding.history if line.at >= since and self._concerns(line)]
        lines = {(line.source, line.id): line for line in (*own, *prisoners)}
        return told(lines.values())

    def _concerns(self, line: Happened) -> bool:
        about = line.facts.get("notice_id")
        return about is None or about in {notice_id(block_id) for block_id in self.case.people}


def case_by(work: Work, reference: str) -> Case | None:
    """The case with this reference, however it was typed."""
    canonical = canonical_reference(reference)
    return next(iter(work.find(Case, canonical).values()), None) if canonical else None


def dossier(work: Work, reference: str) -> Dossier | None:
    """The case with this reference, and all that belongs to it."""
    case = case_by(work, reference)
    return around(work, case) if case else None


def around(work: Work, case: Case) -> Dossier:
    """All that belongs to a case."""
    number = case.prisoner_number
    holding = work.get(Holding, number) if number else None
    contacts = work.get(Contacts, number) if number else None
    others = work.find(Case, f"prisoner:{number}") if number else {}
    return Dossier(
        case=case,
        holding=holding or Holding(number=number or "A0000AA"),
        register=work.get(Prisoner, number) if number else None,
        contacts=contacts.on_hand if contacts else (),
        reviews=_by_deadline(work.find(Review, f"request:{case.request_id}")),
        breaches=[*work.find(Breach, f"request:{case.request_id}").values()],
        others=[other for key, other in others.items() if key != case.request_id],
    )


def _by_deadline(reviews: Mapping[str, Review]) -> Sequence[Review]:
    return sorted(reviews.values(), key=lambda review: review.decide_by or LONG_AGO)
