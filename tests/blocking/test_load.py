"""With a MongoDB that answers nothing the contact check is answered as ever, and nothing waits for it (R19)."""

import asyncio

import httpx
import pytest

from deploy.local.proxy import Mode
from services.blocking.app import make
from shared.runtime.settings import Settings
from tests.blocking.test_service import Estate, check
from tests.support.outside import Outside
from tests.support.running import HandClock, running
from tests.support.slow import SOON, impatient, refused, through_a_proxy
from tests.support.waiting import PATIENCE

JANE, ANYBODY = "phone=07700900123", "phone=07700900999"


async def test_r19_the_check_is_right_and_prompt_while_queries_are_told_to_try_again(
    settings: Settings,
    party: Outside,
    clock: HandClock,
    estate_system: httpx.Auth,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    impatient(monkeypatch)
    estate = Estate(party, clock, "B9001LD")
    place = f"/api/v1/prisoners/{estate.number}"
    async with (
        through_a_proxy(settings.mongodb_uri) as (proxy, uri),
        running(make, settings.model_copy(update={"mongodb_uri": uri}), clock, estate_system) as blocking,
    ):
        await estate.authorised()
        blocked = await check(blocking.http, estate.number, phone="07700 900123")
        await proxy.set(Mode.HALF_OPEN)
        queries = [asyncio.create_task(blocking.http.get(f"{place}/social-contacts")) for _ in range(80)]
        async with asyncio.timeout(SOON):
            assert (await blocking.http.get(f"{place}/contact-check?{JANE}")).json() == blocked
            assert not all(query.done() for query in queries), "the check was answered only after the queries"
            for _ in range(20):
                assert (await blocking.http.get(f"{place}/contact-check?{JANE}")).json() == blocked
                assert (await blocking.http.get(f"{place}/contact-check?{ANYBODY}")).json()["allowed"] is True
            assert blocked["allowed"] is False
            assert "mongodb" in (await blocking.http.get("/readyz")).json()["missing"]
            assert all(refused(answer) for answer in await asyncio.gather(*queries))
        await proxy.set(Mode.PASS)
        async with asyncio.timeout(PATIENCE):
            while refused(answer := await blocking.http.get(f"{place}/social-contacts")):
                await asyncio.sleep(0.1)
        assert answer.status_code == 200
    assert "never retrieved" not in caplog.text


async def test_r19_an_instance_that_starts_without_mongodb_never_says_allowed(
    settings: Settings, party: Outside, clock: HandClock, http: httpx.AsyncClient, estate_system: httpx.Auth
) -> None:
    estate = Estate(party, clock, "B9002LD")
    question = f"/api/v1/prisoners/{estate.number}/contact-check?{JANE}"
    await estate.authorised()
    async with through_a_proxy(settings.mongodb_uri) as (proxy, uri):
        await proxy.set(Mode.HALF_OPEN)
        service = make(settings.model_copy(update={"mongodb_uri": uri}), clock)
        working = asyncio.create_task(service.run())
        inside = httpx.ASGITransport(service.app)
        async with httpx.AsyncClient(transport=inside, base_url="http://blocking", auth=estate_system) as new:
            for _ in range(20):
                async with asyncio.timeout(SOON):
                    assert refused(await new.get(question))
                await asyncio.sleep(0.05)
            await proxy.set(Mode.PASS)
            async with asyncio.timeout(PATIENCE):
                while (answer := await new.get(question)).status_code != 200:
                    assert refused(answer)
                    await asyncio.sleep(0.02)
            assert answer.json()["allowed"] is False
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await service.platform.stop()
