"""Whose the pages are: each person of the realm, each page, as a table written apart from the rules."""

import asyncio

import httpx
import pytest

from services.desk.domain.calls import Take, Who
from shared.events.topics import INBOUND_REPLIES
from shared.runtime.audit.reading import Logs
from tests.desk.scenes import Scene
from tests.desk.staff import Staff
from tests.support.waiting import PATIENCE

HERE, THERE = Scene("B2001BB"), Scene("B2002BB", prison="MDI")
WAITING = Scene("B2003BB")
REPLIES = INBOUND_REPLIES.lane("desk").name
TABLE = """
                            sam  pat  chris  olu  robin  jo
/queue                      200  200  200    404  404  404
/queue?prison=LEI           200  404  200    404  404  404
/queue?prison=MDI           404  200  200    404  404  404
/queue?prison=all           404  404  200    404  404  404
/cases                      200  200  200    404  404  404
/figures                    200  200  200    404  404  404
/figures?prison=all         404  404  200    404  404  404
/cases/HERE                 200  404  200    404  404  404
/cases/THERE                404  200  200    404  404  404
/cases/HERE/story           200  404  200    404  404  404
/cases/HERE/pack            200  404  200    404  404  404
/cases/HERE/notice/PERSON   200  404  404    404  404  404
/cases/HERE/withdraw        200  404  404    404  404  404
/breaches/breach-B2001BB    200  404  200    404  404  404
/reviews/review-B2001BB     200  404  404    404  404  404
/lists/B2001BB              200  404  404    404  404  404
/news                       200  200  404    404  404  200
/to-do                      404  404  200    200  404  404
/find/request-B2003BB       404  404  200    200  404  404
/tasks/task-B2003BB         404  404  200    200  404  404
/cases/WAITING              404  404  200    404  404  404
/calls/request              404  404  200    200  404  404
/calls/report               404  404  200    200  404  404
/calls/taken/call-B2003BB   404  404  200    200  404  404
/calls/taken/call-B2003BB/again 404 404 200  200  404  404
"""
PEOPLE, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
PLACES = {
    "HERE": HERE.reference,
    "THERE": THERE.reference,
    "WAITING": WAITING.reference,
    "PERSON": HERE.person(),
}


@pytest.fixture(scope="package")
async def told(staff: Staff) -> Staff:
    await staff.hear(*HERE.in_force(), HERE.alerted(), HERE.review(), *THERE.in_force())
    await staff.hear(WAITING.submitted(), WAITING.needs_person(HERE.number), WAITING.task())
    call = Take(who=Who(name="Olu Operator"), external_id=f"call-{WAITING.number}", body={})
    await staff.desk.service.call(call, "taken")
    reply = {"external_id": call.external_id, "outcome": "accepted", "request_id": "r", "reference": WAITING.reference}
    await staff.party.send(REPLIES, reply, call.external_id, event_type="upc.inbound.reply")
    await staff.party.handled("desk", REPLIES, call.external_id, "upc.inbound.reply")
    return staff


@pytest.mark.parametrize("place", range(len(PEOPLE)))
async def test_each_sees_what_is_theirs_and_the_rest_is_not_there(told: Staff, place: int) -> None:
    wanted = {row[0]: int(row[1 + place]) for row in ROWS}
    async with await told.http(PEOPLE[place]) as http:
        assert {path: await status(http, path) for path in wanted} == wanted


async def status(http: httpx.AsyncClient, path: str) -> int:
    for name, value in PLACES.items():
        path = path.replace(f"/{name}", f"/{value}")
    async with http.stream("GET", path) as answer:  # news never end
        return answer.status_code


async def test_a_prison_finds_its_own_cases_alone(told: Staff) -> None:
    for name, sees, not_there in (("sam", HERE, THERE), ("pat", THERE, HERE)):
        for search in ("", "Jane Example", sees.number, not_there.number, not_there.reference):
            _, page = await found(told, name, search)
            assert not_there.number not in page.replace(f'value="{search}"', "")
        assert sees.reference in (await found(told, name, sees.number))[1]


async def found(told: Staff, name: str, search: str) -> tuple[str, str]:
    """Where `name` comes to who looks for `search` there, and the page."""
    async with await told.http(name) as http:
        token = (await http.get("/cases")).text.split('name="csrf" value="')[1].split('"')[0]
        there = await http.post("/cases", data={"csrf": token, "search": search}, follow_redirects=True)
        return str(there.url), there.text


