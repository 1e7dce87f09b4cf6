"""Faults of HTTP calls as RFC 9457 `application/problem+json`: every fault at once, with JSON pointers, no value repeated."""

import json
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.events.requests import Fault
from shared.runtime.mongo import Unavailable

log = structlog.get_logger()

LARGEST_BODY = 1_000_000
NOT_NOW = "Not possible right now: try again"
NOT_SURE = "Not confirmed, though it may be saved: send exactly the same again, and it counts once"


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "faults": {"type": "array", "items": Fault.model_json_schema()},
    },
}


class Problem(Exception):
    """An answer that is a fault: `status`, a title in plain English, and what is wrong where."""

    def __init__(
        self, status: int, title: str, faults: Sequence[Fault] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status, self.title, self.faults, self.headers = status, title, faults, headers


def problem(description: str) -> dict[str, Any]:
    """A problem document as OpenAPI describes it."""
    return {"description": description, "content": {"application/problem+json": {"schema": PROBLEM}}}


def answer(problem: Problem) -> JSONResponse:
    """`problem` as it goes out."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    if problem.faults:
        body["faults"] = [fault.model_dump() for fault in problem.faults]
    return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Every fault of `app` becomes a problem document; bodies over a megabyte are refused before they are read."""
    app.add_middleware(BodyLimit)

    @app.exception_handler(Problem)
    async def _problem(_: Request, problem: Problem) -> JSONResponse:
        return answer(problem)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [Fault(pointer=_pointer(fault["loc"]), fault=fault["msg"]) for fault in error.errors()]
        return answer(Problem(422, "The request is not as it should be", faults))

    @app.exception_handler(StarletteHTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        return answer(Problem(error.status_code, str(error.detail), headers=dict(error.headers or {})))

    @app.exception_handler(Unavailable)
    async def _unavailable(request: Request, _: Unavailable) -> JSONResponse:
        title = NOT_SURE if request.method == "POST" else NOT_NOW
        return answer(Problem(503, title, headers={"Retry-After": "2"}))


def broken(error: Exception) -> JSONResponse:
    """The answer to a fault of ours: nothing of what was sent is repeated or logged."""
    log.error("broken", error=type(error).__name__)
    return answer(Problem(500, "Something went wrong"))


def _pointer(location: Sequence[Any]) -> str:
    """`("body", "requester", "name")` → `/requester/name`; a query parameter is `/page`."""
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Refuses bodies over `LARGEST_BODY` bytes with 413, whatever their Content-Length says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        taken, started = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise _TooLarge
            return message

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            declared = int(dict(scope["headers"]).get(b"content-length", b"0") or 0)
            if declared > LARGEST_BODY:
                raise _TooLarge
            await self._app(scope, counted, sending)
        except _TooLarge:
            if not started:
                await answer(Problem(413, "The body is too large"))(scope, receive, send)


def parse_json(body: bytes) -> Any:
    """The JSON of a request's body. Raises Problem 400 where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON", [Fault(pointer="", fault="is not JSON")]) from None
