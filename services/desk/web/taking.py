"""A caller's request or report, taken down by an operator and sent to intake as any agency's is (R4, R29)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.desk.domain import calls
from services.desk.domain.call_form import breach_body, on_fields, people_in, request_body
from services.desk.domain.intakes import Taken
from services.desk.web.desk import Desk, Faults
from services.desk.web.lookup import Hits, look_up
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.prisons import PRISONS
from shared.events.requests import ReplyOutcome

PATIENCE, ASK_EVERY = 4.0, 0.1
"""Seconds that a page waits for intake's answer, and between two looks."""
LONGEST_FIELD = 10_000


def routes(desk: Desk) -> APIRouter:
    router, operating = APIRouter(include_in_schema=False), desk.signed_in(Action.FIND_PRISONER)

    @router.get("/calls/new")
    async def new(request: Request, visitor: Visitor = operating) -> Response:
        return _form(desk, request, visitor, desk.new_id(), {})

    @router.get("/calls/breach")
    async def new_breach(request: Request, visitor: Visitor = operating) -> Response:
        return _form(desk, request, visitor, desk.new_id(), {}, breach=True)

    @router.post("/calls/new")
    async def take(request: Request, visitor: Visitor = operating) -> Response:
        return await _take(desk, request, visitor, breach=False)

    @router.post("/calls/breach")
    async def take_breach(request: Request, visitor: Visitor = operating) -> Response:
        return await _take(desk, request, visitor, breach=True)

    @router.post("/calls/look-up")
    async def looked_up(request: Request, visitor: Visitor = operating) -> Response:
        hits = await look_up(desk, fields_of(await request.form()))
        return desk.page(request, visitor, "hits.html", hits=hits)

    @router.get("/calls/{external_id}")
    async def taken(request: Request, external_id: str, visitor: Visitor = operating) -> Response:
        return await _answered(desk, request, visitor, external_id)

    return router


async def _take(desk: Desk, request: Request, visitor: Visitor, breach: bool) -> Response:
    form = await request.form()
    fields, external_id = fields_of(form), str(form.get("external_id", ""))[:100] or desk.new_id()
    picked = fields.get("picked")
    if picked and not fields.get("prisoner-number"):
        fields = {**fields, "prisoner-number": picked}
    if "look-up" in form:
        hits = await look_up(desk, fields)
        return _form(desk, request, visitor, external_id, fields, breach, hits=hits)
    if "another" in form:
        return _form(desk, request, visitor, external_id, fields, breach, more=True)
    body = breach_body(fields) if breach else request_body(fields)
    call = calls.Take(who=visitor.who, external_id=external_id, body=body, form=fields, breach=breach)
    await desk.service.call(call, desk.new_id())
    return RedirectResponse(f"/calls/{external_id}", 303)


async def _answered(desk: Desk, request: Request, visitor: Visitor, external_id: str) -> Response:
    """Intake's answer, as soon as it is heard; a page that says so where that takes long."""
    taken = await desk.find(lambda work: work.get(Taken, external_id))
    for _ in range(int(PATIENCE / ASK_EVERY)):
        if taken.outcome:
            break
        await asyncio.sleep(ASK_EVERY)
        taken = await desk.find(lambda work: work.get(Taken, external_id))
    if taken.outcome is ReplyOutcome.REJECTED:
        faults = Faults()
        for field, said in on_fields(taken.faults, taken.form).items():
            faults.add(field, said)
        return _form(desk, request, visitor, external_id, taken.form, taken.breach, 422, field=faults)
    return desk.page(request, visitor, "taken.html", taken=taken, external_id=external_id)


def _form(
    desk: Desk,
    request: Request,
    visitor: Visitor,
    external_id: str,
    fields: Mapping[str, str],
    breach: bool = False,
    status: int = 200,
    hits: Hits | None = None,
    more: bool = False,
    **context: Any,
) -> Response:
    places = people_in(fields)
    template = "take_breach.html" if breach else "take.html"
    context |= {
        "external_id": external_id,
        "form": fields,
        "places": [*places, max(places) + 1] if more else places,
        "hits": hits,
        "prisons": sorted(prison.short_name for prison in PRISONS.values() if prison.active),
    }
    return desk.page(request, visitor, template, status, **context)


def fields_of(form: FormData) -> dict[str, str]:
    """What was typed, without what the page sent along by itself."""
    own = ("csrf", "once", "external_id", "look-up", "another", "send")
    return {
        name: value.strip()[:LONGEST_FIELD]
        for name, value in form.items()
        if isinstance(value, str) and name not in own
    }
