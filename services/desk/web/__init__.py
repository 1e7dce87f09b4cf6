"""The desk on HTTP: pages for staff of prisons, operators and central staff."""

from starlette.requests import Request
from starlette.responses import Response

from services.desk.settings import DeskSettings
from services.desk.web import (
    api,
    breaches,
    cases,
    figures,
    lists,
    mails,
    operators,
    printing,
    queue,
    reviews,
    search,
    signing_in,
    taking,
    withdrawals,
)
from services.desk.web import news as live
from services.desk.web.desk import NAME, Desk
from services.desk.web.provider import Provider
from services.desk.web.signed_in import Sessions, SignInNeeded
from shared.pages.site import Site
from shared.runtime.service import Service

FORMS = ("/sign-out", "/cases", "/breaches", "/reviews", "/lists", "/find", "/tasks", "/calls", "/mails")
PAGES = (queue, search, cases, withdrawals, breaches, reviews, lists, operators, taking, mails, figures, printing, api)


def install(service: Service, settings: DeskSettings) -> None:
    """Puts the desk's pages into the service's application, and what keeps them fresh beside it."""
    service.takes_forms(*FORMS)
    sessions, news = Sessions(service), live.News(service)
    desk = Desk(service, Site("services.desk", NAME, languages=["en"]), sessions)
    provider = Provider(service.settings, settings, service.callers.keys)
    for router in (
        signing_in.routes(desk, provider),
        signing_in.signing_out(desk, provider),
        *(pages.routes(desk) for pages in PAGES),
        live.routes(desk, news),
    ):
        service.app.include_router(router)

    @service.app.exception_handler(SignInNeeded)
    async def _sign_in(request: Request, _: SignInNeeded) -> Response:
        return signing_in.sign_in_first(desk, request)

    service.run_beside(sessions.sweep)
    service.run_beside(news.look)
    desk.site.install(service.app)
