"""What intake does with each event: take in what is complete, say what is wrong with the rest, keep how each request stands."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from services.intake.domain.breach import Breach
from services.intake.domain.calls import Answer, Ask, Refused, Report, Taken
from services.intake.domain.check import check_breach, check_request
from services.intake.domain.identity import (
    Named,
    Pair,
    Submission,
    content_name,
    external_name,
    fingerprint,
    key_name,
    pairs,
    still_the_same,
)
from services.intake.domain.request import Happening, Request, Step
from shared.domain.references import reference_for
from shared.domain.working_days import UnknownCalendar
from shared.events import blocks, requests, reviews
from shared.events.breaches import BreachReport, BreachReportSubmitted
from shared.events.form import ContactRequest, Form
from shared.events.inbound import BreachReportReceived, ContactRequestReceived
from shared.events.requests import Channel, Fault, Reply, ReplyOutcome, block_id
from shared.runtime.core import Handlers
from shared.runtime.work import NotYet, Work

KEY_USED = Fault(pointer="", fault="the Idempotency-Key was used for something else")
NAME_USED = Fault(pointer="/external_id", fault="was used for something else")
NOT_OURS = Fault(
    pointer="/reference", fault="is not known: please check it, or name the prisoner and the protected person"
)


def request_received(work: Work, event: ContactRequestReceived) -> None:
    answer = take_request(work, event.body, Channel.KAFKA, None)
    ids = {"request_id": answer.id} if isinstance(answer, Taken) else {}
    reply(work, event.own_id(), answer, ids)


def breach_received(work: Work, event: BreachReportReceived) -> None:
    answer = take_breach(work, event.body, Channel.KAFKA, None)
    ids = {"breach_id": answer.id} if isinstance(answer, Taken) else {}
    reply(work, event.own_id(), answer, ids)


def asked(work: Work, call: Ask) -> Answer:
    return take_request(work, call.body, call.channel, call.idempotency_key)


def reported(work: Work, call: Report) -> Answer:
    return take_breach(work, call.body, call.channel, call.idempotency_key)


def take_request(work: Work, body: object, channel: Channel, key: str | None) -> Answer:
    """A request that is complete is one request, however often and by whichever door it is submitted (R5)."""
    form, faults = check_request(body, work.now)
    if form is None:
        return Refused(faults=faults)
    names = _names("request", form, key, form.external_id, form.requester.organisation)
    earlier = _earlier(work, names, form, "request")
    if isinstance(earlier, Refused):
        return earlier
    request = (work.get(Request, earlier.made) if earlier else None) or _submit(work, form, channel)
    _remember(work, names, form, request.request_id)
    return Taken(id=request.request_id, reference=request.reference, routing_deadline=request.routing_deadline)


def take_breach(work: Work, body: object, channel: Channel, key: str | None) -> Answer:
    """A breach report, taken in once (R5, R29). Whose the reference is stays unsaid (R42)."""
    form, faults = check_breach(body, work.now)
    if form is None:
        return Refused(faults=faults)
    organisation = form.reporter.name if form.reporter else None
    names = _names("breach", form, key, form.external_id, organisation)
    earlier = _earlier(work, names, form, "breach")
    if isinstance(earlier, Refused):
        return earlier
    known = work.get(Breach, earlier.made) if earlier else None
    if known and earlier:
        return Taken(id=earlier.made, reference=known.reference)
    named = work.get(Named, form.reference) if form.reference else None
    if form.reference and not (named and named.request_id) and not (form.prisoner and form.protected_person):
        return Refused(faults=[NOT_OURS])
    breach_id = work.cause.derive("breach")
    breach = _submit_breach(work, form, channel, breach_id, named.request_id if named else None)
    _remember(work, names, form, breach_id)
    return Taken(id=breach_id, reference=breach.reference)


def reply(work: Work, external_id: str | None, answer: Answer, ids: dict[str, str]) -> None:
    """The answer on the replies topic (R3)."""
    taken = isinstance(answer, Taken)
    work.publish(
        Reply(
            external_id=external_id or work.cause.id,
            outcome=ReplyOutcome.ACCEPTED if taken else ReplyOutcome.REJECTED,
            reference=answer.reference if isinstance(answer, Taken) else None,
            faults=tuple(answer.faults) if isinstance(answer, Refused) else (),
            **ids,
        )
    )


def needs_person(work: Work, event: requests.ContactRequestNeedsPerson) -> None:
    hear(work, event.request_id, Happening(at=event.at, step=Step.NEEDS_PERSON))


def held(work: Work, event: requests.ContactRequestHeld) -> None:
    hear(work, event.request_id, Happening(at=event.held_at, step=Step.HELD))


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


def hear(work: Work, request_id: str, news: Happening) -> None:
    """Keeps what happened to a request."""
    request = _known(work, request_id)
    work.put(request_id, request.heard(news))


def _known(work: Work, request_id: str) -> Request:
    request = work.get(Request, request_id)
    if request is None:
        raise NotYet("the request is not known here")
    return request


def _names(kind: str, form: Form, key: str | None, external_id: str | None, organisation: str | None) -> list[str]:
    """All the names of a submission; its content where it has no other (R5)."""
    names = (key_name(kind, key), external_name(kind, external_id, organisation))
    return [name for name in names if name] or [content_name(kind, fingerprint(form))]


def _earlier(work: Work, names: Sequence[str], form: Form, kind: str) -> Submission | Refused | None:
    """The same submission before, or a refusal where a name was used for another one."""
    known = work.fetch(Submission, names)
    for name in names:
        earlier = known.get(name)
        if earlier and still_the_same(earlier, name, kind, work.now):
            if earlier.fingerprint == fingerprint(form):
                return earlier
            by_key = (len(names) > 1 and name == names[0]) or getattr(form, "external_id", None) is None
            return Refused(faults=[KEY_USED if by_key else NAME_USED], conflict=True)
    return None


def _remember(work: Work, names: Sequence[str], form: Form, made: str) -> None:
    for name in names:
        earlier = work.get(Submission, name)
        if earlier is None or earlier.made != made:
            work.put(name, Submission(fingerprint=fingerprint(form), made=made, at=work.now))


def _submit(work: Work, form: ContactRequest, channel: Channel) -> Request:
    request_id = work.cause.derive("request")
    linked: list[str] = []
    for pair_id in pairs(form):
        pair = work.get(Pair, pair_id) or Pair()
        linked += pair.requests
        work.put(pair_id, pair.but(requests=(*pair.requests, request_id)))
    request = Request(
        request_id=request_id,
        reference=_new_reference(work, request_id, Named(request_id=request_id)),
        role=form.requester.role,
        submitted_at=work.now,
        routing_deadline=_routing_deadline(work),
        blocks=tuple(block_id(request_id, place) for place in range(len(form.protected_people))),
        happened=(Happening(at=work.now, step=Step.SUBMITTED),),
    )
    work.put(request_id, request)
    work.publish(
        requests.ContactRequestSubmitted(
            request_id=request_id,
            reference=request.reference,
            channel=channel,
            submitted_at=work.now,
            linked_requests=tuple(dict.fromkeys(linked)),
            request=form,
        )
    )
    return request


def _submit_breach(work: Work, form: BreachReport, channel: Channel, breach_id: str, request_id: str | None) -> Breach:
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
            report=form,
        )
    )
    return breach


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


def _routing_deadline(work: Work) -> datetime | None:
    try:
        return work.rules.routing_deadline(work.now)
    except UnknownCalendar:
        return None  # the request is not lost for it: routing asks a person at once (R46)


HANDLERS: Handlers = {
    ContactRequestReceived: request_received,
    BreachReportReceived: breach_received,
    Ask: asked,
    Report: reported,
    requests.ContactRequestNeedsPerson: needs_person,
    requests.ContactRequestHeld: held,
    requests.ContactRequestRouted: routed,
    reviews.ReviewDecided: reviewed,
    **dict.fromkeys(STEPS, block_changed),
}
