"""What each event means for whom it concerns. The same thing goes out once, whatever comes twice (R16, R26-R28).

A decision about two protected people makes two messages, one for each block: nothing has to wait for the other.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from services.notifications.domain.case_file_notes import breach_note, note
from services.notifications.domain.correspondence import Correspondence, begin
from services.notifications.domain.delivery import (
    ClaimMessages,
    HandMessageOver,
    SettleMessage,
    came_back,
    claim,
    hand_over,
    settle,
)
from services.notifications.domain.messages import Message, Stage, Step, write
from services.notifications.domain.prisoner_notices import notice
from services.notifications.domain.tasks import first_task, task, to_probation
from services.notifications.domain.texts import prison_address
from shared.domain.working_days import if_known
from shared.events import blocks, breaches, requests, reviews
from shared.events.envelope import Event
from shared.events.erasures import CaseErased
from shared.events.mail import MessageBounced
from shared.events.notices import CaseFileNoteIssued, CaseFileStep, PrisonerNoticeIssued, TaskRaised
from shared.runtime.erasure import Erased, erasing
from shared.runtime.work import NotYet, Rejected, State, Work

Said = Message | CaseFileNoteIssued | PrisonerNoticeIssued | TaskRaised


def submitted(work: Work, event: requests.ContactRequestSubmitted) -> None:
    state = work.get(Correspondence, event.request_id) or begin(event)
    routed_by = if_known(work.rules.routing_deadline, event.submitted_at)
    facts: dict[str, Any] = {"requester": event.request.requester, "request": event.request}
    _say(
        work,
        state,
        write(state, Step.RECEIVED, "", work.now, routed_by=routed_by),
        note(state, CaseFileStep.SUBMITTED, "", event.submitted_at, **facts),
    )


def routed(work: Work, event: requests.ContactRequestRouted) -> None:
    """Told once, and again after a release; police and probation, who may know the prison, also of another one (R10, R41)."""
    state = _correspondence(work, event.request_id).naming(event.proposed).but(away=False)
    about = (event.prison_id if state.agency else "") + state.since_return
    facts: dict[str, Any] = {"prison": event.prison_id, "prisoner_number": event.prisoner_number}
    _say(
        work,
        state,
        write(state, Step.SENT_TO_PRISON, about, work.now, prison=event.prison_id),
        note(state, CaseFileStep.BEING_CONSIDERED, about, event.routed_at, **facts),
    )


def held(work: Work, event: requests.ContactRequestHeld) -> None:
    """In transit is not told: it would say that the prisoner moves (R41), and passes by itself."""
    steps = {requests.HeldBecause.NOT_IN_CUSTODY: Step.HELD, requests.HeldBecause.RELEASED: Step.NOT_IN_PRISON}
    state = _correspondence(work, event.request_id)
    if event.because is requests.HeldBecause.RELEASED:
        state = state.leaving()
    if event.because in steps:
        passed_on = event.because is requests.HeldBecause.RELEASED and event.crn
        raised = to_probation(state, event.crn or "", work.now, work.rules) if passed_on else None
        _say(work, state, write(state, steps[event.because], state.since_return, work.now), raised)


def needs_person(work: Work, event: requests.ContactRequestNeedsPerson) -> None:
    """Told once and without the reason: that could tell whose a number is (R42)."""
    state = _correspondence(work, event.request_id)
    _say(work, state, write(state, Step.PERSON_LOOKING, "", work.now))


def authorised(work: Work, event: blocks.BlockAuthorised) -> None:
    """The requester gets the prison's contact route (R17), the prisoner, if a prison holds them, one name (R16)."""
    state = _correspondence(work, event.request_id)
    person = state.person(event.block_id)
    facts: dict[str, Any] = {"person": person, "in_place_by": event.implementation_deadline, "dormant": event.dormant}
    route = prison_address(event.prison_id)
    _say(
        work,
        state,
        write(state, Step.AUTHORISED, event.block_id, work.now, contact_route=route, **facts),
        _decided(state, event, reason=None),
        None if event.dormant else notice(event, event.name),
    )


