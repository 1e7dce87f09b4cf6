"""One whole story, told by outside clients that know the contract alone: asked, decided, blocked, moved, released, recalled."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid1

import httpx
import pytest

from deploy.local import KafkaServer, free_port
from deploy.local.keycloak import Identity
from shared.runtime import topics
from tests.support.outside import Outside, Seen, Where, outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.smtp import SmtpPeer
from tests.support.waiting import PATIENCE

LISTS, NOTES = "upc.block-lists.v1", "upc.case-file-notes.v1"
SERVICES = ("intake", "routing", "blocking", "transfers", "notifications")
CALLERS = dict.fromkeys(SERVICES, "nobody") | {"intake": "police", "blocking": "estate"}
NUMBER, OTHER = "A1234BC", "Z9999ZZ"


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka without other tests' events: five services would answer them all."""
    with KafkaServer(tmp_path_factory.mktemp("story-kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        yield peer


@dataclass
class Platform:
    """All five services, the outside world, and the clock."""

    party: Outside
    clock: HandClock
    services: dict[str, Running]
    mail: SmtpPeer

    def http(self, service: str) -> httpx.AsyncClient:
        return self.services[service].http

    async def estate(self, topic: str, data: dict[str, Any]) -> None:
        """Something an estate sends, a minute after what came before."""
        await self.party.send(f"upc.inbound.{topic}.v1", data, key=NUMBER)
        self.clock.forward(timedelta(minutes=1))

    def now(self) -> str:
        return self.clock.now().isoformat()

    async def list_of(self, prison_id: str, after: int = 0, people: int = 1) -> Any:
        """The next block list for this prison."""
        found = await self.party.wait(LISTS, lambda record: _is_list(record, prison_id, after, people))
        return found[0].data

    async def acknowledge(self, block_list: Any) -> None:
        fields = {name: block_list[name] for name in ("prisoner_number", "prison_id", "version")}
        await self.estate("block-acknowledgements", fields | {"outcome": "implemented", "at": self.now()})

    async def received(self, prison_id: str, reason: str) -> None:
        await self._movement("received", {"reason": reason, "prisonId": prison_id})

    async def released(self, prison_id: str, reason: str) -> None:
        await self._movement("released", {"reason": reason, "prisonId": prison_id})

    async def _movement(self, what: str, details: dict[str, str]) -> None:
        event = {
            "eventType": f"prison-offender-events.prisoner.{what}",
            "version": "1",
            "occurredAt": self.now(),
            "description": "text nobody should read",
            "additionalInformation": {"nomsNumber": NUMBER} | details,
        }
        await self.estate("prisoner-events", event)

    async def in_time(self, topic: str, where: Where = lambda _: True) -> Any:
        """The first record of `topic` that fits, however much time has to go by: each service hears of things when it does."""
        async with asyncio.timeout(PATIENCE):
            while not (found := self.party.records(topic, where)):
                self.clock.forward(timedelta(minutes=30))
                await asyncio.sleep(0.2)
        return found[0].data

    async def until_status(self, reference: str, status: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self.http("intake").get(f"/api/v1/contact-requests/{reference}")).json()["status"] != status:
                await asyncio.sleep(0.02)

    async def decide(self, outcome: str, **about: Any) -> None:
        decision = {"decision_id": uuid1().hex, "prisoner_number": NUMBER, "outcome": outcome, "decided_at": self.now()}
        await self.estate("prison-decisions", decision | {"decided_by": "Governor", "reason": None} | about)


def _is_list(record: Seen, prison_id: str, after: int, people: int) -> bool:
    data = record.data
    right = data["prisoner_number"] == NUMBER and data["prison_id"] == prison_id
    return right and data["version"] > after and len(data["blocks"]) == people


@pytest.fixture(scope="module")
async def platform(own_kafka: str, mongo_uri: str, mail: SmtpPeer, identity: Identity) -> AsyncIterator[Platform]:
    await topics.apply(own_kafka)
    clock = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    settings = settings_for(own_kafka, mongo_uri, mongodb_prefix="story", oidc_issuer=identity.issuer)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SMTP_HOST", mail.host)
        environment.setenv("SMTP_PORT", str(mail.port))
        async with AsyncExitStack() as stack:
            services = {
                name: await stack.enter_async_context(
                    running(import_module(f"services.{name}.app").make, settings, clock, identity.as_(CALLERS[name]))
                )
                for name in SERVICES
            }
            party = await stack.enter_async_context(outside(own_kafka))
            yield Platform(party, clock, services, mail)


def prisoner(number: str, name: str, platform: Platform) -> dict[str, Any]:
    return {
        "prisoner_number": number,
        "first_name": name,
        "middle_names": None,
        "last_name": "Example",
        "aliases": [],
        "date_of_birth": "1990-01-31",
        "prison_id": "LEI",
        "status": "in_custody",
        "crn": "X123456",
        "as_of": platform.now(),
    }


def contact(platform: Platform, contact_id: str, **fields: Any) -> dict[str, Any]:
    about = {"contact_id": contact_id, "relationship": "friend", "kind": "social", "addresses": [], "emails": []}
    return {
        "event_id": uuid1().hex,
        "prisoner_number": NUMBER,
        "change": "requested",
        "at": platform.now(),
        "contact": about | fields,
    }


REQUEST: dict[str, Any] = {
    "external_id": "WYP-2026-001234",
    "requester": {
        "name": "PC Alex Example",
        "role": "police",
        "organisation": "West Yorkshire Police",
        "email": "alex@police.example.org",
    },
    "consent": "not_given",
    "grounds": {"kind": "safeguarding", "rationale": "She is being coerced by telephone every evening"},
    "prisoner": {"name": "John Example", "number": NUMBER, "date_of_birth": "1990-01-31"},
    "protected_people": [
        {
            "name": "Jane Example",
            "phones": ["07700 900123"],
            "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
        }
    ],
    "cps_urn": "13AA1234526",
}


async def test_the_story_of_one_victim(platform: Platform) -> None:
    party = platform.party
    for number, name in ((NUMBER, "John"), (OTHER, "Jim")):
        await party.send("upc.inbound.prisoners.v1", prisoner(number, name, platform), key=number)
    await platform.estate("social-contacts", contact(platform, "c1", name="Jane Example", phones=["0044 7700 900123"]))
    await party.one("upc.social-contacts.v1", contact_id="c1", outcome="listed")

    # asked (R4, R5), routed within a working day (R8, R9)
    await party.send("upc.inbound.contact-requests.v1", REQUEST)
    reply = (await party.one("upc.inbound.replies.v1", external_id="WYP-2026-001234")).data
    assert reply["outcome"] == "accepted"
    request_id, reference = reply["request_id"], reply["reference"]
    routed = (await party.one("upc.contact-requests.v1", type="upc.contact-request.routed", request_id=request_id)).data
    assert (routed["prison_id"], routed["prisoner_number"]) == ("LEI", NUMBER)
    await party.one(NOTES, request_id=request_id, step="being_considered")

    # authorised (R12), on the list (R14), off the contacts (R13), the prisoner told a name (R16)
    await platform.decide("authorise", request_id=request_id, prison_id="LEI")
    at_leeds = await platform.list_of("LEI")
    (block,) = at_leeds["blocks"]
    assert block["phones"] == ["+447700900123"]
    await party.one("upc.social-contacts.v1", contact_id="c1", outcome="removed")
    notice = (await party.one("upc.prisoner-notices.v1", prisoner_number=NUMBER)).data
    assert set(notice) == {"notice_id", "prisoner_number", "prison_id", "name", "at"}
    assert notice["name"] == "Jane Example"
    await party.one(NOTES, request_id=request_id, step="decided")

    # implemented once (R13); tried again under another spelling (R15); asked by the PIN phone (R19)
    for _ in range(2):
        await platform.acknowledge(at_leeds)
    await party.one("upc.blocks.v1", type="upc.block.implemented", block_id=block["block_id"])
    await platform.estate("social-contacts", contact(platform, "c2", name="J. Smith", phones=["(07700) 900-123"]))
    refused = (await party.one("upc.social-contacts.v1", contact_id="c2")).data
    assert (refused["outcome"], refused["matched_on"], refused["block_id"]) == ("refused", "phone", block["block_id"])
    check = (await platform.http("blocking").get(f"/api/v1/prisoners/{NUMBER}/contact-check?phone=07700900123")).json()
    assert check == {"allowed": False, "block_id": block["block_id"], "matched_on": "phone", "version": 1}

    # contact goes on (R29, R30)
    breach = {"reference": reference, "channel": "phone", "contact_used": "07700 900999", "what_happened": "He rang"}
    answer = await platform.http("intake").post("/api/v1/breach-reports", json=breach)
    alert = (await party.one("upc.breach-alerts.v1", breach_id=answer.json()["breach_id"])).data
    assert (alert["block_id"], alert["prison_id"]) == (block["block_id"], "LEI")
    await platform.decide("authorise", breach_id=alert["breach_id"], prison_id="LEI")
    grown = await platform.list_of("LEI", after=1)
    assert grown["blocks"][0]["phones"] == ["+447700900123", "+447700900999"]
    await platform.acknowledge(grown)

    # moved (R20, R40), reviewed because there is no consent (R21, R22)
    await platform.released("LEI", "TRANSFERRED")
    await platform.received("MDI", "TRANSFERRED")
    at_moorland = await platform.list_of("MDI")
    assert at_moorland["also_held_by"] == ["LEI"]
    await platform.acknowledge(at_moorland)
    review = (await party.one("upc.reviews.v1", type="upc.review.opened", prison_id="MDI")).data
    assert (review["kind"], review["block_id"]) == ("movement", block["block_id"])
    await platform.decide("keep", review_id=review["review_id"], prison_id="MDI")
    await party.one("upc.reviews.v1", type="upc.review.decided", review_id=review["review_id"], outcome="keep")

    # released, settled, handed over (R23, R38)
    await platform.released("MDI", "RELEASED")
    handover = await platform.in_time("upc.handovers.v1")
    assert [held["block_id"] for held in handover["blocks"]] == [block["block_id"]]
    assert [item["breach_id"] for item in handover["breaches"]] == [alert["breach_id"]]
    emptied = await platform.in_time(LISTS, lambda r: _is_list(r, "MDI", at_moorland["version"], people=0))

    # recalled: back without anybody asking (R23)
    platform.clock.forward(timedelta(days=3))
    await platform.received("DNI", "READMISSION")
    back = await platform.list_of("DNI", after=emptied["version"])
    assert back["blocks"][0]["phones"] == ["+447700900123", "+447700900999"]
    await platform.acknowledge(back)
    await party.one("upc.blocks.v1", type="upc.block.implemented", prison_id="DNI")

    # the requester heard each step once (R26), the CPS too (R27); nothing was left over
    await platform.until_status(reference, "implemented")
    notes = await party.wait(NOTES, count=4)
    assert [note.data["step"] for note in notes] == ["submitted", "being_considered", "decided", "breach"]
    assert all(note.key == "13AA1234526" for note in notes)
    lists = {r.id: r.data["version"] for r in await party.by_now(LISTS, lambda r: r.key == NUMBER)}
    assert list(lists.values()) == list(range(1, len(lists) + 1))
    assert [record.topic for record in party.seen if "dead-letters" in record.topic] == []
    async with asyncio.timeout(PATIENCE):
        while len(platform.mail.mails) < 5:
            await asyncio.sleep(0.02)
    subjects = [mail.message["Subject"] for mail in platform.mail.mails]
    assert not any("Jane" in subject or "Leeds" in subject for subject in subjects)


async def test_one_trace_joins_what_all_services_did(platform: Platform) -> None:
    traces: dict[str, set[str]] = {}
    for record in platform.party.seen:
        trace = record.headers.get("traceparent", "").split("-")
        if len(trace) == 4:
            traces.setdefault(trace[1], set()).add(record.headers["ce_source"])
    assert max(len(sources) for sources in traces.values()) >= 3
