"""What somebody gets who asks what is kept about them: theirs, and nothing of anybody else's (R16, R41, R47).

Free text is nobody's alone, and is left out of every export; each says so. What a person may decide to add is not for a program.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict

from services.records.domain.case import CaseRecord, Standing
from services.records.domain.story import Line
from services.records.domain.subjects import asked_for_themselves
from shared.domain.prisons import PRISONS
from shared.events import blocks, breaches, requests, reviews
from shared.events.envelope import Moment
from shared.events.form import Consent, Form, ProtectedPerson, Requester

ANYONE_MAY_ASK = (
    "Anyone can ask that a person in prison does not contact somebody, also on behalf of somebody else. The request is "
    "decided by the prison."
)


class What(StrEnum):
    """What somebody may read of what happened to a request (R26). Where the prisoner is or was is no part of it (R41)."""

    ASKED = "asked"
    SENT_TO_PRISON = "sent_to_prison"
    MORE_ASKED = "more_asked"
    REFUSED = "refused"
    AUTHORISED = "authorised"
    IN_FORCE = "in_force"
    REVIEWED = "reviewed"
    WITHDRAWAL_NOTED = "withdrawal_noted"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    BREACH_REPORTED = "breach_reported"


TOLD = {
    requests.ContactRequestSubmitted.TYPE: What.ASKED,
    requests.ContactRequestRouted.TYPE: What.SENT_TO_PRISON,
    blocks.BlockMoreAsked.TYPE: What.MORE_ASKED,
    blocks.BlockRefused.TYPE: What.REFUSED,
    blocks.BlockAuthorised.TYPE: What.AUTHORISED,
    blocks.BlockImplemented.TYPE: What.IN_FORCE,
    reviews.ReviewDecided.TYPE: What.REVIEWED,
    blocks.BlockWithdrawalNoted.TYPE: What.WITHDRAWAL_NOTED,
    blocks.BlockLifted.TYPE: What.WITHDRAWN,
    blocks.BlockEnded.TYPE: What.ENDED,
    breaches.BreachAlerted.TYPE: What.BREACH_REPORTED,
}
ONCE = (What.SENT_TO_PRISON, What.IN_FORCE)
"""A second time would tell that the prisoner was moved (R41). So may a review, which only who asked was told of (R26)."""


class Happened(Form):
    """One step, and when."""

    at: Moment
    what: What


class ContactRoute(Form):
    """The prison to turn to, once it authorised the block (R17)."""

    name: str
    address: tuple[str, ...]


class ProtectedPersonsCase(Form):
    """A case that protects somebody. `asked_by_you` is theirs where they asked themselves."""

    person: ProtectedPerson
    consent: Consent
    asked_by_you: Requester | None
    reference: str | None
    what_happened: tuple[Happened, ...]


class ProtectedPersonsExport(Form):
    """What a protected person gets: what is kept about them, and nothing of who asked, who else is protected, or the prisoner."""

    cases: tuple[ProtectedPersonsCase, ...]
    left_out: tuple[str, ...] = (
        "Who asked, where that was somebody else, and what they wrote",
        "Other people who are protected by the same request",
        "The prisoner: who they are, where they are or were, and when they are or were released",
        "What reports of contact say, and who made them",
        "What members of staff wrote",
    )


class RequestersCase(Form):
    """A case that somebody asked for."""

    reference: str | None
    requester: Requester
    consent: Consent
    people_named: int
    prison: ContactRoute | None
    what_happened: tuple[Happened, ...]


class RequestersExport(Form):
    """What a requester gets: what they said of themselves, and how it went on. Not whom they named: it may not be them (R47)."""

    cases: tuple[RequestersCase, ...]
    left_out: tuple[str, ...] = (
        "The people whom you asked to protect, and their contact details",
        "The grounds that you gave, which are about somebody else",
        "The prisoner: who they are, where they are or were, and when they are or were released",
        "What reports of contact say, and who made them",
        "What members of staff wrote",
    )


class PrisonersExport(Form):
    """What a prisoner gets: the names they were told, in alphabetical order, and that anyone can ask. Nothing else (R16)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    you_cannot_contact: tuple[str, ...]
    anyone_may_ask: str = ANYONE_MAY_ASK


def for_protected_person(found: Iterable[tuple[CaseRecord, str, Sequence[Line]]]) -> ProtectedPersonsExport:
    """Each case with the block that protects them, and its story."""
    return ProtectedPersonsExport(cases=tuple(_protected(*one) for one in found))


def for_requester(found: Iterable[tuple[CaseRecord, Sequence[Line]]]) -> RequestersExport:
    return RequestersExport(cases=tuple(case for one in found for case in _asked(*one)))


def for_prisoner(cases: Iterable[CaseRecord]) -> PrisonersExport:
    """Only whom they were told of already, and only where they still can't be contacted: asking tells nothing new."""
    authorised = (block for case in cases for block in case.blocks.values() if block.standing is Standing.AUTHORISED)
    return PrisonersExport(you_cannot_contact=tuple(sorted({block.told for block in authorised if block.told})))


def _protected(case: CaseRecord, block_id: str, story: Sequence[Line]) -> ProtectedPersonsCase:
    assert case.request
    own = asked_for_themselves(case, block_id)
    happened = _happened(story, [block_id])
    return ProtectedPersonsCase(
        person=case.people[block_id],
        consent=case.request.consent,
        asked_by_you=case.request.requester if own else None,
        reference=case.reference if own else None,
        what_happened=tuple(step for step in happened if own or step.what is not What.REVIEWED),
    )


def _asked(case: CaseRecord, story: Sequence[Line]) -> Iterator[RequestersCase]:
    if case.request is None:
        return
    yield RequestersCase(
        reference=case.reference,
        requester=case.request.requester,
        consent=case.request.consent,
        people_named=len(case.request.protected_people),
        prison=_route(case),
        what_happened=tuple(_happened(story, list(case.blocks))),
    )


def _happened(story: Sequence[Line], blocks: Sequence[str]) -> Iterator[Happened]:
    """The steps of these blocks and of the request itself, in order, each once at a time."""
    seen = set[Any]()
    for line in sorted(story, key=lambda line: line.at):
        what = TOLD.get(line.type)
        about = line.data.get("block_id")
        key = (what, about) if what in ONCE else (what, line.at)
        if what and about in (None, *blocks) and key not in seen:
            seen.add(key)
            yield Happened(at=line.at, what=what)


def _route(case: CaseRecord) -> ContactRoute | None:
    """The prison that authorised it: the requester got its details then, and needs them (R17)."""
    prisons = [PRISONS.get(block.authorised_by or "") for block in case.blocks.values()]
    known = [prison for prison in prisons if prison]
    return ContactRoute(name=known[-1].full_name, address=known[-1].postal_address) if known else None
