"""Who is at the desk: signed in at the provider, kept in a session here, and let do what their roles allow."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.desk.domain.calls import Who
from services.desk.domain.sessions import Begin, End, Note, Search, Session
from shared.domain.access import NATIONAL, Action, Caller, Role, Whose, may, may_at_all
from shared.domain.prisons import PRISONS
from shared.runtime.audit.looking import asked_by
from shared.runtime.callers import Allowed, Callers, not_there
from shared.runtime.ids import new_id
from shared.runtime.problems import Problem
from shared.runtime.ranked import Wanted
from shared.runtime.service import Service

MOST_SWEPT = 500


class SignInNeeded(Exception):
    """Nobody is signed in (any more)."""


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, in which session."""

    key: str
    session: Session
    caller: Caller

    @property
    def name(self) -> str:
        return self.session.name

    @property
    def csrf(self) -> str:
        """What only a page of ours can send with a form."""
        return self.session.csrf

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

    async def begin(self, answer: Response, request: Request, **known: Any) -> None:
        """A session under a name of its own, which `answer` gives to the browser."""
        name, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(started_at=now, seen_at=now, csrf=secrets.token_urlsafe(32), **known)
        before = request.cookies.get(cookie_name("desk", request))
        await self._call(Begin(session_id=key_of(name), session=session, instead_of=key_of(before) if before else None))
        set_cookie(answer, request, "desk", name)

    async def visitor(self, request: Request, pressed: bool = True) -> Visitor:
        """Raises SignInNeeded. What an open page asks for by itself is not `pressed` by anybody: it keeps no session alive."""
        key, now = key_of(request.cookies.get(cookie_name("desk", request), "")), self._clock.now()
        session = await self._service.query(lambda work: work.get(Session, key))
        if session is None or not session.lasts(now):
            raise SignInNeeded
        if pressed and session.to_be_noted(now):
            await self._call(Note(session_id=key, at=now))
        roles = frozenset(Role(role) for role in session.roles)
        caller = Caller(session.subject, roles, prisons=frozenset(session.prisons))
        asked_by(caller)
        return Visitor(key, session, caller)

    async def search(self, visitor: Visitor, search: str) -> str:
        """Under which name what they look for is kept: it is about somebody, and does not belong into an address."""
        name = new_id(self._clock.now())
        await self._call(Search(session_id=visitor.key, name=name, search=search))
        return name

    async def end(self, *keys: str) -> None:
        await self._call(End(session_ids=keys))

    async def sweep(self) -> None:
        """Forgets what is over."""
        over = await self._service.ranked(Session, Wanted(("all",), most=MOST_SWEPT, before=self._clock.now()))
        if over.ids:
            await self.end(*over.ids)

    async def _call(self, call: Begin | Note | Search | End) -> None:
        await self._service.call(call, new_id(self._clock.now()))


class SignedIn(Allowed):
    """What a page depends on: somebody who may do `action` is signed in, and what they send is from our own page.

    Without an `action`, anybody who is signed in. `pressed`: whether it takes a person to ask for the page.
    """

    def __init__(self, callers: Callers, action: Action | None, sessions: Sessions, pressed: bool = True) -> None:
        callers.declared = True
        self._needed, self._sessions, self._pressed = action, sessions, pressed

    async def __call__(self, request: Request) -> Visitor:  # type: ignore[override]
        visitor = await self._sessions.visitor(request, self._pressed)
        if self._needed and not may_at_all(visitor.caller, self._needed):
            raise not_there()
        if request.method == "POST":
            sent = (await request.form()).get("csrf")
            if not isinstance(sent, str) or not secrets.compare_digest(sent.encode(), visitor.csrf.encode()):
                raise Problem(403, "This was not sent from a page of the desk")
        return visitor


def cookie_name(name: str, request: Request) -> str:
    """Over TLS one that no other host can set."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def set_cookie(answer: Response, request: Request, name: str, value: str, seconds: int | None = None) -> None:
    """For this host and its pages alone. Lax, not Strict: somebody comes back from the provider, which is another site."""
    secure, full = request.url.scheme == "https", cookie_name(name, request)
    answer.set_cookie(full, value, max_age=seconds, httponly=True, secure=secure, samesite="lax", path="/")


def drop_cookie(answer: Response, request: Request, name: str) -> None:
    secure = request.url.scheme == "https"
    answer.delete_cookie(cookie_name(name, request), httponly=True, secure=secure, samesite="lax", path="/")


def key_of(name: str) -> str:
    """The id under which a session is kept: who reads the database learns no cookie."""
    return sha256(name.encode()).hexdigest()


def to_sign_in(after: str) -> RedirectResponse:
    return RedirectResponse(f"/sign-in?after={quote(after)}", 303)
