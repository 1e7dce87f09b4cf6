"""What follows from a press of a button: the decision to publish, or word that somebody was first.

A decision counts for what was on the page: where more was decided since, the second is told and nothing follows. The same
press again (a double click, a page sent twice) has done what it wanted to do.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.desk.domain import breaches, calls, case, holding, reviews
from services.desk.domain.breaches import Breach
from services.desk.domain.calls import Overtaken
from services.desk.domain.case import Case, Protected
from services.desk.domain.history import Decision
from services.desk.domain.holding import Holding
from services.desk.domain.reviews import Review
from shared.events.envelope import Event
from shared.events.inbound import BlockListAcknowledged, DecisionOutcome, PrisonDecided, RoutingDecided
from shared.runtime.work import Rejected

S = TypeVar("S")
Derive = Callable[[str], str]
"""Names an id that follows from the call."""
Decided = tuple[S, Sequence[Event]] | Overtaken


def decide(state: Case, call: calls.Decide, now: datetime, derive: Derive) -> Decided[Case]:
    """One decision for each person that was decided (R12). Raises Rejected for what can't be decided so."""
    if _made(state.decisions, *(derive(f"decide/{verdict.block_id}") for verdict in call.verdicts)):
        return state, []
    if call.version != state.version:
        return Overtaken(first=state.decisions[-1] if state.decisions else None)
    said = [_verdict(state, call, verdict, now, derive) for verdict in call.verdicts]
    return _with(state, said), said


def withdraw(state: Case, call: calls.Withdraw, now: datetime, derive: Derive) -> Decided[Case]:
    """For each person named; under an order the block stays, and the wish is noted (R45)."""
    if _made(state.decisions, *(derive(f"withdraw/{block_id}") for block_id in call.block_ids)):
        return state, []
    if call.version != state.version:
        return Overtaken(first=state.decisions[-1] if state.decisions else None)
    said = [
        _decision(
            state,
            call.who,
            now,
            derive(f"withdraw/{block_id}"),
            block_id=_person(state, block_id, lambda person: person.withdrawable).block_id,
            outcome=DecisionOutcome.WITHDRAW,
            reason=call.check,
        )
        for block_id in call.block_ids
    ]
    return _with(state, said), said


def act(state: Breach, call: calls.Act, now: datetime, derive: Derive) -> Decided[Breach]:
    """Each action is recorded for itself; a yes or no to the new point is one decision more (R29, R30)."""
    points = () if call.join is None else ("point",)
    if _made(state.decisions, *map(derive, (*call.actions, *points))):
        return state, []
    if call.version != state.version:
        return Overtaken(first=state.decisions[-1] if state.decisions else None)
    about = {
        "breach_id": state.breach_id,
        "prisoner_number": state.prisoner_number,
        "prison_id": state.prison_id,
        "decided_by": call.who.name,
        "decided_at": now,
        "reason": call.note,
    }
    said = [
        PrisonDecided.model_validate(
            about | {"decision_id": derive(action), "outcome": DecisionOutcome.RECORD_ACTION, "action": action}
        )
        for action in call.actions
    ]
    if call.join is not None:
        outcome = DecisionOutcome.AUTHORISE if call.join else DecisionOutcome.REFUSE
        said.append(PrisonDecided.model_validate(about | {"decision_id": derive("point"), "outcome": outcome}))
    for decision in said:
        state = breaches.decided(state, decision)
    return state, said


def decide_review(state: Review, call: calls.DecideReview, now: datetime, derive: Derive) -> Decided[Review]:
    """Once: what is decided, or was left behind by a movement, is nobody's to decide any more (R22)."""
    if state.sent:
        return (state, []) if _made([state.sent], derive("review")) else Overtaken(first=state.sent)
    if not state.open:
        return Overtaken()
    said = PrisonDecided.model_validate(
        {
            "decision_id": derive("review"),
            "review_id": state.review_id,
            "prisoner_number": state.prisoner_number,
            "prison_id": state.prison_id,
            "outcome": call.outcome,
            "reason": call.reason,
            "excluded_contact_points": call.excluded,
            "review_after_days": call.review_after_days,
            "decided_by": call.who.name,
            "decided_at": now,
        }
    )
    return reviews.decided(state, said), [said]


def acknowledge(state: Holding, call: calls.Acknowledge, now: datetime, derive: Derive) -> Decided[Holding]:
    """By hand, for the version that was on the page, while the list waits (R13)."""
    answered = derive(f"acknowledge/{call.version}/{call.outcome}")
    if state.answered == answered:
        return state, []
    if state.block_list is None or call.version != state.version or not state.waiting:
        return Overtaken(first=state.answer_to(call.version))
    said = BlockListAcknowledged(
        prisoner_number=state.number,
        prison_id=state.block_list.prison_id,
        version=call.version,
        outcome=call.outcome,
        reason=call.reason,
        at=now,
    )
    named = state.answered_by(said, call.who.name)
    return holding.acknowledged(named, said).but(answered=answered), [said]


def choose(state: Case, call: calls.Choose, now: datetime, derive: Derive) -> Decided[Case]:
    """A person says which prisoner the request is about, while one is wanted (R9)."""
    if _made(state.decisions, derive("routing")):
        return state, []
    if state.wanted is None or call.version != state.version:
        return Overtaken(first=state.decisions[-1] if state.decisions else None)
    said = _chosen(call, now, derive)
    return case.decided(state, said), [said]


def choose_for_report(state: Breach, call: calls.Choose, now: datetime, derive: Derive) -> Decided[Breach]:
    """The same for a breach report."""
    if _made(state.decisions, derive("routing")):
        return state, []
    if not state.needs_person or call.version != state.version:
        return Overtaken(first=state.decisions[-1] if state.decisions else None)
    said = _chosen(call, now, derive)
    return breaches.chosen(state, said), [said]


def _made(decisions: Sequence[Decision], *ids: str) -> bool:
    """Whether it is the same press again: all that follows from it was decided."""
    return set(ids) <= {decision.decision_id for decision in decisions}


def _chosen(call: calls.Choose, now: datetime, derive: Derive) -> RoutingDecided:
    return RoutingDecided(
        decision_id=derive("routing"),
        request_id=call.subject,
        prisoner_number=call.prisoner_number,
        reason=call.reason,
        decided_by=call.who.name,
        decided_at=now,
    )


def _verdict(state: Case, call: calls.Decide, verdict: calls.Verdict, now: datetime, derive: Derive) -> PrisonDecided:
    _person(state, verdict.block_id, lambda person: person.decidable)
    return _decision(
        state,
        call.who,
        now,
        derive(f"decide/{verdict.block_id}"),
        block_id=verdict.block_id,
        outcome=verdict.outcome,
        reason=verdict.reason,
        excluded_contact_points=verdict.excluded,
        review_after_days=verdict.review_after_days,
    )


def _decision(state: Case, who: calls.Who, now: datetime, decision_id: str, **said: object) -> PrisonDecided:
    return PrisonDecided.model_validate(
        {
            "decision_id": decision_id,
            "request_id": state.request_id,
            "prisoner_number": state.prisoner_number,
            "prison_id": state.prison_id,
            "decided_by": who.name,
            "decided_at": now,
        }
        | said
    )


def _with(state: Case, said: Sequence[PrisonDecided]) -> Case:
    for decision in said:
        state = case.decided(state, decision)
    return state


def _person(state: Case, block_id: str, fit: Callable[[Protected], bool]) -> Protected:
    person = state.people.get(block_id)
    if person is None or not fit(person):
        raise Rejected("nothing of this kind can be decided about this person")
    return person
