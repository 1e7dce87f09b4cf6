"""The public form as people meet it: a real browser, on intake with its real Kafka and MongoDB."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect
from starlette.requests import Request
from starlette.responses import Response

from services.intake.domain.journey import KEPT
from services.intake.pages.leaflets import LEAFLETS
from services.intake.pages.session import Browser as Somebodys
from shared.events import topics
from shared.pages.languages import catalogue
from tests.intake import ways
from tests.intake.walking import begin, quickly, reference_on, through
from tests.intake.ways import Stop
from tests.support.browser import SEND, Visitor, visitor
from tests.support.outside import Outside
from tests.support.running import HandClock

REQUESTS, REPORTS = topics.CONTACT_REQUESTS.name, topics.BREACH_REPORTS.name


@pytest.fixture
def site(http: httpx.AsyncClient) -> str:
    return str(http.base_url).rstrip("/")


@pytest.fixture
async def jane(chromium: Browser, site: str) -> AsyncIterator[Visitor]:
    """Somebody with an ordinary browser."""
    async with visitor(chromium, site) as somebody:
        yield somebody


async def submitted(party: Outside, reference: str) -> Any:
    return (await party.one(REQUESTS, type="upc.contact-request.submitted", reference=reference)).data


@pytest.mark.parametrize("path", ["", *LEAFLETS, "not-there"])
async def test_r7_pages_that_only_tell_something_are_fine(jane: Visitor, path: str) -> None:
    await jane.go(f"/{path}")
    await jane.is_fine()
    assert await jane.page.locator("h1").count() == 1
    if path in ("", "report"):
        said = await jane.said()
        main = await jane.page.inner_text("main")
        assert main.index("999") < main.index(await jane.page.inner_text("h1"))
        assert "Duty Governor" in said


async def test_r2_a_request_for_oneself_from_the_first_page_to_the_reference(jane: Visitor, party: Outside) -> None:
    await begin(jane)
    await through(jane, ways.FOR_ME, check=True)
    await jane.is_fine()
    for said in ("Jane Example", "07700 900 123", "31 January 1990", "Leeds (HMP)", "9am", "Your library books"):
        assert said in await jane.said()
    await jane.send()
    await jane.is_fine()
    event = await submitted(party, await reference_on(jane))
    assert event["channel"] == "web"
    request = event["request"]
    assert request["consent"] == "self"
    assert request["requester"]["email"] == "jane@example.org"
    assert request["requester"]["safe_to_contact"]["not_before"] == "09:00:00"
    assert request["requester"]["safe_to_contact"]["no_voicemail"] is True
    assert request["prisoner"] == {
        "name": "John Example",
        "number": "A1234BC",
        "date_of_birth": "1990-01-31",
        "believed_prison": "LEI",
    }
    (person,) = request["protected_people"]
    assert person["name"] == "Jane Example"
    assert person["other_names"] == ["Jane Sample"]
    assert person["phones"] == ["+447700900123"]
    assert [address["postcode"] for address in person["addresses"]] == ["LS1 1AA"]


async def test_r3_a_request_for_others_without_their_consent(jane: Visitor, party: Outside) -> None:
    await begin(jane)
    await through(jane, ways.FOR_OTHERS, check=True)
    await jane.is_fine()
    await jane.send()
    event = await submitted(party, await reference_on(jane))
    request = event["request"]
    assert request["consent"] == "not_given"
    assert request["grounds"]["kind"] == "court_order"
    assert request["grounds"]["ends_on"] == "2027-10-01"
    assert [person["name"] for person in request["protected_people"]] == ["Kim Example", "Lee Example"]
    assert request["requester"]["preferred_contact"] == "post"
    assert "working days" in await jane.said()
    assert "does not replace a court order" in await jane.said()
    assert "5pm on " in await jane.said()


@pytest.mark.parametrize("way", [ways.WITH_CONSENT, ways.TO_KEEP_SAFE])
async def test_r3_r4_every_other_branch_without_a_script(
    chromium: Browser, site: str, party: Outside, way: Sequence[Stop]
) -> None:
    async with visitor(chromium, site, java_script_enabled=False) as somebody:
        await begin(somebody)
        await through(somebody, way)
        await somebody.send()
        event = await submitted(party, await reference_on(somebody))
        assert event["request"]["consent"] == way[0].answer["consent"]
        assert (
            await somebody.page.get_attribute("a.govuk-exit-this-page__button", "href")
            == "https://www.bbc.co.uk/weather"
        )


async def test_rows_and_people_are_added_changed_and_removed(jane: Visitor) -> None:
    await begin(jane)
    await quickly(jane, ways.FOR_OTHERS[: ways.FOR_OTHERS.index(ways.SECOND_LIST)])
    await jane.is_fine()
    await jane.follow("a[href$='/people/1/phones?change=1']")
    await jane.fill({"phones-0": "07700 900 111"})
    await jane.follow("button[value=add-phones]")
    await expect(jane.page.locator("#phones-1")).to_be_focused()
    await jane.is_fine()
    await jane.fill({"phones-1": "07700 900 222"})
    await jane.follow("button[value=remove-phones-0]")
    assert await jane.page.input_value("#phones-0") == "07700 900 222"
    await jane.send()
    assert jane.path.endswith("/people")
    assert "07700 900 222" in await jane.said()
    await jane.follow("a[href*='/people/2/remove']")
    await jane.send()
    assert await jane.faults() == ["Select yes if you want to remove this person"]
    await jane.is_fine()
    await jane.send({"sure": "yes"})
    assert "You have added 1 person" in await jane.said()
    assert "Lee Example" not in await jane.said()


async def test_an_answer_is_changed_from_where_all_are_checked_and_one_comes_back(jane: Visitor) -> None:
    await begin(jane)
    await quickly(jane, ways.FOR_ME)
    await jane.follow("a[href$='/prisoner-name?change=1']")
    assert await jane.page.input_value("#name") == "John Example"
    await jane.send({"name": ""})
    assert await jane.faults() == ["Enter the prisoner’s name"]
    await jane.send({"name": "Jon Example"})
    assert jane.path.endswith("/check")
    assert "Jon Example" in await jane.said()
    await jane.follow("a[href$='/contact?change=1']")
    await jane.send({"contact": "post"})
    assert jane.path.endswith("/address")
    await jane.send({"address-line1": "1 High Street"})
    assert jane.path.endswith("/check")
    assert "1 High Street" in await jane.said()


async def test_r5_back_refresh_and_a_double_click_lose_and_double_nothing(jane: Visitor, party: Outside) -> None:
    await begin(jane)
    await through(jane, ways.FOR_ME)
    await jane.page.go_back()
    await jane.page.go_back()
    await jane.page.reload()
    assert await jane.page.input_value("#subject") == "Your library books"
    await jane.send()
    await jane.send()
    assert jane.path.endswith("/check")
    await jane.page.reload()
    async with jane.page.expect_navigation(url=re.compile("/done$")):
        await jane.page.dblclick(SEND)
    reference = await reference_on(jane)
    await jane.page.reload()
    assert await reference_on(jane) == reference
    await jane.page.go_back()
    assert jane.path.endswith("/done")
    await submitted(party, reference)
    ours = await party.by_now(REQUESTS, lambda record: reference in record.value.decode())
    assert len(ours) == 1


async def test_r5_two_tabs_are_two_journeys_or_knowingly_the_same_one(chromium: Browser, site: str) -> None:
    async with visitor(chromium, site) as one:
        await begin(one)
        await quickly(one, ways.FOR_ME)
        other = Visitor(await one.page.context.new_page(), site)
        await begin(other)
        assert other.path.rsplit("/", 1)[0] != one.path.rsplit("/", 1)[0]
        await other.go(one.path)
        await other.follow("a[href$='/prisoner-name?change=1']")
        await other.send({"name": "Another Prisoner"})
        await one.send()
        assert one.path.endswith("/check"), "what was changed elsewhere is shown first"
        assert "Another Prisoner" in await one.said()
        await one.send()
        reference = await reference_on(one)
        await other.send()
        assert await reference_on(other) == reference


async def test_answers_are_gone_after_a_while_and_the_page_says_so(
    jane: Visitor, chromium: Browser, site: str, clock: HandClock
) -> None:
    await begin(jane)
    await through(jane, ways.FOR_ME[:3])
    async with visitor(chromium, site) as somebody_else:
        await somebody_else.go(jane.path)
        assert "no longer here" in await somebody_else.said()
    clock.forward(KEPT - timedelta(minutes=1))
    await jane.page.reload()
    await jane.send(ways.FOR_ME[3].answer)
    clock.forward(KEPT + timedelta(minutes=1))
    await gone(jane)
    assert "2 hours" in await jane.said()
    await jane.is_fine()


async def gone(somebody: Visitor) -> None:
    """The timer of the journey is the service's own: it fires within a tick or two."""
    while "no longer here" not in await somebody.said():
        await asyncio.sleep(0.1)
        await somebody.page.reload()


