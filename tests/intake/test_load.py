"""With a slow MongoDB, or one that answers nothing, intake refuses early and loses nothing that it accepted (R5, R6)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid1

import httpx
import pytest

from deploy.local.proxy import Mode, Proxy
from services.intake.app import make
from shared.runtime import calls, service
from shared.runtime.settings import Settings
from tests.intake import forms
from tests.intake.test_boundary import API, REQUESTS
from tests.support.outside import Outside
from tests.support.running import HandClock, running
from tests.support.slow import SOON, impatient, refused, through_a_proxy
from tests.support.waiting import PATIENCE

Post = dict[str, Any]


@pytest.fixture
async def door(
    settings: Settings, party: Outside, clock: HandClock, police: httpx.Auth, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[httpx.AsyncClient, Proxy]]:
    """Intake's HTTP, and the proxy between it and MongoDB."""
    impatient(monkeypatch)
    async with (
        through_a_proxy(settings.mongodb_uri) as (proxy, uri),
        running(make, settings.model_copy(update={"mongodb_uri": uri}), clock, police) as instance,
    ):
        try:
            yield instance.http, proxy
        finally:
            await proxy.set(Mode.PASS)


def posts(count: int) -> list[Post]:
    """Submissions that are named by the sender's own id, by an Idempotency-Key, or by what they say."""
    named = [{"json": forms.request()} for _ in range(count)]
    keyed = [{"json": forms.least(), "headers": {"Idempotency-Key": uuid1().hex}} for _ in range(count)]
    return [*named, *keyed, *({"json": forms.least()} for _ in range(count))]


async def all_at_once(http: httpx.AsyncClient, sent: list[Post]) -> list[httpx.Response]:
    """Each is accepted or told to try again, and soon."""
    async with asyncio.timeout(SOON):
        answers = await asyncio.gather(*(http.post(API, **post) for post in sent))
    assert all(answer.status_code == 202 or refused(answer) for answer in answers)
    return answers


async def until_accepted(http: httpx.AsyncClient, post: Post) -> str:
    """The same POST over and over, as a sender does; its reference."""
    async with asyncio.timeout(PATIENCE):
        while (answer := await http.post(API, **post)).status_code != 202:
            assert refused(answer)
            await asyncio.sleep(0.2)
    return str(answer.json()["reference"])


async def is_one_request_each(http: httpx.AsyncClient, party: Outside, sent: list[Post]) -> list[str]:
    """Sent again, each is one request, with one reference that is known, and one event; the references."""
    references = [await until_accepted(http, post) for post in sent]
    assert references == [await until_accepted(http, post) for post in sent]
    assert {(await http.get(f"{API}/{reference}")).status_code for reference in references} == {200}
    for reference in references:
        await party.one(REQUESTS, reference=reference)
    ours = await party.by_now(REQUESTS, lambda event: event.headers["ce_source"] == "urn:upc:intake")
    events = {event.id: event.value.decode() for event in ours}
    for post in sent:
        assert sum(f'"{post["json"]["prisoner"]["name"]}"' in said for said in events.values()) == 1
    return references


@pytest.mark.parametrize("delay", [0.02, 0.4])
async def test_r5_r6_with_a_slow_mongodb_a_post_is_accepted_and_there_or_told_to_try_again(
    door: tuple[httpx.AsyncClient, Proxy], party: Outside, delay: float
) -> None:
    http, proxy = door
    proxy.delay, sent = delay, posts(5)
    await proxy.set(Mode.DELAY)
    answers = await all_at_once(http, [*sent, *sent])
    await proxy.set(Mode.PASS)
    references = await is_one_request_each(http, party, sent)
    for answer, reference in zip(answers, references * 2, strict=True):
        assert answer.status_code != 202 or answer.json()["reference"] == reference


async def test_r5_r6_with_a_mongodb_that_stops_in_the_middle_everybody_is_told_to_try_again(
    door: tuple[httpx.AsyncClient, Proxy], party: Outside
) -> None:
    http, proxy = door
    known = await until_accepted(http, {"json": forms.request()})
    proxy.delay, sent = 0.05, posts(4)
    await proxy.set(Mode.DELAY)
    posting = asyncio.create_task(all_at_once(http, sent))
    await asyncio.sleep(0.6)  # by now some of it is on its way to be saved
    await proxy.set(Mode.HALF_OPEN)
    async with asyncio.timeout(SOON):
        ready, *others = await asyncio.gather(*(http.get(path) for path in ("/readyz", *[f"{API}/{known}"] * 3)))
    assert ready.status_code == 503
    assert "mongodb" in ready.json()["missing"]
    assert all(refused(answer) for answer in others)
    accepted = {answer.json()["reference"] for answer in await posting if answer.status_code == 202}
    await proxy.set(Mode.PASS)
    assert accepted <= set(await is_one_request_each(http, party, sent))


async def test_r6_the_post_that_may_be_saved_all_the_same_is_told_so(door: tuple[httpx.AsyncClient, Proxy]) -> None:
    http, proxy = door
    await proxy.set(Mode.HALF_OPEN)
    answer = await http.post(API, json=forms.request())
    assert refused(answer)
    assert "may be saved" in answer.json()["title"]
    assert "send exactly the same again" in answer.json()["title"]


async def test_r6_more_than_may_wait_are_refused_at_once_and_so_is_who_comes_while_nothing_gets_through(
    door: tuple[httpx.AsyncClient, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    http, proxy = door
    known = await until_accepted(http, {"json": forms.request()})
    monkeypatch.setattr(calls, "MOST_CALLS", 3)
    monkeypatch.setattr(service, "MOST_QUERIES", 3)
    monkeypatch.setattr(service, "LONGEST_CALL", 1000.0)  # who waits here waits until the driver gives up
    await proxy.set(Mode.HALF_OPEN)
    posting = [asyncio.create_task(http.post(API, **post)) for post in posts(5)]
    asking = [asyncio.create_task(http.get(f"{API}/{known}")) for _ in range(15)]
    for group in (posting, asking):
        at_once, waiting = await asyncio.wait(group, timeout=SOON, return_when=asyncio.FIRST_COMPLETED)
        assert at_once
        assert waiting
        assert all(refused(answer.result()) for answer in at_once)
    monkeypatch.setattr(calls, "MOST_CALLS", 1000)
    await asyncio.sleep(calls.LONGEST_CALL)
    async with asyncio.timeout(SOON):
        assert refused(await http.post(API, json=forms.request()))
    await proxy.set(Mode.PASS)
    answers = await asyncio.gather(*posting, *asking)
    assert all(answer.status_code in (200, 202) or refused(answer) for answer in answers)
    await until_accepted(http, {"json": forms.request()})
