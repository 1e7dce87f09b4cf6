"""Faults of HTTP calls as RFC 9457 `application/problem+json`: every fault at once, with JSON pointers, no value repeated."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from shared.events.envelope import Unreadable
from shared.events.json_body import read_json
from shared.events.requests import Fault
from shared.runtime.mongo import Unavailable

log = structlog.get_logger()

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


ANYWHERE: Mapping[int | str, dict[str, Any]] = {
    400: problem("The request cannot be read"),
    408: problem("The body did not come in time"),
    413: problem("The body is too large"),
    415: problem("The body is not `application/json`"),
    422: problem("Every fault at once"),
    431: problem("The headers are too large"),
    503: problem("Not possible right now: try again after `Retry-After`"),
}
"""What any call may be answered."""


def answer(problem: Problem) -> JSONResponse:
    """`problem` as it goes out."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    if problem.faults:
        body["faults"] = [fault.model_dump() for fault in problem.faults]
    return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Every fault of `app` becomes a problem document."""

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


def parse_json(body: bytes) -> Any:
    """The JSON of a request's body. Raises Problem 400 where it is none."""
    try:
        return read_json(body)
    except Unreadable:
        fault = Fault(pointer="", fault="is not JSON, or has a field twice")
        raise Problem(400, "The body is not JSON", [fault]) from None
