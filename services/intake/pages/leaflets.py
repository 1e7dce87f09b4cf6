"""Pages that only tell something: how to start, what to do after a change of mind, what the law wants to be said."""

from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from shared.pages.languages import N_
from shared.pages.site import Link, Site
from shared.runtime.callers import for_anybody

NAME = N_("Stop unwanted contact from a prisoner")
NAVIGATION = [
    Link(N_("Make a request"), "/"),
    Link(N_("Report contact that has not stopped"), "/report"),
    Link(N_("Check the progress of your request"), "/status"),
    Link(N_("If you change your mind"), "/changed-your-mind"),
]
FOOTER = [
    Link(N_("Accessibility"), "/accessibility"),
    Link(N_("Privacy"), "/privacy"),
    Link(N_("Cookies"), "/cookies"),
]
LEAFLETS = ("report", "status", "changed-your-mind", "accessibility", "privacy", "cookies")


@cache
def site() -> Site:
    """Intake's pages: the same for every instance in a process."""
    return Site("services.intake.pages", NAME, NAVIGATION, FOOTER, exit_page=True)


def routes(pages: Site) -> APIRouter:
    """Where they are found."""
    found = APIRouter(include_in_schema=False, dependencies=[Depends(for_anybody)])
    found.add_api_route("/", _leaflet(pages, "start"), methods=["GET"])
    for name in LEAFLETS:
        found.add_api_route(f"/{name}", _leaflet(pages, name), methods=["GET"])

    @found.get("/request")
    async def request() -> Response:
        return RedirectResponse("/", 303)

    return found


def _leaflet(pages: Site, name: str) -> Any:
    async def leaflet(request: Request) -> Response:
        """Somebody reads what is for anybody."""
        return pages.page(request, f"{name.replace('-', '_')}.html")

    return leaflet
