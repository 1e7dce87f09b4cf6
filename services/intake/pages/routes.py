"""A journey over HTTP: begun, gone through page by page, submitted. A page that is sent leads to one that is only read."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.intake.domain.journey import Begin, Journey, Kind, Reply, Stay, Stopped, Submit
from services.intake.domain.request import Request as Asked
from services.intake.pages import answering, leaflets, views
from services.intake.pages.kinds import QUESTIONS
from services.intake.pages.session import Browser
from shared.domain.access import Action
from shared.pages.site import Site
from shared.runtime.callers import by_session
from shared.runtime.ids import new_id
from shared.runtime.service import Service


def install(service: Service) -> None:
    """Puts the public form into the service's application."""
    site = leaflets.site()
    service.app.include_router(leaflets.routes(site))
    service.app.include_router(Journeys(service, site).routes())
    site.install(service.app)


class Journeys:
    """The pages of every kind of journey."""

    def __init__(self, service: Service, site: Site) -> None:
        self._service, self._site = service, site
        self._may_begin = service.callers.may(Action.BEGIN_FORM)
        service.takes_forms(*(f"/{kind}" for kind in Kind))

    def routes(self) -> APIRouter:
        """Where they are found."""
        routes = APIRouter(include_in_schema=False)
        for kind in Kind:
            page, theirs = f"/{kind}/{{journey_id}}/{{path:path}}", [Depends(by_session)]
            begin = self._beginning(kind)
            routes.add_api_route(f"/{kind}/begin", begin, methods=["POST"], dependencies=[Depends(self._may_begin)])
            routes.add_api_route(f"/{kind}/{{journey_id}}/stay", self._stay, methods=["POST"], dependencies=theirs)
            routes.add_api_route(page, self._show, methods=["GET"], dependencies=theirs)
            routes.add_api_route(page, self._take, methods=["POST"], dependencies=theirs)
        return routes

    def _beginning(self, kind: Kind) -> Any:
        async def begin(request: Request) -> Response:
            """Somebody begins on the public form."""
            browser, journey_id = Browser.of(request), new_id(self._service.clock.now())
            await self._call(Begin(journey=journey_id, owner=browser.owner, kind=kind))
            answer = _see(f"/{kind}/{journey_id}/{QUESTIONS[kind].pages[0].slug}")
            browser.remember(answer)
            return answer

        return begin

    async def _show(self, request: Request, journey_id: str, path: str) -> Response:
        """Somebody reads a page of what they began."""
        browser = Browser.of(request)
        journey = await self._service.query(lambda work: work.get(Journey, journey_id))
        if journey is None or journey.owner != browser.owner:
            return self._stopped(request, Stopped.GONE)
        here = views.Here(request, self._site, browser, journey_id, journey, self._service.clock.now())
        found = journey.found
        if found and path == "standing":
            asked = await self._service.query(lambda work: work.get(Asked, found))
            return views.standing(here, asked) if asked else self._stopped(request, Stopped.GONE)
        return views.page(here, path) or _see(here.url(views.where_it_is(here)))

    async def _take(self, request: Request, journey_id: str, path: str) -> Response:
        """Somebody sends a page of what they began."""
        browser, form = Browser.of(request), await request.form()
        entries = _texts(form)
        if not browser.sent(entries.pop("token", "")):
            return self._site.problem(request, 403)
        after = await self._reply(journey_id, browser.owner, path, entries)
        if isinstance(after, Stopped):
            return self._stopped(request, after)
        here = views.Here(request, self._site, browser, journey_id, after, self._service.clock.now())
        if path == answering.CHECK or after.receipt or after.found:
            return _see(here.url(views.where_it_is(here)))
        to = answering.next_path(QUESTIONS[after.kind], after, path, here.changing, here.now)
        return _see(here.url(to, here.changing and to != answering.CHECK))

    async def _reply(self, journey_id: str, owner: str, path: str, entries: Mapping[str, str]) -> Journey | Stopped:
        button = entries.get("button", "")
        call: Submit | Reply = Reply(journey=journey_id, owner=owner, path=path, entries=entries, button=button)
        if path == answering.CHECK:
            call = Submit(journey=journey_id, owner=owner, shown=entries.get("shown", ""))
        after: Journey | Stopped = await self._call(call)
        return after

    async def _stay(self, request: Request, journey_id: str) -> Response:
        """Somebody keeps what they began for longer."""
        browser, form = Browser.of(request), await request.form()
        if not browser.sent(_texts(form).get("token", "")):
            return self._site.problem(request, 403)
        after = await self._call(Stay(journey=journey_id, owner=browser.owner))
        return self._stopped(request, after) if isinstance(after, Stopped) else Response(status_code=204)

    async def _call(self, call: Begin | Reply | Submit | Stay) -> Any:
        return await self._service.call(call, new_id(self._service.clock.now()))

    def _stopped(self, request: Request, why: Stopped) -> Response:
        if why is Stopped.GONE:
            return self._site.page(request, "gone.html", 410)
        return self._site.problem(request, 429 if why is Stopped.TOO_MANY else 500)


def _see(url: str) -> Response:
    return RedirectResponse(url, 303, {"Cache-Control": "no-store"})


def _texts(form: FormData) -> dict[str, str]:
    return {name: text for name, text in form.items() if isinstance(text, str)}
