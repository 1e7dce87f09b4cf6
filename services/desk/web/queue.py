"""The queues: what a prison has to do, and what operators have to do, by deadline with what is late on top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk import words
from services.desk.domain.todo import Kind, ToDo
from services.desk.web.desk import LONGEST_NUMBER, PAGE, Desk
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.prisons import PRISONS
from shared.runtime.ranked import Wanted

T = TypeVar("T")
OF_PRISONS = tuple(kind for kind in Kind if kind.of_prisons)
OF_OPERATORS = tuple(kind for kind in Kind if not kind.of_prisons)
EVERYWHERE = "all"


@dataclass(frozen=True)
class Shown(Generic[T]):
    """One page of something: its entries, how many there are, how many of them late."""

    entries: Sequence[T]
    total: int
    late: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, ceil(self.total / PAGE))


def routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    of_prisons, of_operators = desk.signed_in(Action.SEE_CASELOAD), desk.signed_in(Action.FIND_PRISONER)

    @router.get("/queue")
    async def queue(request: Request, visitor: Visitor = of_prisons) -> Response:
        """What a prison has to do, looked at."""
        prison_id = chosen_prison(visitor, Action.SEE_CASELOAD, request)
        whose = "of_prisons" if prison_id == EVERYWHERE else f"at:{prison_id}"
        context = await _shown(desk, request, whose, OF_PRISONS)
        heading = "All prisons" if prison_id == EVERYWHERE else words.prison(prison_id)
        return desk.page(
            request, visitor, "queue.html", heading=heading, prison_id=prison_id, prisons=prisons_of(visitor), **context
        )

    @router.get("/to-do")
    async def to_do(request: Request, visitor: Visitor = of_operators) -> Response:
        """What operators have to do, looked at."""
        context = await _shown(desk, request, "operators", OF_OPERATORS)
        return desk.page(request, visitor, "queue.html", heading="To do", prison_id=None, prisons=(), **context)

    return router


async def _shown(desk: Desk, request: Request, whose: str, kinds: Sequence[Kind]) -> Mapping[str, Any]:
    kind = next((kind for kind in kinds if kind == request.query_params.get("kind")), None)
    wanted = [whose, f"kind:{kind}"] if kind else [whose]
    shown = await page_of(desk, wanted, page_number(request))
    return {"shown": shown, "kind": kind or "", "kinds": kinds, "address": address_of(request)}


async def page_of(desk: Desk, wanted: Sequence[str], page: int) -> Shown[ToDo]:
    found = await desk.service.ranked(ToDo, Wanted(wanted, skip=(page - 1) * PAGE, most=PAGE))
    late = await desk.service.ranked(ToDo, Wanted(wanted, before=desk.service.clock.now()))
    entries = await desk.query(lambda work: list(work.fetch(ToDo, found.ids).values()))
    return Shown(entries, found.total, late.total, page)


def chosen_prison(visitor: Visitor, action: Action, request: Request) -> str:
    """The one asked for, or their own; for central staff every one. Raises Problem 404 where they may not do `action`."""
    asked = request.query_params.get("prison", "")
    own = visitor.prisons[0] if visitor.prisons else EVERYWHERE
    prison_id = asked if asked in PRISONS or asked == EVERYWHERE else own
    visitor.must(action, None if prison_id == EVERYWHERE else prison_id)
    return prison_id


def prisons_of(visitor: Visitor) -> Sequence[tuple[str, str]]:
    """What they can choose from, where there is a choice: id and name."""
    if visitor.of_a_prison:
        return (
            [(prison_id, words.prison(prison_id)) for prison_id in visitor.prisons] if len(visitor.prisons) > 1 else []
        )
    active = sorted((prison for prison in PRISONS.values() if prison.active), key=lambda prison: prison.name)
    return [(EVERYWHERE, "All prisons"), *((prison.prison_id, prison.full_name) for prison in active)]


def page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")[:LONGEST_NUMBER]
    return min(max(1, int(asked)), 10_000) if asked.isdecimal() else 1


def address_of(request: Request) -> str:
    """This page without the number of the page, for links to others."""
    kept = {name: value for name, value in request.query_params.items() if name in ("kind", "pile", "prison", "find")}
    return str(request.url.replace(scheme="", netloc="", query="").include_query_params(**kept, page=""))
