"""Who is at the desk: signed in at the provider, kept in a session here, and let do what their roles allow."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.desk.domain.calls import Who
from services.desk.domain.sessions import Begin, End, Note, Session
from shared.domain.access import NATIONAL, Action, Caller, Role, Whose, may, may_at_all
from shared.domain.prisons import PRISONS
from shared.runtime.callers import Allowed, Callers, not_there
from shared.runtime.ids import new_id
from shared.runtime.problems import Problem
from shared.runtime.service import Service

COOKIE = "desk"


class SignInNeeded(Exception):
    """Nobody is signed in (any more): `after` is where they wanted to be."""

    def __init__(self, after: str) -> None:
        super().__init__()
        self.after = after


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, in which session."""

    key: str
    name: str
    caller: Caller
    csrf: str

    @property
    def prisons(self) -> list[str]:
        """Those that they work for, in the order of their names."""
        known = self.caller.prisons - {NATIONAL}
        return sorted(known, key=lambda prison_id: PRISONS[prison_id].name if prison_id in PRISONS else prison_id)

    @property
    def of_a_prison(self) -> bool:
        return Role.PRISON_STAFF in self.caller.roles

    @property
    def who(self) -> Who:
        """As a decision names them."""
        everywhere = NATIONAL in self.caller.prisons
        return Who(name=self.name, prisons=None if everywhere else tuple(sorted(self.caller.prisons)))

    def may(self, action: Action, prison_id: str | None = None) -> bool:
        """Whether they may do `action` to what a prison has; without a prison, to anything at all."""
        if prison_id is None:
            return may_at_all(self.caller, action)
        return may(self.caller, action, Whose(prisons=frozenset({prison_id})))

    def must(self, action: Action, prison_id: str | None) -> None:
        """Raises Problem 404 for what is not theirs, as for what is not there."""
        whose = Whose(prisons=frozenset({prison_id} if prison_id else ()))
        if not may(self.caller, action, whose):
            raise not_there()


class Sessions:
    """Sessions by the cookie that names them."""

    def __init__(self, service: Service) -> None:
        self._service, self._clock = service, service.platform.machine_clock

    async def begin(self, answer: Response, request: Request, instead_of: str | None, **known: Any) -> None:
        """A session under a name of its own, which `answer` gives to the browser."""
        name, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(started_at=now, seen_at=now, csrf=secrets.token_urlsafe(32), **known)
        await self._call(Begin(session_id=key_of(name), session=session, instead_of=instead_of))
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, name, httponly=True, secure=secure, samesite="lax", path="/")

    async def find(self, request: Request) -> tuple[str, Session | None]:
        """The session of whoever asks, if it lasts."""
        key = key_of(request.cookies.get(COOKIE, ""))
        session = await self._service.query(lambda work: work.get(Session, key))
        return key, session if session and session.lasts(self._clock.now()) else None

    async def visitor(self, request: Request) -> Visitor:
        """Raises SignInNeeded."""
        key, session = await self.find(request)
        if session is None or session.subject is None:
            raise SignInNeeded(request.url.path if request.method == "GET" else "/")
        if session.to_be_noted(self._clock.now()):
            await self._call(Note(session_id=key, at=self._clock.now()))
        roles = frozenset(Role(role) for role in session.roles)
        caller = Caller(session.subject, roles, prisons=frozenset(session.prisons))
        return Visitor(key, session.name, caller, session.csrf)

    async def end(self, *keys: str) -> None:
        await self._call(End(session_ids=keys))

    async def sweep(self) -> None:
        """Forgets what is over."""
        over = await self._service.ranked(Session, "all", most=500, before=self._clock.now())
        if over.ids:
            await self.end(*over.ids)

    async def _call(self, call: Begin | Note | End) -> None:
        await self._service.call(call, new_id(self._clock.now()))


class SignedIn(Allowed):
    """What a page depends on: somebody who may do `action` is signed in, and what they send is from our own page.

    Without an `action`, anybody who is signed in.
    """

    def __init__(self, callers: Callers, action: Action | None, sessions: Sessions) -> None:
        callers.declared = True
        self._needed, self._sessions = action, sessions

    async def __call__(self, request: Request) -> Visitor:  # type: ignore[override]
        visitor = await self._sessions.visitor(request)
        if self._needed and not may_at_all(visitor.caller, self._needed):
            raise not_there()
        if request.method == "POST":
            sent = (await request.form()).get("csrf")
            if not isinstance(sent, str) or not secrets.compare_digest(sent, visitor.csrf):
                raise Problem(403, "This was not sent from a page of the desk")
        return visitor


def key_of(name: str) -> str:
    """The id under which a session is kept: who reads the database learns no cookie."""
    return sha256(name.encode()).hexdigest()


def to_sign_in(after: str) -> RedirectResponse:
    return RedirectResponse(f"/sign-in?after={quote(after)}", 303)
