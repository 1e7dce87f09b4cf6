"""Contact that goes on, as the prison sees it (R29-R31). Never who reported it."""

from datetime import datetime
from enum import StrEnum

from services.desk.domain.history import Decision, Happened, History, with_line
from services.desk.domain.places import Place, newest
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events.breaches import (
    BreachAlerted,
    BreachReport,
    BreachReportNeedsPerson,
    BreachReportRouted,
    BreachReportSubmitted,
)
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.inbound import BreachAction, DecisionOutcome, PrisonDecided, RoutingDecided
from shared.runtime.work import State

YES = (DecisionOutcome.AUTHORISE, DecisionOutcome.CHANGE)


class Point(StrEnum):
    """Whether a new number or address has become part of the block (R30)."""

    NONE = "none"
    ASKED = "asked"
    JOINED = "joined"
    LEFT_OUT = "left_out"


class Done(Form):
    """One thing that the prison did about it."""

    decision_id: str
    action: BreachAction
    note: str | None
    by: str
    at: Moment


UNALERTED = "unalerted"
"""The word of a report that no prison has been alerted to yet (R29), and should be: not one that is about nobody."""


class Breach(State):
    """One breach. `report` is kept until a prison has it, for who has to find the prisoner; `because`, why a person has to.

    `about_nobody` is set once a person said that there is no such prisoner, until news of one says otherwise.
    """

    COLLECTION = "breaches"

    breach_id: str
    reference: str = ""
    submitted_at: Moment | None = None
    report: BreachReport | None = None
    because: str | None = None
    about_nobody: bool = False
    routed: bool = False
    alert: BreachAlerted | None = None
    request_id: str | None = None
    prisoner_number: PrisonerNumber | None = None
    place: Place | None = None
    point: Point = Point.NONE
    done: tuple[Done, ...] = ()
    decisions: tuple[Decision, ...] = ()
    history: History = ()

    @property
    def prison_id(self) -> PrisonId | None:
        return self.place.prison_id if self.place else None

    @property
    def version(self) -> int:
        return len(self.decisions)

    @property
    def needs_action(self) -> bool:
        """Until something was done about it, and the new number or address is decided."""
        return self.alert is not None and (not self.done or self.point is Point.ASKED)

    @property
    def needs_person(self) -> bool:
        """No sure prisoner: somebody has to say who it is, and nobody has said that it is nobody."""
        return self.because is not None and not self.routed and not self.about_nobody

    def lookups(self) -> tuple[str, ...]:
        words = [f"request:{self.request_id}"] if self.request_id else []
        words += [f"prisoner:{self.prisoner_number}"] if self.prisoner_number else []
        words += [f"at:{self.prison_id}"] if self.alert else []
        words += [UNALERTED] if self.submitted_at and not (self.alert or self.about_nobody) else []
        return (*words, "all")

    def rank(self) -> datetime | None:
        return self.alert.at if self.alert else self.submitted_at

    def telling(self, line: Happened) -> "Breach":
        return self.but(history=with_line(self.history, line))

    def moved(self, place: Place | None) -> "Breach":
        return self.but(place=newest(self.place, place))


def submitted(state: Breach, event: BreachReportSubmitted) -> Breach:
    report = None if state.routed else event.report
    return state.but(
        reference=event.breach_reference, submitted_at=event.submitted_at, report=report, request_id=event.request_id
    )


def needs_person(state: Breach, event: BreachReportNeedsPerson) -> Breach:
    return state.but(reference=event.breach_reference, because=event.because, about_nobody=False)


def routed(state: Breach, event: BreachReportRouted) -> Breach:
    """A prison has it: what was reported is no longer needed here, nor who did."""
    return state.but(reference=event.breach_reference, routed=True, report=None, about_nobody=False)


def alerted(state: Breach, event: BreachAlerted) -> Breach:
    point = Point.ASKED if event.proposed_contact_point and state.point is Point.NONE else state.point
    return state.but(
        reference=event.breach_reference,
        alert=event,
        routed=True,
        report=None,
        request_id=event.request_id,
        prisoner_number=event.prisoner_number,
        point=point,
    ).moved(Place(prison_id=event.prison_id, as_of=event.at))


def decided(state: Breach, event: PrisonDecided) -> Breach:
    """An action was recorded, or the new number or address is decided (R29, R30)."""
    if any(known.decision_id == event.decision_id for known in state.decisions):
        return state
    by = event.decided_by or event.prison_id
    decision = Decision(
        decision_id=event.decision_id, outcome=event.outcome.value, by=by, at=event.decided_at, block_id=event.block_id
    )
    state = state.but(decisions=(*state.decisions, decision))
    if event.outcome is DecisionOutcome.RECORD_ACTION and event.action:
        done = Done(decision_id=event.decision_id, action=event.action, note=event.reason, by=by, at=event.decided_at)
        return state.but(done=(*state.done, done))
    if event.outcome in YES:
        return state.but(point=Point.JOINED)
    return state.but(point=Point.LEFT_OUT) if event.outcome is DecisionOutcome.REFUSE else state


def chosen(state: Breach, event: RoutingDecided) -> Breach:
    """A person said which prisoner it is about, or that it is about nobody; routing has still to say what follows (R9)."""
    if any(known.decision_id == event.decision_id for known in state.decisions):
        return state
    by = event.decided_by or ""
    decision = Decision(decision_id=event.decision_id, outcome="routed", by=by, at=event.decided_at)
    return state.but(decisions=(*state.decisions, decision), about_nobody=event.prisoner_number is None)
