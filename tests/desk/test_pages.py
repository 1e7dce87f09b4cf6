"""The desk as its staff meet it: a real browser, real Kafka and MongoDB, people who sign in at a real provider."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from pypdf import PdfReader

from shared.events import topics
from tests.desk.given import JANE
from tests.desk.scenes import BOB, Scene
from tests.desk.staff import Staff
from tests.support.browser import NARROW, SEND, Visitor, visitor

DECISIONS, ROUTING = topics.INBOUND_PRISON_DECISIONS.name, topics.INBOUND_ROUTING_DECISIONS.name
CONFIRMED = topics.INBOUND_ACKNOWLEDGEMENTS.name


@pytest.fixture
async def sam(staff: Staff, chromium: Browser) -> AsyncIterator[Visitor]:
    """Of Leeds."""
    async with staff.at_the_desk(chromium, "sam") as somebody:
        yield somebody


@pytest.fixture
async def olu(staff: Staff, chromium: Browser) -> AsyncIterator[Visitor]:
    """An operator."""
    async with staff.at_the_desk(chromium, "olu") as somebody:
        yield somebody


async def decisions(staff: Staff, scene: Scene, count: int) -> list[Any]:
    """What was published about the scene's prisoner: so many, and then no more."""
    await staff.party.wait(
        DECISIONS, lambda said: said.key == scene.number and "desk" in said.headers["ce_source"], count
    )
    found = await staff.party.by_now(
        DECISIONS, lambda said: said.key == scene.number and "desk" in said.headers["ce_source"]
    )
    return [said.data for said in found]


async def test_somebody_signs_in_at_the_provider_and_out_again_here_and_there(staff: Staff, chromium: Browser) -> None:
    async with visitor(chromium, staff.url) as sam:
        await sam.go("/")
        await sam.is_fine()
        await sam.go("/queue?kind=review")
        assert sam.page.url.startswith(staff.identity.issuer)
        for field, value in staff.identity.people["sam"].items():
            await sam.page.fill(f"#{field}", value)
        async with sam.page.expect_navigation(url=f"{staff.url}/queue?kind=review"):
            await sam.page.click("#kc-login")
        assert "Sam Leeds" in await sam.said()
        assert await sam.page.evaluate("document.cookie") == ""
        async with sam.page.expect_navigation(url=f"{staff.url}/signed-out"):
            await sam.page.click("text=Sign out")
        await sam.is_fine()
        await sam.go("/queue")
        assert sam.page.url.startswith(staff.identity.issuer), "signed out there, too"


async def test_r12_r43_a_request_is_decided_in_part_with_what_speaks_for_care(staff: Staff, sam: Visitor) -> None:
    scene = Scene("A1001AA", people=(JANE, BOB))
    at = {"prisoner_number": scene.number, "at": "2026-11-23T09:00:00Z"}
    who = {"contact_id": "c1", "name": "Carl Housemate", "phones": ["07700 900123"]}
    await staff.party.send(
        topics.INBOUND_SOCIAL_CONTACTS.name, {"event_id": "e1", "change": "added", "contact": who, **at}, scene.number
    )
    await staff.party.send(
        topics.SOCIAL_CONTACTS.name,
        {"contact_id": "c1", "outcome": "listed", **at},
        scene.number,
        event_type="upc.social-contact.decided",
    )
    await staff.hear(*scene.undecided())
    await sam.go("/queue")
    await sam.is_fine()
    await sam.follow(f"a:has-text('{scene.reference}')")
    assert sam.path == scene.case
    await sam.is_fine()
    assert "Also used by Carl Housemate" in await sam.said()
    await sam.send()
    assert await sam.faults() == ["Choose what you decide"]
    await sam.is_fine()
    await sam.page.uncheck(scene.field("points", 0) + "[value=phone-0]")
    await sam.page.check(scene.field("outcome", 0) + "[value=authorise]")
    await sam.page.check(scene.field("outcome", 1) + "[value=refuse]")
    await sam.send()
    assert await sam.faults() == ["Enter why you refuse about Bob Example"]
    assert not await sam.page.is_checked(scene.field("points", 0) + "[value=phone-0]")
    await sam.page.fill(scene.field("reason", 1), "He is the prisoner’s brother")
    await sam.send()
    assert "Your decision is sent" in await sam.said()
    await sam.is_fine()
    jane, bob = await decisions(staff, scene, 2)
    assert (jane["block_id"], jane["outcome"]) == (scene.person(0), "authorise")
    assert jane["excluded_contact_points"] == ["+447700900123"]
    assert (bob["block_id"], bob["outcome"], bob["reason"]) == (
        scene.person(1),
        "refuse",
        "He is the prisoner’s brother",
    )
    assert {said["decided_by"] for said in (jane, bob)} == {"Sam Leeds"}


