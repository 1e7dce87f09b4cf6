"""What the central team may do over HTTP: read a case, hold it, have it erased, and export what is kept about somebody."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import PlainTextResponse

from services.records.domain import exports
from services.records.domain.calls import Erase, LiftHold, PlaceHold
from services.records.domain.case import CaseRecord, Pointer
from services.records.domain.keeping import Ground, Trace, reference_mark
from services.records.domain.shelf import follow
from services.records.domain.story import Line, Page, pages
from services.records.domain.subjects import Verified
from services.records.domain.texts import document
from shared.domain.access import Action
from shared.domain.addresses import Address, canonical_postcode
from shared.domain.contact_points import ContactPoints
from shared.domain.emails import canonical_email
from shared.domain.identifiers import canonical_prisoner_number
from shared.domain.phones import canonical_phone
from shared.domain.references import canonical_reference
from shared.events.envelope import derive_id
from shared.events.form import Form, Words
from shared.events.principals import SERVICES
from shared.events.requests import Fault
from shared.runtime.audit.anchoring import Anchor
from shared.runtime.callers import REFUSED, Permit, not_there
from shared.runtime.ids import new_id
from shared.runtime.problems import Problem, problem
from shared.runtime.service import Service
from shared.runtime.work import Work

Asked = Annotated[str | None, Query(max_length=200)]
Accept = Annotated[str, Header()]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
NOT_NOW = problem("Not possible right now: try again after `Retry-After`")
GONE: dict[int | str, dict[str, Any]] = {410: problem("The case was let go: when, and why")}
DOCUMENT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


class Because(Form):
    """Why a hold is placed or lifted."""

    reason: Words


class Wish(Form):
    """On what ground somebody asked that their case is erased."""

    ground: Ground


class Placed(Form):
    """A legal hold was placed."""

    hold_id: str


class LetGo(Form):
    """It is let go here; the other services follow."""

    status: str = "erased"


class Case(Form):
    """A case as it is kept: how it stands, until when it is kept, what holds it, and every event as it came."""

    record: CaseRecord
    story: Sequence[Line]


def verified(
    name: Annotated[str, Query(min_length=1, max_length=200)],
    reference: Asked = None,
    phone: Asked = None,
    email: Asked = None,
    postcode: Asked = None,
    line: Asked = None,
) -> Verified:
    """A name, and exactly one of `reference`, `phone`, `email`, or `postcode` with `line`: what staff verified."""
    if sum(given is not None for given in (reference, phone, email, postcode or line)) != 1:
        raise _problem("", "give exactly one of reference, phone, email, postcode with line")
    if reference is not None:
        canonical = canonical_reference(reference) or _refuse("reference", "is no reference")
        return Verified(name=name, reference=canonical)
    return Verified(name=name, points=_points(phone, email, postcode, line))


def routes(service: Service) -> APIRouter:
    """The central team's calls, and one of the integrity team's."""
    router, may_call = APIRouter(prefix="/api/v1", responses=REFUSED | {503: NOT_NOW}), service.callers.may
    Seeing = Annotated[Permit, Depends(may_call(Action.SEE_CASE))]
    Holding = Annotated[Permit, Depends(may_call(Action.HOLD_CASE))]
    Erasing = Annotated[Permit, Depends(may_call(Action.ERASE_CASE))]

    @router.get("/cases/{reference}", responses=GONE)
    async def case(permit: Seeing, reference: str) -> Case:
        """A case and its story. One that was let go is 410, with when and why."""
        return await service.query(lambda work: _case(work, _id(work, reference)))

    @router.post("/cases/{reference}/holds", status_code=201, responses=GONE)
    async def hold(permit: Holding, reference: str, because: Because, idempotency_key: Key = None) -> Placed:
        """Places a legal hold: the case is kept, by every service, until it is lifted."""
        case_id, by = await service.query(lambda work: _id(work, reference)), permit.caller.subject
        named = derive_id("hold", by, case_id, idempotency_key) if idempotency_key else new_id(service.clock.now())
        call = PlaceHold(case_id=case_id, reason=because.reason, placed_by=by)
        return Placed(hold_id=_found(await service.call(call, named)))

    @router.delete("/cases/{reference}/holds/{hold_id}", status_code=204, responses=GONE)
    async def lift(permit: Holding, reference: str, hold_id: str, because: Because) -> None:
        """Lifts a legal hold; what came due meanwhile is let go."""
        case_id = await service.query(lambda work: _id(work, reference))
        call = LiftHold(case_id=case_id, hold_id=hold_id, reason=because.reason, lifted_by=permit.caller.subject)
        _found(await service.call(call, new_id(service.clock.now())) or None)

    @router.post("/cases/{reference}/erasure", status_code=202, responses=GONE | {409: problem("It may not be")})
    async def erase(permit: Erasing, reference: str, wish: Wish) -> LetGo:
        """Lets go of a case because somebody asked; 409 while it is the prison's to decide, in force, or under a legal hold."""
        case_id = await service.query(lambda work: _own(work, reference))
        refused = await service.call(Erase(case_id=case_id, ground=wish.ground), new_id(service.clock.now()))
        if refused:
            raise Problem(409, refused)
        return LetGo()

    @router.get("/audit-anchors")
    async def anchors(permit: Annotated[Permit, Depends(may_call(Action.SEE_AUDIT))]) -> Sequence[Anchor]:
        """How far each chain of the audit log has come: for who keeps that elsewhere, too."""
        found = await service.query(lambda work: work.find(Anchor, *SERVICES))
        return [anchor for _, anchor in sorted(found.items())]

    _install_exports(router, service)
    return router


