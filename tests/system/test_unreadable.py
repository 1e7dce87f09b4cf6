"""What people entrust to the services is readable nowhere but where it must be: planted words are looked for on the disk.

MongoDB compresses nothing here, so that no word is hidden from the search, and writes every command into its log.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity
from deploy.local.kms import local_kms
from deploy.local.process import HOST
from deploy.local.services import Services
from shared.events.envelope import Cause, inbox_key
from shared.events.principals import SERVICES
from shared.runtime import topics
from shared.runtime.audit.deeds import read
from tests.support.outside import Outside, outside
from tests.support.smtp import SmtpPeer
from tests.support.waiting import PATIENCE, become

OPEN = (
    *("--wiredTigerCollectionBlockCompressor", "none", "--wiredTigerJournalCompressor", "none"),
    *("--wiredTigerIndexPrefixCompression", "false", "--slowms", "0"),
)
NUMBER, CONTROL = "Q7391XZ", "planted in the open"
PLANTED = (
    *("quibblethorpe", "xanthippe", "zebulon", "okonjo-verity"),  # names
    *("900737", "900842"),  # ends of telephone numbers, however written
    *("zyzzyva", "ls99 4zq", "ls994zq"),  # addresses
    *("victim.mailbox", "officer.mailbox"),  # e-mail
    *(NUMBER, "1979-03-17", "3911-klaxon", "coercive-klaxon", "whispered-threat", "governors-reason", "left-early"),
    *("withheld-klaxon", "typed-klaxon"),  # why a case is held; what belongs nowhere
)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT = NOW.isoformat()


@dataclass
class Platform:
    """All services as processes, on a MongoDB that hides nothing."""

    party: Outside
    mongo: MongoServer
    mail: SmtpPeer
    logs: Path
    ports: dict[str, int]
    identity: Identity

    async def call(self, who: str, method: str, service: str, path: str, **said: Any) -> httpx.Response:
        address = f"http://{HOST}:{self.ports[service]}/api/v1"
        async with httpx.AsyncClient(base_url=address, auth=self.identity.as_(who)) as http:
            return await http.request(method, path, **said)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.call("police", "POST", "intake", path, json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def estate(self, topic: str, data: dict[str, Any]) -> str:
        return await self.party.send(f"upc.inbound.{topic}.v1", data, key=NUMBER)

    async def decide(self, **about: Any) -> None:
        decision = {"decision_id": "d", "prisoner_number": NUMBER, "prison_id": "LEI", "outcome": "authorise"}
        by = {"decided_at": AT, "decided_by": "Governor Okonjo-Verity", "reason": None}
        await self.estate("prison-decisions", decision | by | about)


@contextmanager
def processes(
    folder: Path, kafka: str, mongo: MongoServer, mail: SmtpPeer, identity: Identity
) -> Iterator[dict[str, int]]:
    ports: dict[str, int] = {name: free_port() for name in SERVICES}
    env = {
        **os.environ,
        **local_kms(folder),
        **{f"{name.upper()}_PORT": str(port) for name, port in ports.items()},
        **{"KAFKA_BOOTSTRAP_SERVERS": kafka, "MONGODB_URI": mongo.uri, "OIDC_ISSUER": identity.issuer},
        **{"SMTP_HOST": mail.host, "SMTP_PORT": str(mail.port), "LOG_LEVEL": "DEBUG"},
    }
    services = Services(ports, env, folder / "logs", say=lambda _: None)
    services.start()
    try:
        yield ports
    finally:
        services.stop()


@pytest.fixture
async def platform(tmp_path: Path, identity: Identity) -> AsyncIterator[Platform]:
    with ExitStack() as parts:
        kafka = parts.enter_context(KafkaServer(tmp_path / "kafka", free_port()))
        log = tmp_path / "logs/mongodb.log"
        mongo = parts.enter_context(MongoServer(tmp_path / "mongodb", free_port(), log, OPEN))
        mail = parts.enter_context(SmtpPeer())
        await topics.apply(kafka.bootstrap)
        ports = parts.enter_context(processes(tmp_path, kafka.bootstrap, mongo, mail, identity))
        async with outside(kafka.bootstrap) as party:
            yield Platform(party, mongo, mail, tmp_path / "logs", ports, identity)


PRISONER: dict[str, Any] = {
    "prisoner_number": NUMBER,
    "first_name": "Zebulon",
    "middle_names": None,
    "last_name": "Quibblethorpe",
    "aliases": [],
    "date_of_birth": "1979-03-17",
    "prison_id": "LEI",
    "status": "in_custody",
    "crn": "X123456",
    "as_of": AT,
}
REQUEST: dict[str, Any] = {
    "external_id": "3911-klaxon",
    "requester": {"name": "PC Okonjo-Verity", "role": "police", "email": "officer.mailbox@police.example.org"},
    "consent": "not_given",
    "grounds": {"kind": "safeguarding", "rationale": "A coercive-klaxon of calls every evening"},
    "prisoner": {"name": "Zebulon Quibblethorpe", "number": NUMBER, "date_of_birth": "1979-03-17"},
    "protected_people": [
        {
            "name": "Xanthippe Example",
            "phones": ["07700 900737"],
            "emails": ["victim.mailbox@example.org"],
            "addresses": [{"lines": ["1 Zyzzyva Crescent"], "town": "Leeds", "postcode": "LS99 4ZQ"}],
        }
    ],
}


async def test_nothing_planted_is_found_on_the_disk_or_in_what_operators_read(platform: Platform) -> None:
    with platform.mongo.client() as mongo:
        mongo["control"]["open"].insert_one({"words": CONTROL})
        reference, event_id = await play(platform)
        await look(platform, reference)
        await become(lambda: {deed["what"] for deed in deeds(mongo)} >= READS)
        mongo.admin.command("fsync")
        assert mongo["upc_blocking"]["parked"].count_documents({}) == 1
        assert {*mongo.list_database_names()} >= {f"upc_{name}{kind}" for name in SERVICES for kind in ("", "_keys")}

    disk = [file for file in platform.mongo.data_dir.rglob("*") if file.is_file()]
    assert {file.parent.name for file in found_in(disk, [CONTROL.encode()])} >= {
        "journal",
        platform.mongo.data_dir.name,
    }

    words = [word.lower().encode() for word in (*PLANTED, reference, reference.replace("-", ""))]
    unkeyed = inbox_key(Cause("urn:test:outside", event_id, NOW))
    assert found_in([*disk, *platform.logs.iterdir()], [*words, unkeyed]) == []
    told = (await what_operators_read(platform)).lower().encode()
    assert b"upc_records_total" in told
    assert b"not as the contract says" in told
    assert [word for word in words if word in told] == []


async def play(platform: Platform) -> tuple[str, str]:
    """Asked twice, decided, gone on with, set aside, too early; the first one's reference, and the id of its event."""
    party = platform.party
    await platform.estate("prisoners", PRISONER)
    contact = {"contact_id": "c1", "name": "X. Example", "relationship": "friend", "phones": ["+44 7700 900737"]}
    asked = {"prisoner_number": NUMBER, "change": "requested", "at": AT, "contact": contact}
    await platform.estate("social-contacts", asked)
    event_id = await party.send("upc.inbound.contact-requests.v1", REQUEST)
    reference = (await party.one("upc.inbound.replies.v1", external_id=REQUEST["external_id"])).data["reference"]
    routed = await party.one("upc.contact-requests.v1", type="upc.contact-request.routed", reference=reference)
    await platform.decide(request_id=routed.data["request_id"])
    await party.one("upc.social-contacts.v1", contact_id="c1", outcome="removed")
    breach = {
        "reference": reference,
        "channel": "phone",
        "contact_used": "07700 900842",
        "what_happened": "A whispered-threat",
    }
    alerted = await platform.post("/breach-reports", breach)
    await party.one("upc.breach-alerts.v1", breach_id=alerted["breach_id"])
    await platform.post("/contact-requests", REQUEST | {"consent": "self", "grounds": None, "external_id": None})
    await platform.decide(request_id="left-early", reason="governors-reason")
    await party.handled("blocking", "upc.inbound.prison-decisions.v1", NUMBER)
    bad = await platform.estate("prisoners", PRISONER | {"prisoner_number": "Quibblethorpe", "as_of": ["900737"]})
    await party.wait("upc.routing.dead-letters.v1", lambda letter: letter.id == bad)
    async with asyncio.timeout(PATIENCE):
        while not platform.mail.mails:
            await asyncio.sleep(0.05)
    return reference, event_id


