"""What somebody asks for, or reports, by telephone: taken down on one screen, and sent to intake (R4, R29)."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.desk.domain import calls
from services.desk.domain.calls import Answer, Overtaken
from services.desk.domain.taken import Taken, digest_of
from services.desk.web.call_form import FORMS, REPORT, REQUEST, CallForm, with_picked
from services.desk.web.desk import Desk, Faults, text
from services.desk.web.lookup import look_up
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.prisons import PRISONS
from shared.events.envelope import derive_id
from shared.events.requests import Channel
from shared.pages.fields import Entries
from shared.runtime.callers import not_there

LOOKS, BETWEEN = 20, 0.1
"""How often a page looks for intake's answer before it is shown without, and seconds between two looks."""
OWN = ("csrf", "once", "call", "button")
"""What a page sends along by itself."""
LONGEST = 10_001
"""Characters of a field; one that is longer than any may be is still seen to be so."""
SENT_BEFORE = (
    "This page was sent before with other answers, and is taken. To send this one as well, press the button again"
)
NO_ANSWER = "There is no answer yet. Press the button to send it once more: it counts once all the same"


def routes(desk: Desk) -> APIRouter:
    router, taking = APIRouter(include_in_schema=False), desk.signed_in(Action.TAKE_CALL)
    waiting = desk.signed_in(Action.TAKE_CALL, pressed=False)

    @router.get("/calls/taken/{call_id}")
    async def taken(request: Request, call_id: str, visitor: Visitor = taking) -> Response:
        """What became of a call, with the reference to read out."""
        return await _show_taken(desk, request, visitor, call_id)

    @router.get("/calls/taken/{call_id}/again")
    async def again(request: Request, call_id: str, visitor: Visitor = waiting) -> Response:
        """The same, for a page that goes on asking by itself."""
        return await _show_taken(desk, request, visitor, call_id)

    @router.post("/calls/taken/{call_id}")
    async def put_right(request: Request, call_id: str, visitor: Visitor = taking) -> Response:
        """What intake did not take in is put right."""
        known = await desk.find(lambda work: work.get(Taken, call_id))
        return await pressed(desk, request, visitor, REPORT if known.breach else REQUEST, known.came_by)

    @router.post("/calls/taken/{call_id}/drop")
    async def drop(request: Request, call_id: str, visitor: Visitor = taking) -> Response:
        """What intake did not take in is needed no more, and why."""
        form, show = await request.form(), partial(_show_taken, desk, request, visitor, call_id)
        reason = text(form, "reason")
        if not reason:
            return await show(reason_missing="Enter why it is needed no more")
        call = calls.Drop(who=visitor.who, external_id=call_id, reason=reason)
        return await desk.press(call, form, "/to-do?done=dropped", show)

    @router.post("/calls/{slug}/look-up")
    async def hits(request: Request, slug: str, visitor: Visitor = taking) -> Response:
        """Prisoners and cases, looked up as somebody types."""
        form, entries = _form(slug), entries_in(await request.form())
        return desk.page(request, visitor, "hits.html", **await _hits(desk, form, entries), entries=entries)

    @router.get("/calls/{slug}")
    async def new(request: Request, slug: str, visitor: Visitor = taking) -> Response:
        """An empty form, for the next call."""
        return show_form(desk, request, visitor, _form(slug), {})

    @router.post("/calls/{slug}")
    async def take(request: Request, slug: str, visitor: Visitor = taking) -> Response:
        """An operator takes down a call (R4, R29)."""
        return await pressed(desk, request, visitor, _form(slug))

    return router


