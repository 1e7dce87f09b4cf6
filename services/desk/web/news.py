"""News as they come: a breach alert appears on a page that is open, by server-sent events (R29)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from services.desk.domain.todo import Kind, ToDo
from services.desk.web.desk import Desk
from services.desk.web.signed_in import Visitor
from shared.domain.access import Action
from shared.domain.working_days import parse_time
from shared.runtime.ranked import Wanted
from shared.runtime.service import Service

MOST = 100
"""Breaches that are looked at each time, the newest."""
KEPT = timedelta(minutes=5)
"""For how long a page that was away gets what it missed."""
STREAM = 25.0
"""Seconds after which a stream ends and the browser asks again: no service waits longer for one to stop."""


class News:
    """Breaches that have come since this instance started, and when it heard of each (machine time)."""

    def __init__(self, service: Service) -> None:
        self._service, self._clock = service, service.platform.machine_clock
        self._known: frozenset[str] | None = None
        self._recent: deque[tuple[datetime, ToDo]] = deque(maxlen=MOST)
        self._news = asyncio.Condition()

    async def look(self) -> None:
        """Looks once; who waits is told of what is new."""
        found = await self._service.ranked(ToDo, Wanted((f"kind:{Kind.BREACH}",), most=MOST, newest_first=True))
        known, self._known = self._known, frozenset(found.ids)
        fresh = [] if known is None else [key for key in found.ids if key not in known]
        if fresh:
            entries = await self._service.query(lambda work: work.fetch(ToDo, fresh))
            async with self._news:
                self._recent.extend((self._clock.now(), entry) for entry in entries.values())
                self._news.notify_all()

    def since(self, moment: datetime, visitor: Visitor) -> Sequence[tuple[datetime, ToDo]]:
        """What this visitor's prisons have not seen since then."""
        moment = max(moment, self._clock.now() - KEPT)
        recent = [(heard, entry) for heard, entry in self._recent if heard > moment and entry.prison_id]
        return [(heard, entry) for heard, entry in recent if visitor.may(Action.DECIDE_CASE, entry.prison_id)]

    async def wait(self, seconds: float) -> None:
        """Until there is something new, or so long."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait()
        except TimeoutError:
            return


def routes(desk: Desk, news: News) -> APIRouter:
    router, deciding = APIRouter(include_in_schema=False), desk.signed_in(Action.DECIDE_CASE, pressed=False)

    @router.get("/news")
    async def stream(request: Request, since: str = "", visitor: Visitor = deciding) -> Response:
        """News for a page that is open."""
        seen = _moment(request.headers.get("last-event-id") or since) or desk.machine_now()
        events = _events(desk, request, visitor, news, seen)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return router


async def _events(desk: Desk, request: Request, visitor: Visitor, news: News, seen: datetime) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    until = asyncio.get_running_loop().time() + STREAM
    while (left := until - asyncio.get_running_loop().time()) > 0:
        for heard, entry in news.since(seen, visitor):
            seen = heard
            shown = desk.site.text(request, "news.html", **desk.shared(request, visitor), todo=entry)
            yield f"id: {heard.isoformat()}\nevent: breach\n{_data(shown)}\n\n"
        await news.wait(min(left, 1.0))


def _data(shown: str) -> str:
    return "\n".join(f"data: {line}" for line in shown.strip().splitlines())


def _moment(written: str) -> datetime | None:
    try:
        return parse_time(written) if written else None
    except ValueError:
        return None
