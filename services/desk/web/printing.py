"""Papers to print: a case pack for staff, a notice for the prisoner."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from services.desk import papers
from services.desk.web.cases import theirs
from services.desk.web.desk import Desk
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.runtime.callers import not_there


def routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    seeing, deciding = desk.signed_in(Action.SEE_CASELOAD), desk.signed_in(Action.DECIDE_CASE)

    @router.get("/cases/{reference}/pack")
    async def pack(reference: str, visitor: Visitor = seeing) -> Response:
        """A case pack is printed."""
        found = await theirs(desk, visitor, Action.SEE_CASELOAD, reference)
        made = await asyncio.to_thread(papers.pack, found, desk.service.clock.now())
        return _pdf(made, found.case.reference)

    @router.get("/cases/{reference}/notice/{block_id}")
    async def notice(reference: str, block_id: str, visitor: Visitor = deciding) -> Response:
        """Once the block is authorised, and no sooner."""
        found = await theirs(desk, visitor, Action.DECIDE_CASE, reference)
        person, number, prison_id = found.case.people.get(block_id), found.case.prisoner_number, found.case.prison_id
        if person is None or not person.standing.in_force or not number or not prison_id:
            raise not_there()
        now = desk.service.clock.now()
        return _pdf(await asyncio.to_thread(papers.notice, number, prison_id, person.name, now), f"notice-{number}")

    return router


def _pdf(made: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)
