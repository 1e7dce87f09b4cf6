"""What operators do: find prisoners, and tell people what no email could (R9, R26, R28)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.desk.domain import calls
from services.desk.domain.alike import Said, candidates, said_in_report
from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case
from services.desk.domain.register import Prisoner, Typed
from services.desk.domain.tasks import Task
from services.desk.web.desk import Desk, Faults, choice, text, version
from services.desk.web.lookup import cases_like, prisoners_like
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.identifiers import canonical_prisoner_number
from shared.events.requests import Candidate
from shared.runtime.work import Work

LATER = {
    "hour": ("In an hour", timedelta(hours=1)),
    "day": ("Tomorrow at this time", timedelta(days=1)),
    "week": ("In a week", timedelta(days=7)),
}
NOBODY = "nobody"
ANOTHER = "This is the number of another prisoner than the one who is chosen: remove it, or choose another prisoner"


def routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    finding, doing = desk.signed_in(Action.FIND_PRISONER), desk.signed_in(Action.DO_TASKS)

    @router.get("/find/{subject}")
    async def find(request: Request, subject: str, visitor: Visitor = finding) -> Response:
        """Candidates for a prisoner, looked at by an operator (R9)."""
        return await _show_find(desk, request, visitor, subject)

    @router.post("/find/{subject}")
    async def choose(request: Request, subject: str, visitor: Visitor = finding) -> Response:
        """An operator says which prisoner it is (R9)."""
        form, show = await request.form(), partial(_show_find, desk, request, visitor, subject)
        if "look-up" in form:
            return await show(form=form)
        call, faults = await read_choice(desk, form, subject, visitor)
        if call is None:
            return await show(422, field=faults, form=form)
        return await desk.press(call, form, "/to-do?done=chosen", show)

    @router.get("/tasks/{task_id}")
    async def task(request: Request, task_id: str, visitor: Visitor = doing) -> Response:
        """A task, looked at by an operator."""
        return await _show_task(desk, request, visitor, task_id)

    @router.post("/tasks/{task_id}")
    async def try_task(request: Request, task_id: str, visitor: Visitor = doing) -> Response:
        """An operator tried a task (R26, R28)."""
        form, show = await request.form(), partial(_show_task, desk, request, visitor, task_id)
        call, faults = read_attempt(form, task_id, visitor, desk.service.clock.now())
        if call is None:
            return await show(422, field=faults, form=form)
        return await desk.press(call, form, "/to-do?done=tried", show)

    return router


async def read_choice(desk: Desk, form: FormData, subject: str, visitor: Visitor) -> tuple[calls.Choose | None, Faults]:
    """One of the candidates, another number that is known, or nobody. A candidate and another's number are no answer (R9)."""
    faults, chosen, typed = Faults(), text(form, "prisoner"), text(form, "number")
    number = canonical_prisoner_number(typed if chosen in ("", "other") else chosen)
    if chosen == NOBODY:
        number = None
        if not text(form, "reason"):
            faults.add("reason", "Enter how you looked for the prisoner")
    elif number is None:
        faults.add(
            "number" if chosen == "other" or typed else "prisoner", "Choose a prisoner, or enter a prisoner number"
        )
    elif not (found := await _numbered(desk, number)):
        faults.add("number", "There is no prisoner with this number")
    elif typed and await _numbered(desk, typed) != found:
        faults.add("number", ANOTHER)
    if faults:
        return None, faults
    reason = text(form, "reason") or None
    call = calls.Choose(who=visitor.who, version=version(form), subject=subject, prisoner_number=number, reason=reason)
    return call, faults


async def _numbered(desk: Desk, number: str) -> Sequence[Prisoner]:
    """The prisoner with that number, since a merge the one who is kept (R11)."""
    return (await prisoners_like(desk, Typed(number=number)))[0] if canonical_prisoner_number(number) else ()


def read_attempt(form: FormData, task_id: str, visitor: Visitor, now: datetime) -> tuple[calls.Try | None, Faults]:
    """Done, or to be tried again and when."""
    faults, note, outcome = Faults(), text(form, "note"), text(form, "outcome")
    later = choice(form, "outcome", LATER)
    if outcome != "done" and later is None:
        faults.add("outcome", "Choose whether it is done")
    if not note:
        faults.add("note", "Enter what you did")
    if faults:
        return None, faults
    again_at = now + later[1] if later else None
    return calls.Try(who=visitor.who, version=version(form), task_id=task_id, note=note, again_at=again_at), faults


async def _show_find(
    desk: Desk, request: Request, visitor: Visitor, subject: str, status: int = 200, **more: Any
) -> Response:
    """Candidates side by side: those that routing named, or of requests that are alike, and those that somebody looks up here."""

    def read(work: Work) -> Case | Breach | None:
        return work.get(Breach, subject) or work.get(Case, subject)

    about: Case | Breach = await desk.find(read)
    likely = await _candidates(desk, about)
    known = await desk.query(lambda work: work.fetch(Prisoner, [one.prisoner_number for one in likely]))
    typed = _typed(more.get("form") or {}, about)
    found = (await prisoners_like(desk, typed))[0] if typed.word or typed.whole_number else []
    context = {
        "about": about,
        "case": about if isinstance(about, Case) else None,
        "breach": about if isinstance(about, Breach) else None,
        "candidates": likely,
        "known": known,
        "found": [prisoner for prisoner in found if prisoner.number not in known],
        "back": "/to-do",
    }
    return desk.page(request, visitor, "find.html", status, **context, **more)


async def _candidates(desk: Desk, about: Case | Breach) -> Sequence[Candidate]:
    """As routing has them; of a breach report, the prisoners of requests that say what the reporter said (R29)."""
    if isinstance(about, Case):
        return about.wanted.candidates if about.wanted else ()
    said = said_in_report(about.report.model_dump(mode="json")) if about.report else Said()
    return candidates(await cases_like(desk, said))


def _typed(form: Mapping[str, Any], about: Case | Breach) -> Typed:
    """What somebody looks up; before that, whom a reporter named."""
    named = about.report.prisoner if isinstance(about, Breach) and about.report and not form else None
    if named:
        return Typed(name=named.name, number=named.number or "", born=named.date_of_birth)
    return Typed(name=form.get("name", ""), number=form.get("number", ""))


async def _show_task(
    desk: Desk, request: Request, visitor: Visitor, task_id: str, status: int = 200, **more: Any
) -> Response:
    task = await desk.find(lambda work: work.get(Task, task_id))
    later = {key: said for key, (said, _) in LATER.items()}
    return desk.page(request, visitor, "task.html", status, task=task, later=later, back="/to-do", **more)
