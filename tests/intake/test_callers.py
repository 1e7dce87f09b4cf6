"""Who may call intake, and what those who may not can find out: nothing (R41, R42, R47)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid1

import httpx
import pytest

from deploy.local.keycloak import SYSTEMS, Identity
from services.intake.app import make
from shared.events import topics
from shared.runtime import identity as runtime
from shared.runtime.settings import Settings
from tests.intake import forms
from tests.intake.test_boundary import API, REQUESTS, routed, until
from tests.support.outside import Outside
from tests.support.realm import Admin
from tests.support.running import HandClock, Running, running
from tests.support.waiting import PATIENCE

BREACHES = "/api/v1/breach-reports"
NOBODYS = f"{API}/UPC-222-222-2222"
SUBMIT, SEE_ALL = {"police", "probation", "victim_services", "operator", "central"}, {"operator", "central"}
Start = Callable[..., AbstractAsyncContextManager[Running]]


def seen(answer: httpx.Response) -> Any:
    """Everything by which a caller can tell one answer from another."""
    return answer.status_code, {**answer.headers, "date": ""}, answer.content


@pytest.fixture
def start(settings: Settings, party: Outside, clock: HandClock) -> Start:
    """Another instance of intake, with settings of its own."""
    return lambda **own: running(make, settings.model_copy(update=own), clock)


@pytest.fixture
def admin(identity: Identity) -> Iterator[Admin]:
    with Admin(identity) as admin:
        yield admin


@pytest.mark.parametrize("client", [*SYSTEMS, "nobody"])
async def test_each_client_may_submit_and_see_what_the_table_says_and_the_rest_is_not_there(
    http: httpx.AsyncClient, identity: Identity, client: str
) -> None:
    caller = identity.as_(client)
    nothing = await http.get(NOBODYS, auth=caller)
    assert nothing.status_code == 404
    others = await http.post(API, json=forms.least(), auth=identity.as_("probation"))
    answer = await http.get(others.headers["location"], auth=caller)
    assert answer.status_code == 200 if client in {"probation", *SEE_ALL} else seen(answer) == seen(nothing)
    mine = await http.post(API, json=forms.least(), auth=caller)
    if client not in SUBMIT:
        assert seen(mine) == seen(nothing)
    else:
        assert (await http.get(mine.headers["location"], auth=caller)).json()["request_id"] == mine.json()["request_id"]


async def test_what_is_refused_leaves_nothing_behind(
    http: httpx.AsyncClient, identity: Identity, party: Outside
) -> None:
    body, key = forms.request(), {"Idempotency-Key": uuid1().hex}
    callers: list[Any] = [(identity.as_("sre"), 404), (None, 401)]
    for caller, status in callers:
        assert (await http.post(API, json=body, headers=key, auth=caller)).status_code == status
    accepted = await http.post(API, json=body | {"crime_reference": "other words"}, headers=key)
    await party.one(REQUESTS, request_id=accepted.json()["request_id"])
    assert len(await party.by_now(REQUESTS, lambda record: body["external_id"] in record.value.decode())) == 1


@pytest.mark.parametrize("token", ["", "Bearer", "Basic cG9saWNlOng=", "Bearer x", "Bearer a.b.c", "Digest x"])
@pytest.mark.parametrize(("method", "path"), [("GET", NOBODYS), ("POST", API)])
async def test_without_a_token_there_is_no_answer_but_that_one_is_needed(
    http: httpx.AsyncClient, token: str, method: str, path: str
) -> None:
    headers = {"Authorization": token} if token else {}
    answer = await http.request(method, path, json=forms.least(), headers=headers, auth=None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_for_somebody_else_or_changed_on_its_way_is_not_believed(
    http: httpx.AsyncClient, identity: Identity, admin: Admin
) -> None:
    elsewhere = admin.client("elsewhere", scopes=["roles"]).token("elsewhere")
    header, claims, signature = identity.token("police").split(".")
    others = identity.token("operator").split(".")[1]
    for token in (
        elsewhere,
        f"{header}.{others}.{signature}",
        f"{header}.{claims}.{signature[::-1]}",
        f"{header}.{claims}.",
    ):
        answer = await http.get(NOBODYS, headers={"Authorization": f"Bearer {token}"}, auth=None)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_is_believed_until_it_expires(
    http: httpx.AsyncClient, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "LEEWAY", 0)
    brief = {"Authorization": f"Bearer {admin.client('brief', scopes=['upc'], lifespan=2).token('brief')}"}
    assert (await http.get(NOBODYS, headers=brief, auth=None)).status_code == 404
    async with asyncio.timeout(PATIENCE):
        while (answer := await http.get(NOBODYS, headers=brief, auth=None)).status_code == 404:
            await asyncio.sleep(0.1)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')


async def test_keys_may_be_rotated_while_we_run_and_a_withdrawn_one_is_believed_no_more(
    start: Start, identity: Identity, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "ASK_AGAIN_AFTER", 0.0)
    async with start() as intake:
        before = identity.token("police")
        admin.new_key()
        after = Identity(identity.issuer, identity.secrets).token("police")
        status = {token: await status_of(intake.http, token) for token in (before, after)}
        assert status == {before: 404, after: 404}
        admin.undo()
        monkeypatch.setattr(runtime, "READ_EVERY", 0.0)
        async with asyncio.timeout(PATIENCE):
            while await status_of(intake.http, after) != 401:
                await asyncio.sleep(0.1)
        assert await status_of(intake.http, before) == 404


async def status_of(http: httpx.AsyncClient, token: str) -> int:
    return (await http.get(NOBODYS, headers={"Authorization": f"Bearer {token}"})).status_code


async def test_r5_what_an_agency_calls_its_submissions_tells_another_one_nothing(
    http: httpx.AsyncClient, identity: Identity
) -> None:
    body, key = forms.request(), {"Idempotency-Key": uuid1().hex}
    mine = (await http.post(API, json=body, headers=key)).json()
    for changed in ({}, {"crime_reference": "other words"}):
        answer = await http.post(API, json=body | changed, headers=key, auth=identity.as_("victim_services"))
        assert answer.status_code == 202 if not changed else answer.status_code == 422
        assert mine["reference"] not in answer.text
    assert (await http.post(API, json=body, headers=key)).json() == mine


async def test_r4_what_came_over_kafka_is_the_organisations_that_it_names(
    http: httpx.AsyncClient, identity: Identity, party: Outside
) -> None:
    body = forms.request()
    await party.send(topics.INBOUND_CONTACT_REQUESTS.name, body)
    reply = (await party.one(topics.INBOUND_REPLIES.name, external_id=body["external_id"])).data
    place = f"{API}/{reply['reference']}"
    assert (await http.get(place)).json()["request_id"] == reply["request_id"]
    assert (await http.get(place, auth=identity.as_("victim_services"))).status_code == 404


async def test_r41_a_form_that_says_police_opens_nothing_that_its_sender_may_not_know(
    http: httpx.AsyncClient, identity: Identity, party: Outside, clock: HandClock
) -> None:
    support = identity.as_("victim_services")
    receipt = (await http.post(API, json=forms.request(), auth=support)).json()
    submitted = await party.one(REQUESTS, type="upc.contact-request.submitted", request_id=receipt["request_id"])
    assert submitted.data["agency"] is False
    await party.send(REQUESTS, routed(receipt, clock), event_type="upc.contact-request.routed")
    assert (await until(http, receipt, "routed", support))["prison"]["prison_id"] is None
    assert (await until(http, receipt, "routed", identity.as_("operator")))["prison"]["prison_id"] == "LEI"


async def test_r20_a_transfer_moves_who_of_the_prisons_staff_may_see_a_request(
    http: httpx.AsyncClient, identity: Identity, party: Outside, clock: HandClock
) -> None:
    leeds = identity.as_("prison_staff")
    receipt = (await http.post(API, json=forms.request())).json()
    place, nothing = f"{API}/{receipt['reference']}", await http.get(NOBODYS, auth=leeds)
    assert seen(await http.get(place, auth=leeds)) == seen(nothing)
    await party.send(REQUESTS, routed(receipt, clock), event_type="upc.contact-request.routed")
    await until(http, receipt, "routed")
    assert (await http.get(place, auth=leeds)).json()["prison"]["prison_id"] == "LEI"
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    moved = routed(receipt, clock) | {"prison_id": "MDI", "routed_at": later}
    await party.send(REQUESTS, moved, event_type="upc.contact-request.routed")
    async with asyncio.timeout(PATIENCE):
        while (answer := await http.get(place, auth=leeds)).status_code == 200:
            await asyncio.sleep(0.05)
    assert seen(answer) == seen(nothing)


@pytest.fixture(scope="module")
async def public(settings: Settings, clock: HandClock) -> AsyncIterator[httpx.AsyncClient]:
    """Intake as somebody without an account calls it, as often as they like."""
    async with running(make, settings.model_copy(update={"public_rate": "1000/second"}), clock) as service:
        yield service.http


async def test_r29_r42_r47_a_breach_report_without_an_account_finds_out_nothing(
    public: httpx.AsyncClient, http: httpx.AsyncClient, party: Outside
) -> None:
    known = (await http.post(API, json=forms.request())).json()["reference"]
    body = {"channel": "phone", "what_happened": "He rang"}
    answers = [await public.post(BREACHES, json=body | {"reference": it}) for it in (known, "UPC-222-222-2222")]
    assert {answer.status_code for answer in answers} == {202}
    alike = {(*answer.json(), *answer.headers, answer.headers["content-length"]) for answer in answers}
    assert len(alike) == 1
    said = [answer.json() | {"breach_id": "", "reference": ""} for answer in answers]
    assert said[0] == said[1]
    events = [await party.one(topics.BREACH_REPORTS.name, breach_id=answer.json()["breach_id"]) for answer in answers]
    assert [event.data["request_id"] is None for event in events] == [False, True]
    for answer in answers:
        assert seen(await http.get(f"{API}/{answer.json()['reference']}")) == seen(await http.get(NOBODYS))


async def test_r47_only_police_and_probation_name_the_case_file_that_a_report_goes_into(
    public: httpx.AsyncClient, http: httpx.AsyncClient, identity: Identity, party: Outside
) -> None:
    """An abuser's accomplice would name the abuser's own: its defence would read what the victim's request says."""
    body = {"channel": "phone", "what_happened": "He rang", "cps_urn": "13AA1234526"}
    known = (await http.post(API, json=forms.request())).json()["reference"]
    named = {}
    callers: dict[str, Any] = {"public": None} | {who: identity.as_(who) for who in ("operator", "police")}
    for who, caller in callers.items():
        answer = await public.post(BREACHES, json=body | {"reference": known}, auth=caller)
        said = await party.one(topics.BREACH_REPORTS.name, breach_id=answer.json()["breach_id"])
        named[who] = said.data["report"]["cps_urn"]
    assert named == {"public": None, "operator": None, "police": "13AA1234526"}
    over_kafka = forms.breach(cps_urn="13AA1234526")
    await party.send(topics.INBOUND_BREACH_REPORTS.name, over_kafka)
    reply = (await party.one(topics.INBOUND_REPLIES.name, external_id=over_kafka["external_id"])).data
    said = await party.one(topics.BREACH_REPORTS.name, breach_id=reply["breach_id"])
    assert said.data["report"]["cps_urn"] == "13AA1234526"


