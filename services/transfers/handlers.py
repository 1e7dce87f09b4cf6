"""What transfers does with each event: keep what happened, then see what follows."""

from collections.abc import Callable, Sequence
from typing import Any

from services.transfers.domain import blocks, erasures, reviews
from services.transfers.domain.custody import Custody
from services.transfers.domain.follow import merged, what_follows
from services.transfers.domain.timeline import point_of, with_points
from shared.domain.prisons import is_prison
from shared.events.blocks import (
    BlockAuthorised,
    BlockEnded,
    BlockImplemented,
    BlockLifted,
    BlockWithdrawalNoted,
)
from shared.events.breaches import BreachActionRecorded, BreachAlerted
from shared.events.envelope import Event
from shared.events.erasures import CaseErased
from shared.events.inbound import Movement, PrisonDecided, PrisonerMoved
from shared.runtime.erasure import erasing
from shared.runtime.items import DueHandlers, Handler, Handlers
from shared.runtime.work import Rejected, Work


def moved(work: Work, event: PrisonerMoved) -> None:
    prison_id = event.additionalInformation.prisonId
    if prison_id is not None and not is_prison(prison_id):
        raise Rejected("the prison is not in the register")
    if event.movement is Movement.MERGED:
        return merge(work, event)
    state = custody(work, event.prisoner_number)
    point = point_of(event, state.stay.prison_id if state.stay else None, work.now)
    if point:
        keep(work, state.but(timeline=with_points(state.timeline, [point])))


def merge(work: Work, event: PrisonerMoved) -> None:
    number = event.additionalInformation.removedNomsNumber
    if number is None:
        raise Rejected("a merge needs its removedNomsNumber")
    kept, removed = custody(work, event.prisoner_number), work.get(Custody, number) or Custody(number=number)
    if removed.merged_into:
        if custody(work, number).number != kept.number:
            raise Rejected("this number is merged into another one already")
        return
    if kept.number == number:
        raise Rejected("a number cannot be merged into itself")
    kept, removed = merged(kept, removed)
    work.forget(Custody, number, removed)  # letting go of a case finds it under the kept number alone (R48)
    keep(work, kept)


def decided(work: Work, event: PrisonDecided) -> None:
    """Decisions about requests and breaches are blocking's; so is a change that takes in a new contact point (R30)."""
    state = custody(work, event.prisoner_number)
    after, said = state, list[Event]()
    if reviews.concerned(state, event):
        after, said = reviews.decided(state, event, work.now, work.rules)
    after = blocks.answered(after, event)
    if after is not state:
        keep(work, after, said)


def from_blocking(take: Callable[[Custody, Any], Custody]) -> Handler:
    """A handler that keeps what blocking says of this prisoner."""

    def handler(work: Work, event: Any) -> None:
        keep(work, take(custody(work, event.prisoner_number), event))

    return handler


def erased(work: Work, event: CaseErased) -> None:
    """What is left of the prisoner's stays and blocks is kept afresh: what they were before can't be read any more.

    The prisoner is who has something of the case: whoever lets go of it may not have heard yet whom it is about.
    """
    for number in work.find(Custody, event.request_id, *event.block_ids, *event.breach_ids):
        work.forget(Custody, number, keep(work, erasures.without(custody(work, number), event)))


def time_came(work: Work, number: str) -> None:
    """Something is due; or nothing of the prisoner is kept any more (R48)."""
    state = custody(work, number)
    over = erasures.over_at(state, work.rules)
    if over and over <= work.now:
        work.forget(Custody, state.number)
    else:
        keep(work, state)


def keep(work: Work, state: Custody, said: Sequence[Event] = ()) -> Custody:
    """Saves the state with what follows from it, and publishes what is to be said."""
    state, following = what_follows(state, work.now, work.rules)
    work.put(state.number, state)
    work.publish(*said, *following)
    return state


def custody(work: Work, number: str) -> Custody:
    """The prisoner who carries everything of this number (R11), as they stand now.

    What time has brought comes first: a recall after the settling time takes no release back, though no timer fired yet.
    """
    state = work.get(Custody, number) or Custody(number=number)
    while state.merged_into:
        state = work.get(Custody, state.merged_into) or Custody(number=state.merged_into)
    if state.wake_at and state.wake_at <= work.now:
        state = keep(work, state)
    return state


ERASING, AGAIN = erasing(erased)
HANDLERS: Handlers = {
    PrisonerMoved: moved,
    PrisonDecided: decided,
    BlockAuthorised: from_blocking(blocks.authorised),
    BlockImplemented: from_blocking(blocks.implemented),
    BlockWithdrawalNoted: from_blocking(blocks.withdrawal_noted),
    BlockLifted: from_blocking(blocks.gone),
    BlockEnded: from_blocking(blocks.gone),
    BreachAlerted: from_blocking(blocks.breached),
    BreachActionRecorded: from_blocking(blocks.acted),
    **ERASING,
}
DUE: DueHandlers = {Custody: time_came, **AGAIN}
