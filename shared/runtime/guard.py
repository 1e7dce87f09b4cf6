"""What every answer tells browsers and caches, as OWASP's ASVS asks (level 2), and what no request may be."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import problems
from shared.runtime.problems import Problem, answer

LARGEST_HEAD, LARGEST_BODY = 32_768, 1_000_000
"""Bytes."""
LONGEST_BODY = 10.0
"""Seconds until the body is there."""
MOST_IN_HAND = 64_000_000
"""Bytes of bodies at once: with many callers together memory is not theirs to fill."""
MOST_THROWN_AWAY, LONGEST_LEFTOVER = 32_000_000, 3.0
"""Bytes and seconds for which a body that is too large is read on, and thrown away."""
TOO_LARGE = "The body is too large"
FORM = "application/x-www-form-urlencoded"

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
HTTPS_ALONE = "max-age=31536000; includeSubDomains"


def install(app: FastAPI, forms: Collection[str]) -> None:
    """Around everything else in `app`; HTML forms are taken under the paths in `forms`, and nowhere else."""
    app.add_middleware(Bodies, forms=forms)
    app.add_middleware(Guard)


def inside(app: FastAPI, middleware: Callable[..., ASGIApp], **options: Any) -> None:
    """Puts `middleware` around all of `app` but its guard, whose headers are then on what it answers."""
    guarded = any(getattr(other.cls, "__name__", "") == Guard.__name__ for other in app.user_middleware[:1])
    app.user_middleware.insert(1 if guarded else 0, Middleware(middleware, **options))


def headers_for(scheme: str) -> Mapping[str, str]:
    """What every answer carries. Whom a browser met over TLS it meets no other way again."""
    return {**HEADERS, "strict-transport-security": HTTPS_ALONE} if scheme == "https" else HEADERS


class Guard:
    """Puts `HEADERS` on every answer, also where something went wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in headers_for(scope["scheme"]).items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            broken = problems.broken(error)
            if started:
                raise
            await broken(scope, receive, sending)


class Bodies:
    """Refuses a body that is no JSON (or, under `forms`, no form), too large, too slow, or one too many.

    Nothing of it is kept longer than needed.
    """

    def __init__(self, app: ASGIApp, forms: Collection[str]) -> None:
        self._app, self._forms, self._in_hand = app, forms, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        refused = _refused_unread(scope, self._forms)
        if refused:
            await _let_it_end(receive, refused)
            return await answer(refused)(scope, receive, send)
        body, started = _Body(receive, self._hold), False

        async def sending(message: Message) -> None:
            """Whatever the application makes of half a body, the answer is why it was not read on."""
            nonlocal started
            if body.refused is None or started:
                await send(message)
            elif message["type"] == "http.response.start":
                await _let_it_end(receive, body.refused)
                await answer(body.refused)(scope, receive, send)
            started = started or body.refused is None

        try:
            await self._app(scope, body.receive, sending)
        finally:
            self._in_hand -= body.taken

    def _hold(self, size: int) -> bool:
        """Takes `size` bytes more in hand, if there is room."""
        room = self._in_hand + size <= MOST_IN_HAND
        self._in_hand += size if room else 0
        return room


class _Body:
    """One request's body, as far as it has come; `refused` once it is not read any further."""

    def __init__(self, receive: Receive, hold: Callable[[int], bool]) -> None:
        self._receive, self._hold = receive, hold
        self._until = asyncio.get_running_loop().time() + LONGEST_BODY
        self._whole = False
        self.taken = 0
        self.refused: Problem | None = None

    async def receive(self) -> Message:
        """Raises Problem where the body is refused."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise self._refuse(408, "The body did not come in time") from None
        size = len(message.get("body", b""))
        if self.taken + size > LARGEST_BODY:
            raise self._refuse(413, TOO_LARGE)
        if not self._hold(size):
            raise self._refuse(503, problems.NOT_NOW, {"Retry-After": "2"})
        self.taken += size
        self._whole = not message.get("more_body", False)
        return message

    def _refuse(self, status: int, title: str, headers: Mapping[str, str] | None = None) -> Problem:
        self.refused = _closing(status, title, headers)
        return self.refused


async def _let_it_end(receive: Receive, refused: Problem) -> None:
    """Throws away, for a while, what is too large: who still sends when the connection is closed never sees why."""
    left = MOST_THROWN_AWAY if refused.status == 413 else 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_LEFTOVER):
            while left > 0:
                message = await receive()
                left = left - len(message.get("body", b"")) if message.get("more_body") else 0


def _closing(status: int, title: str, headers: Mapping[str, str] | None = None) -> Problem:
    """What else the caller sends is not waited for."""
    return Problem(status, title, headers={"Connection": "close", **(headers or {})})


def _refused_unread(scope: Scope, forms: Collection[str]) -> Problem | None:
    """What can be seen before the body is read."""
    head = [scope["raw_path"], scope["query_string"], *(part for header in scope["headers"] for part in header)]
    if sum(map(len, head)) > LARGEST_HEAD:
        return _closing(431, "The headers are too large")
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers and "content-length" in headers:
        return _closing(400, "The body has two lengths")  # the next server on the way may have read it by the other
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:20]) > LARGEST_BODY:
        return _closing(413, TOO_LARGE)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(scope["path"] == path or scope["path"].startswith(f"{path}/") for path in forms):
        return _closing(415, "The body has to be a form") if kind not in ("", FORM) else None
    if kind and kind != "application/json" and not kind.endswith("+json"):
        return _closing(415, "The body has to be application/json")
    return None
