"""What intake does with each event: take in what is complete, say what is wrong with the rest, keep how each request stands."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import count

from services.intake.domain import sender
from services.intake.domain.breach import Breach
from services.intake.domain.calls import Answer, Ask, Refused, Report, Taken
from services.intake.domain.identity import Name, Named, Pair, Submission, earlier, fingerprint, names, pairs
from services.intake.domain.journey import Journey
from services.intake.domain.knowing import known_by
from services.intake.domain.request import Happening, Request, Step
from services.intake.domain.sender import Sender
from shared.domain.references import reference_for
from shared.domain.working_days import if_known
from shared.events import blocks, requests, reviews
from shared.events.breaches import BreachReport, BreachReportSubmitted
from shared.events.check import check_breach, check_request
from shared.events.erasures import CaseErased
from shared.events.form import ContactRequest, Form
from shared.events.requests import Channel, Fault, HeldBecause, Reply, ReplyOutcome, block_id
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.erasure import Erased, erasing
from shared.runtime.items import Handlers
from shared.runtime.work import NotYet, Work


def request_received(work: Work, event: ContactRequestReceived) -> None:
    channel, who = sender.channel(work.cause.lane, event.body), partial(sender.on_kafka, work.cause.lane)
    answer = take_request(work, event.body, channel, None, who, sender.came_at(work.cause.lane, event.body, work.now))
    ids = {"request_id": answer.id} if isinstance(answer, Taken) else {}
    reply(work, event.external_id, answer, ids)


def breach_received(work: Work, event: BreachReportReceived) -> None:
    channel, who = sender.channel(work.cause.lane, event.body), partial(sender.breach_on_kafka, work.cause.lane)
    answer = take_breach(work, event.body, channel, None, who)
    ids = {"breach_id": answer.id} if isinstance(answer, Taken) else {}
    reply(work, event.external_id, answer, ids)


def asked(work: Work, call: Ask) -> Answer:
    return take_request(work, call.body, call.channel, call.idempotency_key, lambda _: call.sender)


def reported(work: Work, call: Report) -> Answer:
    return take_breach(
        work, call.body, call.channel, call.idempotency_key, lambda form: call.sender or sender.public(form)
    )


def take_request(
    work: Work,
    body: object,
    channel: Channel,
    key: str | None,
    who: Callable[[ContactRequest], Sender],
    came_at: datetime | None = None,
) -> Answer:
    """A request that is complete is one request, however often and by whichever door it is submitted (R5).

    `came_at` is when it was, where that was before now (R8).
    """
    form, faults = check_request(body, work.now)
    if form is None:
        return Refused(faults=faults)
    by = who(form)
    called = names("request", form, key, form.external_id, by.owner)
    _foresee(work, form)
    before = _before(work, called, form)
    if isinstance(before, Fault):
        return Refused(faults=[before], conflict=True)
    if faults and not before:
        return Refused(faults=faults)
    made = before.made if before else work.cause.derive("request")
    request = work.get(Request, made) or _submit(work, form, channel, by, came_at or work.now)
    if request.owner is None:
        work.put(request.request_id, request.but(owner=by.owner))
    _remember(work, called, form, request.request_id)
    return Taken(id=request.request_id, reference=request.reference, routing_deadline=request.routing_deadline)


def take_breach(
    work: Work, body: object, channel: Channel, key: str | None, who: Callable[[BreachReport], Sender]
) -> Answer:
    """A breach report, taken in once (R5, R29). Whether its reference is anybody's stays unsaid (R42, R47)."""
    form, faults = check_breach(body, work.now)
    if form is None:
        return Refused(faults=faults)
    by = who(form)
    called = names("breach", form, key, form.external_id, by.owner)
    before = _before(work, called, form)
    if isinstance(before, Fault):
        return Refused(faults=[before], conflict=True)
    breach_id = before.made if before else work.cause.derive("breach")
    breach = work.get(Breach, breach_id) or _submit_breach(work, form, channel, breach_id, by)
    _remember(work, called, form, breach_id)
    return Taken(id=breach_id, reference=breach.reference)


def reply(work: Work, external_id: str | None, answer: Answer, ids: dict[str, str]) -> None:
    """The answer on the replies topic, in the lane in which it was asked (R3)."""
    taken = isinstance(answer, Taken)
    work.publish(
        Reply(
            external_id=external_id or work.cause.id,
            outcome=ReplyOutcome.ACCEPTED if taken else ReplyOutcome.REJECTED,
            reference=answer.reference if isinstance(answer, Taken) else None,
            faults=tuple(answer.faults) if isinstance(answer, Refused) else (),
            **ids,
        ),
        lane=work.cause.lane,
    )


