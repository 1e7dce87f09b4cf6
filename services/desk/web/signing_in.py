"""Signing in at the identity provider, and out again here and there."""

from collections.abc import Awaitable
from typing import TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.desk.web.desk import Desk
from services.desk.web.provider import Provider
from services.desk.web.signed_in import COOKIE, SignInNeeded, Visitor
from shared.domain.access import Action
from shared.runtime.callers import for_anybody
from shared.runtime.identity import NotTrusted, ProviderAway
from shared.runtime.problems import NOT_NOW, Problem

T = TypeVar("T")
AT_HOME = (
    (Action.DECIDE_CASE, "/queue"),
    (Action.FIND_PRISONER, "/to-do"),
    (Action.SEE_REQUEST, "/cases"),
)


def routes(desk: Desk, provider: Provider) -> APIRouter:
    router, sessions = APIRouter(include_in_schema=False, dependencies=[Depends(for_anybody)]), desk.sessions

    @router.get("/")
    async def start(request: Request) -> Response:
        try:
            visitor = await sessions.visitor(request)
        except SignInNeeded:
            return desk.page(request, None, "start.html")
        home = next((path for action, path in AT_HOME if visitor.may(action)), None)
        return RedirectResponse(home, 303) if home else desk.page(request, visitor, "no_role.html")

    @router.get("/sign-in")
    async def sign_in(request: Request, after: str = "/") -> Response:
        way = await _answered(provider.way_in())
        answer = RedirectResponse(way.url, 303)
        known = {"state": way.state, "nonce": way.nonce, "verifier": way.verifier, "after": _here(after)}
        key, before = await sessions.find(request)
        await sessions.begin(answer, request, key if before else None, **known)
        return answer

    @router.get("/signed-in")
    async def signed_in(request: Request, code: str = "", state: str = "") -> Response:
        key, session = await sessions.find(request)
        if session is None or session.signed_in or not session.state or session.state != state or not code:
            return desk.page(request, None, "not_signed_in.html", 400)
        try:
            person = await _answered(provider.person(code, session.verifier or "", session.nonce or ""))
        except NotTrusted:
            await sessions.end(key)
            return desk.page(request, None, "not_signed_in.html", 400)
        answer = RedirectResponse(session.after, 303)
        known = {"subject": person.caller.subject, "name": person.name, "id_token": person.id_token}
        roles, prisons = tuple(sorted(person.caller.roles)), tuple(sorted(person.caller.prisons))
        await sessions.begin(answer, request, key, roles=roles, prisons=prisons, **known)
        return answer

    @router.get("/signed-out")
    async def signed_out(request: Request) -> Response:
        return desk.page(request, None, "signed_out.html")

    return router


def signing_out(desk: Desk, provider: Provider) -> APIRouter:
    router, anyone = APIRouter(include_in_schema=False), desk.signed_in_at_all()

    @router.post("/sign-out")
    async def sign_out(request: Request, visitor: Visitor = anyone) -> Response:
        _, session = await desk.sessions.find(request)
        await desk.sessions.end(visitor.key)
        answer = RedirectResponse(await _answered(provider.way_out(session.id_token if session else None)), 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", path="/")
        return answer

    return router


async def _answered(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except ProviderAway:
        raise Problem(503, NOT_NOW, headers={"Retry-After": "5"}) from None


def _here(after: str) -> str:
    """A path of the desk's own: no link to sign in leads anywhere else."""
    own = after.startswith("/") and not after.startswith(("//", "/\\"))
    return after if own else "/"
