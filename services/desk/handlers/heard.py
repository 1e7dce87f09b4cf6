"""What the desk does with each event: its own view of cases, lists, reviews, tasks and prisoners."""

from typing import Any

from services.desk.domain import breaches, case, contacts, holding, register, reviews, taken
from services.desk.domain.breaches import Breach
from services.desk.domain.contacts import Contacts
from services.desk.domain.history import happened
from services.desk.domain.holding import Holding
from services.desk.domain.places import Place
from services.desk.domain.register import Prisoner
from services.desk.domain.reviews import Review
from services.desk.domain.taken import Taken
from services.desk.domain.tally import Count
from services.desk.domain.tasks import Task
from services.desk.handlers import keeping, mails, measuring
from services.desk.handlers.breaches import known_breach
from services.desk.handlers.keeping import case_of, count, holding_of, keep_breach, keep_case, keep_holding
from shared.events import blocks, inbound, notices, requests
from shared.events import reviews as review_events
from shared.events.contacts import SocialContactDecided
from shared.events.envelope import Event
from shared.runtime.erasure import EvenIfErased
from shared.runtime.items import Handlers
from shared.runtime.work import NotYet, Work


def submitted(work: Work, event: requests.ContactRequestSubmitted) -> None:
    known = case.submitted(case_of(work, event.request_id), event)
    keep_case(work, known.telling(happened(work.cause, event, event.submitted_at, "channel")))
    count(work, Count.REQUESTS, event.submitted_at)
    measuring.submitted(work, event)


def routed(work: Work, event: requests.ContactRequestRouted) -> None:
    """It is the prison's; on the way there the prisoner may have been heard of elsewhere since."""
    before = case_of(work, event.request_id)
    place = Place(prison_id=event.prison_id, as_of=event.routed_at)
    held = keeping.follow(work, keeping.number_now(work, event.prisoner_number), place)
    keep_holding(work, held)
    line = happened(work.cause, event, event.routed_at, "prison_id", "matched_by", "deadline")
    keep_case(work, case.routed(case_of(work, event.request_id), event).moved(held.place).telling(line))
    if before.matched_by is None:
        in_time = event.routed_at <= event.deadline
        count(work, Count.ROUTED_IN_TIME if in_time else Count.ROUTED_LATE, event.routed_at, event.prison_id)
        measuring.routed(work, event)


def held(work: Work, event: requests.ContactRequestHeld) -> None:
    line = happened(work.cause, event, event.held_at, "because")
    keep_case(work, case.held(case_of(work, event.request_id), event).telling(line))
    measuring.held(work, event)


def needs_person(work: Work, event: requests.ContactRequestNeedsPerson) -> None:
    line = happened(work.cause, event, event.at, "because", "deadline")
    keep_case(work, case.needs_person(case_of(work, event.request_id), event).telling(line))
    measuring.needs_person(work, event)


def block_changed(work: Work, event: blocks.BlockEvent) -> None:
    before = case_of(work, event.request_id)
    line = happened(work.cause, event, event.at, *_FACTS.get(type(event), ()))
    after = case.block_changed(before, event).telling(line)
    measuring.block_changed(work, before, event)
    keep_case(work, after)
    for review in work.find(Review, f"request:{event.request_id}").values():
        keeping.keep_review(work, reviews.of_block(review, after.person(review.block_id).standing))
    person = before.person(event.block_id)
    if isinstance(event, blocks.BlockImplemented) and person.implemented_at is None:
        in_time = person.implement_by is None or event.at <= person.implement_by
        what = Count.IMPLEMENTED_IN_TIME if in_time else Count.IMPLEMENTED_LATE
        count(work, what, event.at, event.prison_id)


def list_changed(work: Work, event: blocks.BlockListChanged) -> None:
    """The newest list is what counts, and where it is to be enforced is where the prisoner is."""
    if event.merged_into:
        keeping.merge(work, event.prisoner_number, event.merged_into)
    held = keeping.follow(work, event.prisoner_number, Place(prison_id=event.prison_id, as_of=event.as_of))
    line = happened(work.cause, event, event.as_of, "version", "also_held_by", "merged_into")
    line = line.model_copy(update={"facts": {**line.facts, "blocks": str(len(event.blocks))}})
    keep_holding(work, holding.listed(held, event, work.rules).telling(line))