async def test_a_page_that_is_open_warns_before_the_answers_go_and_keeps_them(jane: Visitor, clock: HandClock) -> None:
    await jane.page.clock.install()
    await begin(jane)
    banner = jane.page.locator("[data-stay]")
    await expect(banner).to_be_hidden()
    clock.forward(timedelta(minutes=111))
    await jane.page.clock.fast_forward(111 * 60 * 1000)
    await expect(banner).to_be_visible()
    await jane.is_fine()
    async with jane.page.expect_response(re.compile("/stay$")):
        await banner.get_by_role("button").click()
    await expect(banner).to_be_hidden()
    clock.forward(timedelta(minutes=30))
    await jane.send({"consent": "self"})
    assert jane.path.endswith("/you")


async def test_in_welsh_every_page_is_in_welsh(chromium: Browser, site: str, party: Outside) -> None:
    english = english_sentences()
    async with visitor(chromium, site) as somebody:
        await somebody.go("/?lang=cy")
        await somebody.send()
        for stop in ways.FOR_OTHERS:
            await is_in_welsh(somebody, english)
            for wrong, _ in stop.wrong:
                await somebody.send(wrong)
                assert await somebody.faults()
                await is_in_welsh(somebody, english)
            await somebody.send(stop.answer)
        await is_in_welsh(somebody, english)
        await somebody.send()
        await is_in_welsh(somebody, english)
        said = await somebody.said()
        assert re.search(r"erbyn 5pm ddydd \w+ \d+ \w+ 20\d\d", said)
        assert "Nid yw’r cais hwn yn cymryd lle gorchymyn llys" in said
        await submitted(party, await reference_on(somebody))
        await somebody.follow("text=English")
        assert "Request sent" in await somebody.said()


