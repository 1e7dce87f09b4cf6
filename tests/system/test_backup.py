"""MongoDB is lost and put back as it was some time before: what Kafka holds since then is taken in again, the rest is named."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from typing import Any

import httpx
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from pymongo import MongoClient

from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity
from shared.events.principals import SERVICES
from shared.events.topics import INBOUND_SOCIAL_CONTACTS
from shared.runtime import topics
from shared.runtime.went_back import AGAIN
from tests.support.outside import Outside, outside
from tests.support.running import HandClock, settings_for
from tests.support.smtp import SmtpPeer
from tests.support.upc import Upc
from tests.support.waiting import PATIENCE
from tests.system.stage import LISTS, NUMBER, REQUEST, Platform, contact, everything, prisoner

OTHER = "Z9999ZZ"
WHY = ("--reason", "the disk burnt")
REQUESTS = "upc.contact-requests.v1"


@asynccontextmanager
async def platform(
    party: Outside, kafka: str, mongo: str, clock: HandClock, identity: Identity, mail: SmtpPeer
) -> AsyncIterator[Platform]:
    settings = settings_for(kafka, mongo, mongodb_prefix="kept", oidc_issuer=identity.issuer)
    async with everything(settings, clock, identity, mail) as services:
        yield Platform(party, clock, services, mail)


def asked(name: str, phone: str, number: str = NUMBER) -> dict[str, Any]:
    who = {"name": name, "phones": [phone]}
    about = {"prisoner": {"name": "John Example", "number": number}, "protected_people": [who]}
    return REQUEST | {"external_id": name} | about


async def routed(party: Outside, request: dict[str, Any]) -> Any:
    """The answer to a request over Kafka, once it is with its prison."""
    await party.send("upc.inbound.contact-requests.v1", request)
    reply = (await party.one("upc.inbound.replies.v1", external_id=request["external_id"])).data
    await party.one(REQUESTS, type="upc.contact-request.routed", request_id=reply["request_id"])
    return reply


async def in_force(platform: Platform, request_id: str, people: int) -> None:
    """Authorised, and acknowledged by Leeds."""
    await platform.party.one(REQUESTS, type="upc.contact-request.routed", request_id=request_id)
    await platform.decide("authorise", request_id=request_id, prison_id="LEI")
    await platform.acknowledge(await platform.list_of("LEI", people=people))
    await platform.party.one("upc.blocks.v1", type="upc.block.implemented", request_id=request_id)


async def goes_on_ringing(platform: Platform, reference: str) -> None:
    """Reported (R29), and Leeds authorises the number that was used, too (R30)."""
    report = {"reference": reference, "channel": "phone", "contact_used": "07700 900999", "what_happened": "He rang"}
    answer = (await platform.http("intake").post("/api/v1/breach-reports", json=report)).json()
    await platform.party.one("upc.breach-alerts.v1", breach_id=answer["breach_id"])
    await platform.decide("authorise", breach_id=answer["breach_id"], prison_id="LEI")
    await platform.acknowledge(await platform.list_of("LEI", after=2, people=2))


async def gone(kafka: str, topic: str) -> None:
    """Nothing of the topic is there any more, as after its time."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    (described,) = await admin.describe_topics([topic])
    places = [TopicPartition(topic, partition["partition"]) for partition in described["partitions"]]
    await admin.delete_records({place: RecordsToDelete(before_offset=-1) for place in places})
    await admin.close()


