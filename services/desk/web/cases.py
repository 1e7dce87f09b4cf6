"""A case on one page, deciding it, and its story."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.desk.domain import calls
from services.desk.domain.calls import Overtaken
from services.desk.domain.case import Case, Protected
from services.desk.dossier import Dossier, dossier
from services.desk.web.desk import Desk, Faults, choice, days, text, texts, version
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.events.inbound import DecisionOutcome

DECIDED = {
    "authorise": DecisionOutcome.AUTHORISE,
    "refuse": DecisionOutcome.REFUSE,
    "more": DecisionOutcome.ASK_FOR_MORE,
}


def routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    seeing, deciding = desk.signed_in(Action.SEE_CASELOAD), desk.signed_in(Action.DECIDE_CASE)

    @router.get("/cases/{reference}")
    async def case(request: Request, reference: str, visitor: Visitor = seeing) -> Response:
        """A case, looked at by staff."""
        return await show(desk, request, visitor, reference)

    @router.post("/cases/{reference}/decide")
    async def decide(request: Request, reference: str, visitor: Visitor = deciding) -> Response:
        """A prison decides about the people of a request (R12)."""
        form, again = await request.form(), partial(show, desk, request, visitor, reference)
        found = await theirs(desk, visitor, Action.DECIDE_CASE, reference)
        if version(form) != found.case.version:
            return await again(409, overtaken=last_of(found.case))
        verdicts, faults = read_verdicts(found, form)
        if faults:
            return await again(422, field=faults, form=form)
        call = calls.Decide(
            who=visitor.who, version=version(form), request_id=found.case.request_id, verdicts=tuple(verdicts)
        )
        return await desk.press(call, form, f"/cases/{found.case.reference}?done=decided", again)

    @router.get("/cases/{reference}/story")
    async def story(request: Request, reference: str, visitor: Visitor = seeing) -> Response:
        """The story of a case, looked at by staff."""
        found = await theirs(desk, visitor, Action.SEE_CASELOAD, reference)
        return desk.page(request, visitor, "story.html", dossier=found, back=f"/cases/{found.case.reference}")

    return router


async def theirs(desk: Desk, visitor: Visitor, action: Action, reference: str) -> Dossier:
    """The case with its surroundings, if they may do `action` to it."""
    found = await desk.find(lambda work: dossier(work, reference))
    visitor.must(action, found.case.prison_id)
    return found


async def show(
    desk: Desk, request: Request, visitor: Visitor, reference: str, status: int = 200, **more: Any
) -> Response:
    """The page of a case."""
    found = await theirs(desk, visitor, Action.SEE_CASELOAD, reference)
    prison_id = found.case.prison_id or ""
    may_decide = visitor.may(Action.DECIDE_CASE, prison_id)
    context = {
        "dossier": found,
        "case": found.case,
        "may_decide": may_decide,
        "contacts": visitor.may(Action.SEE_SOCIAL_CONTACTS, prison_id),
        "deciding": [person for person in found.people if may_decide and person.decidable],
        "may_withdraw": may_decide and any(person.withdrawable for person in found.people),
    }
    return desk.page(request, visitor, "case.html", status, **context, **more)


def read_verdicts(found: Dossier, form: FormData) -> tuple[Sequence[calls.Verdict], Faults]:
    """What was decided about each person, whose fields have the id of their block; those left for later are left out."""
    verdicts, faults = [], Faults()
    decidable = [person for person in found.people if person.decidable]
    for person in decidable:
        outcome = choice(form, f"outcome-{person.block_id}", DECIDED)
        if outcome:
            verdicts.append(_verdict(found, form, person, outcome, faults))
    if not verdicts:
        first = decidable[0].block_id if decidable else ""
        faults.add(f"outcome-{first}", "Choose what you decide")
    return verdicts, faults


def _verdict(
    found: Dossier, form: FormData, person: Protected, outcome: DecisionOutcome, faults: Faults
) -> calls.Verdict:
    reason = text(form, f"reason-{person.block_id}")
    if outcome is DecisionOutcome.AUTHORISE:
        return _authorised(found, form, person, faults)
    if not reason:
        asked = "why you refuse" if outcome is DecisionOutcome.REFUSE else "what you need to know"
        faults.add(f"reason-{person.block_id}", f"Enter {asked} about {person.name}")
    return calls.Verdict(block_id=person.block_id, outcome=outcome, reason=reason or None)


def _authorised(found: Dossier, form: FormData, person: Protected, faults: Faults) -> calls.Verdict:
    points = found.points(person, with_contacts=False)
    kept = texts(form, f"points-{person.block_id}")
    if points and not kept:
        faults.add(f"points-{person.block_id}", f"Tick what is to be blocked for {person.name}, or refuse")
    period = days(form, f"days-{person.block_id}", faults)
    excluded = tuple(point.value for point in points if point.key not in kept)
    return calls.Verdict(
        block_id=person.block_id,
        outcome=DecisionOutcome.AUTHORISE,
        excluded=excluded,
        review_after_days=period,
    )


def last_of(case: Case) -> Overtaken:
    return Overtaken(first=case.decisions[-1] if case.decisions else None)