def english_sentences() -> set[str]:
    """What is said in other words in Welsh, and long enough not to stand in an answer by chance."""
    messages = [
        message for package in ("services.intake.pages", "shared.pages") for message in catalogue(package, "cy")
    ]
    return {str(message.id) for message in messages if isinstance(message.id, str) and len(message.id) > 8}


async def is_in_welsh(somebody: Visitor, english: set[str]) -> None:
    said = {line.strip() for line in (await somebody.said()).splitlines()}
    assert not said & english
    assert await somebody.page.get_attribute("html", "lang") == "cy"
    width: Any = await somebody.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 1280


async def test_r29_contact_that_goes_on_is_reported_without_a_reference(jane: Visitor, party: Outside) -> None:
    await begin(jane, "/report")
    await through(jane, ways.REPORT, check=True)
    await jane.is_fine()
    await jane.send()
    await jane.is_fine()
    reference = await reference_on(jane)
    event = (await party.one(REPORTS, type="upc.breach-report.submitted", breach_reference=reference)).data
    assert event["channel"] == "web"
    assert event["report"]["channel"] == "phone"
    assert event["report"]["happened_at"] == "2026-11-22T21:40:00Z"
    assert event["report"]["protected_person"] == "Jane Example"


async def test_r17_r29_r47_with_the_reference_one_reports_and_sees_how_it_stands(jane: Visitor, party: Outside) -> None:
    await begin(jane)
    await quickly(jane, ways.FOR_ME)
    await jane.send()
    reference = await reference_on(jane)
    await begin(jane, "/report")
    await jane.send({"reference": reference.lower()})
    await through(jane, ways.REPORT[ways.REPORT.index(ways.HOW) :])
    await jane.send()
    event = (
        await party.one(REPORTS, type="upc.breach-report.submitted", breach_reference=await reference_on(jane))
    ).data
    assert event["report"]["reference"] == reference
    assert event["request_id"] == (await submitted(party, reference))["request_id"]
    await begin(jane, "/status")
    await through(jane, [ways.find(reference)], check=True)
    assert "We have your request" in await jane.said()
    assert "Leeds" not in await jane.said()
    assert reference not in jane.page.url
    await jane.is_fine()
    await jane.page.reload()
    assert "We have your request" in await jane.said()


async def test_r47_too_many_tries_are_answered_with_a_page(jane: Visitor) -> None:
    await begin(jane, "/status")
    for _ in range(5):
        await jane.send({"reference": "UPC-333-333-3333", "detail": "nobody@example.org"})
        assert len(await jane.faults()) == 1
    await jane.send({"reference": "UPC-333-333-3333", "detail": "nobody@example.org"})
    assert "too many times" in await jane.said()
    await jane.is_fine()


