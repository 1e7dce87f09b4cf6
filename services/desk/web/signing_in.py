"""Signing in at the identity provider, and out again here and there."""

from collections.abc import Awaitable
from typing import TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.desk.web.desk import Desk
from services.desk.web.provider import SIGNING_IN, Provider
from services.desk.web.signed_in import SignInNeeded, Visitor, cookie_name, drop_cookie, set_cookie, to_sign_in
from shared.domain.access import Action
from shared.runtime.audit.looking import asked_by
from shared.runtime.callers import for_anybody
from shared.runtime.identity import NotTrusted, ProviderAway
from shared.runtime.problems import NOT_NOW, Problem

T = TypeVar("T")
AT_HOME = ((Action.SEE_CASELOAD, "/queue"), (Action.FIND_PRISONER, "/to-do"))
ON_THE_WAY = "desk-sign-in"
"""The cookie of somebody who is at the provider."""


def routes(desk: Desk, provider: Provider) -> APIRouter:
    """What needs nobody to be signed in yet."""
    router, sessions = APIRouter(include_in_schema=False, dependencies=[Depends(for_anybody)]), desk.sessions

    @router.get("/")
    async def start(request: Request) -> Response:
        """Where everybody begins."""
        try:
            visitor = await sessions.visitor(request)
        except SignInNeeded:
            return desk.page(request, None, "start.html")
        home = next((path for action, path in AT_HOME if visitor.may(action)), None)
        return RedirectResponse(home, 303) if home else desk.page(request, visitor, "no_role.html")

    @router.get("/sign-in")
    async def sign_in(request: Request, after: str = "/") -> Response:
        """Somebody goes to the provider."""
        way = await _answered(provider.way_in(_here(after)))
        answer = RedirectResponse(way.url, 303)
        set_cookie(answer, request, ON_THE_WAY, way.sealed, SIGNING_IN)
        return answer

    @router.get("/signed-in")
    async def signed_in(request: Request, code: str = "", state: str = "") -> Response:
        """Somebody signed in at the provider comes back."""
        try:
            way = provider.way_back(request.cookies.get(cookie_name(ON_THE_WAY, request), ""), state)
            person = await _answered(provider.person(code, way))
        except NotTrusted:
            return desk.page(request, None, "not_signed_in.html", 400)
        asked_by(person.caller)
        answer = RedirectResponse(way.after, 303)
        roles, prisons = tuple(sorted(person.caller.roles)), tuple(sorted(person.caller.prisons))
        known = {"subject": person.caller.subject, "name": person.name, "id_token": person.id_token}
        await sessions.begin(answer, request, roles=roles, prisons=prisons, **known)
        drop_cookie(answer, request, ON_THE_WAY)
        return answer

    @router.get("/signed-out")
    async def signed_out(request: Request) -> Response:
        """Somebody has signed out."""
        return desk.page(request, None, "signed_out.html")

    return router


def signing_out(desk: Desk, provider: Provider) -> APIRouter:
    router, anyone = APIRouter(include_in_schema=False), desk.signed_in_at_all()

    @router.post("/sign-out")
    async def sign_out(request: Request, visitor: Visitor = anyone) -> Response:
        """Here at once, and at the provider by a page that leads there: no form of ours may be sent on to another site."""
        await desk.sessions.end(visitor.key)  # first of all, and whatever the provider says
        way_out = await _answered(provider.way_out(visitor.session.id_token))
        answer = desk.page(request, None, "signing_out.html", way_out=way_out)
        drop_cookie(answer, request, "desk")
        return answer

    return router


def sign_in_first(desk: Desk, request: Request) -> Response:
    """A page that is only read is shown after signing in; what was sent is not sent again behind anybody's back."""
    if request.method == "GET":
        return to_sign_in(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    return desk.page(request, None, "session_over.html", 401)


async def _answered(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except ProviderAway:
        raise Problem(503, NOT_NOW, headers={"Retry-After": "5"}) from None


def _here(after: str) -> str:
    """A path of the desk's own: no link to sign in leads anywhere else."""
    own = after.startswith("/") and not after.startswith(("//", "/\\"))
    return after if own else "/"
