"""People of the realm at the desk: signed in at the real provider, as a browser does it, and what they are shown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from playwright.async_api import Browser

from deploy.local.keycloak import HTML, Identity, sign_in
from shared.events.envelope import Event
from tests.support.browser import Visitor, visitor
from tests.support.outside import Outside
from tests.support.running import Running
from tests.support.waiting import PATIENCE


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
