"""A prison without connected PIN phones confirms a list by hand (R13)."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.desk.domain import calls
from services.desk.domain.holding import Holding
from services.desk.domain.register import Prisoner
from services.desk.web.desk import Desk, Faults, choice, text, version
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.events.inbound import AcknowledgementOutcome
from shared.runtime.work import Work

OUTCOMES = {outcome.value: outcome for outcome in AcknowledgementOutcome}


def routes(desk: Desk) -> APIRouter:
    router, deciding = APIRouter(include_in_schema=False), desk.signed_in(Action.DECIDE_CASE)

    @router.get("/lists/{number}")
    async def listed(request: Request, number: str, visitor: Visitor = deciding) -> Response:
        """A list to put in force, looked at by staff."""
        return await _show(desk, request, visitor, number)

    @router.post("/lists/{number}")
    async def acknowledge(request: Request, number: str, visitor: Visitor = deciding) -> Response:
        """A list is put in force by hand (R13)."""
        form, show = await request.form(), partial(_show, desk, request, visitor, number)
        await _read(desk, visitor, number)
        call, faults = read_acknowledgement(form, number, visitor)
        if call is None:
            return await show(422, field=faults, form=form)
        return await desk.press(call, form, f"/lists/{number}?done=acknowledged", show)

    return router


def read_acknowledgement(form: FormData, number: str, visitor: Visitor) -> tuple[calls.Acknowledge | None, Faults]:
    """In force, or why not."""
    faults, reason, outcome = Faults(), text(form, "reason"), choice(form, "outcome", OUTCOMES)
    if outcome is None:
        faults.add("outcome", "Choose whether the list is in force")
    if outcome is AcknowledgementOutcome.FAILED and not reason:
        faults.add("reason", "Enter why it could not be put in force")
    if faults or outcome is None:
        return None, faults
    call = calls.Acknowledge(
        who=visitor.who, version=version(form), number=number, outcome=outcome, reason=reason or None
    )
    return call, faults


async def _read(desk: Desk, visitor: Visitor, number: str) -> tuple[Holding, Prisoner | None]:
    """Raises Problem 404 for what is not theirs."""

    def read(work: Work) -> tuple[Holding, Prisoner | None] | None:
        held = work.get(Holding, number)
        return (held, work.get(Prisoner, number)) if held and held.block_list else None

    held, register = await desk.find(read)
    visitor.must(Action.DECIDE_CASE, held.block_list.prison_id if held.block_list else None)
    return held, register


async def _show(
    desk: Desk, request: Request, visitor: Visitor, number: str, status: int = 200, **more: Any
) -> Response:
    held, register = await _read(desk, visitor, number)
    context = {"held": held, "register": register, "back": "/queue"}
    return desk.page(request, visitor, "list.html", status, **context, **more)
