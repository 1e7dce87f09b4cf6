"""Nothing is taken in that could get lost: without MongoDB try again, without Kafka it goes on later (R5, R6)."""

import asyncio
from pathlib import Path

from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity
from services.intake.app import make
from shared.events import topics as names
from shared.runtime import topics
from tests.intake import forms
from tests.intake.test_request import START
from tests.support.outside import outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.waiting import PATIENCE

API, BREACHES = "/api/v1/contact-requests", "/api/v1/breach-reports"


async def test_r6_without_mongodb_nothing_is_accepted_and_without_kafka_nothing_is_lost(
    tmp_path: Path, identity: Identity
) -> None:
    with KafkaServer(tmp_path / "kafka", free_port()) as kafka, MongoServer(tmp_path / "mongo", free_port()) as mongo:
        await topics.apply(kafka.bootstrap)
        settings = settings_for(kafka.bootstrap, mongo.uri, oidc_issuer=identity.issuer)
        async with running(make, settings, HandClock(START), identity.as_("police")) as service:
            known = (await service.http.post(API, json=forms.request())).json()["reference"]
            mongo.kill()
            await _says_try_again(service, known)
            mongo.start()
            body = forms.request()
            accepted = await _until_accepted(service, body)
            kafka.stop()
            assert (await service.http.get("/callable")).status_code == 200, "a cluster would send nobody here"
            assert (await service.http.post(API, json=body)).json()["reference"] == accepted
            later = (await service.http.post(API, json=forms.request())).json()["request_id"]
            kafka.start()
            async with outside(kafka.bootstrap) as party:
                await party.one(names.CONTACT_REQUESTS.name, request_id=later)
                events = {record.id: record.data for record in await party.by_now(names.CONTACT_REQUESTS.name)}
                references = [event["reference"] for event in events.values()]
                assert references.count(known) == references.count(accepted) == 1
                assert len(references) == 3


async def _says_try_again(service: Running, reference: str) -> None:
    posts = [service.http.post(API, json=forms.request()) for _ in range(3)]
    posts.append(service.http.post(BREACHES, json=forms.breach()))
    for answer in [*await asyncio.gather(*posts), await service.http.get(f"{API}/{reference}")]:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.headers["content-type"] == "application/problem+json"
    assert "mongodb" in (await service.http.get("/readyz")).json()["missing"]


async def _until_accepted(service: Running, body: dict[str, object]) -> str:
    """The same POST over and over, as a sender does."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await service.http.post(API, json=body)
            if answer.status_code == 202:
                return str(answer.json()["reference"])
            assert answer.status_code == 503
            await asyncio.sleep(0.2)