async def test_r42_the_public_can_take_no_name_that_an_agency_uses_and_meets_none(
    public: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    body, key = forms.breach(), {"Idempotency-Key": uuid1().hex}
    mine = await http.post(BREACHES, json=body, headers=key)
    for changed in ({}, {"what_happened": "Something else"}):
        answer = await public.post(BREACHES, json=body | changed, headers=key)
        assert answer.status_code == 202
        assert answer.json()["reference"] != mine.json()["reference"]
        assert (await public.post(BREACHES, json=body | changed, headers=key)).json() == answer.json()


async def test_r29_who_brings_a_token_is_known_by_it_and_who_may_no_more_than_the_public_is_the_public(
    public: httpx.AsyncClient, identity: Identity
) -> None:
    wrong = await public.post(BREACHES, json=forms.breach(), headers={"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert (await public.post(BREACHES, json=forms.breach(), auth=identity.as_("sre"))).status_code == 202


def spoofed(number: int) -> dict[str, str]:
    return {
        "X-Forwarded-For": f"192.0.2.{number}",
        "X-Real-IP": f"192.0.2.{number}",
        "Forwarded": f"for=192.0.2.{number}",
    }


async def test_too_many_reports_without_an_account_are_told_to_wait_whatever_address_they_claim(
    start: Start, police: httpx.Auth, identity: Identity
) -> None:
    async with start(public_rate="3/hour") as intake:
        answers = [await intake.http.post(BREACHES, json=forms.breach(), headers=spoofed(n)) for n in range(5)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
        assert answers[-1].headers["content-type"] == "application/problem+json"
        as_sre = await intake.http.post(BREACHES, json=forms.breach(), auth=identity.as_("sre"))
        assert as_sre.status_code == 429
        assert (await intake.http.post(BREACHES, json=forms.breach(), auth=police)).status_code == 202


async def test_an_account_that_calls_too_often_is_told_to_wait_and_no_other_is(
    start: Start, police: httpx.Auth, identity: Identity
) -> None:
    async with start(account_rate="2/hour") as intake:
        asked = [await intake.http.get("/api/v1/contact-requests/UPC-222-222-2222", auth=police) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [404, 404, 429]
        assert 0 < int(asked[-1].headers["retry-after"]) <= 3600
        other = await intake.http.get("/api/v1/contact-requests/UPC-222-222-2222", auth=identity.as_("probation"))
        assert other.status_code == 404


async def test_our_own_proxies_say_who_calls(start: Start) -> None:
    async with start(public_rate="1/hour", trusted_proxies="127.0.0.1") as intake:
        answers = [await intake.http.post(BREACHES, json=forms.breach(), headers=spoofed(n)) for n in (1, 2, 2)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        through_two = {"X-Forwarded-For": "192.0.2.77, 192.0.2.2"}  # what a client says of itself comes first
        assert (await intake.http.post(BREACHES, json=forms.breach(), headers=through_two)).status_code == 429


async def test_what_cannot_be_understood_counts_too(start: Start) -> None:
    async with start(public_rate="2/hour") as intake:
        answers = [await intake.http.post(BREACHES, content=b"{") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [400, 400, 429]
