"""Cases found by reference, prisoner number or name, or simply the newest."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk.domain.case import Case
from services.desk.domain.found_by import word_of
from services.desk.web.desk import PAGE, Desk
from services.desk.web.queue import EVERYWHERE, Shown, address_of, chosen_prison, page_number, prisons_of
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.identifiers import canonical_prisoner_number
from shared.domain.references import canonical_reference
from shared.runtime.ranked import Wanted


def routes(desk: Desk) -> APIRouter:
    router, seeing = APIRouter(include_in_schema=False), desk.signed_in(Action.SEE_CASELOAD)

    @router.get("/cases")
    async def cases(request: Request, visitor: Visitor = seeing) -> Response:
        """Cases looked for."""
        prison_id = chosen_prison(visitor, Action.SEE_CASELOAD, request)
        search = request.query_params.get("search", "").strip()[:200]
        context: dict[str, Any] = {
            "shown": await _search(desk, prison_id, search, page_number(request)),
            "search": search,
            "prison_id": prison_id,
            "prisons": prisons_of(visitor),
            "address": address_of(request),
        }
        return desk.page(request, visitor, "cases.html", **context)

    return router


async def _search(desk: Desk, prison_id: str, search: str, page: int) -> Shown[Case]:
    """By reference, prisoner number or anybody's whole name; without one all, the newest first."""
    scope = "all" if prison_id == EVERYWHERE else f"at:{prison_id}"
    words = [scope, *([_word(search)] if search else [])]
    found = await desk.service.ranked(Case, Wanted(words, (page - 1) * PAGE, PAGE, newest_first=True))
    known = await desk.query(lambda work: work.fetch(Case, found.ids))
    return Shown([*known.values()], found.total, 0, page)


def _word(search: str) -> str:
    number = canonical_prisoner_number(search)
    return canonical_reference(search) or (f"prisoner:{number}" if number else word_of(search))
