"""What records does with each event: write it into the story of its case, and see until when the case is kept."""

from typing import Any

from services.records.domain import keeping, news
from services.records.domain.calls import Erase, LiftHold, PlaceHold
from services.records.domain.case import CaseRecord, Hold, Prisoner
from services.records.domain.operations import Operation
from services.records.domain.shelf import (
    case_of,
    follow,
    forget,
    gone,
    hang,
    join,
    keep,
    known,
    let_go,
    point,
    record,
    write,
)
from shared.events import blocks, breaches, notices, requests, reviews
from shared.events.anchors import AuditAnchored
from shared.events.contacts import SocialContactDecided
from shared.events.erasures import CaseErased, ErasedBecause
from shared.events.inbound import Movement, PrisonerMoved
from shared.events.operations import OperationDone
from shared.runtime.audit.anchoring import Anchor, first_heard
from shared.runtime.erasure import Erased, erasing
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import Work


def submitted(work: Work, event: requests.ContactRequestSubmitted) -> None:
    case = write(work, event.request_id, event, lambda case: news.submitted(case, event))
    named = [name for block_id in case.blocks for name in (block_id, notices.notice_id(block_id))]
    point(work, case, event.reference, *named)


def about_request(work: Work, event: Any) -> None:
    """An event that names its request, and no more than that."""
    write(work, event.request_id, event)


def about_prisoner(work: Work, event: Any) -> None:
    """An event that names its request, and says which prisoner it is about."""
    write(work, event.request_id, event)
    hang(work, event.request_id, event.prisoner_number)


def routed(work: Work, event: requests.ContactRequestRouted) -> None:
    write(work, event.request_id, event, news.routed)
    hang(work, event.request_id, event.prisoner_number)


def held(work: Work, event: requests.ContactRequestHeld) -> None:
    write(work, event.request_id, event, lambda case: news.held(case, event))
    hang(work, event.request_id, event.prisoner_number)


def block_changed(work: Work, event: blocks.BlockEvent) -> None:
    at = work.cause.time
    write(work, event.request_id, event, lambda case: news.block_changed(case, event, at))
    hang(work, event.request_id, event.prisoner_number)


def breach_reported(work: Work, event: Any) -> None:
    """A report of a request is part of its case; one of which no request is known is a case by itself, until one is."""
    case_id = event.request_id or case_of(work, event.breach_id) or event.breach_id
    alone = work.get(CaseRecord, event.breach_id)
    if alone and case_id != event.breach_id:
        join(work, alone, case_id)
    case = write(work, case_id, event, lambda case: news.breach_reported(case, event))
    point(work, case, event.breach_id, event.breach_reference)


def about_breach(work: Work, event: Any) -> None:
    write(work, known(work, event.breach_id), event)


def handed_over(work: Work, event: reviews.HandoverIssued) -> None:
    """Into each case as far as it is about that (R23)."""
    ids = [b.block_id for b in event.blocks if not work.is_there(Erased, [b.block_id])]
    prisoner = follow(work, event.prisoner_number)
    for case_id in dict.fromkeys(known(work, block_id) for block_id in ids):
        case = record(work, case_id)
        write(work, case_id, news.of_case(event, case), lambda case: news.released(case, event, prisoner.received_at))


def contact_decided(work: Work, event: SocialContactDecided) -> None:
    """A contact that met a block is part of its case; any other is nobody's but the prisoner's."""
    if event.block_id:
        write(work, known(work, event.block_id), event)


def noticed(work: Work, event: notices.PrisonerNoticeIssued) -> None:
    """A notice does not say which block it is about (R16); its id does, to who knows the block."""
    if work.is_there(Erased, [event.notice_id]):
        return
    case_id = known(work, event.notice_id)
    block_id = next(key for key in record(work, case_id).blocks if notices.notice_id(key) == event.notice_id)
    write(work, case_id, event, lambda case: news.told(case, block_id, event.name))


def noted(work: Work, event: notices.CaseFileNoteIssued) -> None:
    about = event.request_id or event.breach_id
    if about:
        write(work, event.request_id or known(work, about), event)


def task_raised(work: Work, event: notices.TaskRaised) -> None:
    if event.request_id:
        write(work, event.request_id, event)


def moved(work: Work, event: PrisonerMoved) -> None:
    """A reception ends that blocks are dormant (R23); a merge brings the cases of two numbers together (R11)."""
    if event.movement is Movement.MERGED and event.additionalInformation.removedNomsNumber:
        return merged(work, event.prisoner_number, event.additionalInformation.removedNomsNumber)
    prisoner = follow(work, event.prisoner_number)
    if event.movement is not Movement.RECEIVED or not prisoner.cases:
        return
    at = max(event.occurredAt, prisoner.received_at or event.occurredAt)
    work.put(prisoner.number, prisoner.but(received_at=at))
    for case in work.fetch(CaseRecord, prisoner.cases).values():
        keep(work, news.received(case, at))


