"""A protected person changed their mind (R17), and it is made sure that it is them (R47)."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.desk.domain import calls
from services.desk.dossier import Dossier
from services.desk.web.cases import last_of, show, theirs
from services.desk.web.desk import Desk, Faults, choice, text, texts, version
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action

CHECKS = {
    "phone": "By ringing them on a number that the prison held before",
    "post": "By writing to them at an address that the prison held before",
    "email": "By email to an address that the prison held before",
    "officer": "Through the police or probation officer of the case",
    "person": "In person, with proof of who they are",
}
"""How it is made sure who wants to withdraw (R47): never by what was given with the wish."""


def routes(desk: Desk) -> APIRouter:
    router, deciding = APIRouter(include_in_schema=False), desk.signed_in(Action.DECIDE_CASE)

    @router.get("/cases/{reference}/withdraw")
    async def withdrawing(request: Request, reference: str, visitor: Visitor = deciding) -> Response:
        """A withdrawal is begun."""
        return await _show(desk, request, visitor, reference)

    @router.post("/cases/{reference}/withdraw")
    async def withdraw(request: Request, reference: str, visitor: Visitor = deciding) -> Response:
        """A withdrawal is recorded (R17, R47)."""
        form, show_case = await request.form(), partial(show, desk, request, visitor, reference)
        found = await theirs(desk, visitor, Action.DECIDE_CASE, reference)
        if version(form) != found.case.version:
            return await show_case(409, overtaken=last_of(found.case))
        call, faults = read_withdrawal(found, form, visitor)
        if call is None:
            return await _show(desk, request, visitor, reference, 422, field=faults, form=form)
        return await desk.press(call, form, f"/cases/{found.case.reference}?done=withdrawn", show_case)

    return router


def read_withdrawal(found: Dossier, form: FormData, visitor: Visitor) -> tuple[calls.Withdraw | None, Faults]:
    """Whose block is withdrawn, and how it was made sure that it is them (R17, R47)."""
    faults = Faults()
    chosen = [person for person in found.people if person.block_id in texts(form, "who") and person.withdrawable]
    how, note = choice(form, "how", CHECKS), text(form, "note")
    if not chosen:
        faults.add("who", "Choose whose block is to be withdrawn")
    if how is None:
        faults.add("how", "Choose how you made sure that it is them")
    if not note:
        faults.add("note", "Enter what you asked and what they said")
    if "confirmed" not in texts(form, "confirmed"):
        faults.add("confirmed", "Confirm that you used details that the prison held before")
    if faults:
        return None, faults
    call = calls.Withdraw(
        who=visitor.who,
        version=version(form),
        request_id=found.case.request_id,
        block_ids=tuple(person.block_id for person in chosen),
        check=f"{how}. {note}",
    )
    return call, faults


async def _show(
    desk: Desk, request: Request, visitor: Visitor, reference: str, status: int = 200, **more: Any
) -> Response:
    found = await theirs(desk, visitor, Action.DECIDE_CASE, reference)
    context = {
        "case": found.case,
        "people": [person for person in found.people if person.withdrawable],
        "checks": CHECKS,
        "back": f"/cases/{found.case.reference}",
    }
    return desk.page(request, visitor, "withdraw.html", status, **context, **more)