async def look(platform: Platform, reference: str) -> None:
    """The prison asks, the central team reads, exports and holds; and all that can be asked wrongly is."""
    prisoner, case = f"/prisoners/{NUMBER}", f"/cases/{reference}"
    them = {"name": "Xanthippe Example", "phone": "07700 900737"}
    async with asyncio.timeout(PATIENCE):
        while not await heard_of(platform, case):
            await asyncio.sleep(0.05)
    for who, service, path, asked in (
        ("estate", "blocking", f"{prisoner}/contact-check", {"phone": "07700900737"}),
        ("estate", "blocking", f"{prisoner}/block-list", {}),
        ("estate", "blocking", f"{prisoner}/social-contacts", {}),
        ("central", "records", "/subject-access/protected-person", them),
        ("central", "records", "/subject-access/requester", {"name": "PC Okonjo-Verity", "reference": reference}),
        ("central", "records", "/subject-access/prisoner", {"number": NUMBER}),
    ):
        assert (await platform.call(who, "GET", service, path, params=asked)).status_code == 200
    held = await platform.call("central", "POST", "records", f"{case}/holds", json={"reason": "A withheld-klaxon"})
    assert held.status_code == 201
    for service in SERVICES:
        for path in (
            "/typed-klaxon",
            "/cases/typed-klaxon",
            "/prisoners/typed-klaxon/contact-check?phone=typed-klaxon",
        ):
            for who in ("estate", "central", "sre"):
                assert (await platform.call(who, "GET", service, path)).status_code in (404, 422)
        wrong = await platform.call("police", "POST", service, "/contact-requests", json={"typed-klaxon": [NUMBER]})
        assert wrong.status_code in (404, 422)