def submitted(work: Work, event: requests.ContactRequestSubmitted) -> None:
    """Its own word, which is news where the database went back to a backup: how it stands can be asked again (R6).

    When it was is what was said first: a record that is read again is no new submission (R8). Who sent it, and under which
    names, the event does not say: where it came over Kafka, the sender's own record does.
    """
    known = work.get(Request, event.request_id)
    if known is None:
        _linked(work, event.request, event.request_id)
        work.put(event.reference, Named(request_id=event.request_id))
        _keep(work, event.request, event.request_id, event.reference, None, event.submitted_at)
    elif event.submitted_at < known.submitted_at:
        deadline = if_known(work.rules.routing_deadline, event.submitted_at)
        work.put(known.request_id, known.submitted_before(event.submitted_at, deadline))


def breach_submitted(work: Work, event: BreachReportSubmitted) -> None:
    """The same, for a breach report (R29)."""
    if work.get(Breach, event.breach_id) is None:
        work.put(event.breach_reference, Named(breach_id=event.breach_id))
        breach = Breach(reference=event.breach_reference, request_id=event.request_id, submitted_at=event.submitted_at)
        work.put(event.breach_id, breach)


def needs_person(work: Work, event: requests.ContactRequestNeedsPerson) -> None:
    hear(work, event.request_id, Happening(at=event.at, step=Step.NEEDS_PERSON))


def held(work: Work, event: requests.ContactRequestHeld) -> None:
    in_transit = event.because is HeldBecause.IN_TRANSIT
    hear(work, event.request_id, Happening(at=event.held_at, step=Step.HELD, in_transit=in_transit))


def routed(work: Work, event: requests.ContactRequestRouted) -> None:
    hear(work, event.request_id, Happening(at=event.routed_at, step=Step.ROUTED, prison_id=event.prison_id))


STEPS: dict[type[blocks.BlockEvent], Step] = {
    blocks.BlockMoreAsked: Step.MORE_ASKED,
    blocks.BlockRefused: Step.REFUSED,
    blocks.BlockAuthorised: Step.AUTHORISED,
    blocks.BlockImplemented: Step.IMPLEMENTED,
    blocks.BlockLifted: Step.LIFTED,
    blocks.BlockEnded: Step.ENDED,
}


def block_changed(work: Work, event: blocks.BlockEvent) -> None:
    deadline = event.implementation_deadline if isinstance(event, blocks.BlockAuthorised) else None
    news = Happening(at=event.at, step=STEPS[type(event)], block_id=event.block_id, prison_id=event.prison_id)
    request = _known(work, event.request_id)
    work.put(request.request_id, request.heard(news, deadline))


def reviewed(work: Work, event: reviews.ReviewDecided) -> None:
    hear(work, event.request_id, Happening(at=event.at, step=Step.REVIEWED, block_id=event.block_id))


def erased(work: Work, event: CaseErased) -> None:
    """What names the case goes with it: its reference, and the names under which it and its breach reports were submitted."""
    request = work.get(Request, event.request_id)
    breaches = {**work.fetch(Breach, event.breach_ids), **work.find(Breach, event.request_id)}
    references = [breach.reference for breach in breaches.values()]
    for reference in [request.reference, *references] if request else references:
        work.forget(Named, reference)
    for submission in work.find(Submission, event.request_id, *event.breach_ids, *breaches):
        work.forget(Submission, submission)
    for journey in work.find(Journey, event.request_id, *event.breach_ids):
        work.forget(Journey, journey)
    for place, pair in work.find(Pair, event.request_id).items():
        work.forget(Pair, place, pair.without(event.request_id))
    work.forget(Request, event.request_id)
    for breach_id in breaches:
        work.forget(Breach, breach_id)


def released(work: Work, event: reviews.HandoverIssued) -> None:
    """Settled, and handed over: the blocks rest. When it is told counts, and not when it was (R23, R41)."""
    known = work.fetch(Named, [block.reference for block in event.blocks])
    for block in event.blocks:
        if work.is_there(Erased, [block.block_id]):
            continue
        request_id = known[block.reference].request_id if block.reference in known else None
        if request_id is None:
            raise NotYet("a request of this handover is not known here")
        hear(work, request_id, Happening(at=event.issued_at, step=Step.RELEASED, block_id=block.block_id))


def hear(work: Work, request_id: str, news: Happening) -> None:
    """Keeps what happened to a request."""
    request = _known(work, request_id)
    work.put(request_id, request.heard(news))


def _known(work: Work, request_id: str) -> Request:
    request = work.get(Request, request_id)
    if request is None:
        raise NotYet("the request is not known here")
    return request


def _before(work: Work, called: Sequence[Name], form: Form) -> Submission | Fault | None:
    return earlier(called, work.fetch(Submission, [name.id for name in called]), form, work.now)


