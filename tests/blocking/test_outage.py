"""The check is answered while everything else is down, and never from half a picture (R19)."""

from pathlib import Path

import httpx

from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity
from services.blocking.app import make
from shared.events import topics as names
from shared.runtime import topics
from tests.blocking.given import JOHN, START, decision, routed
from tests.blocking.support_http import in_the_picture
from tests.support.outside import outside
from tests.support.running import HandClock, running, settings_for

CHECK = f"/api/v1/prisoners/{JOHN}/contact-check?phone=07700900123"


async def test_r19_the_check_is_answered_while_kafka_and_mongodb_are_down(tmp_path: Path, identity: Identity) -> None:
    with KafkaServer(tmp_path / "kafka", free_port()) as kafka, MongoServer(tmp_path / "mongo", free_port()) as mongo:
        await topics.apply(kafka.bootstrap)
        settings = settings_for(kafka.bootstrap, mongo.uri, oidc_issuer=identity.issuer)
        async with running(make, settings, HandClock(START), identity.as_("estate")) as service:
            async with outside(kafka.bootstrap) as party:
                for event in (routed(), decision("authorise")):
                    await party.send(event.TOPIC.name, event.model_dump(mode="json"), JOHN, event_type=event.TYPE)
                await party.one(names.BLOCK_LISTS.name, version=1)
            await in_the_picture(service.http, JOHN)
            before = (await service.http.get(CHECK)).json()
            kafka.kill()
            mongo.kill()
            assert (await service.http.get("/readyz")).status_code == 503
            assert (await service.http.get("/callable")).status_code == 200, "a cluster would send no calls here"
            assert (await service.http.get(CHECK)).json() == before
            assert before["matched_on"] == "phone"
            assert (await service.http.get(f"/api/v1/prisoners/{JOHN}/block-list")).json()["version"] == 1


async def test_r19_before_every_list_is_read_the_answer_is_not_allowed_but_try_again(identity: Identity) -> None:
    settings = settings_for("127.0.0.1:1", "mongodb://127.0.0.1:1", oidc_issuer=identity.issuer)
    service = make(settings, HandClock(START))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://blocking") as http:
        assert (await http.get("/callable")).status_code == 503
        answer = await http.get(CHECK, auth=identity.as_("estate"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