def refused(work: Work, event: blocks.BlockRefused) -> None:
    state = _correspondence(work, event.request_id)
    facts: dict[str, Any] = {"person": state.person(event.block_id), "reason": event.reason}
    message = write(state, Step.REFUSED, _once_each_time(event), work.now, **facts)
    _say(work, state, message, _decided(state, event, reason=event.reason))


def more_asked(work: Work, event: blocks.BlockMoreAsked) -> None:
    state = _correspondence(work, event.request_id)
    facts: dict[str, Any] = {"person": state.person(event.block_id), "reason": event.reason}
    _say(work, state, write(state, Step.MORE_NEEDED, _once_each_time(event), work.now, **facts))


def about_block(step: Step, work: Work, event: blocks.BlockEvent) -> None:
    """Told once for each block: a block in force at the next prison would tell of a move (R41)."""
    state = _correspondence(work, event.request_id)
    person = state.person(event.block_id)
    _say(work, state, write(state, step, event.block_id, work.now, prison=event.prison_id, person=person))


def implemented(work: Work, event: blocks.BlockImplemented) -> None:
    """In force; of a block authorised while they were out the prisoner is told now (R16)."""
    about_block(Step.IMPLEMENTED, work, event)
    state = _correspondence(work, event.request_id)
    _say(work, state, notice(event, state.person(event.block_id)))


def ended(work: Work, event: blocks.BlockEnded) -> None:
    """After a death nothing is sent to anybody (R38)."""
    if event.because is blocks.EndedBecause.REVIEW:
        about_block(Step.ENDED, work, event)


def reviewed(work: Work, event: reviews.ReviewDecided) -> None:
    """A block that a review ends is told of once, whether the review or the block is heard of first."""
    state = _correspondence(work, event.request_id)
    person = state.person(event.block_id)
    if event.outcome == "end":
        _say(work, state, write(state, Step.ENDED, event.block_id, work.now, person=person))
    else:
        facts: dict[str, Any] = {"person": person, "outcome": event.outcome}
        _say(work, state, write(state, Step.REVIEWED, event.review_id, work.now, **facts))


def released(work: Work, event: reviews.HandoverIssued) -> None:
    """Every requester with a block in the handover is told, without place or date (R23, R41)."""
    references = {block.reference for block in event.blocks if not work.is_there(Erased, [block.block_id])}
    found = work.find(Correspondence, *references) if references else {}
    if len(found) < len(references):
        raise NotYet("a request of this handover is not known yet")
    for _, state in sorted(found.items()):
        _say(work, state, write(state, Step.RELEASED, event.handover_id, work.now))


def breach_alerted(work: Work, event: breaches.BreachAlerted) -> None:
    """The requester hears that the prison has a report; what it says is for the case file alone (R31)."""
    if event.request_id is None:
        alone = breach_note(None, event)
        return work.publish(alone) if alone else None
    state = _correspondence(work, event.request_id)
    message = write(state, Step.BREACH_PASSED_ON, event.breach_id, work.now, prison=event.prison_id)
    _say(work, state, message, breach_note(state, event))


def erased(work: Work, event: CaseErased) -> None:
    """What was written to the requester goes, and whom it was written to."""
    state = work.get(Correspondence, event.request_id)
    for key in state.said if state else ():
        work.forget(Message, key)
    work.forget(Correspondence, event.request_id)


def time_has_come(work: Work, message_id: str) -> None:
    """To send it; or, where it is settled for long enough, to let go of it (R48). That it was said is remembered."""
    message = work.get(Message, message_id)
    if message and message.stage is Stage.WAITING:
        work.put(message_id, message.but(stage=Stage.READY))
    elif message and message.settled:
        work.forget(Message, message_id)


def claimed(work: Work, event: ClaimMessages) -> list[Message]:
    """Those that `holder` may send now."""
    before = work.fetch(Message, event.message_ids)
    after = {key: claim(message, event, work.now) for key, message in before.items()}
    for key, message in after.items():
        work.put(key, message)
    return [message for key, message in after.items() if message is not before[key] and message.stage is Stage.SENDING]


