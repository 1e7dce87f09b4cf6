"""What programs ask the desk, `upc` first of all: the story of a case, and what is late and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from services.desk import telling
from services.desk.domain.history import Told
from services.desk.domain.todo import Kind, ToDo
from services.desk.dossier import Dossier, dossier
from services.desk.web.desk import Desk
from shared.domain.access import Action, Whose, may
from shared.domain.identifiers import PrisonId
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.runtime.callers import REFUSED, Permit
from shared.runtime.problems import problem
from shared.runtime.ranked import Wanted

NOT_NOW = problem("Not possible right now: try again after `Retry-After`")
MOST_LATE = 20
"""Entries of each kind that are named; the others are counted."""


class StoryLine(Form):
    """One event of a story, by its place in it, from 1; `follows_from` is the place of what it follows from, where that is known.

    `said` and `by` are for who may see the case: who may not gets nothing that is about a person.
    """

    place: int
    at: Moment
    published: Moment
    type: str
    prison_id: PrisonId | None = None
    follows_from: int | None = None
    trace: str = ""
    said: str | None = None
    by: str | None = None


class Story(Form):
    """Each event of a case, from the first question to the handover, in the order in which it happened."""

    reference: str
    prison_id: PrisonId | None
    events: Sequence[StoryLine]


class Late(Form):
    """Something that somebody should have done: what, where, since when, and how it stands."""

    kind: Kind
    reference: str
    prison_id: PrisonId | None
    deadline: Moment
    note: str


class Waiting(Form):
    """How much waits for somebody, and how much of it is late; `late_first` are the oldest of those."""

    kind: Kind
    waiting: int
    late: int
    late_first: Sequence[Late]


def routes(desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/api/v1", responses=REFUSED | {503: NOT_NOW})
    may_call = desk.service.callers.may

    @router.get("/cases/{reference}/story")
    async def story(permit: Annotated[Permit, Depends(may_call(Action.SEE_STORY))], reference: str) -> Story:
        """The story of a case: what happened when, and what caused what."""
        found = await desk.find(lambda work: dossier(work, reference))
        whose = Whose(prisons=frozenset([found.case.prison_id] if found.case.prison_id else ()))
        permit.must_reach(whose)
        return story_of(found, may(permit.caller, Action.SEE_CASELOAD, whose))

    @router.get("/late")
    async def late(permit: Annotated[Permit, Depends(may_call(Action.SEE_LATE))]) -> Sequence[Waiting]:
        """What waits for somebody, what of it is late, and why: by reference, and nothing about anybody."""
        now = desk.service.clock.now()
        return [await waiting_of(desk, kind, now) for kind in Kind]

    return router


def story_of(found: Dossier, whole: bool) -> Story:
    """Not `whole`: without anything that is about a person."""
    events = [_line(told, whole) for told in found.story]
    return Story(reference=found.case.reference, prison_id=found.case.prison_id, events=events)


def _line(told: Told, whole: bool) -> StoryLine:
    what = told.what
    return StoryLine(
        place=told.place,
        at=what.at,
        published=what.published,
        type=what.type,
        prison_id=what.prison_id,
        follows_from=told.follows,
        trace=what.trace,
        said=telling.line(what) if whole else None,
        by=what.by if whole else None,
    )


async def waiting_of(desk: Desk, kind: Kind, now: datetime) -> Waiting:
    """What waits of this kind, as the queue has it."""
    words = (f"kind:{kind}",)
    every = await desk.service.ranked(ToDo, Wanted(words))
    late = await desk.service.ranked(ToDo, Wanted(words, most=MOST_LATE, before=now))
    entries = await desk.query(lambda work: list(work.fetch(ToDo, late.ids).values()))
    return Waiting(kind=kind, waiting=every.total, late=late.total, late_first=[_late(entry) for entry in entries])


def _late(entry: ToDo) -> Late:
    return Late(
        kind=entry.kind,
        reference=entry.reference,
        prison_id=entry.prison_id,
        deadline=entry.deadline,
        note=entry.note,
    )
