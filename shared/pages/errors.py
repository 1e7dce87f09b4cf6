"""What is wrong, said to a person: problem documents become pages for browsers that want one."""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Page = Callable[[Request, int], Response]


class ProblemsAsPages:
    """In the place of `application/problem+json` the page of its status, unless a program asked."""

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self._app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _a_person(scope):
            return await self._app(scope, receive, send)
        replaced = False

        async def as_page(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_problem(message):
                replaced = True
                page = self._page(Request(scope), message["status"])
                page.headers.update({name: value for name, value in _kept(message).items()})
                await page(scope, receive, send)
            if not replaced:
                await send(message)

        await self._app(scope, receive, as_page)


def _a_person(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "") and not scope["path"].startswith("/api/")


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("application/problem+json")


def _kept(message: Message) -> dict[str, str]:
    headers = MutableHeaders(raw=message["headers"])
    return {name: headers[name] for name in ("retry-after", "allow") if name in headers}
