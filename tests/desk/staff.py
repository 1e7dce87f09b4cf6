"""People of the realm at the desk: signed in at the real provider, as a browser does it, and what they are shown."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from playwright.async_api import Browser

from deploy.local.keycloak import Identity
from shared.events.envelope import Event
from tests.support.browser import Visitor, visitor
from tests.support.outside import Outside
from tests.support.running import Running
from tests.support.waiting import PATIENCE

HTML = {"Accept": "text/html"}


@dataclass
class Staff:
    """Everybody who can sign in, each with one session for all tests."""

    desk: Running
    identity: Identity
    party: Outside
    _cookies: dict[str, httpx.Cookies] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.desk.http.base_url).rstrip("/")

    async def http(self, name: str) -> httpx.AsyncClient:
        """A browser without a screen in which `name` is signed in."""
        if name not in self._cookies:
            self._cookies[name] = await sign_in(self.url, self.identity.people[name])
        return httpx.AsyncClient(base_url=self.url, cookies=self._cookies[name], headers=HTML, timeout=PATIENCE)

    async def shown(self, name: str, path: str) -> httpx.Response:
        async with await self.http(name) as http:
            return await http.get(path)

    @asynccontextmanager
    async def at_the_desk(self, chromium: Browser, name: str, scripts: bool = True) -> AsyncIterator[Visitor]:
        """`name` in a real browser."""
        async with await self.http(name) as http:
            session = http.cookies["desk"]
        async with visitor(chromium, self.url, java_script_enabled=scripts) as somebody:
            cookie = {"name": "desk", "value": session, "url": self.url, "httpOnly": True}
            await somebody.page.context.add_cookies([cookie])  # type: ignore[list-item]
            yield somebody

    async def hear(self, *events: Event) -> None:
        """The services say `events`, and the desk has heard them: each topic is read on beyond its own."""
        for event in events:
            value, key = event.model_dump_json().encode(), event.key()
            await self.party.send(event.TOPIC.name, value, key, event_type=event.TYPE, source="urn:test:services")
        for topic, key in dict.fromkeys((event.TOPIC.name, event.key()) for event in events):
            await self.party.handled("desk", topic, key, next(e.TYPE for e in events if e.TOPIC.name == topic))


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