async def test_the_keyboard_alone_does_it_all(jane: Visitor, party: Outside) -> None:
    await jane.go("/")
    await press(jane, "Start now")
    await jane.page.wait_for_url(re.compile("/who$"))
    for stop in ways.BY_KEYBOARD:
        for name, value in stop.answer.items():
            await choose(jane, name, value)
        if await jane.page.evaluate("document.activeElement.tagName") == "SELECT":  # where Enter opens the list
            await press(jane, "Continue")
        else:
            await jane.page.keyboard.press("Enter")
        await jane.page.wait_for_url(re.compile(f"/{stop.then}$"))
    await press(jane, "Continue")
    await jane.page.wait_for_url(re.compile("/check$"))
    await press(jane, "Send the request")
    await jane.page.wait_for_url(re.compile("/done$"))
    await submitted(party, await reference_on(jane))


async def press(somebody: Visitor, what: str) -> None:
    """Tabs to a button and presses Enter."""
    await tab_to(somebody, f"document.activeElement.innerText.trim() == {what!r}")
    await somebody.page.keyboard.press("Enter")


async def choose(somebody: Visitor, name: str, value: str) -> None:
    """Tabs to a field and types, or goes through its choices with the arrow keys."""
    await tab_to(somebody, f"document.activeElement.name == {name!r}")
    if await somebody.page.evaluate("document.activeElement.type") != "radio":
        return await somebody.page.keyboard.type(value)
    await somebody.page.keyboard.press("Space")
    while await somebody.page.evaluate("document.activeElement.value") != value:
        await somebody.page.keyboard.press("ArrowDown")


async def tab_to(somebody: Visitor, where: str) -> None:
    for _ in range(80):
        if await somebody.page.evaluate(where):
            return
        await somebody.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {where}")


async def test_it_can_be_left_in_an_emergency_by_three_keys(jane: Visitor) -> None:
    await jane.page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="weather"))
    await begin(jane)
    for _ in range(3):
        await jane.page.keyboard.press("Shift")
    await jane.page.wait_for_url("https://www.bbc.co.uk/weather")


async def test_r47_a_form_that_another_site_sends_is_not_taken(http: httpx.AsyncClient) -> None:
    begun = await http.post("/request/begin")
    assert begun.status_code == 303
    page = {"accept": "text/html", "cookie": begun.headers["set-cookie"].split(";")[0]}
    first = begun.headers["location"]
    for token in ("", "0" * 32):
        refused = await http.post(first, data={"consent": "self", "token": token}, headers=page)
        assert refused.status_code == 403
    assert 'value="self" checked' not in (await http.get(first, headers=page)).text
    stay = first.rsplit("/", 1)[0] + "/stay"
    assert (await http.post(stay, data={"token": "0"}, headers=page)).status_code == 403


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(http: httpx.AsyncClient) -> None:
    http.cookies.clear()
    plain = (await http.post("/request/begin")).headers["set-cookie"]
    assert plain.startswith("session=")
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain


def test_over_tls_the_cookie_is_of_this_host_alone() -> None:
    over_tls = Request({"type": "http", "scheme": "https", "path": "/", "headers": [], "server": ("upc.example", 443)})
    answer = Response()
    Somebodys.of(over_tls).remember(answer)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert "; Secure" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "path", ["/request/x/who", "/status/x/standing", "/report/x/done", "/request/x/people/1/remove"]
)
async def test_an_address_that_is_nobodys_says_nothing(http: httpx.AsyncClient, path: str) -> None:
    for answer in (await http.get(path), await http.post(path, data={}, headers={"accept": "text/html"})):
        assert answer.status_code in (403, 410)
        assert "content-security-policy" in answer.headers


async def test_what_somebody_typed_is_in_no_address_and_no_metric(jane: Visitor, http: httpx.AsyncClient) -> None:
    seen: list[str] = []
    jane.page.on("request", lambda request: seen.append(request.url))
    await begin(jane)
    await through(jane, ways.FOR_ME)
    typed: Mapping[str, str] = {name: text for stop in ways.FOR_ME for name, text in stop.answer.items()}
    typed = {
        name: text for name, text in typed.items() if name != "role"
    }  # which is chosen, and a word in topics' names
    everything = "\n".join([*seen, (await http.get("/metrics")).text])
    assert not [text for text in typed.values() if len(text) > 5 and text.replace(" ", "%20") in everything]
    titles = await jane.page.title()
    assert "Jane" not in titles
