"""Figures: deadlines kept, requests and breaches over time, reviews due."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk import charts, words
from services.desk.domain.tally import ALL, Count, Tally, tally_id, week_of
from services.desk.domain.todo import Kind, ToDo
from services.desk.web.desk import Desk
from services.desk.web.queue import EVERYWHERE, chosen_prison, prisons_of
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.prisons import PRISONS
from shared.domain.working_days import LONDON
from shared.pages.dates import day
from shared.runtime.ranked import Wanted

WEEKS, AHEAD, RECENT = 12, 8, 4
"""Weeks shown back and ahead, and those that deadlines by prison are counted over."""
MOST_DRAWN = 15
KEPT = {
    "With the prison in one working day": (Count.ROUTED_IN_TIME, Count.ROUTED_LATE),
    "In force in two working days": (Count.IMPLEMENTED_IN_TIME, Count.IMPLEMENTED_LATE),
    "Reviewed in time": (Count.REVIEWED_IN_TIME, Count.REVIEWED_LATE),
}


def routes(desk: Desk) -> APIRouter:
    router, seeing = APIRouter(include_in_schema=False), desk.signed_in(Action.SEE_FIGURES)

    @router.get("/figures")
    async def figures(request: Request, visitor: Visitor = seeing) -> Response:
        """Figures, looked at by staff."""
        prison_id = chosen_prison(visitor, Action.SEE_FIGURES, request)
        everywhere = prison_id == EVERYWHERE
        weeks = [week_of(desk.service.clock.now()) - timedelta(weeks=back) for back in reversed(range(WEEKS))]
        tallies = await _tallies(desk, [ALL if everywhere else prison_id], weeks)
        week_by_week = [tallies.get(tally_id(ALL if everywhere else prison_id, week)) for week in weeks]
        context: dict[str, Any] = {
            "prison_id": prison_id,
            "prisons": prisons_of(visitor),
            "where": "all prisons" if everywhere else words.prison(prison_id),
            "traffic": _traffic(weeks, week_by_week, everywhere),
            "kept": _kept(week_by_week[-RECENT:]),
            "due": await _due(desk, "of_prisons" if everywhere else f"at:{prison_id}"),
            "by_prison": await _by_prison(desk, weeks[-RECENT:]) if everywhere else None,
        }
        return desk.page(request, visitor, "figures.html", charts=charts, **context)

    return router


Rows = Sequence[tuple[str, int, int]]


def _traffic(weeks: Sequence[date], tallies: Sequence[Tally | None], everywhere: bool) -> Rows:
    """Requests and breaches by week: at a prison, requests that reached it."""

    def requests(tally: Tally | None) -> int:
        if everywhere:
            return _count(tally, Count.REQUESTS)
        return _count(tally, Count.ROUTED_IN_TIME) + _count(tally, Count.ROUTED_LATE)

    return [
        (_short(week), requests(tally), _count(tally, Count.BREACHES))
        for week, tally in zip(weeks, tallies, strict=True)
    ]


def _kept(tallies: Sequence[Tally | None]) -> Mapping[str, tuple[int, int]]:
    """Of each deadline, how many were kept of how many, lately."""
    counts = {
        name: (sum(_count(one, kept) for one in tallies), sum(_count(one, late) for one in tallies))
        for name, (kept, late) in KEPT.items()
    }
    return {name: (kept, kept + late) for name, (kept, late) in counts.items()}


async def _due(desk: Desk, whose: str) -> Sequence[tuple[str, int]]:
    """Reviews that are open, by the week in which they are due; first what is overdue."""
    now = desk.service.clock.now()
    starts = [week_of(now) + timedelta(weeks=ahead) for ahead in range(1, AHEAD + 1)]
    edges = [now, *(datetime.combine(start, time(0), LONDON) for start in starts)]
    names = ["Overdue", "This week", *(_short(start) for start in starts[:-1])]
    wanted = (whose, f"kind:{Kind.REVIEW}")
    totals = [(await desk.service.ranked(ToDo, Wanted(wanted, before=edge))).total for edge in edges]
    return [(name, total - before) for name, total, before in zip(names, totals, [0, *totals], strict=False)]


async def _by_prison(desk: Desk, weeks: Sequence[date]) -> Sequence[tuple[str, int, int]]:
    """All deadlines of each prison lately, the least kept first; prisons without any are left out."""
    prisons = [prison for prison in PRISONS.values() if prison.active]
    tallies = await _tallies(desk, [prison.prison_id for prison in prisons], weeks)
    counted = []
    for prison in prisons:
        kept = _kept([tallies.get(tally_id(prison.prison_id, week)) for week in weeks]).values()
        part, whole = (sum(numbers) for numbers in zip(*kept, strict=True))
        counted += [(prison.full_name, part, whole)] if whole else []
    return sorted(counted, key=lambda one: (one[1] / one[2], one[0]))


async def _tallies(desk: Desk, places: Sequence[str], weeks: Sequence[date]) -> Mapping[str, Tally]:
    keys = [tally_id(place, week) for place in places for week in weeks]
    return await desk.query(lambda work: work.fetch(Tally, keys))


def _count(tally: Tally | None, what: Count) -> int:
    return tally.counts.get(what, 0) if tally else 0


def _short(week: date) -> str:
    """`23 Nov`."""
    return " ".join(part[:3] for part in day(week, "en").split()[:2])
