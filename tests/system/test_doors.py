"""Through the doors that people use, all services behind them: asked on the form, decided at the desk, told by mail, acted on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from deploy.local.keycloak import Identity
from shared.events import topics
from tests.desk.staff import Staff
from tests.intake import ways
from tests.intake.walking import begin, reference_on, through
from tests.support.browser import Visitor, visitor
from tests.support.waiting import PATIENCE
from tests.system.stage import NUMBER, Platform, prisoner

DECISIONS = "upc.inbound.prison-decisions.v1"


@pytest.fixture
async def jane(platform: Platform, chromium: Browser) -> AsyncIterator[Visitor]:
    """Who is rung from prison."""
    async with visitor(chromium, str(platform.http("intake").base_url).rstrip("/")) as somebody:
        yield somebody


@pytest.fixture
async def sam(platform: Platform, identity: Identity, chromium: Browser) -> AsyncIterator[Visitor]:
    """Of Leeds, a prison whose PIN phones are not connected."""
    staff = Staff(platform.services["desk"], identity, platform.party)
    async with staff.at_the_desk(chromium, "sam") as somebody:
        yield somebody


async def shows(somebody: Visitor, path: str, what: str) -> None:
    """Looks at a page until it has `what`: the desk hears of things when it does."""
    async with asyncio.timeout(PATIENCE):
        await somebody.go(path)
        while not await somebody.page.locator(what).count():
            await asyncio.sleep(0.2)
            await somebody.go(path)


async def told(platform: Platform, what: str) -> None:
    """A mail that says so has come to Jane, under the subject that she chose."""
    async with asyncio.timeout(PATIENCE):
        while not any(what in mail.message.get_content() for mail in platform.mail.mails):
            await asyncio.sleep(0.1)
    assert {recipient for mail in platform.mail.mails for recipient in mail.recipients} == {"jane@example.org"}
    assert {mail.message["Subject"] for mail in platform.mail.mails} == {"Your library books"}


async def test_r1_r12_r13_r26_a_request_on_the_form_is_in_force_by_the_desk_and_r29_r30_a_breach_is_acted_on(
    platform: Platform, jane: Visitor, sam: Visitor
) -> None:
    await platform.party.send("upc.inbound.prisoners.v1", prisoner(NUMBER, "John", platform), key=NUMBER)
    await begin(jane)
    await through(jane, ways.FOR_ME)
    await jane.send()
    reference = await reference_on(jane)

    await shows(sam, "/queue", f"a:has-text('{reference}')")
    await sam.follow(f"a:has-text('{reference}')")
    await sam.page.check("[name^='outcome-'][value=authorise]")
    await sam.send()
    assert "Your decision is sent" in await sam.said()
    await shows(sam, f"/lists/{NUMBER}", "[name=outcome][value=implemented]")
    await sam.page.check("[name=outcome][value=implemented]")
    await sam.send()
    await told(platform, "is in place at")

    await shows(sam, f"/cases/{reference}", "text=In force")
    await expect(sam.page.locator("#news")).to_have_attribute("data-live", "yes")
    await begin(jane, "/report")
    await jane.send({"reference": reference})
    await through(jane, ways.REPORT[ways.REPORT.index(ways.HOW) :])
    await jane.send()
    await expect(sam.page.locator("#news")).to_contain_text(NUMBER)
    await sam.follow("#news a")
    await sam.page.check("[name=action][value=cell_search]")
    await sam.send()
    done = (await platform.party.one(DECISIONS, outcome="record_action")).data
    assert (done["action"], done["decided_by"]) == ("cell_search", "Sam Leeds")
    await platform.party.one(topics.BREACH_ALERTS.name, type="upc.breach.action-recorded")
