"""A review keeps, changes or ends a block (R22)."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.desk.domain import calls
from services.desk.domain.case import Case
from services.desk.domain.flags import points
from services.desk.domain.reviews import Review
from services.desk.web.desk import Desk, Faults, choice, days, text, texts
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.events.inbound import DecisionOutcome
from shared.runtime.work import Work

OUTCOMES = {outcome.value: outcome for outcome in (DecisionOutcome.KEEP, DecisionOutcome.CHANGE, DecisionOutcome.END)}


def routes(desk: Desk) -> APIRouter:
    router, deciding = APIRouter(include_in_schema=False), desk.signed_in(Action.DECIDE_CASE)

    @router.get("/reviews/{review_id}")
    async def review(request: Request, review_id: str, visitor: Visitor = deciding) -> Response:
        """A review, looked at by staff."""
        return await _show(desk, request, visitor, review_id)

    @router.post("/reviews/{review_id}")
    async def decide(request: Request, review_id: str, visitor: Visitor = deciding) -> Response:
        """A review is decided (R22)."""
        form, show = await request.form(), partial(_show, desk, request, visitor, review_id)
        found, case = await _read(desk, visitor, review_id)
        call, faults = read_review(form, found, case, visitor)
        if call is None:
            return await show(422, field=faults, form=form)
        return await desk.press(call, form, f"/cases/{found.reference}?done=reviewed", show)

    return router


def read_review(
    form: FormData, review: Review, case: Case, visitor: Visitor
) -> tuple[calls.DecideReview | None, Faults]:
    """Keep, change or end; a change leaves contact points out."""
    faults, reason, outcome = Faults(), text(form, "reason"), choice(form, "outcome", OUTCOMES)
    period = days(form, "days", faults)
    person = case.person(review.block_id).person
    left_out = [point.value for point in (points(person) if person else ()) if point.key not in texts(form, "points")]
    if outcome is None:
        faults.add("outcome", "Choose what becomes of the block")
    if outcome is DecisionOutcome.CHANGE and not left_out:
        faults.add("points", "Untick what is to be left out, or keep the block as it is")
    if outcome is DecisionOutcome.END and not reason:
        faults.add("reason", "Enter why the block ends")
    if faults or outcome is None:
        return None, faults
    call = calls.DecideReview(
        who=visitor.who,
        review_id=review.review_id,
        outcome=outcome,
        reason=reason or None,
        excluded=tuple(left_out) if outcome is DecisionOutcome.CHANGE else (),
        review_after_days=period,
    )
    return call, faults


async def _read(desk: Desk, visitor: Visitor, review_id: str) -> tuple[Review, Case]:
    def read(work: Work) -> tuple[Review, Case] | None:
        review = work.get(Review, review_id)
        case = work.get(Case, review.request_id) if review and review.request_id else None
        return (review, case) if review and case else None

    review, case = await desk.find(read)
    visitor.must(Action.DECIDE_CASE, review.prison_id)
    return review, case


async def _show(
    desk: Desk, request: Request, visitor: Visitor, review_id: str, status: int = 200, **more: Any
) -> Response:
    review, case = await _read(desk, visitor, review_id)
    person = case.person(review.block_id)
    context = {
        "review": review,
        "case": case,
        "person": person,
        "points": points(person.person) if person.person else [],
        "back": f"/cases/{case.reference}",
    }
    return desk.page(request, visitor, "review.html", status, **context, **more)
