"""Cases found by reference, prisoner number or name, or simply the newest."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.desk.domain.case import Case
from services.desk.domain.found_by import word_of
from services.desk.web.desk import PAGE, Desk, text
from services.desk.web.queue import EVERYWHERE, Shown, address_of, chosen_prison, page_number, prisons_of
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.identifiers import canonical_prisoner_number
from shared.domain.references import canonical_reference
from shared.runtime.ranked import Wanted

LONGEST = 200


def routes(desk: Desk) -> APIRouter:
    router, seeing = APIRouter(include_in_schema=False), desk.signed_in(Action.SEE_CASELOAD)

    @router.get("/cases")
    async def cases(request: Request, visitor: Visitor = seeing) -> Response:
        """Cases looked for."""
        prison_id = chosen_prison(visitor, Action.SEE_CASELOAD, request)
        search = visitor.session.searches.get(request.query_params.get("find", ""), "")
        context: dict[str, Any] = {
            "shown": await _search(desk, prison_id, search, page_number(request)),
            "search": search,
            "prison_id": prison_id,
            "prisons": prisons_of(visitor),
            "address": address_of(request),
        }
        return desk.page(request, visitor, "cases.html", **context)

    @router.post("/cases")
    async def find(request: Request, visitor: Visitor = seeing) -> Response:
        """What to look for: it is kept in the session, so that no name gets into an address (and from there into logs)."""
        form = await request.form()
        search, prison_id = text(form, "search", LONGEST), text(form, "prison", LONGEST)
        asked = {"find": await desk.sessions.search(visitor, search)} if search else {}
        asked |= {"prison": prison_id} if prison_id else {}
        return RedirectResponse(f"/cases?{urlencode(asked)}" if asked else "/cases", 303)

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
