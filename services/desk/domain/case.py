"""A request as the desk shows it: what was asked, whom it protects, how it stands, what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.desk.domain.found_by import words_of_request
from services.desk.domain.history import Decision, Happened, History, with_line
from services.desk.domain.places import Place, newest
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events import blocks, requests
from shared.events.envelope import Moment
from shared.events.form import ContactRequest, Form, ProtectedPerson
from shared.events.inbound import DecisionOutcome, PrisonDecided, RoutingDecided
from shared.runtime.work import State


class Standing(StrEnum):
    """How it stands with one protected person."""

    PROPOSED = "proposed"
    MORE_ASKED = "more_asked"
    REFUSED = "refused"
    AUTHORISED = "authorised"
    IMPLEMENTED = "implemented"
    LIFTED = "lifted"
    ENDED = "ended"

    @property
    def undecided(self) -> bool:
        return self in (Standing.PROPOSED, Standing.MORE_ASKED)

    @property
    def in_force(self) -> bool:
        """Authorised and neither lifted nor ended; a release may still leave it dormant (R23)."""
        return self in (Standing.AUTHORISED, Standing.IMPLEMENTED)

    @property
    def gone(self) -> bool:
        """For good: nothing about it is anybody's to decide any more."""
        return self in (Standing.LIFTED, Standing.ENDED)


class Protected(Form):
    """One protected person of a request. `sent` is a decision on its way, until something follows from it."""

    block_id: str
    person: ProtectedPerson | None = None
    standing: Standing = Standing.PROPOSED
    sent: DecisionOutcome | None = None
    reason: str | None = None
    implement_by: Moment | None = None
    implemented_at: Moment | None = None
    shared_household: bool = False
    withdrawal_noted: bool = False
    unconfirmed: blocks.UnconfirmedBecause | None = None

    @property
    def name(self) -> str:
        return self.person.name if self.person else ""

    @property
    def decidable(self) -> bool:
        """Undecided, or refused and looked at again; not while a decision is on its way (R12)."""
        return not self.sent and (self.standing.undecided or self.standing is Standing.REFUSED)

    @property
    def withdrawable(self) -> bool:
        return not self.sent and (self.standing.undecided or self.standing.in_force)


class Wanted(Form):
    """A person has to say which prisoner it is (R9): why, by when, who it may be; `sent` once somebody has said so."""

    because: requests.NeedsPersonBecause
    candidates: tuple[requests.Candidate, ...] = ()
    deadline: Moment
    sent: bool = False


class Case(State):
    """One request, from whichever of its events came first: topics have no common order.

    `deadline` is the request's own clock (R8, R46); `wanted` is set while a person has to find the prisoner, and `held`
    while it waits for a reception (R10).
    """

    COLLECTION = "cases"

    request_id: str
    reference: str = ""
    channel: requests.Channel | None = None
    submitted_at: Moment | None = None
    request: ContactRequest | None = None
    linked: tuple[str, ...] = ()
    prisoner_number: PrisonerNumber | None = None
    place: Place | None = None
    deadline: Moment | None = None
    matched_by: requests.MatchedBy | None = None
    wanted: Wanted | None = None
    held: requests.HeldBecause | None = None
    people: Mapping[str, Protected] = {}
    decisions: tuple[Decision, ...] = ()
    history: History = ()

    @property
    def prison_id(self) -> PrisonId | None:
        """The prison whose case it is."""
        return self.place.prison_id if self.place else None

    @property
    def version(self) -> int:
        """What a page is made of, and a decision relies on: how much was decided by then."""
        return len(self.decisions)

    @property
    def prisoner_name(self) -> str:
        """As the requester wrote it."""
        return self.request.prisoner.name if self.request else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The protected people, as the requester wrote them."""
        if self.request:
            return tuple(person.name for person in self.request.protected_people)
        return tuple(protected.name for protected in self.people.values())

    @property
    def undecided(self) -> tuple[Protected, ...]:
        """Those about whom nothing that the prison decided has been heard."""
        return tuple(person for person in self.people.values() if person.standing.undecided)

    def lookups(self) -> Iterable[str]:
        if not self.reference:
            return
        yield from ("all", self.reference, *(f"block:{block_id}" for block_id in self.people))
        if self.prisoner_number:
            yield f"prisoner:{self.prisoner_number}"
        if self.prison_id:
            yield f"at:{self.prison_id}"
        if self.request:
            yield from words_of_request(self.request)

    def rank(self) -> datetime | None:
        return self.submitted_at

    def person(self, block_id: str) -> Protected:
        return self.people.get(block_id) or Protected(block_id=block_id)

    def with_person(self, person: Protected, **changes: Any) -> "Case":
        changed = person.model_copy(update=changes)
        return self.but(people={**self.people, person.block_id: changed})

    def telling(self, line: Happened) -> "Case":
        return self.but(history=with_line(self.history, line))

    def moved(self, place: Place | None) -> "Case":
        """Whose case it is after news of the prisoner. What the prison before has sent may never be followed (R20)."""
        after = self.but(place=newest(self.place, place))
        if self.prison_id in (None, after.prison_id):
            return after
        people = {block_id: person.model_copy(update={"sent": None}) for block_id, person in self.people.items()}
        return after.but(people=people)


def submitted(case: Case, event: requests.ContactRequestSubmitted) -> Case:
    return case.but(
        reference=event.reference,
        channel=event.channel,
        submitted_at=event.submitted_at,
        request=event.request,
        linked=event.linked_requests,
    )


def routed(case: Case, event: requests.ContactRequestRouted) -> Case:
    """A prison has it, or the next one while nobody has decided: it is found, and waits for nothing else."""
    people = dict(case.people)
    for proposal in event.proposed:
        known = case.person(proposal.block_id)
        people[proposal.block_id] = known.model_copy(update={"person": proposal.person})
    return case.but(
        reference=event.reference,
        prisoner_number=event.prisoner_number,
        matched_by=event.matched_by,
        deadline=event.deadline,
        wanted=None,
        held=None,
        people=people,
    ).moved(Place(prison_id=event.prison_id, as_of=event.routed_at))


def held(case: Case, event: requests.ContactRequestHeld) -> Case:
    number = event.prisoner_number or case.prisoner_number
    return case.but(reference=event.reference, prisoner_number=number, held=event.because, wanted=None)


def needs_person(case: Case, event: requests.ContactRequestNeedsPerson) -> Case:
    """A warning about the deadline names no candidates: those of before stay, and so does an answer on its way.

    Any other reason is a new question, after an answer that found nobody (R9).
    """
    before = case.wanted or Wanted(because=event.because, deadline=event.deadline)
    candidates = event.candidates or before.candidates
    sent = before.sent and event.because in _WARNINGS
    wanted = Wanted(because=event.because, candidates=candidates, deadline=event.deadline, sent=sent)
    return case.but(reference=event.reference, wanted=wanted, held=None, deadline=event.deadline)


def block_changed(case: Case, event: blocks.BlockEvent) -> Case:
    """What became of one protected person's block."""
    changes = _CHANGES[type(event)](event)
    known = case.person(event.block_id)
    if isinstance(event, blocks.BlockImplemented):
        changes["implemented_at"] = known.implemented_at or event.at
    case = case.but(reference=event.reference, prisoner_number=event.prisoner_number)
    return case.with_person(known, sent=None, **changes)


