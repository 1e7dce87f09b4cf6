"""Fresh looks at blocks: at a movement to another prison, at regular times, before an order ends (R18, R21, R22).

Until a review is decided its block stays in force; one overdue is raised and stays open. When the prisoner moves on, what is
open at the old prison is superseded, and the new prison gets a review of its own with a new id: for the movement where that asks
for one, or for what was due anyway. A regular review waits while any other review of the block is open. Nothing here ever lifts
a block.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from services.transfers.domain.blocks import names, point_waits
from services.transfers.domain.custody import Custody, Decided, Held, Review, ReviewStage, changed, superseded
from services.transfers.domain.timeline import NEW_TERMS, SAME, Stay, told_once
from shared.domain.rules import Rules
from shared.domain.working_days import end_of_day, if_known, london
from shared.events.envelope import Event, derive_id
from shared.events.form import Consent
from shared.events.inbound import DecisionOutcome, PrisonDecided
from shared.events.reviews import ReviewDecided, ReviewKind, ReviewOpened, ReviewOverdue
from shared.runtime.work import NotYet, Rejected

OUTCOMES = (DecisionOutcome.KEEP, DecisionOutcome.CHANGE, DecisionOutcome.END)
FALLBACK = timedelta(days=7)
"""Instead of working days beyond the known calendar: no review is lost, and none is guessed to be later than a week (R46)."""


def opened_by_movement(state: Custody, now: datetime, rules: Rules) -> Decided:
    """Reviews that the present stay asks for and that are not there yet (R21)."""
    stay = state.stay
    if stay is None:
        return state, []
    state = superseded(state, (review for review in state.reviews.values() if _left_behind(review, stay)))
    asked = [block for block in state.blocks.values() if _asks(state, stay, block, rules)]
    reviews = [
        _review(ReviewKind.MOVEMENT, block, stay, _allowed(stay.since, rules))
        for block in asked
        if not _looked(state, stay, block)
    ]
    return state.with_reviews(*reviews), [_opened(state, review, now) for review in reviews]


def opened_by_time(state: Custody, now: datetime, rules: Rules) -> Decided:
    """Reviews whose regular time has come, or whose order is about to end (R18, R21)."""
    stay = state.stay
    if stay is None:
        return state, []
    reviews = [
        _review(ReviewKind.PERIODIC, block, stay, due, of_order)
        for block, due, of_order in _regular(state, stay, rules)
        if _opens(block, due, of_order, rules) <= now
    ]
    return state.with_reviews(*reviews), [_opened(state, review, now) for review in reviews]


def raised(state: Custody, now: datetime) -> Decided:
    """Nobody decided in time: said once, never dropped (R22)."""
    late = [review for review in state.reviews.values() if review.open and not review.overdue and review.due <= now]
    state = state.with_reviews(*(review.model_copy(update={"overdue": True}) for review in late))
    return state, [ReviewOverdue(**_about(state, review, now)) for review in late]


def concerned(state: Custody, event: PrisonDecided) -> bool:
    """Whether a decision is about a review: by its id, or about a block or request to keep, change or end.

    A change may be the prison's yes to a new contact point that waits (R30): then it is, where a review is open, both.
    """
    if event.review_id or event.breach_id:
        return event.review_id is not None
    of_a_point = event.outcome is DecisionOutcome.CHANGE and point_waits(state, event)
    return event.outcome in OUTCOMES and bool(not of_a_point or _open_about(state, event))


def decided(state: Custody, event: PrisonDecided, now: datetime, rules: Rules) -> Decided:
    """Keeps, changes or ends the block (R22). Raises NotYet for a review not known here, Rejected for one not to be decided.

    The next period counts from the decision, or from now where it says that it was made before the last look.
    """
    said = list[Event]()
    for review in _reviews_of(state, event):
        state, one = _decided_one(state, review, event, now, rules)
        said += one
    return state, said


def _decided_one(state: Custody, review: Review, event: PrisonDecided, now: datetime, rules: Rules) -> Decided:
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
        prison_id=review.prison_id,
        looked_at=event.decided_at if event.decided_at > block.looked_at else now,
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
        yield from (_opens(*regular, rules) for regular in _regular(state, state.stay, rules))


def _left_behind(review: Review, stay: Stay) -> bool:
    return review.prison_id != stay.prison_id


def _asks(state: Custody, stay: Stay, block: Held, rules: Rules) -> bool:
    """Without consent every other prison looks afresh; after a new admission every block is looked at (docs/decisions/0003)."""
    return _transferred(state, block, stay) or _admitted_anew(state, block, rules)


def _admitted_anew(state: Custody, block: Held, rules: Rules) -> bool:
    """Whether a new admission followed a release since somebody last looked.

    A release that was heard of too late to settle here counts as one that settled where they were out for as long as
    settling takes (R25).
    """
    return any(
        before.out
        and point.reason in NEW_TERMS
        and point.at > block.looked_at
        and (before.at in state.settled or rules.settled_at(before.at) <= point.at)
        for before, point in pairwise(told_once(state.timeline))
    )


def _transferred(state: Custody, block: Held, stay: Stay) -> bool:
    """Whether they have been moved to another prison since one last looked, also where they are back there by now."""
    moves = (point for point in told_once(state.timeline) if not point.out and point.at > block.looked_at)
    elsewhere = {stay.prison_id, *(point.prison_id for point in moves)} - {block.prison_id}
    return block.consent is Consent.NOT_GIVEN and bool(elsewhere)


def _looked(state: Custody, stay: Stay, block: Held) -> bool:
    """Whether this movement has its review: one still open here, or one decided in this stay (R25)."""
    return any(
        review.kind is ReviewKind.MOVEMENT
        and review.block_id == block.block_id
        and review.prison_id == stay.prison_id
        and (review.open or (review.stage is ReviewStage.DECIDED and review.since > stay.since - SAME))
        for review in state.reviews.values()
    )


def _regular(state: Custody, stay: Stay, rules: Rules) -> Iterator[tuple[Held, datetime, bool]]:
    """Blocks that have a next review by time alone, when it is due, and whether it is for the end of an order."""
    opened = {(review.block_id, review.kind) for review in state.reviews.values() if review.open}
    for block in state.blocks.values():
        if (block.block_id, ReviewKind.PERIODIC) not in opened:
            moved = (block.block_id, ReviewKind.MOVEMENT) in opened
            dues = [(due, of_order) for due, of_order in _dues(block, stay.since, rules) if of_order or not moved]
            if dues:
                yield block, *min(dues)


def _dues(block: Held, since: datetime, rules: Rules) -> list[tuple[datetime, bool]]:
    """What was due before this stay began, or before the last look, is due as after a movement: no prison could do it in time."""
    start = max(since, block.looked_at)
    dues = list[tuple[datetime, bool]]()
    if block.consent is Consent.NOT_GIVEN:
        dues.append((rules.review_due(block.looked_at, block.period_days), False))
    if block.order_ends_on and not block.order_looked_at:
        dues.append((end_of_day(block.order_ends_on - timedelta(days=1)), True))
    return [(due if due > start else _allowed(start, rules), of_order) for due, of_order in dues]


def _opens(block: Held, due: datetime, of_order: bool, rules: Rules) -> datetime:
    """Some time before it is due; a regular review not in the first half of its period, however short that is."""
    opens = due - timedelta(days=rules.order_review_lead_days.on(london(due).date()))
    return opens if of_order else max(opens, block.looked_at + (due - block.looked_at) / 2)


def _next_on(block: Held, rules: Rules) -> Any:
    due = min((due for due, _ in _dues(block, block.looked_at, rules)), default=None)
    return london(due).date() if due else None


def _allowed(moved_at: datetime, rules: Rules) -> datetime:
    return if_known(rules.movement_review_due, moved_at) or moved_at + FALLBACK


def _reviews_of(state: Custody, event: PrisonDecided) -> list[Review]:
    """By its id, or of what is open about each block named what is due first."""
    if event.review_id and event.review_id in state.reviews:
        return [state.reviews[event.review_id]]
    if event.review_id or not _known(state, event):
        raise NotYet("the review is not known here")
    first = {
        review.block_id: review for review in sorted(_open_about(state, event), key=lambda it: it.due, reverse=True)
    }
    if not first:
        raise Rejected("no review of this block is open")
    return [*first.values()]


def _open_about(state: Custody, event: PrisonDecided) -> list[Review]:
    named = {block.block_id for block in state.blocks.values() if names(event, block)}
    return [review for review in state.reviews.values() if review.open and review.block_id in named]


def _known(state: Custody, event: PrisonDecided) -> bool:
    return event.block_id in state.gone or any(names(event, block) for block in state.blocks.values())


def _review(kind: ReviewKind, block: Held, stay: Stay, due: datetime, of_order: bool = False) -> Review:
    """A movement review is named by its movement, another by its movement and its time."""
    times = (stay.since,) if kind is ReviewKind.MOVEMENT else (stay.since, due)
    return Review(
        review_id=derive_id(block.block_id, kind, stay.prison_id, *(time.isoformat() for time in times)),
        block_id=block.block_id,
        kind=kind,
        prison_id=stay.prison_id,
        due=due,
        since=stay.since,
        of_order=of_order,
    )


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