async def test_of_two_who_decide_at_once_the_second_is_told_and_nothing_is_sent(
    staff: Staff, chromium: Browser, sam: Visitor
) -> None:
    scene = Scene("A1002AA")
    await staff.hear(*scene.undecided())
    async with staff.at_the_desk(chromium, "alex") as alex:
        for somebody in (sam, alex):
            await somebody.go(scene.case)
        await sam.page.check(scene.field("outcome", 0) + "[value=authorise]")
        await sam.send()
        await alex.page.check(scene.field("outcome", 0) + "[value=refuse]")
        await alex.page.fill(scene.field("reason", 0), "No")
        await alex.send()
        assert "Nothing was sent: somebody was faster" in await alex.said()
        assert "Sam Leeds decided to authorise" in await alex.said()
        await alex.is_fine()
    assert [said["outcome"] for said in await decisions(staff, scene, 1)] == ["authorise"]


async def test_the_keyboard_alone_and_without_scripts_on_a_telephone(staff: Staff, chromium: Browser) -> None:
    scene = Scene("A1003AA")
    await staff.hear(*scene.undecided())
    async with staff.at_the_desk(chromium, "sam", scripts=False) as sam:
        await sam.page.set_viewport_size({"width": NARROW, "height": 640})
        await sam.go("/queue")
        await tab_to(sam, f"a[href='{scene.case}']")
        async with sam.page.expect_navigation():
            await sam.page.keyboard.press("Enter")
        await tab_to(sam, scene.field("outcome", 0))
        await sam.page.keyboard.press("Space")
        await tab_to(sam, f"{SEND}")
        async with sam.page.expect_navigation():
            await sam.page.keyboard.press("Enter")
        assert "Your decision is sent" in await sam.said()
    assert [said["outcome"] for said in await decisions(staff, scene, 1)] == ["authorise"]


async def tab_to(somebody: Visitor, what: str) -> None:
    for _ in range(150):
        await somebody.page.keyboard.press("Tab")
        if await somebody.page.locator(f"{what}:focus").count():
            return
    raise AssertionError(f"the keyboard does not come to {what}")


async def test_r29_r30_a_breach_alert_appears_by_itself_and_is_acted_on(staff: Staff, sam: Visitor) -> None:
    scene = Scene("A1004AA")
    await staff.hear(*scene.in_force())
    await sam.go("/cases")
    await sam.is_fine()
    await expect(sam.page.locator("#news")).to_have_attribute("data-live", "yes")
    await staff.hear(scene.alerted())
    await expect(sam.page.locator("#news")).to_contain_text(scene.number)
    await sam.is_fine()
    await sam.follow("#news a")
    assert sam.path == f"/breaches/{scene.breach_id}"
    await sam.is_fine()
    await sam.send()
    assert await sam.faults() == ["Choose what was done"]
    for action in ("cell_search", "pin_phone_check"):
        await sam.page.check(f"[name=action][value={action}]")
    await sam.page.check("[name=join][value=yes]")
    await sam.page.fill("[name=note]", "A telephone was found")
    await sam.send()
    await sam.is_fine()
    said = await decisions(staff, scene, 3)
    assert [(one["outcome"], one["action"]) for one in said] == [
        ("record_action", "cell_search"),
        ("record_action", "pin_phone_check"),
        ("authorise", None),
    ]


async def test_r13_a_list_is_put_in_force_by_hand_and_r16_the_notice_names_one_person(
    staff: Staff, sam: Visitor
) -> None:
    scene = Scene("A1005AA", people=({**JANE, "name": "Siân Example 王小明"},))
    await staff.hear(*scene.authorised())
    await sam.go(f"/lists/{scene.number}")
    await sam.is_fine()
    await sam.send()
    assert await sam.faults() == ["Choose whether the list is in force"]
    await sam.page.check("[name=outcome][value=implemented]")
    await sam.send()
    confirmed = (await staff.party.one(CONFIRMED, prisoner_number=scene.number)).data
    assert (confirmed["version"], confirmed["outcome"], confirmed["prison_id"]) == (1, "implemented", "LEI")
    notice = await printed(staff, f"{scene.case}/notice/{scene.person()}")
    assert "Siân Example" in notice
    assert "王小明" in notice
    for secret in (scene.reference, "07700", "900123", "High Street", "LS1", "jane@", "Sam"):
        assert secret not in notice
    pack = await printed(staff, f"{scene.case}/pack")
    for known in (scene.reference, "Siân Example", "07700 900123", "1 High Street", "victim", scene.number):
        assert known.casefold() in pack.casefold()