def acknowledged(work: Work, event: inbound.BlockListAcknowledged) -> None:
    line = happened(work.cause, event, event.at, "version", "outcome", "reason")
    keep_holding(work, holding.acknowledged(holding_of(work, event.prisoner_number), event).telling(line))


def moved(work: Work, event: inbound.PrisonerMoved) -> None:
    """For the story of those who have one, and for merges; which prison has a case, routing and blocking say."""
    details = event.additionalInformation
    if event.movement is inbound.Movement.MERGED and details.removedNomsNumber:
        keeping.merge(work, details.removedNomsNumber, event.prisoner_number)
    known, held = work.get(Prisoner, event.prisoner_number), work.get(Holding, event.prisoner_number)
    if known or held:
        after = register.moved(known or Prisoner(number=event.prisoner_number), event)
        work.put(after.number, register.kept(after, work.rules))
    if held is None:
        return
    line = happened(work.cause, event, event.occurredAt)
    facts = {"movement": event.movement.value, "reason": details.reason, "prison_id": details.prisonId or ""}
    line = line.model_copy(update={"facts": {name: fact for name, fact in facts.items() if fact}})
    keep_holding(work, held.telling(line))


def told_prisoner(work: Work, event: notices.PrisonerNoticeIssued) -> None:
    _tell_holding(work, event, event.at, "notice_id")


def handed_over(work: Work, event: review_events.HandoverIssued) -> None:
    """Reviews that were open at the release are nobody's any more (R23)."""
    _tell_holding(work, event, event.issued_at, "released_from", "released_at", "crn")
    held = _holding_now(work, event.prisoner_number).handed_over(event.issued_at)
    keep_holding(work, held)
    for review in work.find(Review, f"open:{held.number}").values():
        keeping.keep_review(work, reviews.handed_over(review, event.issued_at))


def told_cps(work: Work, event: notices.CaseFileNoteIssued) -> None:
    if event.request_id:
        line = happened(work.cause, event, event.at, "step")
        keep_case(work, case_of(work, event.request_id).telling(line))


def task_raised(work: Work, event: notices.TaskRaised) -> None:
    known = work.get(Task, event.task_id) or Task(task_id=event.task_id)
    keeping.keep_task(work, known.but(raised=event))
    if event.request_id:
        line = happened(work.cause, event, event.at, "kind", "step")
        keep_case(work, case_of(work, event.request_id).telling(line))


def reviewed(work: Work, event: review_events.ReviewEvent) -> None:
    before = work.get(Review, event.review_id) or Review(review_id=event.review_id)
    if isinstance(event, review_events.ReviewOpened):
        place = Place(prison_id=event.prison_id, as_of=event.at)
        keep_holding(work, keeping.follow(work, keeping.number_now(work, event.prisoner_number), place))
    after = reviews.heard(work.get(Review, event.review_id) or before, event)
    if isinstance(event, review_events.ReviewOpened):
        after = _closed_before(work, after, event)
    keeping.keep_review(work, after)
    line = happened(work.cause, event, event.at, "kind", "due", *_FACTS.get(type(event), ()))
    keep_case(work, case_of(work, event.request_id).telling(line))
    if isinstance(event, review_events.ReviewDecided):
        in_time = not before.overdue and event.at <= event.due
        what = Count.REVIEWED_IN_TIME if in_time else Count.REVIEWED_LATE
        count(work, what, event.at, event.prison_id)
        measuring.reviewed(work, event)


def prison_decided(work: Work, event: inbound.PrisonDecided) -> None:
    """What anybody decided, here or at an estate's own desk."""
    line = happened(
        work.cause, event, event.decided_at, "outcome", "reason", "action", by=event.decided_by or event.prison_id
    )
    if event.breach_id:
        known = breaches.decided(known_breach(work, event.breach_id), event)
        keep_breach(work, known.telling(line))
        return keeping.tell_case(work, known.request_id, line)
    if event.review_id:
        known_review = work.get(Review, event.review_id)
        if known_review is None:
            raise NotYet("no such review is known here yet")
        review = reviews.decided(known_review, event)
        keeping.keep_review(work, review)
        return keeping.tell_case(work, review.request_id, line)
    known_case = _case_decided(work, event)
    keep_case(work, case.decided(known_case, event).telling(line))


