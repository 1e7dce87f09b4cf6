"""Calls taken at the desk in a real browser, answered by intake: by keyboard alone, without scripts, when narrow (R4, R29)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from deploy.local.keycloak import Identity
from services.desk.domain.calls import Take as Call
from services.desk.domain.calls import Who
from services.desk.web.operators import ANOTHER
from services.intake.app import make as make_intake
from shared.events import topics
from tests.desk.given import JANE
from tests.desk.scenes import Scene
from tests.desk.staff import Staff
from tests.support.browser import NARROW, Visitor
from tests.support.running import HandClock, running, settings_for

REQUESTS, REPORTS = topics.CONTACT_REQUESTS.name, topics.BREACH_REPORTS.name
SENT = topics.INBOUND_CONTACT_REQUESTS.lane("desk").name
REPLIES = topics.INBOUND_REPLIES.lane("desk").name
TAKE, DROP, OLU = "#take", "button:has-text('It is needed no more')", Who(name="Olu Operator")


@pytest.fixture(scope="module")
async def intake(
    staff: Staff, desk_kafka: str, mongo_uri: str, identity: Identity, desk_clock: HandClock
) -> AsyncIterator[None]:
    """Intake beside the desk: what it makes of a call is its own."""
    settings = settings_for(desk_kafka, mongo_uri, mongodb_prefix="desk-intake", oidc_issuer=identity.issuer)
    async with running(make_intake, settings, desk_clock):
        yield


@pytest.fixture
async def olu(staff: Staff, intake: None, chromium: Browser) -> AsyncIterator[Visitor]:
    """An operator."""
    async with staff.at_the_desk(chromium, "olu") as somebody:
        yield somebody


async def submitted(staff: Staff, topic: str, kind: str, reference: str) -> Any:
    """What intake said of the call with this reference."""
    name = "breach_reference" if topic == REPORTS else "reference"
    said = await staff.party.wait(topic, lambda seen: seen.type == kind and seen.data[name] == reference)
    return said[0].data


async def reference_on(page: Visitor) -> str:
    return await page.page.locator(".govuk-panel__body strong").inner_text()


async def tab_to(somebody: Visitor, what: str) -> None:
    """On by the Tab key alone."""
    for _ in range(80):
        if await somebody.page.locator(f"{what}:focus").count():
            return
        await somebody.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {what}")


async def test_r6_a_reference_that_takes_long_appears_by_itself(staff: Staff, chromium: Browser) -> None:
    """Intake is not there yet; the desk hears its answer while the page is open."""
    await staff.desk.service.call(Call(who=OLU, external_id="late", body={}), "late")
    async with staff.at_the_desk(chromium, "olu") as olu:
        asked = list[str]()
        olu.page.on("request", lambda sent: asked.append(sent.url) if sent.resource_type == "fetch" else None)
        await olu.go("/calls/taken/late")
        assert "nothing of it is lost" in await olu.said()
        await olu.is_fine()
        reply = {"external_id": "late", "outcome": "accepted", "request_id": "late", "reference": "UPC-7KQ-M2X-WDHC"}
        await staff.party.send(REPLIES, reply, "late", event_type="upc.inbound.reply")
        await expect(olu.page.locator("h1")).to_be_focused()
        assert await reference_on(olu) == "UPC-7KQ-M2X-WDHC"
    assert {url.rpartition("/")[2] for url in asked} == {"again"}, "what it asks for by itself keeps no session alive"


async def test_r4_a_whole_request_is_taken_by_keyboard_alone_with_what_is_there_shown_as_it_is_typed(
    staff: Staff, olu: Visitor
) -> None:
    scene, keys = Scene("C3001CC"), olu.page.keyboard
    await staff.hear(*scene.in_force())
    await olu.go("/calls/request")
    await tab_to(olu, "[name=caller-name]")
    await keys.type("Jane Example")
    await keys.press("Tab")
    await keys.type("Vic")  # a list opens at what is typed
    await tab_to(olu, "[name=consent]")
    await keys.press("Space")
    await tab_to(olu, "[name=prisoner-name]")
    await keys.type("John Exam")
    found = olu.page.locator("#found")
    await expect(found).to_contain_text(scene.number)
    await tab_to(olu, "[name=prisoner-number]")
    await keys.type(scene.number)
    await expect(found).to_contain_text("Same prisoner number")
    await expect(olu.page.locator("#found-said")).to_contain_text("1 prisoner fits")
    await olu.is_fine()
    await tab_to(olu, "[name=person-0-phones-0]")
    await keys.type("0044 7700 900123")
    await expect(found).to_contain_text("Same telephone number")
    await tab_to(olu, "[value=add-person-0-phones]")
    async with olu.page.expect_navigation():
        await keys.press("Enter")
    await tab_to(olu, "[name=person-0-phones-1]")
    await keys.type("07700 900124")
    await tab_to(olu, "[name=caller-email]")
    await keys.type("jane@example.org")
    await tab_to(olu, TAKE)
    async with olu.page.expect_navigation():
        await keys.press("Enter")
    await olu.is_fine()
    said = await submitted(staff, REQUESTS, "upc.contact-request.submitted", await reference_on(olu))
    assert (said["channel"], said["agency"], said["request"]["requester"]["role"]) == ("telephone", False, "victim")
    assert said["request"]["prisoner"]["number"] == scene.number
    assert said["request"]["protected_people"][0]["phones"] == ["+447700900123", "+447700900124"]
    assert said["request"]["requester"]["safe_to_contact"]["no_voicemail"] is True
    assert "5pm on Tuesday 24 November 2026" in await olu.said()
    assert olu.path.startswith("/calls/taken/"), "nothing of a person is in an address"


async def test_r3_faults_are_told_before_anything_is_sent_and_enter_sends_nothing(staff: Staff, olu: Visitor) -> None:
    before = len(staff.party.records(SENT))
    await olu.go("/calls/request")
    await olu.follow(TAKE)
    assert await olu.faults() == [
        "Enter the caller’s name",
        "Select who the caller is",
        "Select who it is for",
        "Enter the prisoner’s name",
        "Enter the name of this person",
        "Enter a telephone number, an address or an email address",
        "Enter a telephone number, an email address or an address of the caller",
    ]
    await olu.is_fine()
    await olu.fill({"caller-name": "PC Alex", "caller-role": "police", "consent": "not_given", "born-day": "31"})
    await olu.fill({"prisoner-number": "A12", "caller-email": "alex@police.example", "preferred": "phone"})
    await olu.follow(TAKE)
    told = await olu.faults()
    assert {"Select why it is asked without their consent", "Enter why the contact must stop"} <= set(told)
    assert "Date of birth must include a month" in told
    assert "Enter what is needed to reach the caller in this way" in told
    async with olu.page.expect_navigation():
        await olu.page.press("[name=caller-name]", "Enter")
    assert olu.path == "/calls/request"
    assert await olu.page.input_value("[name=caller-name]") == "PC Alex"
    assert len(await staff.party.by_now(SENT)) == before


async def test_r3_r9_without_scripts_on_a_narrow_window_somebody_is_found_picked_and_a_second_person_added(
    staff: Staff, intake: None, chromium: Browser
) -> None:
    scene, other = Scene("C3002CC"), Scene("C3003CC")
    await staff.hear(scene.recorded(last_name="Narrow"), other.recorded(last_name="Narrow", date_of_birth="1985-05-05"))
    async with staff.at_the_desk(chromium, "olu", scripts=False) as olu:
        await olu.page.set_viewport_size({"width": NARROW, "height": 640})
        await olu.go("/calls/request")
        await olu.fill({"caller-name": "PC Alex", "caller-role": "police", "consent": "not_given"})
        await olu.fill({"grounds": "safeguarding", "rationale": "He rang her every night in May."})
        await olu.fill({"prisoner-name": "John Narrow"})
        await olu.follow(".desk-found button")
        assert "5 May 1985" in await olu.said()
        await olu.page.check(f"[name=picked][value={other.number}]")
        await olu.fill({"person-0-name": "Jane Narrow", "person-0-phones-0": "07700 900555"})
        await olu.follow("[value=add-person]")
        assert await olu.page.is_checked(f"[name=picked][value={other.number}]")
        await olu.page.check("[name=picked][value='']")
        await olu.follow(".desk-found button")
        assert await olu.page.is_checked("[name=picked][value='']"), "who was picked can be unpicked"
        await olu.page.check(f"[name=picked][value={other.number}]")
        await olu.fill({"person-1-name": "Mary Narrow", "person-1-emails-0": "mary@narrow.example"})
        await olu.fill({"person-1-addresses-0-line1": "1 Low Street", "person-1-addresses-0-postcode": "LS1 1AA"})
        await olu.follow("[value=add-person-1-addresses]")
        await olu.fill({"person-1-addresses-1-line1": "2 Low Street", "person-1-addresses-1-postcode": "LS1 1AA"})
        await olu.fill({"caller-email": "alex@police.example", "safe-from": "9am"})
        await olu.follow(TAKE)
        said = await submitted(staff, REQUESTS, "upc.contact-request.submitted", await reference_on(olu))
    assert said["agency"] is False, "an operator vouches for nobody (R41)"
    assert said["request"]["prisoner"]["number"] == other.number
    jane, mary = said["request"]["protected_people"]
    assert (jane["name"], mary["name"]) == ("Jane Narrow", "Mary Narrow")
    assert [address["lines"] for address in mary["addresses"]] == [["1 Low Street"], ["2 Low Street"]]


async def test_r9_who_was_picked_is_unpicked_by_saying_so_or_by_editing_the_number(staff: Staff, olu: Visitor) -> None:
    scene, picked = Scene("C3008CC"), olu.page.locator("[name=picked]:checked")
    await staff.hear(scene.recorded(last_name="Unpicked"))
    await olu.go("/calls/request")
    number = olu.page.locator("[name=prisoner-number]")
    await olu.page.fill("[name=prisoner-name]", "John Unpicked")
    for typed in (False, True):
        await olu.page.check(f"[name=picked][value={scene.number}]")
        await expect(number).to_have_value(scene.number)
        if typed:
            await number.fill("")
        else:
            await olu.page.check("[name=picked][value='']")
        await expect(number).to_have_value("")
    await expect(picked).to_have_count(0)
    await olu.follow(TAKE)
    assert await number.input_value() == "", "what was taken back is not put back"


async def test_r5_the_same_page_sent_again_with_other_answers_is_told_and_can_be_sent_as_another(
    staff: Staff, olu: Visitor
) -> None:
    answers = {"caller-name": "Ann Twice", "caller-role": "victim", "consent": "self", "caller-phone": "07700 900801"}
    answers |= {"prisoner-name": "John Twice", "person-0-phones-0": "07700 900801"}
    await olu.go("/calls/request")
    await olu.fill(answers)
    await olu.follow(TAKE)
    first = await reference_on(olu)
    call = olu.path.removeprefix("/calls/taken/")
    await olu.go("/calls/request")
    await olu.fill(answers | {"prisoner-name": "Jack Twice"})
    await olu.page.evaluate("call => document.querySelector('[name=call]').value = call", call)
    await olu.follow(TAKE)
    assert len(await olu.faults()) == 1
    await olu.follow(TAKE)
    assert await reference_on(olu) != first


@pytest.mark.parametrize("referenced", [True, False])
async def test_r29_a_report_is_taken_with_or_without_a_reference(staff: Staff, olu: Visitor, referenced: bool) -> None:
    scene = Scene("C3004CC" if referenced else "C3005CC", people=({**JANE, "name": "Rita Reported"},))
    await staff.hear(*scene.in_force())
    await olu.go("/calls/report")
    await olu.follow(TAKE)
    assert "Enter who was contacted" in await olu.faults()
    if referenced:
        await olu.is_fine()
    whose = (
        {"reference": scene.reference} if referenced else {"person": "Rita Reported", "prisoner-name": "John Example"}
    )
    await olu.fill(whose)
    await expect(olu.page.locator("#found")).to_contain_text(scene.reference)
    await olu.fill({"how": "phone", "what": "He rang her at night", "when-time": "9:40pm", "used": "07700 900123"})
    await olu.fill({"when-day": "22", "when-month": "11", "when-year": "2026", "caller-phone": "07700 900123"})
    await olu.follow(TAKE)
    said = await submitted(staff, REPORTS, "upc.breach-report.submitted", await reference_on(olu))
    assert (said["channel"], said["report"]["channel"]) == ("telephone", "phone")
    assert said["report"]["happened_at"] == "2026-11-22T21:40:00Z"


async def test_r4_what_intake_did_not_take_in_opens_filled_in_with_what_is_wrong(staff: Staff, olu: Visitor) -> None:
    """Intake judges as the desk does, so that this is told to the desk in its name."""
    body = {"prisoner": {"name": "John Rejected"}, "protected_people": [{"name": "Ann Rejected"}]}
    call = Call(who=OLU, external_id="rejected", body=body)
    await staff.desk.service.call(call, "rejected")
    await staff.party.wait(REPLIES, lambda reply: reply.data["external_id"] == "rejected")
    await olu.go("/calls/taken/rejected")
    assert "Select who it is for" in await olu.faults()
    assert await olu.page.input_value("[name=prisoner-name]") == "John Rejected"
    await olu.go("/to-do?kind=put_right")
    await olu.follow("a:has-text('Put right')")
    await olu.fill({"caller-name": "Ann Rejected", "caller-role": "victim", "consent": "self"})
    await olu.fill({"caller-phone": "07700 900802", "person-0-phones-0": "07700 900802"})
    await olu.page.evaluate("document.querySelector('[name=once]').value = 'rejected'")
    await olu.follow(TAKE)
    assert await reference_on(olu), "also from the page that was sent before: what it says now is new to intake"


async def test_r4_what_intake_did_not_take_in_and_nobody_needs_is_dropped_with_a_reason(
    staff: Staff, olu: Visitor
) -> None:
    body = {"prisoner": {"name": "John Needless"}, "protected_people": [{"name": "Ann Needless"}]}
    await staff.desk.service.call(Call(who=OLU, external_id="needless", body=body), "needless")
    await staff.party.wait(REPLIES, lambda reply: reply.data["external_id"] == "needless")
    await olu.go("/calls/taken/needless")
    await olu.follow(DROP)
    assert "Enter why it is needed no more" in await olu.faults()
    await olu.is_fine()
    await olu.fill({"reason": "She rang again, and it was taken then"})
    await olu.follow(DROP)
    assert "It is recorded that it is needed no more" in await olu.said()
    await olu.go("/to-do?kind=put_right")
    assert "Needless" not in await olu.said()
    await olu.go("/calls/taken/needless")
    assert "She rang again" in await olu.said()
    await olu.is_fine()


async def test_r29_an_operator_finds_the_prisoner_of_a_report_by_what_was_said(staff: Staff, olu: Visitor) -> None:
    scene = Scene("C3006CC", people=({**JANE, "name": "Fay Found", "phones": ["+447700900661"]},))
    other = Scene("C3007CC")
    await staff.hear(other.recorded(), *scene.in_force(), *scene.unclear("Fay Found", "07700 900661"))
    await olu.go(f"/find/{scene.breach_id}")
    await olu.is_fine()
    said = await olu.said()
    assert "the number is blocked" in said
    assert "same protected person" in said
    await olu.page.check(f"[name=prisoner][value={scene.number}]")
    await olu.send({"number": other.number})
    assert await olu.faults() == [ANOTHER]
    await olu.send({"number": ""})
    chosen = (await staff.party.one(topics.INBOUND_ROUTING_DECISIONS.name, request_id=scene.breach_id)).data
    assert chosen["prisoner_number"] == scene.number