async def printed(staff: Staff, path: str) -> str:
    answer = await staff.shown("sam", path)
    assert answer.headers["content-type"] == "application/pdf", answer.text
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


async def test_r17_r47_a_withdrawal_needs_a_check_by_what_the_prison_held_before(staff: Staff, sam: Visitor) -> None:
    scene = Scene("A1006AA")
    await staff.hear(*scene.in_force())
    await sam.go(f"{scene.case}/withdraw")
    await sam.is_fine()
    await sam.send()
    assert len(await sam.faults()) == 4
    await sam.page.check("[name=who]")
    await sam.page.check("[name=how][value=phone]")
    await sam.page.fill("[name=note]", "She said so herself")
    await sam.page.check("[name=confirmed]")
    await sam.send()
    await sam.is_fine()
    (said,) = await decisions(staff, scene, 1)
    assert (said["outcome"], said["block_id"]) == ("withdraw", scene.person())
    assert "a number that the prison held before" in said["reason"]


async def test_r22_a_review_is_decided(staff: Staff, sam: Visitor) -> None:
    scene = Scene("A1007AA")
    await staff.hear(*scene.in_force(), scene.review())
    await sam.go(f"/reviews/review-{scene.number}")
    await sam.is_fine()
    await sam.page.check("[name=outcome][value=change]")
    await sam.send()
    assert await sam.faults() == ["Untick what is to be left out, or keep the block as it is"]
    await sam.page.uncheck("[name=points][value=email-0]")
    await sam.send()
    (said,) = await decisions(staff, scene, 1)
    assert (said["review_id"], said["outcome"]) == (f"review-{scene.number}", "change")
    assert said["excluded_contact_points"] == ["jane@example.org"]


async def test_r9_an_operator_says_which_prisoner_it_is_from_candidates_side_by_side(
    staff: Staff, olu: Visitor
) -> None:
    scene, other = Scene("A1008AA"), Scene("A1009AA")
    await staff.hear(scene.recorded(), other.recorded(date_of_birth="1985-05-05"))
    await staff.hear(scene.submitted(), scene.needs_person(scene.number, other.number))
    await olu.go("/")
    assert olu.path == "/to-do"
    await olu.is_fine()
    await olu.follow(f"a:has-text('{scene.reference}')")
    await olu.is_fine()
    assert "5 May 1985" in await olu.said()
    await olu.page.check(f"[name=prisoner][value={other.number}]")
    await olu.page.fill("[name=reason]", "The caller knew the birthday")
    await olu.send()
    said = (await staff.party.one(ROUTING, request_id=scene.request_id)).data
    assert (said["prisoner_number"], said["decided_by"]) == (other.number, "Olu Operator")


async def test_r26_r28_what_no_mail_could_tell_is_a_task_until_somebody_did_it(staff: Staff, olu: Visitor) -> None:
    scene = Scene("A1010AA")
    await staff.hear(scene.submitted(), scene.task())
    await olu.go(f"/tasks/task-{scene.number}")
    await olu.is_fine()
    await olu.page.check("[name=outcome][value=hour]")
    await olu.page.fill("[name=note]", "Nobody answered")
    await olu.send()
    await olu.go(f"/tasks/task-{scene.number}")
    assert "Nobody answered" in await olu.said()
    await olu.page.check("[name=outcome][value=done]")
    await olu.page.fill("[name=note]", "Told her")
    await olu.send()
    assert f"task-{scene.number}" not in await olu.page.content()


async def test_charts_say_the_same_in_numbers(staff: Staff, chromium: Browser, sam: Visitor) -> None:
    scene = Scene("A1011AA")
    await staff.hear(*scene.in_force(), scene.alerted(), scene.review())
    await sam.go("/figures")
    await sam.is_fine()
    assert await sam.page.locator("svg.desk-chart").count() >= 3
    async with staff.at_the_desk(chromium, "chris") as chris:
        await chris.go("/figures")
        await chris.is_fine()
        await chris.go("/queue")
        await chris.is_fine()