def _install_exports(router: APIRouter, service: Service) -> None:
    """Each as JSON, or as a document to read where `text/plain` is asked for."""
    Exporting = Annotated[Permit, Depends(service.callers.may(Action.EXPORT_SUBJECT))]
    Who = Annotated[Verified, Depends(verified)]

    @router.get("/subject-access/protected-person", response_model=exports.ProtectedPersonsExport, responses=DOCUMENT)
    async def protected_person(permit: Exporting, who: Who, accept: Accept = "") -> Any:
        """What is kept about a protected person, for them."""
        found = await service.query(
            lambda work: [(c, b, _story(work, c)) for c in _cases(work, who) for b in who.are(c)]
        )
        return _as("protected_person", exports.for_protected_person(found), accept)

    @router.get("/subject-access/requester", response_model=exports.RequestersExport, responses=DOCUMENT)
    async def requester(permit: Exporting, who: Who, accept: Accept = "") -> Any:
        """What is kept about somebody who made a request, for them."""
        found = await service.query(lambda work: [(c, _story(work, c)) for c in _cases(work, who) if who.is_asker(c)])
        return _as("requester", exports.for_requester(found), accept)

    @router.get("/subject-access/prisoner", response_model=exports.PrisonersExport, responses=DOCUMENT)
    async def prisoner(permit: Exporting, number: Annotated[str, Query(max_length=20)], accept: Accept = "") -> Any:
        """What a prisoner may be told: names, and nothing more (R16)."""
        canonical = canonical_prisoner_number(number) or _refuse("number", "is a letter, four digits and two letters")
        cases = await service.query(lambda work: work.fetch(CaseRecord, follow(work, canonical).cases))
        return _as("prisoner", exports.for_prisoner(cases.values()), accept)


def _id(work: Work, reference: str) -> str:
    """The case of a reference, however it was typed."""
    canonical = canonical_reference(reference)
    pointer = work.get(Pointer, canonical) if canonical else None
    if pointer:
        return pointer.case_id
    for trace in work.find(Trace, reference_mark(canonical or "")).values():
        raise Problem(410, f"The case was erased on {trace.at.date().isoformat()}: {trace.because}")
    raise not_there()


def _own(work: Work, reference: str) -> str:
    """The case of its own reference, not of a report's that is part of it: anybody can report, and has that one (R29, R47)."""
    case_id = _id(work, reference)
    case = work.get(CaseRecord, case_id)
    if case and case.reference != canonical_reference(reference):
        raise Problem(409, "This is the reference of a report that is part of a case: the case goes by its own")
    return case_id


def _case(work: Work, case_id: str) -> Case:
    case = work.get(CaseRecord, case_id)
    return Case(record=_found(case), story=_story(work, _found(case)))


def _story(work: Work, case: CaseRecord) -> list[Line]:
    found = work.fetch(Page, pages(case.case_id, case.page))
    return sorted((line for page in found.values() for line in page.lines), key=lambda line: line.at)


def _cases(work: Work, who: Verified) -> list[CaseRecord]:
    """Where they may be found; whether it is them `Verified` says."""
    if who.reference:
        pointer = work.get(Pointer, who.reference)
        case = work.get(CaseRecord, pointer.case_id) if pointer else None
        return [case] if case else []
    return list(work.find(CaseRecord, *who.words).values())


def _as(template: str, export: Form, accept: str) -> Any:
    return PlainTextResponse(document(template, export)) if "text/plain" in accept else export


def _points(phone: str | None, email: str | None, postcode: str | None, line: str | None) -> ContactPoints:
    try:
        if phone is not None:  # an unescaped plus sign reaches us as a space
            return ContactPoints(phones=(canonical_phone("+" + phone[1:] if phone.startswith(" ") else phone),))
        if email is not None:
            return ContactPoints(emails=(canonical_email(email),))
    except ValueError as error:
        raise _problem("phone" if phone is not None else "email", str(error)) from None
    known = canonical_postcode(postcode or "") or _refuse(
        "postcode", "is needed with line, and is one of the United Kingdom"
    )
    return ContactPoints(
        addresses=(Address(lines=(line or _refuse("line", "is needed with postcode"),), postcode=known),)
    )


def _found(thing: Any) -> Any:
    if thing is None:
        raise not_there()
    return thing


def _refuse(field: str, fault: str) -> Any:
    raise _problem(field, fault)


def _problem(field: str, fault: str) -> Problem:
    return Problem(
        422, "The question is not as it should be", [Fault(pointer=f"/{field}" if field else "", fault=fault)]
    )
