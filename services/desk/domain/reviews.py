"""Reviews as the desk shows them: open at a prison, decided, or closed since nothing is left to decide (R21-R23)."""

from datetime import datetime
from enum import StrEnum

from services.desk.domain.case import Standing
from services.desk.domain.history import Decision
from services.desk.domain.places import Place
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events import reviews
from shared.events.envelope import Moment
from shared.events.inbound import PrisonDecided
from shared.runtime.work import State


class Closed(StrEnum):
    """Why a review that nobody decided is nobody's to decide any more. Transfers doesn't say so of each."""

    MOVED = "moved"
    BLOCK_GONE = "block_gone"
    RELEASED = "released"


class Review(State):
    """One review. `sent` is a decision on its way."""

    COLLECTION = "reviews"

    review_id: str
    block_id: str = ""
    request_id: str = ""
    reference: str = ""
    prisoner_number: PrisonerNumber | None = None
    prison_id: PrisonId | None = None
    kind: reviews.ReviewKind | None = None
    decide_by: Moment | None = None
    opened_at: Moment | None = None
    overdue: bool = False
    order_ends_on: str | None = None
    outcome: str | None = None
    closed: Closed | None = None
    sent: Decision | None = None

    @property
    def open(self) -> bool:
        return self.opened_at is not None and self.outcome is None and self.closed is None

    def lookups(self) -> tuple[str, ...]:
        still_open = (f"open:{self.prisoner_number}",) if self.open else ()
        return (f"request:{self.request_id}", f"prisoner:{self.prisoner_number}", *still_open)


def heard(state: Review, event: reviews.ReviewEvent) -> Review:
    """Opened, decided or overdue."""
    state = state.but(
        block_id=event.block_id,
        request_id=event.request_id,
        reference=event.reference,
        prisoner_number=event.prisoner_number,
        prison_id=event.prison_id,
        kind=event.kind,
        decide_by=event.due,
        opened_at=state.opened_at or event.at,
    )
    if isinstance(event, reviews.ReviewDecided):
        return state.but(outcome=event.outcome, sent=None)
    if isinstance(event, reviews.ReviewOpened):
        ends = event.order_ends_on
        return state.but(order_ends_on=ends.isoformat() if ends else None)
    return state.but(overdue=True)


def followed(state: Review, place: Place | None) -> Review:
    """After news of which prison has the prisoner: what is open at another is left behind (R20)."""
    elsewhere = place is not None and state.prison_id != place.prison_id
    return closed(state, Closed.MOVED) if elsewhere else state


def of_block(state: Review, standing: Standing) -> Review:
    """As its block stands: of one that is gone there is nothing to decide (R22)."""
    return closed(state, Closed.BLOCK_GONE) if standing.gone else state


def handed_over(state: Review, at: datetime | None) -> Review:
    """After a release was handed over: what was opened before then closes; what is opened since the return does not (R23)."""
    before = at is not None and state.opened_at is not None and state.opened_at < at
    return closed(state, Closed.RELEASED) if before else state


def closed(state: Review, why: Closed) -> Review:
    return state.but(closed=why) if state.open else state


def decided(state: Review, event: PrisonDecided) -> Review:
    """Somebody decided; transfers has still to say what follows."""
    if state.sent and state.sent.decision_id == event.decision_id:
        return state
    decision = Decision(
        decision_id=event.decision_id,
        outcome=event.outcome.value,
        by=event.decided_by or event.prison_id,
        at=event.decided_at,
        block_id=state.block_id or None,
    )
    return state.but(sent=decision)