def merged(work: Work, kept: str, removed: str) -> None:
    into, gone = follow(work, kept), work.get(Prisoner, removed) or Prisoner(number=removed)
    if gone.merged_into or into.number == removed:
        return
    received = max((at for at in (into.received_at, gone.received_at) if at), default=None)
    cases = tuple(dict.fromkeys([*into.cases, *gone.cases]))
    work.put(into.number, into.but(cases=cases, received_at=received))
    work.put(removed, Prisoner(number=removed, merged_into=into.number))
    for case in work.fetch(CaseRecord, gone.cases).values():
        keep(work, case.but(prisoner_number=into.number))


def hold_placed(work: Work, call: PlaceHold) -> str | None:
    """The id of the hold; None where there is no such case."""
    case = work.get(CaseRecord, call.case_id)
    if case is None:
        return None
    hold = Hold(hold_id=work.cause.derive("hold"), reason=call.reason, placed_by=call.placed_by, placed_at=work.now)
    if hold.hold_id not in case.holds:  # otherwise it is asked for again, under the same Idempotency-Key
        write(work, call.case_id, call, lambda case: keeping.held(case, hold))
    return hold.hold_id


def hold_lifted(work: Work, call: LiftHold) -> bool:
    """Whether there was such a hold."""
    case = work.get(CaseRecord, call.case_id)
    if case is None or call.hold_id not in case.holds:
        return False
    write(work, call.case_id, call, lambda case: keeping.freed(case, call.hold_id))
    return True


def erasure_asked(work: Work, call: Erase) -> str | None:
    """Why it may not be; None where it is erased, or was before."""
    case = work.get(CaseRecord, call.case_id)
    refused = keeping.refusal(case) if case else None
    if case and not refused:
        let_go(work, case, ErasedBecause.ASKED, call.ground)
    return refused


def time_came(work: Work, case_id: str) -> None:
    """Its time is over; by the rules as they are now it may have more (R48)."""
    case = work.get(CaseRecord, case_id)
    if case is None:
        return
    case = keeping.kept(case, work.rules)
    if keeping.may_be_let_go(case, work.now):
        let_go(work, case, ErasedBecause.RETENTION)
    else:
        work.put(case_id, case)


def anchored(work: Work, event: AuditAnchored) -> None:
    """Kept here, away from the database that the chain lies in."""
    known = work.get(Anchor, event.chain) or first_heard(event, work.now)
    work.put(event.chain, known.heard(event, work.now, work.rules))


def operated(work: Work, event: OperationDone) -> None:
    """What was done by hand is kept with who did it and why."""
    operation = Operation(did=event.did, subject=event.subject, by=event.by, reason=event.reason, at=event.at)
    work.put(work.cause.derive("operation"), operation)


HANDLERS: Handlers = {
    requests.ContactRequestSubmitted: submitted,
    requests.ContactRequestRouted: routed,
    requests.ContactRequestHeld: held,
    requests.ContactRequestNeedsPerson: about_request,
    **dict.fromkeys(
        (
            blocks.BlockAuthorised,
            blocks.BlockRefused,
            blocks.BlockMoreAsked,
            blocks.BlockImplemented,
            blocks.BlockUnconfirmed,
            blocks.BlockLifted,
            blocks.BlockWithdrawalNoted,
            blocks.BlockEnded,
        ),
        block_changed,
    ),
    **dict.fromkeys((reviews.ReviewOpened, reviews.ReviewDecided, reviews.ReviewOverdue), about_prisoner),
    reviews.HandoverIssued: handed_over,
    breaches.BreachReportSubmitted: breach_reported,
    breaches.BreachReportRouted: breach_reported,
    breaches.BreachAlerted: breach_reported,
    breaches.BreachReportNeedsPerson: about_breach,
    breaches.BreachActionRecorded: about_breach,
    SocialContactDecided: contact_decided,
    notices.PrisonerNoticeIssued: noticed,
    notices.CaseFileNoteIssued: noted,
    notices.TaskRaised: task_raised,
    PrisonerMoved: moved,
    AuditAnchored: anchored,
    OperationDone: operated,
    CaseErased: gone,
    PlaceHold: hold_placed,
    LiftHold: hold_lifted,
    Erase: erasure_asked,
}
DUE: DueHandlers = {CaseRecord: time_came, **erasing(forget)[1]}