def handed_over(work: Work, event: HandMessageOver) -> bool:
    """Whether `holder` may go on."""
    message = hand_over(_message(work, event.message_id), event)
    if message:
        work.put(event.message_id, message)
    return message is not None


def bounced(work: Work, event: MessageBounced) -> None:
    """It did not arrive after all (R28). One that was let go of, or that is nobody's, is no fault."""
    before = work.get(Message, event.message_id)
    if before is None:
        return
    if before.stage is Stage.SENDING:
        raise NotYet("the message is still being sent")
    message, kind = came_back(before, event, work.now)
    work.put(event.message_id, message)
    if kind:
        work.publish(task(message, kind, work.now, work.rules))


def settled(work: Work, event: SettleMessage) -> None:
    message, kind = settle(_message(work, event.message_id), event, work.now)
    work.put(event.message_id, message)
    if kind:
        work.publish(task(message, kind, work.now, work.rules))


ERASING, AGAIN = erasing(erased)
HANDLERS: Mapping[type[Event], Callable[[Work, Any], Any]] = {
    requests.ContactRequestSubmitted: submitted,
    requests.ContactRequestRouted: routed,
    requests.ContactRequestHeld: held,
    requests.ContactRequestNeedsPerson: needs_person,
    blocks.BlockAuthorised: authorised,
    blocks.BlockRefused: refused,
    blocks.BlockMoreAsked: more_asked,
    blocks.BlockImplemented: implemented,
    blocks.BlockLifted: partial(about_block, Step.LIFTED),
    blocks.BlockWithdrawalNoted: partial(about_block, Step.WITHDRAWAL_NOTED),
    blocks.BlockEnded: ended,
    reviews.ReviewDecided: reviewed,
    reviews.HandoverIssued: released,
    breaches.BreachAlerted: breach_alerted,
    ClaimMessages: claimed,
    HandMessageOver: handed_over,
    MessageBounced: bounced,
    SettleMessage: settled,
    **ERASING,
}
DUE: Mapping[type[State], Callable[[Work, str], Any]] = {Message: time_has_come, **AGAIN}


def _correspondence(work: Work, request_id: str) -> Correspondence:
    state = work.get(Correspondence, request_id)
    if state is None:
        raise NotYet("the request of this event is not known yet")
    return state


def _message(work: Work, message_id: str) -> Message:
    message = work.get(Message, message_id)
    if message is None:
        raise Rejected("there is no such message")
    return message


def _say(work: Work, state: Correspondence, *things: Said | None) -> None:
    """What was not said before; an e-mail is put where the sending finds it, anything else is published."""
    fresh = {_id(thing): thing for thing in things if thing and _id(thing) not in state.said}
    work.put(state.request_id, state.but(said=(*state.said, *fresh)))
    for key, thing in fresh.items():
        if isinstance(thing, Message):
            work.put(key, thing.but(kept_until=work.rules.kept_until(work.now, work.rules.messages_kept_days)))
            raised = first_task(thing, work.now, work.rules)
            work.publish(*([raised] if raised else []))
        else:
            work.publish(thing)


def _id(thing: Said) -> str:
    if isinstance(thing, Message):
        return thing.message_id
    if isinstance(thing, TaskRaised):
        return thing.task_id
    return thing.note_id if isinstance(thing, CaseFileNoteIssued) else thing.notice_id


def _decided(state: Correspondence, event: blocks.BlockEvent, reason: str | None) -> CaseFileNoteIssued | None:
    facts: dict[str, Any] = {
        "prisoner_number": event.prisoner_number,
        "person": state.person(event.block_id),
        "reason": reason,
    }
    about = event.block_id if reason is None else _once_each_time(event)
    return note(state, CaseFileStep.DECIDED, about, event.at, prison=event.prison_id, **facts)


def _once_each_time(event: blocks.BlockEvent) -> str:
    """A prison may ask or refuse more than once about one block; each time is told."""
    return f"{event.block_id}/{event.at.isoformat()}"
