"""Signing in as people do, with no more of a browser than that needs."""

import html
import re
from collections.abc import Mapping

import httpx

HTML = {"Accept": "text/html"}
"""What a browser says that it wants, and a program does not."""
PATIENCE = 60.0
"""Seconds."""


class Local(httpx.AsyncHTTPTransport):
    """As browsers do, sends cookies that are for TLS alone to its own machine, too."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        answer.headers = httpx.Headers(
            [(name, re.sub(rb"; ?Secure", b"", value)) for name, value in answer.headers.raw]
        )
        return answer


async def sign_in(url: str, person: Mapping[str, str]) -> httpx.Cookies:
    """What a browser that followed every link and filled in the provider's form has as cookies for the desk."""
    async with httpx.AsyncClient(follow_redirects=True, headers=HTML, timeout=PATIENCE, transport=Local()) as http:
        form = await http.get(f"{url}/sign-in")
        action = re.search(r'<form[^>]*action="([^"]+)"', form.text)
        assert action, form.text
        back = await http.post(html.unescape(action[1]), data=dict(person), follow_redirects=False)
        assert back.has_redirect_location, back.text
        await http.get(back.headers["location"])  # with what a browser sends: not the type of the form before
        known = [cookie.value for cookie in http.cookies.jar if cookie.name == "desk"]
        assert known, "nobody is signed in"
        cookies = httpx.Cookies()
        cookies.set("desk", known[0] or "")
        return cookies
