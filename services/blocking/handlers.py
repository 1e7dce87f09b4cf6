"""What blocking does with each event: read the prisoner, decide, keep and publish what follows."""

from collections.abc import Callable, Sequence
from functools import partial

from services.blocking.domain import (
    acknowledgements,
    breaches,
    contacts,
    decisions,
    erasures,
    lists,
    merges,
    movements,
    requests,
    reviews,
)
from services.blocking.domain.acknowledgements import OnTopic
from services.blocking.domain.lists import PublishAgain
from services.blocking.domain.state import PrisonerBlocks, prisoner
from shared.domain.prisons import is_prison
from shared.events.breaches import BreachReportRouted
from shared.events.envelope import Event
from shared.events.erasures import CaseErased
from shared.events.inbound import BlockListAcknowledged, Movement, PrisonDecided, PrisonerMoved, SocialContactChanged
from shared.events.requests import ContactRequestRouted
from shared.events.reviews import ReviewDecided
from shared.runtime.erasure import erasing
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import Rejected, Work


def routed(work: Work, event: ContactRequestRouted) -> None:
    keep(work, requests.proposed(prisoner(work, event.prisoner_number), event))


def decided(work: Work, event: PrisonDecided) -> None:
    keep(work, *decisions.decided(prisoner(work, event.prisoner_number), event, work.rules))


def acknowledged(on_topic: Callable[[str], OnTopic | None], work: Work, event: BlockListAcknowledged) -> None:
    """Versions are one number's own: one of a removed number's list says nothing of the kept number's.

    `on_topic` says what the topic has of a number's lists; None before that is known.
    """
    state = work.get(PrisonerBlocks, event.prisoner_number) or PrisonerBlocks(number=event.prisoner_number)
    keep(work, *acknowledgements.acknowledged(state, event, on_topic(event.prisoner_number)))


def contact_changed(work: Work, event: SocialContactChanged) -> None:
    keep(work, *contacts.changed(prisoner(work, event.prisoner_number), event, work.now))


def moved(work: Work, event: PrisonerMoved) -> None:
    prison_id = event.additionalInformation.prisonId
    if prison_id is not None and not is_prison(prison_id):
        raise Rejected("the prison is not in the register")
    state = prisoner(work, event.prisoner_number)
    if event.movement is Movement.MERGED:
        return merged(work, state, event)
    state, raised = movements.absconded(state, event, work.now)
    keep(work, movements.moved(state, event, work.now, work.rules), raised)


def merged(work: Work, kept: PrisonerBlocks, event: PrisonerMoved) -> None:
    number = event.additionalInformation.removedNomsNumber
    if number is None:
        raise Rejected("a merge needs its removedNomsNumber")
    removed = work.get(PrisonerBlocks, number) or PrisonerBlocks(number=number)
    if removed.merged_into:
        if prisoner(work, number).number != kept.number:
            raise Rejected("this number is merged into another one already")
        return
    kept, removed = merges.merged(kept, removed)
    removed, said = merges.redirected(removed, work.now)
    work.put(removed.number, removed)
    kept, off = contacts.swept(kept, work.now)  # contacts come together under a list that may stay as it is
    keep(work, kept, [*said, *off])


def reviewed(work: Work, event: ReviewDecided) -> None:
    keep(work, *reviews.reviewed(prisoner(work, event.prisoner_number), event))


def breach_routed(work: Work, event: BreachReportRouted) -> None:
    keep(work, *breaches.reported(prisoner(work, event.prisoner_number), event, work.now))


def erased(work: Work, event: CaseErased) -> None:
    """What is left of the prisoner's blocks is kept afresh: what they were before can't be read any more.

    The prisoner is who has something of the case: whoever lets go of it may not have heard yet whom it is about.
    """
    for number, state in work.find(PrisonerBlocks, event.request_id, *event.breach_ids).items():
        keep(work, erasures.without(state, event))
        work.forget(PrisonerBlocks, number, work.get(PrisonerBlocks, number))


def publish_again(work: Work, event: PublishAgain) -> None:
    """The list as it was last published, for who starts from nothing, or for prisons that have a higher version."""
    before = work.get(PrisonerBlocks, event.prisoner_number) or PrisonerBlocks(number=event.prisoner_number)
    state, said = lists.published_again(before, event, work.now, work.rules)
    work.publish(*said)
    if state is not before:
        work.put(state.number, state)


def time_came(work: Work, number: str) -> None:
    """A release has settled, a confirmation is overdue, or nothing of the prisoner is kept any more (R48)."""
    state = prisoner(work, number)
    over = erasures.over_at(state, work.rules)
    if over and over <= work.now:
        left, said = erasures.let_go(state)
        work.publish(*said)
        return work.forget(PrisonerBlocks, state.number, left)
    state, ended = movements.settled(state, work.now)
    state, overdue = acknowledgements.overdue(state, work.now)
    keep(work, state, [*ended, *overdue])


def keep(work: Work, state: PrisonerBlocks, said: Sequence[Event] = ()) -> None:
    """Saves what was decided, and publishes it with the list that follows from it."""
    state, changes = lists.brought_up_to_date(state, work.now, work.rules)
    work.publish(*said, *changes)
    if state.merged_from and state.prison_id and state.all_confirmed:
        for number in state.merged_from:
            _close(work, number, state.prison_id)
        state = state.but(merged_from=())
    over = erasures.over_at(state, work.rules)
    work.put(state.number, state if over == state.over_at else state.but(over_at=over))


def _close(work: Work, number: str, prison_id: str) -> None:
    """What stood under the removed number can be read no more: letting go of a case finds it under the kept one alone (R48)."""
    removed, said = merges.closed(
        work.get(PrisonerBlocks, number) or PrisonerBlocks(number=number), prison_id, work.now
    )
    work.forget(PrisonerBlocks, number, removed)
    work.publish(*said)


ERASING, AGAIN = erasing(erased)
HANDLERS: Handlers = {
    ContactRequestRouted: routed,
    PrisonDecided: decided,
    BlockListAcknowledged: partial(acknowledged, lambda _: OnTopic()),
    SocialContactChanged: contact_changed,
    PrisonerMoved: moved,
    ReviewDecided: reviewed,
    BreachReportRouted: breach_routed,
    PublishAgain: publish_again,
    **ERASING,
}
DUE: DueHandlers = {PrisonerBlocks: time_came, **AGAIN}