def _remember(work: Work, called: Sequence[Name], form: Form, made: str) -> None:
    for name in called:
        before = work.get(Submission, name.id)
        if before is None or not name.still(before, work.now):
            work.put(name.id, Submission(fingerprint=fingerprint(form), made=made, at=work.now))


def _foresee(work: Work, form: ContactRequest) -> None:
    """All that a new request comes to, loaded at once: looked for one after the other, each would be checked six times."""
    request_id = work.cause.derive("request")
    work.foresee(Request, [request_id])
    work.foresee(Named, [reference_for(request_id, 0)])
    work.foresee(Pair, [place for pair in pairs(form) for place in (*pair.found_under, *pair.left_under)])


def _submit(work: Work, form: ContactRequest, channel: Channel, by: Sender, came_at: datetime) -> Request:
    request_id = work.cause.derive("request")
    reference = _new_reference(work, request_id, Named(request_id=request_id))
    request = _keep(work, form, request_id, reference, by.owner, came_at)
    work.publish(
        requests.ContactRequestSubmitted(
            request_id=request_id,
            reference=reference,
            channel=channel,
            submitted_at=came_at,
            agency=by.agency and form.requester.role.agency,
            linked_requests=_linked(work, form, request_id),
            request=form,
        )
    )
    return request


def _keep(
    work: Work, form: ContactRequest, request_id: str, reference: str, owner: str | None, submitted_at: datetime
) -> Request:
    request = Request(
        request_id=request_id,
        reference=reference,
        owner=owner,
        known_by=known_by(request_id, form.requester),
        submitted_at=submitted_at,
        # The request is not lost for a date that is not known: routing asks a person at once (R46).
        routing_deadline=if_known(work.rules.routing_deadline, submitted_at),
        blocks=tuple(block_id(request_id, place) for place in range(len(form.protected_people))),
        happened=(Happening(at=submitted_at, step=Step.SUBMITTED),),
    )
    work.put(request_id, request)
    return request


def _linked(work: Work, form: ContactRequest, request_id: str) -> tuple[str, ...]:
    """Earlier requests about the same two people, and this one left to be found by later ones (R5)."""
    about = pairs(form)
    known = work.fetch(Pair, dict.fromkeys(place for pair in about for place in pair.found_under))
    for place in dict.fromkeys(place for pair in about for place in pair.left_under):
        work.put(place, (work.get(Pair, place) or Pair()).and_also(request_id))
    return tuple(dict.fromkeys(found for pair in known.values() for found in pair.requests))


def _submit_breach(work: Work, form: BreachReport, channel: Channel, breach_id: str, by: Sender) -> Breach:
    """A reference that is nobody's is not passed on: a person finds out whom the report is about.

    Nor is a case file that neither police nor probation name: it may be the prisoner's own, whose defence gets to see it (R47).
    """
    request_id = _request_of(work, form.reference) if form.reference else None
    reference = _new_reference(work, breach_id, Named(breach_id=breach_id))
    breach = Breach(reference=reference, request_id=request_id, submitted_at=work.now)
    work.put(breach_id, breach)
    work.publish(
        BreachReportSubmitted(
            breach_id=breach_id,
            breach_reference=reference,
            channel=channel,
            request_id=request_id,
            submitted_at=work.now,
            report=form.model_copy(
                update={
                    "reference": form.reference if request_id else None,
                    "cps_urn": form.cps_urn if by.agency else None,
                }
            ),
        )
    )
    return breach


def _request_of(work: Work, reference: str) -> str | None:
    """The request of this reference, or of the earlier report that has it: people are told both."""
    named = work.get(Named, reference) or Named()
    earlier = work.get(Breach, named.breach_id) if named.breach_id else None
    return earlier.request_id if earlier else named.request_id


def _new_reference(work: Work, named_id: str, named: Named) -> str:
    """The first reference for this id that nobody has (R4)."""
    free = (
        reference
        for reference in (reference_for(named_id, attempt) for attempt in count())
        if work.get(Named, reference) is None
    )
    reference = next(free)
    work.put(reference, named)
    return reference


ERASING, DUE = erasing(erased)
HANDLERS: Handlers = {
    ContactRequestReceived: request_received,
    BreachReportReceived: breach_received,
    Ask: asked,
    Report: reported,
    requests.ContactRequestSubmitted: submitted,
    BreachReportSubmitted: breach_submitted,
    requests.ContactRequestNeedsPerson: needs_person,
    requests.ContactRequestHeld: held,
    requests.ContactRequestRouted: routed,
    reviews.ReviewDecided: reviewed,
    reviews.HandoverIssued: released,
    **dict.fromkeys(STEPS, block_changed),
    **ERASING,
}
