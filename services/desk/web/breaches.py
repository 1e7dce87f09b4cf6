"""Contact that went on: what the prison does about it, and its yes or no to a new number (R29, R30)."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.desk.domain import calls
from services.desk.domain.breaches import Breach, Point
from services.desk.domain.case import Case
from services.desk.domain.register import Prisoner
from services.desk.web.desk import Desk, Faults, choice, text, texts, version
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.events.inbound import BreachAction
from shared.runtime.work import Work


def routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    seeing, deciding = desk.signed_in(Action.SEE_CASELOAD), desk.signed_in(Action.DECIDE_CASE)

    @router.get("/breaches/{breach_id}")
    async def breach(request: Request, breach_id: str, visitor: Visitor = seeing) -> Response:
        """A breach, looked at by staff."""
        return await _show(desk, request, visitor, breach_id)

    @router.post("/breaches/{breach_id}")
    async def act(request: Request, breach_id: str, visitor: Visitor = deciding) -> Response:
        """What was done about a breach is recorded (R29, R30)."""
        form, show = await request.form(), partial(_show, desk, request, visitor, breach_id)
        call, faults = read_action(form, breach_id, visitor)
        if faults:
            return await show(422, field=faults, form=form)
        return await desk.press(call, form, f"/breaches/{breach_id}?done=acted", show)

    return router


def read_action(form: FormData, breach_id: str, visitor: Visitor) -> tuple[calls.Act, Faults]:
    """What was done, and the yes or no to a new number or address."""
    faults, note = Faults(), text(form, "note")
    actions = tuple(action for action in BreachAction if action in texts(form, "action"))
    join = choice(form, "join", {"yes": True, "no": False})
    if not actions and join is None:
        faults.add("action", "Choose what was done")
    if BreachAction.OTHER in actions and not note:
        faults.add("note", "Enter what was done")
    call = calls.Act(
        who=visitor.who,
        version=version(form),
        breach_id=breach_id,
        actions=actions,
        note=note or None,
        join=join,
    )
    return call, faults


async def _show(
    desk: Desk, request: Request, visitor: Visitor, breach_id: str, status: int = 200, **more: Any
) -> Response:
    def read(work: Work) -> tuple[Breach, Case | None, Prisoner | None] | None:
        breach = work.get(Breach, breach_id)
        if breach is None or breach.alert is None:
            return None
        case = work.get(Case, breach.request_id) if breach.request_id else None
        return breach, case, work.get(Prisoner, breach.alert.prisoner_number)

    breach, case, register = await desk.find(read)
    visitor.must(Action.SEE_CASELOAD, breach.prison_id)
    context = {
        "breach": breach,
        "case": case,
        "register": register,
        "may_decide": visitor.may(Action.DECIDE_CASE, breach.prison_id or ""),
        "asked": breach.point is Point.ASKED,
    }
    return desk.page(request, visitor, "breach.html", status, **context, **more)
