"""Fresh looks at blocks: at a movement to another prison, at regular times, before an order ends (R18, R21, R22).

Until a review is decided its block stays in force; one overdue is raised and stays open. When the prisoner moves on, an open
movement review is superseded by the one at the new prison. Nothing here ever lifts a block.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.transfers.domain.custody import Custody, Decided, Held, Review, ReviewStage, changed, superseded
from services.transfers.domain.timeline import NEW_TERMS, SAME, Stay
from shared.domain.rules import Rules
from shared.domain.working_days import UnknownCalendar, end_of_day, london
from shared.events.envelope import derive_id
from shared.events.form import Consent
from shared.events.inbound import DecisionOutcome, PrisonDecided
from shared.events.reviews import ReviewDecided, ReviewKind, ReviewOpened, ReviewOverdue
from shared.runtime.work import NotYet, Rejected

OUTCOMES = (DecisionOutcome.KEEP, DecisionOutcome.CHANGE, DecisionOutcome.END)
FALLBACK = timedelta(days=7)
"""For a movement review beyond the known calendar: it is not lost, and not guessed to be later than a week (R46)."""


def opened_by_movement(state: Custody, now: datetime, rules: Rules) -> Decided:
    """Reviews that the present stay asks for and that are not there yet (R21)."""
    stay = state.stay
    if stay is None:
        return state, []
    state = superseded(state, (review for review in state.reviews.values() if _left_behind(review, stay)))
    blocks = [block for block in state.blocks.values() if _asks(state, stay, block) and not _looked(state, stay, block)]
    reviews = [
        Review(
            review_id=derive_id(block.block_id, ReviewKind.MOVEMENT, stay.prison_id, stay.since.isoformat()),
            block_id=block.block_id,
            kind=ReviewKind.MOVEMENT,
            prison_id=stay.prison_id,
            due=_movement_due(now, rules),
            since=stay.since,
        )
        for block in blocks
    ]
    return state.with_reviews(*reviews), [_opened(state, review, now) for review in reviews]


def opened_by_time(state: Custody, now: datetime, rules: Rules) -> Decided:
    """Reviews whose regular time has come, or whose order is about to end (R18, R21)."""
    stay = state.stay
    if stay is None:
        return state, []
    reviews = [
        Review(
            review_id=derive_id(block.block_id, ReviewKind.PERIODIC, due.isoformat()),
            block_id=block.block_id,
            kind=ReviewKind.PERIODIC,
            prison_id=stay.prison_id,
            due=due,
            since=stay.since,
            of_order=of_order,
        )
        for block, due, of_order in _regular(state, rules)
        if _opens(due, rules) <= now
    ]
    return state.with_reviews(*reviews), [_opened(state, review, now) for review in reviews]


def raised(state: Custody, now: datetime) -> Decided:
    """Nobody decided in time: said once, never dropped (R22)."""
    late = [review for review in state.reviews.values() if review.open and not review.overdue and review.due <= now]
    state = state.with_reviews(*(review.model_copy(update={"overdue": True}) for review in late))
    return state, [ReviewOverdue(**_about(state, review, now)) for review in late]


def decided(state: Custody, event: PrisonDecided, rules: Rules) -> Decided:
    """Keeps, changes or ends the block (R22). Raises NotYet for a review not known here, Rejected for one not to be decided."""
    review = _review_of(state, event)
    if not review.open:
        raise Rejected("the review is decided or superseded already")
    if event.outcome not in OUTCOMES:
        raise Rejected("a review keeps, changes or ends a block")
    if event.prison_id != review.prison_id:
        raise Rejected("the review is another prison's")
    block = state.blocks[review.block_id]
    line = f"{event.decided_at.isoformat()} {event.prison_id} review: {event.outcome.value}"
    looked = changed(
        block,
        line,
        looked_at=max(block.looked_at, event.decided_at),
        period_days=event.review_after_days or block.period_days,
        order_looked_at=block.order_looked_at or review.of_order,
    )
    said = ReviewDecided(
        **_about(state, review, event.decided_at),
        outcome=event.outcome.value,
        excluded_contact_points=event.excluded_contact_points,
        next_review_on=_next_on(looked, rules) if event.outcome is not DecisionOutcome.END else None,
    )
    state = state.with_reviews(review.model_copy(update={"stage": ReviewStage.DECIDED})).with_blocks(looked)
    return (state.without_block(block.block_id) if event.outcome is DecisionOutcome.END else state), [said]


def wakes(state: Custody, rules: Rules) -> Iterator[datetime]:
    """When time is the next event for a review."""
    yield from (review.due for review in state.reviews.values() if review.open and not review.overdue)
    if state.stay:
        yield from (_opens(due, rules) for _, due, _ in _regular(state, rules))


def _left_behind(review: Review, stay: Stay) -> bool:
    return review.kind is ReviewKind.MOVEMENT and review.prison_id != stay.prison_id


def _asks(state: Custody, stay: Stay, block: Held) -> bool:
    """Without consent every other prison looks afresh; after a new admission every block is looked at (docs/decisions/0003)."""
    before = stay.before
    if before is None or block.authorised_at > stay.since:
        return False
    if before.out and before.at in state.settled and stay.reason in NEW_TERMS:
        return True
    return block.consent is Consent.NOT_GIVEN and before.prison_id != stay.prison_id


def _looked(state: Custody, stay: Stay, block: Held) -> bool:
    """Whether this movement has its review: both dialects report it, at somewhat different times."""
    return any(
        review.kind is ReviewKind.MOVEMENT
        and review.block_id == block.block_id
        and review.prison_id == stay.prison_id
        and abs(review.since - stay.since) < SAME
        and (review.open or review.stage is ReviewStage.DECIDED)
        for review in state.reviews.values()
    )


def _regular(state: Custody, rules: Rules) -> Iterator[tuple[Held, datetime, bool]]:
    """Blocks that have no periodic review open, when the next is due, and whether it is for the end of an order."""
    busy = {r.block_id for r in state.reviews.values() if r.open and r.kind is ReviewKind.PERIODIC}
    for block in state.blocks.values():
        dues = [(due, of_order) for due, of_order in _dues(block, rules) if block.block_id not in busy]
        if dues:
            yield block, *min(dues)


def _dues(block: Held, rules: Rules) -> Iterator[tuple[datetime, bool]]:
    if block.consent is Consent.NOT_GIVEN:
        yield rules.review_due(block.looked_at, block.period_days), False
    if block.order_ends_on and not block.order_looked_at:
        yield end_of_day(block.order_ends_on - timedelta(days=1)), True


def _opens(due: datetime, rules: Rules) -> datetime:
    return due - timedelta(days=rules.order_review_lead_days.on(london(due).date()))


def _next_on(block: Held, rules: Rules) -> Any:
    due = min((due for due, _ in _dues(block, rules)), default=None)
    return london(due).date() if due else None


def _movement_due(moved_at: datetime, rules: Rules) -> datetime:
    try:
        return rules.movement_review_due(moved_at)
    except UnknownCalendar:
        return moved_at + FALLBACK


def _review_of(state: Custody, event: PrisonDecided) -> Review:
    if event.review_id:
        found = state.reviews.get(event.review_id)
    else:
        found = next((r for r in state.reviews.values() if r.open and r.block_id == event.block_id), None)
    if found is None:
        raise NotYet("the review is not known here")
    return found


def _opened(state: Custody, review: Review, now: datetime) -> ReviewOpened:
    return ReviewOpened(**_about(state, review, now), order_ends_on=state.blocks[review.block_id].order_ends_on)


def _about(state: Custody, review: Review, at: datetime) -> dict[str, Any]:
    block = state.blocks[review.block_id]
    return {
        "review_id": review.review_id,
        "block_id": block.block_id,
        "request_id": block.request_id,
        "reference": block.reference,
        "prisoner_number": state.number,
        "prison_id": review.prison_id,
        "kind": review.kind,
        "due": review.due,
        "at": at,
    }
