"""What intake does when somebody goes through its pages: keeps their answers, submits them like everybody's, lets them go."""

from services.intake.domain import sender
from services.intake.domain.calls import Answer, Ask, Report, Taken
from services.intake.domain.identity import Named
from services.intake.domain.journey import Begin, Journey, Kind, OfJourney, Receipt, Reply, Stay, Stopped, Submit
from services.intake.domain.knowing import Tries, knows
from services.intake.domain.request import Request
from services.intake.handlers import asked, reported
from services.intake.pages import answering
from services.intake.pages.kinds import QUESTIONS
from services.intake.pages.status import NOT_FOUND
from shared.domain.references import canonical_reference
from shared.events.envelope import derive_id
from shared.events.requests import Channel
from shared.pages.body import digest_of, value_at
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import Work

After = Journey | Stopped


def begun(work: Work, call: Begin) -> After:
    """A journey of its own, empty."""
    journey = Journey(owner=call.owner, kind=call.kind, last_at=work.now)
    work.put(call.journey, journey)
    return journey


def replied(work: Work, call: Reply) -> After:
    """The journey with the page that was sent; once submitted nothing changes any more."""
    journey = _theirs(work, call)
    if journey is None or journey.receipt or journey.found:
        return journey or Stopped.GONE
    after = answering.replied(QUESTIONS[journey.kind], journey, call, work.now).but(last_at=work.now)
    if after.attempt is None and call.path == "find":
        return _looked(work, journey, after, call)
    work.put(call.journey, after)
    return after


def submitted(work: Work, call: Submit) -> After:
    """What was answered is submitted as it was shown, once (R5, R6); then only the receipt is kept."""
    journey = _theirs(work, call)
    if journey is None or journey.receipt:
        return journey or Stopped.GONE
    questions = QUESTIONS[journey.kind]
    body = questions.complete(journey.body)
    ready = answering.where_to_go_on(questions, journey, work.now) == answering.CHECK
    if not ready or digest_of(body) != call.shown:
        return journey
    answer = _submit(work, journey.kind, body, call.journey)
    if not isinstance(answer, Taken):
        return Stopped.REFUSED
    contact = value_at(body, ("requester", "preferred_contact"))
    receipt = Receipt(
        made=answer.id,
        reference=answer.reference,
        at=work.now,
        routing_deadline=answer.routing_deadline,
        contact=contact,
    )
    left = Journey(owner=journey.owner, kind=journey.kind, last_at=work.now, receipt=receipt)
    work.forget(Journey, call.journey, left)
    return left


def stayed(work: Work, call: Stay) -> After:
    """The answers are kept as if something had been answered now."""
    journey = _theirs(work, call)
    if journey is None:
        return Stopped.GONE
    work.put(call.journey, journey.but(last_at=work.now))
    return journey


def expired(work: Work, journey_id: str) -> None:
    """Nobody went on for a while: all of it goes."""
    journey = work.get(Journey, journey_id)
    if journey and journey.due() <= work.now:
        work.forget(Journey, journey_id)


def tries_expired(work: Work, reference: str) -> None:
    """Nobody was wrong for a while."""
    tries = work.get(Tries, reference)
    if tries and tries.due() <= work.now:
        work.forget(Tries, reference)


def _theirs(work: Work, call: OfJourney) -> Journey | None:
    """The journey of this browser. Another one's is as good as none."""
    journey = work.get(Journey, call.journey)
    return journey if journey and journey.owner == call.owner else None


def _submit(work: Work, kind: Kind, body: dict[str, object], key: str) -> Answer:
    by = sender.on_the_form(key)
    if kind is Kind.REQUEST:
        return asked(work, Ask(body=body, channel=Channel.WEB, idempotency_key=key, sender=by))
    return reported(work, Report(body=body, channel=Channel.WEB, idempotency_key=key, sender=by))


def _looked(work: Work, journey: Journey, after: Journey, call: Reply) -> After:
    """The request that is meant, where both are right; otherwise one and the same answer, and not too often (R41, R42, R47)."""
    typed = str(after.body["reference"])
    reference = canonical_reference(typed) or typed
    tried = derive_id("tries", reference)
    tries = work.get(Tries, tried) or Tries()
    named = work.get(Named, reference)
    request = work.get(Request, (named.request_id if named else None) or tried)
    if tries.too_many(work.now):
        return Stopped.TOO_MANY
    if knows(request, str(after.body["detail"])) and request:
        found = Journey(owner=journey.owner, kind=journey.kind, last_at=work.now, found=request.request_id)
        work.forget(Journey, call.journey, found)
        return found
    work.put(tried, tries.and_at(work.now))
    step = QUESTIONS[journey.kind].steps(journey.body)[0]
    wrong = answering.not_taken(step, journey, call.entries, [NOT_FOUND]).but(last_at=work.now)
    work.put(call.journey, wrong)
    return wrong


HANDLERS: Handlers = {Begin: begun, Reply: replied, Submit: submitted, Stay: stayed}
DUE: DueHandlers = {Journey: expired, Tries: tries_expired}