async def pressed(
    desk: Desk,
    request: Request,
    visitor: Visitor,
    form: CallForm,
    came_by: Channel = Channel.TELEPHONE,
    mail_id: str | None = None,
    **more: Any,
) -> Response:
    """A button of the form was pressed: it is looked up, added to, or taken. `more` is for the page, where it is shown again."""
    sent = await request.form()
    entries, button, call_id = entries_in(sent), text(sent, "button", 100), text(sent, "call", 100) or desk.new_id()
    show = partial(show_form, desk, request, visitor, form, call_id=call_id, **more)
    if button == "look-up":
        return show(entries=entries, **await _hits(desk, form, entries))
    if button:
        entries, focus = form.after(button, entries)
        return show(entries=entries, focus=focus, **await _hits(desk, form, entries))
    entries = with_picked(entries)
    faults = form.wrong(entries, desk.service.clock.now())
    if faults:
        return show(entries=entries, status=422, field=faults, **await _hits(desk, form, entries))
    call = calls.Take(
        who=visitor.who,
        external_id=call_id,
        breach=form.breach,
        came_by=came_by,
        mail_id=mail_id,
        body=dict(form.body(entries)),
    )
    press = derive_id(text(sent, "once", 100) or desk.new_id(), digest_of(call.body))
    answer: Answer = await desk.service.call(call, press)
    if isinstance(answer, Overtaken) and answer.first:
        return show(entries=entries, status=409, overtaken=answer)
    if isinstance(answer, Overtaken):
        faults.add("take", SENT_BEFORE)
        return show(entries=entries, status=409, field=faults, call_id=desk.new_id())
    return RedirectResponse(f"/calls/taken/{call_id}", 303)


def show_form(
    desk: Desk,
    request: Request,
    visitor: Visitor,
    form: CallForm,
    entries: Entries,
    call_id: str = "",
    status: int = 200,
    **more: Any,
) -> Response:
    """The form, filled in with `entries` (`form_of` makes them of a draft). `aside` is what may stand beside it, as HTML."""
    context = {
        "call_form": form,
        "shown": form.shown(entries),
        "entries": entries,
        "call_id": call_id or desk.new_id(),
        "prisons": _prisons(),
        "hits": None,
        "breach": form.breach,
        "focus": "",
        "aside": None,
        "droppable": False,
        "field": Faults(),
    }
    return desk.page(request, visitor, "take.html", status, **(context | more))


async def _show_taken(
    desk: Desk,
    request: Request,
    visitor: Visitor,
    call_id: str,
    status: int = 422,
    reason_missing: str = "",
    **more: Any,
) -> Response:
    """Intake's answer, as soon as it is heard; where that takes long, a page that goes on asking."""
    known = await desk.find(lambda work: work.get(Taken, call_id))
    for _ in range(LOOKS):
        if known.outcome:
            break
        await asyncio.sleep(BETWEEN)
        known = await desk.find(lambda work: work.get(Taken, call_id))
    if known.to_put_right:
        form = REPORT if known.breach else REQUEST
        entries = form.entries(known.body or {})
        faults = form.told(entries, known.faults)
        if known.unanswered:
            faults.add("take", NO_ANSWER)
        if reason_missing:
            faults.add("reason", reason_missing)
        return show_form(desk, request, visitor, form, entries, call_id, status, field=faults, droppable=True, **more)
    return desk.page(request, visitor, "taken.html", taken=known)


async def _hits(desk: Desk, form: CallForm, entries: Entries) -> dict[str, Any]:
    body = form.body(with_picked(entries))
    return {"hits": await look_up(desk, body, form.said(body)), "breach": form.breach}


def entries_in(sent: FormData) -> Entries:
    """What was typed."""
    return {name: value.strip()[:LONGEST] for name, value in sent.items() if isinstance(value, str) and name not in OWN}


def _form(slug: str) -> CallForm:
    """Raises Problem 404 where there is no such form."""
    if slug not in FORMS:
        raise not_there()
    return FORMS[slug]


def _prisons() -> Sequence[tuple[str, str]]:
    active = sorted((prison for prison in PRISONS.values() if prison.active), key=lambda prison: prison.name)
    return [(prison.prison_id, prison.name) for prison in active]
