"""Mails that people wrote to us: to be read, and taken in with the operator's form, or set aside (R4, R29)."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from services.desk import words
from services.desk.domain import calls
from services.desk.domain.mails import Mail, Pile, draft
from services.desk.web.call_form import FORMS, REPORT, REQUEST, form_of
from services.desk.web.desk import PAGE, Desk, Faults, text
from services.desk.web.queue import Shown, address_of, page_number
from services.desk.web.signed_in import Visitor
from services.desk.web.taking import pressed, show_form
from shared.domain.access import Action
from shared.events.requests import Channel
from shared.runtime.callers import not_there
from shared.runtime.ranked import Wanted
from shared.runtime.work import Work


def routes(desk: Desk) -> APIRouter:
    router, taking = APIRouter(include_in_schema=False), desk.signed_in(Action.TAKE_CALL)

    @router.get("/mails")
    async def listed(request: Request, visitor: Visitor = taking) -> Response:
        """What came by email, looked at by an operator."""
        return await _show_list(desk, request, visitor)

    @router.get("/mails/{mail_id}")
    async def mail(request: Request, mail_id: str, visitor: Visitor = taking) -> Response:
        """An email, read by an operator."""
        return await _show(desk, request, visitor, mail_id)

    @router.post("/mails/{mail_id}")
    async def not_for_us(request: Request, mail_id: str, visitor: Visitor = taking) -> Response:
        """An operator says that an email is not for us, and why."""
        form, show = await request.form(), partial(_show, desk, request, visitor, mail_id)
        faults, reason = Faults(), text(form, "reason")
        if not reason:
            faults.add("reason", "Enter why it is not for us")
            return await show(422, field=faults, form=form)
        call = calls.DecideMail(who=visitor.who, mail_id=mail_id, reason=reason)
        return await desk.press(call, form, "/mails?done=not-for-us", show)

    @router.get("/mails/{mail_id}/{slug}")
    async def take(request: Request, mail_id: str, slug: str, visitor: Visitor = taking) -> Response:
        """The operator's form, with what could be read out of an email filled in."""
        found, form = await _mail(desk, mail_id), FORMS.get(slug)
        if found.received is None or form is None:
            raise not_there()
        entries = form_of(draft(found.received, form.breach), form)
        return show_form(desk, request, visitor, form, entries, aside=_aside(desk, request, found))

    @router.post("/mails/{mail_id}/{slug}")
    async def taken(request: Request, mail_id: str, slug: str, visitor: Visitor = taking) -> Response:
        """An operator takes in what an email asks for, or reports (R4, R29)."""
        found, form = await _mail(desk, mail_id), REPORT if slug == REPORT.slug else REQUEST
        return await pressed(
            desk, request, visitor, form, Channel.EMAIL, found.mail_id, aside=_aside(desk, request, found)
        )

    return router


async def _mail(desk: Desk, mail_id: str) -> Mail:
    """Raises Problem 404 also where only an answer about it is known yet."""

    def read(work: Work) -> Mail | None:
        mail = work.get(Mail, mail_id)
        return mail if mail and mail.received else None

    return await desk.find(read)


async def _show_list(desk: Desk, request: Request, visitor: Visitor) -> Response:
    """Those to be read oldest first, the others newest first."""
    asked = request.query_params.get("pile", "")
    pile = Pile(asked) if asked in list(Pile) else Pile.OPEN
    page = page_number(request)
    wanted = Wanted([f"pile:{pile}"], skip=(page - 1) * PAGE, most=PAGE, newest_first=pile is not Pile.OPEN)
    found = await desk.service.ranked(Mail, wanted)
    mails = await desk.query(lambda work: list(work.fetch(Mail, found.ids).values()))
    shown = Shown(mails, found.total, 0, page)
    return desk.page(
        request, visitor, "mails.html", shown=shown, pile=pile, piles=list(Pile), address=address_of(request)
    )


async def _show(
    desk: Desk, request: Request, visitor: Visitor, mail_id: str, status: int = 200, **more: Any
) -> Response:
    """The original beside what was read out of it."""
    found = await _mail(desk, mail_id)
    return desk.page(request, visitor, "mail.html", status, mail=found, back="/mails", **more)


def _aside(desk: Desk, request: Request, mail: Mail) -> Markup:
    """The original, for beside the form."""
    return Markup(desk.site.text(request, "mail_original.html", mail=mail, words=words))