READS = {
    *(f"GET /api/v1/prisoners/{{number}}/{what}" for what in ("contact-check", "block-list", "social-contacts")),
    *(f"GET /api/v1/subject-access/{whose}" for whose in ("protected-person", "requester", "prisoner")),
    *("GET /api/v1/cases/{reference}", "place-hold"),
}


async def heard_of(platform: Platform, case: str) -> bool:
    """Whether records has heard all that happened."""
    answer = await platform.call("central", "GET", "records", case)
    return answer.status_code == 200 and "upc.breach.reported" in answer.text


def deeds(mongo: "MongoClient[dict[str, Any]]") -> list[dict[str, Any]]:
    """All that the audit logs tell of."""
    pages = [page for name in SERVICES for page in mongo[f"upc_{name}"]["audit"].find()]
    return [deed for page in pages for deed in read(bytes(page["deeds"]))]


async def what_operators_read(platform: Platform) -> str:
    """Metrics, traces, and why what was set aside was."""
    names = ("traceparent", "dead-letter-reason", "dead-letter-from")
    said = [record.headers[name] for record in platform.party.seen for name in names if name in record.headers]
    async with httpx.AsyncClient() as http:
        metrics = [(await http.get(f"http://{HOST}:{port}/metrics")).text for port in platform.ports.values()]
    return "\n".join([*said, *metrics])


def found_in(files: Iterable[Path], words: Collection[bytes]) -> list[Path]:
    """The files in which one of `words`, in lower case, stands in whatever case; hashes stand as they are."""
    return [file for file in files if any(word in text for text in _texts(file) for word in words)]


def _texts(file: Path) -> Sequence[bytes]:
    raw = file.read_bytes().rstrip(b"\0")  # MongoDB's journals are made long, and empty, beforehand
    return raw, raw.lower()
