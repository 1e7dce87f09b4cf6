"""A real browser (Debian's Chromium), and what every page has to be: no fault that axe finds, never wider than its window."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from tests.support.waiting import PATIENCE

OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"region": {"enabled": False}},  # the design system's own link to leave a page is no part of one
    "resultTypes": ["violations"],
}
NARROW, ZOOMED, WIDE = 320, 640, 1280
"""Widths of a window: an old telephone; a desktop's at 200 %; a desktop's."""
SEND = "main form button:not([name]):not([aria-hidden]):not([type=button])"
"""The button that sends a page, whatever it says."""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window of its own, up inside `async with`: it does less than the whole browser."""
    path = shutil.which("chromium-headless-shell")
    assert path, "Chromium is needed: make install, as root, or apt-get install chromium-headless-shell"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield chromium
        await chromium.close()


class Visitor:
    """Somebody with a browser window on a site."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site

    @property
    def path(self) -> str:
        """Where they are."""
        return self.page.url.removeprefix(self.site).partition("?")[0]

    async def go(self, path: str) -> None:
        """Types an address."""
        await self.page.goto(self.site + path)

    async def follow(self, what: str) -> None:
        """Presses a link or a button, and is on the next page."""
        async with self.page.expect_navigation():
            await self.page.click(what)

    async def fill(self, answers: Mapping[str, str]) -> None:
        """Fills in fields by their names, as each kind is."""
        for name, value in answers.items():
            field = self.page.locator(f"[name='{name}']")
            if await field.first.get_attribute("type") == "radio":
                await self.page.check(f"[name='{name}'][value='{value}']")
            elif await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)

    async def send(self, answers: Mapping[str, str] | None = None) -> None:
        """Fills in the page's form and sends it."""
        await self.fill(answers or {})
        await self.follow(SEND)

    async def said(self) -> str:
        """All that the page says."""
        return await self.page.inner_text("body")

    async def faults(self) -> list[str]:
        """The lines of the error summary; each leads to a field that is there, and is told beside it, too."""
        links = self.page.locator(".govuk-error-summary__list a")
        told = []
        for link in await links.all():
            target = await link.get_attribute("href") or "#"
            assert await self.page.locator(f"[id='{target[1:]}']").count() == 1, target
            told.append(await link.inner_text())
        beside = await self.page.locator("p.govuk-error-message").all_inner_texts()
        beside = [
            text.partition(":")[2].strip() for text in beside
        ]  # "Error:" comes first, for who can't see the colour
        assert set(beside) == set(told), (beside, told)
        return told

    async def is_fine(self) -> None:
        """Neither axe nor a narrow window finds a fault with the page as it is now."""
        for width in (NARROW, ZOOMED, WIDE):
            await self.page.set_viewport_size({"width": width, "height": 800})
            wide: Any = await self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{self.path} is {wide} wide in a window of {width}"
        found = await Axe().run(self.page, options=RULES)
        faults = [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found.response["violations"]]
        assert not faults, (self.path, faults)


@asynccontextmanager
async def visitor(chromium: Browser, site: str, **context: Any) -> AsyncIterator[Visitor]:
    """A visitor with cookies of their own, who sees no script fail."""
    async with await chromium.new_context(viewport={"width": WIDE, "height": 800}, **context) as window:
        page = await window.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        failed: list[str] = []
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.on("console", lambda said: failed.append(said.text) if "Content Security Policy" in said.text else None)
        yield Visitor(page, site)
        assert not failed