async def test_a_backup_is_put_back_and_what_came_since_is_taken_in_again(tmp_path: Path, identity: Identity) -> None:
    clock = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    data, keys = str(tmp_path / "data"), str(tmp_path / "keys")
    with KafkaServer(tmp_path / "kafka", free_port()) as kafka, SmtpPeer() as mail:
        await topics.apply(kafka.bootstrap)
        where = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "MONGODB_PREFIX": "kept"}
        async with outside(kafka.bootstrap) as party:
            with MongoServer(tmp_path / "burns", free_port()) as mongo:
                robin = Upc(where | {"MONGODB_URI": mongo.uri}, {})
                async with platform(party, kafka.bootstrap, mongo.uri, clock, identity, mail) as before:
                    for number in (NUMBER, OTHER):
                        await party.send("upc.inbound.prisoners.v1", prisoner(number, "John", before), key=number)
                    jane = await routed(party, asked("Jane Example", "07700 900123"))
                    await in_force(before, jane["request_id"], people=1)
                    await routed(party, asked("Zoe Example", "07700 900321", OTHER))
                    taken = await robin("backup", data, keys, "--json")
                    assert (taken.code, taken.err) == (0, "")
                    assert {S_IMODE(Path(folder).stat().st_mode) for folder in (data, keys)} == {0o700}
                    assert (await robin("backup", data, keys)).code == 2, "none is written over"

                    by_http = asked("Mary Example", "07700 900456")
                    mary = (await before.http("intake").post("/api/v1/contact-requests", json=by_http)).json()
                    await in_force(before, mary["request_id"], people=2)
                    await goes_on_ringing(before, mary["reference"])
                    ann = await routed(party, asked("Ann Example", "07700 900789", OTHER))
                    await before.estate("social-contacts", contact(before, "c9", name="Jo", phones=["07700 900555"]))
                    await party.one("upc.social-contacts.v1", contact_id="c9")
                    refused = await robin("restore", data, keys, "--yes", *WHY)
                    assert (refused.code, "the service runs" in refused.err) == (2, True)
            await gone(kafka.bootstrap, INBOUND_SOCIAL_CONTACTS.name)
            with MongoServer(tmp_path / "new", free_port()) as mongo:
                robin = Upc(where | {"MONGODB_URI": mongo.uri}, {})
                restored = await robin("restore", data, keys, "--yes", "--json", *WHY)
                assert (restored.code, restored.err) == (0, "")
                lost = {(row["service"], row["topic"], row["to"] - row["from"]) for row in restored.data}
                assert lost == {(service, INBOUND_SOCIAL_CONTACTS.name, 1) for service in ("blocking", "desk")}
                assert reading_again(mongo.uri) == {*SERVICES}
                async with platform(party, kafka.bootstrap, mongo.uri, clock, identity, mail) as after:
                    assert reading_again(mongo.uri) == set()
                    await as_it_was(after, identity, mary, ann)
                    await goes_on(after, ann["request_id"])
                dead = await robin("dead-letters", "list", "--json")
                assert dead.data == []


def reading_again(mongo_uri: str) -> set[str]:
    """The services that have yet to read what came since the backup."""
    with MongoClient[dict[str, Any]](mongo_uri) as mongo:
        return {service for service in SERVICES if mongo[f"kept_{service}"][AGAIN].count_documents({})}


async def as_it_was(platform: Platform, identity: Identity, mary: dict[str, Any], ann: dict[str, Any]) -> None:
    """Each request stands as it did, also one that came in over HTTP; Mary's numbers are blocked again."""
    intake = platform.http("intake").base_url
    async with httpx.AsyncClient(base_url=intake, auth=identity.as_("central")) as chris:
        await says(chris, f"/api/v1/contact-requests/{mary['reference']}", status="implemented")
        await says(chris, f"/api/v1/contact-requests/{ann['reference']}", status="routed")
    for phone in ("07700900456", "07700900999"):
        check = f"/api/v1/prisoners/{NUMBER}/contact-check?phone={phone}"
        await says(platform.http("blocking"), check, allowed=False, version=3)


async def says(http: httpx.AsyncClient, path: str, **fields: Any) -> None:
    """Asks until the answer has these fields."""
    async with asyncio.timeout(PATIENCE):
        while not fields.items() <= (await http.get(path)).json().items():
            await asyncio.sleep(0.05)


async def goes_on(platform: Platform, request_id: str) -> None:
    """What was open is decided now; versions go on where they were, and no list says two things under one version (R20)."""
    party = platform.party
    ivy = await routed(party, asked("Ivy Example", "07700 900654"))
    await platform.decide("authorise", request_id=ivy["request_id"], prison_id="LEI")
    (grown,) = await party.wait(LISTS, lambda record: record.key == NUMBER and record.data["version"] == 4)
    assert len(grown.data["blocks"]) == 3
    await party.send(
        "upc.inbound.prison-decisions.v1",
        {
            **{"decision_id": "late", "prisoner_number": OTHER, "request_id": request_id, "prison_id": "LEI"},
            **{"outcome": "authorise", "decided_at": platform.now(), "decided_by": "Governor", "reason": None},
        },
        key=OTHER,
    )
    await party.wait(LISTS, lambda record: record.key == OTHER and record.data["version"] == 1)
    said: dict[tuple[str, int], set[bytes]] = {}
    for record in await party.by_now(LISTS):
        said.setdefault((record.key, record.data["version"]), set()).add(record.id.encode())
    assert {len(ids) for ids in said.values()} == {1}