def decided(case: Case, event: PrisonDecided | RoutingDecided) -> Case:
    """Somebody decided: a page that was made before is no longer what it shows."""
    block_id = event.block_id if isinstance(event, PrisonDecided) else None
    outcome = event.outcome.value if isinstance(event, PrisonDecided) else "routed"
    if any(known.decision_id == event.decision_id for known in case.decisions):
        return case
    by = event.decided_by or getattr(event, "prison_id", None) or ""
    decision = Decision(decision_id=event.decision_id, outcome=outcome, by=by, at=event.decided_at, block_id=block_id)
    case = case.but(decisions=(*case.decisions, decision))
    if isinstance(event, RoutingDecided):
        return case.but(wanted=case.wanted.model_copy(update={"sent": True}) if case.wanted else None)
    return _on_its_way(case, event)


def _on_its_way(case: Case, event: PrisonDecided) -> Case:
    """A decision of another prison is most likely refused: what follows from it is heard, or nothing is."""
    if case.prison_id not in (None, event.prison_id):
        return case
    named = [person for person in case.people.values() if event.block_id in (None, person.block_id)]
    for person in _followed(named, event):
        case = case.with_person(person, sent=event.outcome)
    return case


def _followed(named: Sequence[Protected], event: PrisonDecided) -> Sequence[Protected]:
    """Those about whom something will be heard that follows from the decision, and has not been heard already."""
    undecided = [person for person in named if person.standing.undecided]
    in_force = [person for person in named if person.standing.in_force]
    match event.outcome:
        case DecisionOutcome.AUTHORISE:
            refused = [person for person in named if person.standing is Standing.REFUSED]
            return undecided or ([] if in_force else refused)
        case DecisionOutcome.REFUSE:
            return undecided
        case DecisionOutcome.ASK_FOR_MORE:
            return [person for person in undecided if not _asked_already(person, event)]
        case DecisionOutcome.WITHDRAW:
            return [person for person in (*undecided, *in_force) if not person.withdrawal_noted]
    return []


def _asked_already(person: Protected, event: PrisonDecided) -> bool:
    """The question was heard of before the decision to ask it: topics have no common order."""
    return person.standing is Standing.MORE_ASKED and person.reason == event.reason


def _authorised(event: Any) -> dict[str, Any]:
    return {
        "standing": Standing.AUTHORISED,
        "reason": None,
        "implement_by": event.implementation_deadline,
        "shared_household": event.shared_household,
        "unconfirmed": None,
    }


_WARNINGS = (requests.NeedsPersonBecause.DEADLINE_NEAR, requests.NeedsPersonBecause.DEADLINE_PASSED)
_CHANGES: Mapping[type[blocks.BlockEvent], Any] = {
    blocks.BlockAuthorised: _authorised,
    blocks.BlockRefused: lambda event: {"standing": Standing.REFUSED, "reason": event.reason},
    blocks.BlockMoreAsked: lambda event: {"standing": Standing.MORE_ASKED, "reason": event.reason},
    blocks.BlockImplemented: lambda event: {"standing": Standing.IMPLEMENTED, "unconfirmed": None},
    blocks.BlockUnconfirmed: lambda event: {"unconfirmed": event.because},
    blocks.BlockLifted: lambda event: {"standing": Standing.LIFTED},
    blocks.BlockWithdrawalNoted: lambda event: {"withdrawal_noted": True},
    blocks.BlockEnded: lambda event: {"standing": Standing.ENDED},
}

BLOCK_EVENTS = tuple(_CHANGES)
