"""A request on its way to the holding prison (R8-R10)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum

from services.routing.domain.matching import Match, Sure, Unsure
from services.routing.domain.prisoner import Prisoner, Whereabouts
from services.routing.domain.words import words_of
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.domain.rules import Rules
from shared.domain.working_days import if_known
from shared.events.envelope import Event, Moment
from shared.events.form import Consent, GroundsKind, PrisonerDetails, ProtectedPerson, Role
from shared.events.requests import (
    BlockProposed,
    Candidate,
    ContactRequestHeld,
    ContactRequestNeedsPerson,
    ContactRequestRouted,
    ContactRequestSubmitted,
    HeldBecause,
    MatchedBy,
    NeedsPersonBecause,
    block_id,
)
from shared.runtime.work import State


class Stage(StrEnum):
    """How far a request has come."""

    WAITING = "waiting"
    HELD = "held"
    ROUTED = "routed"


class Case(State):
    """One request. `said` is what it waits for as last published; `raised` counts the warnings about its deadline.

    `prisoner_number` is set while it is sure whom the request is about, and `matched_by` says how. Once routed, `prison_id` has
    it, and `undecided` are its blocks that no prison has decided yet. A release that may still be taken back is told to nobody
    before `quiet_until` (R38).
    """

    COLLECTION = "cases"

    request_id: str
    reference: str
    details: PrisonerDetails
    protected_people: tuple[ProtectedPerson, ...]
    consent: Consent
    grounds: GroundsKind | None = None
    order_ends_on: date | None = None
    requester_role: Role
    submitted_at: Moment
    deadline: Moment
    warn_at: Moment
    stage: Stage = Stage.WAITING
    said: str | None = None
    raised: int = 0
    prisoner_number: PrisonerNumber | None = None
    prison_id: PrisonId | None = None
    matched_by: MatchedBy | None = None
    undecided: tuple[str, ...] = ()
    quiet_until: Moment | None = None

    @property
    def hangs(self) -> bool:
        """Whether it has something to wait for: the prisoner, or a decision that another prison may have to make."""
        return self.stage is not Stage.ROUTED or bool(self.undecided)

    @property
    def about(self) -> PrisonerNumber | None:
        """The prisoner number whose news it waits for, if any."""
        return self.prisoner_number or self.details.number

    def due(self) -> datetime | None:
        return min((at for at in (self.quiet_until, self.next_warning) if at), default=None)

    @property
    def next_warning(self) -> datetime | None:
        """The clock goes on running while nobody knows the prisoner (R9), they are on the way to a prison, or perhaps out (R8).

        It stops for good once a prison had the request.
        """
        away = self.said == HeldBecause.IN_TRANSIT.value or self.quiet_until
        running = self.stage is Stage.WAITING or (self.stage is Stage.HELD and away)
        if self.raised > 1 or self.prison_id or not running:
            return None
        return self.deadline if self.raised else self.warn_at

    def lookups(self) -> Iterable[str]:
        waits_by_details = self.stage is Stage.WAITING and self.details.number is None
        return words_of((self.details.name,), self.details.date_of_birth) if waits_by_details else ()


Decided = tuple[Case, Sequence[Event]]

HELD_BECAUSE = {
    Whereabouts.UNKNOWN: HeldBecause.NOT_IN_CUSTODY,
    Whereabouts.IN_TRANSIT: HeldBecause.IN_TRANSIT,
    Whereabouts.RELEASED: HeldBecause.RELEASED,
}


def opened(event: ContactRequestSubmitted, rules: Rules) -> Case:
    """A request that came in. Where the calendar is not known its deadline is now: a person looks at once (R46)."""
    request = event.request
    deadline = if_known(rules.routing_deadline, event.submitted_at) or event.submitted_at
    return Case(
        request_id=event.request_id,
        reference=event.reference,
        details=request.prisoner,
        protected_people=request.protected_people,
        consent=request.consent,
        grounds=request.grounds.kind if request.grounds else None,
        order_ends_on=request.grounds.ends_on if request.grounds else None,
        requester_role=request.requester.role,
        submitted_at=event.submitted_at,
        deadline=deadline,
        warn_at=rules.escalation(deadline),
    )


def matched(case: Case, match: Match, now: datetime, rules: Rules) -> Decided:
    """What follows from looking for the prisoner: routed, held, or a person asked. Says nothing twice."""
    case = case.but(quiet_until=None)
    if isinstance(match, Unsure):
        return _asked(case.but(prisoner_number=None, matched_by=None), match.because, match.candidates, now)
    case = case.but(prisoner_number=match.prisoner.number, matched_by=match.by)
    if match.prisoner.whereabouts is Whereabouts.DEAD:
        return _asked(case, NeedsPersonBecause.PRISONER_DIED, (), now)
    if match.prisoner.whereabouts is not Whereabouts.IN_CUSTODY or match.prisoner.prison_id is None:
        return _held(case, match.prisoner, now, rules)
    routed = _routed(case, match, match.prisoner.prison_id, now)
    undecided = case.undecided or tuple(proposed.block_id for proposed in routed.proposed)
    return case.but(stage=Stage.ROUTED, said=None, prison_id=routed.prison_id, undecided=undecided), [routed]


def followed(case: Case, prisoner: Prisoner, now: datetime, rules: Rules) -> Decided:
    """A request that nobody has decided goes with the prisoner to the next prison (R20), or waits while they are out (R10)."""
    case = case.but(quiet_until=None) if case.quiet_until else case
    if case.undecided and prisoner.whereabouts is Whereabouts.RELEASED:
        return _held(case, prisoner, now, rules)
    here = prisoner.prison_id
    if (
        not case.undecided
        or here is None
        or prisoner.whereabouts is not Whereabouts.IN_CUSTODY
        or here == case.prison_id
    ):
        return case, []
    match = Sure(prisoner, case.matched_by or MatchedBy.NUMBER)
    return case.but(prison_id=here), [_routed(case, match, here, now)]


def decided(case: Case, block_id: str) -> Case:
    """A prison has decided about one of its blocks; of the last one also while the prisoner is out: then it waits no more."""
    undecided = tuple(block for block in case.undecided if block != block_id)
    return case.but(undecided=undecided) if undecided else case.but(undecided=(), stage=Stage.ROUTED, quiet_until=None)


def not_found(case: Case, now: datetime) -> Decided:
    """A person found no such prisoner: the requester hears, no deadline is raised, and the request waits for one (R10)."""
    if case.said == HeldBecause.NOT_IN_CUSTODY.value:
        return case.but(raised=2), []
    held = _held_event(case, None, HeldBecause.NOT_IN_CUSTODY, now)
    return case.but(raised=2, said=HeldBecause.NOT_IN_CUSTODY.value), [held]


def time_came(case: Case, now: datetime) -> Decided:
    """Before the deadline, and at it: raised, never dropped (R8, R9)."""
    due = case.next_warning
    if due is None or due > now:
        return case, []
    passed = case.raised > 0 or case.deadline <= now
    because = NeedsPersonBecause.DEADLINE_PASSED if passed else NeedsPersonBecause.DEADLINE_NEAR
    return case.but(raised=2 if passed else 1), [_needs_person(case, because, (), now)]


def _asked(case: Case, because: NeedsPersonBecause, candidates: Sequence[Candidate], now: datetime) -> Decided:
    said = f"{because.value}:{','.join(candidate.prisoner_number for candidate in candidates)}"
    closed = case.stage is Stage.WAITING and case.said == HeldBecause.NOT_IN_CUSTODY.value
    if closed or case.said == said:
        return case, []
    return case.but(stage=Stage.WAITING, said=said), [_needs_person(case, because, candidates, now)]


def _held(case: Case, prisoner: Prisoner, now: datetime, rules: Rules) -> Decided:
    """Of a release nobody hears before it has settled; what a prison has stays with it until then (R10, R38)."""
    because = HELD_BECAUSE.get(prisoner.whereabouts, HeldBecause.NOT_IN_CUSTODY)
    unsettled = prisoner.unsettled(now, rules) if because is HeldBecause.RELEASED else None
    if unsettled and case.said != because.value:
        stage = case.stage if case.stage is Stage.ROUTED else Stage.HELD
        return case.but(stage=stage, quiet_until=unsettled), []
    held = case.but(stage=Stage.HELD, said=because.value)
    return held, [] if case.said == because.value else [_held_event(case, prisoner, because, now)]


def _held_event(case: Case, prisoner: Prisoner | None, because: HeldBecause, now: datetime) -> ContactRequestHeld:
    return ContactRequestHeld(
        request_id=case.request_id,
        reference=case.reference,
        prisoner_number=prisoner.number if prisoner else None,
        because=because,
        crn=prisoner.crn if prisoner else None,
        held_at=now,
    )


def _needs_person(
    case: Case, because: NeedsPersonBecause, candidates: Sequence[Candidate], now: datetime
) -> ContactRequestNeedsPerson:
    return ContactRequestNeedsPerson(
        request_id=case.request_id,
        reference=case.reference,
        because=because,
        prisoner=case.details,
        candidates=tuple(candidates),
        deadline=case.deadline,
        at=now,
    )


def _routed(case: Case, match: Sure, prison_id: str, now: datetime) -> ContactRequestRouted:
    return ContactRequestRouted(
        request_id=case.request_id,
        reference=case.reference,
        prisoner_number=match.prisoner.number,
        prison_id=prison_id,
        prison_as_of=match.prisoner.place_as_of,
        matched_by=match.by,
        submitted_at=case.submitted_at,
        routed_at=now,
        deadline=case.deadline,
        consent=case.consent,
        grounds=case.grounds,
        order_ends_on=case.order_ends_on,
        requester_role=case.requester_role,
        proposed=tuple(
            BlockProposed(block_id=block_id(case.request_id, position), person=person)
            for position, person in enumerate(case.protected_people)
        ),
        crn=match.prisoner.crn,
    )


def chosen(prisoner: Prisoner) -> Sure:
    """A person says that it is this one (R9)."""
    return Sure(prisoner, MatchedBy.PERSON)