async def test_what_somebody_looks_for_is_in_no_address_and_in_the_field_again(told: Staff) -> None:
    url, page = await found(told, "sam", "Jane Example")
    assert ("jane" in url.casefold(), 'value="Jane Example"' in page, HERE.reference in page) == (False, True, True)
    assert HERE.reference in (await told.shown("sam", url)).text, "the same address again finds the same"
    assert 'value="Jane Example"' not in (await told.shown("alex", url)).text, "it is nobody else’s"


HOSTILE = "\x00\ud800 {{7*7}}".encode("utf-8", "replace").decode()
SENT = (
    f"/cases/{HERE.reference}/decide",
    f"/cases/{HERE.reference}/withdraw",
    f"/lists/{HERE.number}",
    f"/breaches/{HERE.breach_id}",
    f"/reviews/review-{HERE.number}",
    f"/find/{WAITING.request_id}",
    f"/tasks/task-{WAITING.number}",
    "/calls/request",
    "/calls/report/look-up",
    f"/calls/taken/call-{WAITING.number}",
    f"/calls/taken/call-{WAITING.number}/drop",
)


@pytest.mark.parametrize("path", SENT)
async def test_another_prison_decides_nothing_and_no_other_site_sends_anything(told: Staff, path: str) -> None:
    async with await told.http("pat") as http:
        page = (await http.get("/queue")).text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        form = {
            "csrf": token,
            "version": "0",
            f"outcome-{HERE.person()}": "authorise",
            "outcome": "keep",
            "action": "cell_search",
        }
        assert (await http.post(path, data=form)).status_code == 404
    async with await told.http("sam") as http:
        forged = await http.post(path, data={**form, "csrf": token})
        assert forged.status_code in (403, 404)


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"version": "9" * 5000, f"outcome-{HERE.person()}": "authorise", f"days-{HERE.person()}": "9" * 5000, "once": "x" * 5000},
        {"version": "٣", f"outcome-{HERE.person()}": "nothing", "outcome": "nothing", "prisoner": "other", "number": "' or 1"},
        {"version": "0", f"outcome-{HERE.person()}": "refuse", f"reason-{HERE.person()}": HOSTILE},
        {"version": "0", "outcome": "failed", "reason": "x" * 20_000, "note": "x" * 20_000},
    ],
)  # fmt: skip
async def test_whatever_is_sent_is_taken_or_refused_and_breaks_nothing(told: Staff, written: dict[str, str]) -> None:
    for name, paths in (("sam", SENT[:5]), ("olu", SENT[5:])):
        async with await told.http(name) as http:
            page = (await http.get("/")).headers["location"]
            token = (await http.get(page)).text.split('name="csrf" value="')[1].split('"')[0]
            for path in (*paths, "/lists/nonsense", "/cases/nonsense/decide", "/tasks/nonsense", "/find/nonsense"):
                answer = await http.post(path, data={**written, "csrf": token})
                assert answer.status_code in (200, 303, 404, 409, 422), (path, answer.status_code)
            assert (await http.get(f"{page}?page={'9' * 5000}&kind=nonsense&prison=%00")).status_code in (200, 404)


async def test_who_looked_at_a_case_is_in_the_audit_log(told: Staff) -> None:
    await told.shown("sam", f"/cases/{HERE.reference}")
    logs = Logs(told.desk.service.settings)
    async with asyncio.timeout(PATIENCE):
        while not [
            deed for deed in await logs.about("desk", [HERE.request_id]) if deed["what"] == "GET /cases/{reference}"
        ]:
            await asyncio.sleep(0.05)
    looks = [deed for deed in await logs.about("desk", [HERE.number]) if deed["what"] == "GET /cases/{reference}"]
    assert {deed["why"] for deed in looks} == {"A case, looked at by staff."}
    assert all(len(deed["who"]) > 30 for deed in looks), "by the provider's name for them"


async def test_nobody_is_shown_anything_before_they_sign_in_and_after_a_session_is_over(told: Staff) -> None:
    async with httpx.AsyncClient(base_url=told.url, headers={"Accept": "text/html"}) as nobody:
        for path in (row[0] for row in ROWS):
            answer = await nobody.get(path)
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
        posted = await nobody.post(f"/cases/{HERE.reference}/decide", data={"csrf": ""})
        assert posted.status_code == 401
        assert "Nothing was sent" in posted.text
        for code, state in (("", ""), ("x", "y")):
            assert (await nobody.get(f"/signed-in?code={code}&state={state}")).status_code == 400
        elsewhere = await nobody.get("/sign-in?after=//evil.example")
        assert "evil" not in elsewhere.headers["location"]
