"""Who calls over HTTP, and whether they may: each route declares what it does, so that none is open by being forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from shared.domain.access import PUBLIC, Action, Caller, Whose, may, may_at_all
from shared.runtime.audit.looking import asked_by
from shared.runtime.clock import WallClock
from shared.runtime.identity import Keys, NotTrusted, ProviderAway, ReadKeys, Tokens
from shared.runtime.problems import NOT_NOW, Problem, problem
from shared.runtime.settings import Settings

OBSERVED = ("/livez", "/readyz", "/callable", "/metrics")
"""What is for those who run the service."""
FREE = frozenset({*OBSERVED, "/asyncapi", "/asyncapi.json", "/described.css", "/openapi", "/openapi.json"})
"""Paths that need no account, because they say nothing about anybody."""
ASSETS = "/assets/"
"""What pages load, which says nothing about anybody either."""
SUBSCRIBER = 64
"""Bits of an IPv6 address that tell one subscriber from another."""

NOT_THERE = "There is none, or none that you may see"
REFUSED: dict[int | str, dict[str, Any]] = {
    401: problem("An access token is needed, or this one is not valid (any more)"),
    404: problem(NOT_THERE),
}

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def not_there() -> Problem:
    """The one answer where there is nothing, and where there is something that is not for this caller."""
    return Problem(404, NOT_THERE)


@dataclass(frozen=True)
class Permit:
    """A caller's leave to do `action`, if not to everything."""

    caller: Caller
    action: Action

    def must_reach(self, whose: Whose) -> None:
        """Raises Problem 404 for what is not theirs, as for what is not there."""
        if not may(self.caller, self.action, whose):
            raise not_there()


async def for_anybody() -> None:
    """What a page depends on that says nothing about anybody."""


async def by_session() -> None:
    """What a page depends on that only the browser may see which began it: by its cookie, which the page itself looks at."""


class Callers:
    """What a service knows about who calls it. `declared` is whether any of its routes needs to know."""

    def __init__(self, settings: Settings, read: ReadKeys) -> None:
        self.keys, self.declared = Keys(read), False
        self._settings, self._tokens = settings, Tokens(settings, self.keys)

    def install(self, app: FastAPI) -> None:
        """From now on a caller's address is what our own proxies say it is, and what nobody else says."""
        if self._settings.trusted_proxies:
            app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=self._settings.trusted_proxies)

    def may(self, action: Action) -> "Allowed":
        """What a route depends on to do `action`."""
        self.declared = True
        return Allowed(self, action)

    @cached_property
    def _rate(self) -> "Rate":
        return Rate(self._settings.public_rate)

    @cached_property
    def _form_rate(self) -> "Rate":
        return Rate(self._settings.form_rate)

    @cached_property
    def _account_rate(self) -> "Rate":
        return Rate(self._settings.account_rate)

    async def permit(self, action: Action, token: str | None, address: str) -> Permit:
        """Raises Problem 401 for a caller nobody vouches for, 404 for one who may not, 429 for one who calls too often."""
        public = may_at_all(PUBLIC, action)
        if token is None and not public:
            raise Problem(401, "An access token is needed", headers={"WWW-Authenticate": "Bearer"})
        caller = PUBLIC if token is None else await self._known(token)
        if may_at_all(caller, action) and caller is not PUBLIC:
            self._account_rate.count(caller.subject)
            return Permit(caller, action)
        if not public:
            raise not_there()
        rate = self._form_rate if action is Action.BEGIN_FORM else self._rate
        rate.count(address)
        return Permit(PUBLIC, action)

    async def _known(self, token: str) -> Caller:
        try:
            return await self._tokens.caller(token)
        except NotTrusted:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Problem(401, "The access token is not valid, or not any more", headers=headers) from None
        except ProviderAway:
            raise Problem(503, NOT_NOW, headers={"Retry-After": "5"}) from None


class Allowed:
    """The dependency by which a route declares its action."""

    def __init__(self, callers: Callers, action: Action) -> None:
        self._callers, self.action = callers, action

    async def __call__(self, request: Request, bearer: Bearer) -> Permit:
        address = request.client.host if request.client else ""
        permit = await self._callers.permit(self.action, bearer.credentials if bearer else None, address)
        asked_by(permit.caller)
        return permit


class Rate:
    """How often one address, or one account, may call; each instance counts for itself."""

    def __init__(self, rate: str) -> None:
        self._limits, self._limiter = parse_many(rate), MovingWindowRateLimiter(MemoryStorage())

    def count(self, caller: str) -> None:
        """Raises Problem 429 where that is too often; what is refused does not count."""
        who = subscriber(caller)
        for limit in self._limits:
            if not self._limiter.test(limit, who):
                free_at = self._limiter.get_window_stats(limit, who).reset_time
                after = max(1, ceil(free_at - WallClock().now().timestamp()))
                raise Problem(429, "Too many for now: try again later", headers={"Retry-After": str(after)})
        for limit in self._limits:
            self._limiter.hit(limit, who)


def subscriber(address: str) -> str:
    """An IPv4 address, or the network that one subscriber has of IPv6: who has that many addresses is still one."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ip_network((known, SUBSCRIBER), strict=False) if isinstance(known, IPv6Address) else known)


def paths(app: FastAPI) -> Iterator[str]:
    """The routes of `app` that are not for those who run the service."""
    found = dict.fromkeys(str(route.path) for route in iter_route_contexts(app.routes))
    return (path for path in found if path not in FREE and not path.startswith(ASSETS))


def undeclared(app: FastAPI) -> Iterator[str]:
    """Paths of `app` that neither declare an action, nor are for one browser alone, nor are free."""
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        if path not in FREE and not path.startswith(ASSETS) and not _declares(getattr(route, "dependant", None)):
            yield path


def _declares(dependant: Dependant | None) -> bool:
    if dependant is None:
        return False
    declared = isinstance(dependant.call, Allowed) or dependant.call in (for_anybody, by_session)
    return declared or any(_declares(inner) for inner in dependant.dependencies)