def prisoner_chosen(work: Work, event: inbound.RoutingDecided) -> None:
    line = happened(work.cause, event, event.decided_at, "prisoner_number", "reason", by=event.decided_by)
    report = work.get(Breach, event.request_id)
    if report:
        return keep_breach(work, breaches.chosen(report, event).telling(line))
    keep_case(work, case.decided(case_of(work, event.request_id), event).telling(line))


def prisoner_recorded(work: Work, event: inbound.PrisonerRecorded) -> None:
    known = work.get(Prisoner, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    work.put(known.number, register.kept(register.recorded(known, event), work.rules))


def contact_changed(work: Work, event: inbound.SocialContactChanged) -> None:
    after = contacts.changed(_contacts(work, event.prisoner_number), event)
    work.put(after.number, after)


def contact_decided(work: Work, event: SocialContactDecided) -> None:
    after = contacts.decided(_contacts(work, event.prisoner_number), event)
    work.put(after.number, after)


def replied(work: Work, event: requests.Reply) -> None:
    """Intake's answer to what an operator took down."""
    known = work.get(Taken, event.external_id or "")
    if known:
        keeping.keep_taken(work, taken.answered(known, event, work.now))
    mails.replied(work, event)


def _closed_before(work: Work, review: Review, event: review_events.ReviewOpened) -> Review:
    """The end of its block, or the handover, may have been heard of first."""
    review = reviews.of_block(review, case_of(work, event.request_id).person(event.block_id).standing)
    return reviews.handed_over(review, holding_of(work, event.prisoner_number).handed_over_at)


def _contacts(work: Work, number: str) -> Contacts:
    """Those of the kept number, since a merge (R39)."""
    known = work.get(Prisoner, number)
    number = (known and known.merged_into) or number
    return work.get(Contacts, number) or Contacts(number=number)


def _case_decided(work: Work, event: inbound.PrisonDecided) -> case.Case:
    if event.request_id:
        return case_of(work, event.request_id)
    found = work.find(case.Case, f"block:{event.block_id}")
    if not found:
        raise NotYet("no such block is known here yet")
    return next(iter(found.values()))


def _tell_holding(work: Work, event: Any, at: Any, *facts: str) -> None:
    line = happened(work.cause, event, at, *facts)
    keep_holding(work, _holding_now(work, event.prisoner_number).telling(line))


def _holding_now(work: Work, number: str) -> Holding:
    """That of the kept number, since a merge (R11)."""
    held = holding_of(work, number)
    return holding_of(work, held.merged_into) if held.merged_into else held


_FACTS: dict[type[Event], tuple[str, ...]] = {
    blocks.BlockAuthorised: ("implementation_deadline",),
    blocks.BlockRefused: ("reason",),
    blocks.BlockMoreAsked: ("reason",),
    blocks.BlockImplemented: ("version",),
    blocks.BlockUnconfirmed: ("because",),
    blocks.BlockEnded: ("because",),
    review_events.ReviewDecided: ("outcome", "next_review_on"),
}
EVENTS: Handlers = {
    requests.ContactRequestSubmitted: submitted,
    requests.ContactRequestRouted: routed,
    requests.ContactRequestHeld: held,
    requests.ContactRequestNeedsPerson: needs_person,
    **dict.fromkeys(case.BLOCK_EVENTS, block_changed),
    blocks.BlockListChanged: list_changed,
    inbound.BlockListAcknowledged: acknowledged,
    inbound.PrisonerMoved: moved,
    notices.PrisonerNoticeIssued: told_prisoner,
    notices.CaseFileNoteIssued: told_cps,
    notices.TaskRaised: task_raised,
    review_events.HandoverIssued: handed_over,
    review_events.ReviewOpened: reviewed,
    review_events.ReviewDecided: reviewed,
    review_events.ReviewOverdue: reviewed,
    requests.Reply: replied,
    inbound.PrisonDecided: prison_decided,
    inbound.RoutingDecided: prisoner_chosen,
    inbound.PrisonerRecorded: prisoner_recorded,
    inbound.SocialContactChanged: contact_changed,
    SocialContactDecided: EvenIfErased(contact_decided),
}
