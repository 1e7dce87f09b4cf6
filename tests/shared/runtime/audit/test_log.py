"""The audit log of real services on a real MongoDB: what it says, and that no hand laid on it goes unnoticed."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from deploy.local import KafkaServer, free_port
from deploy.local.keycloak import Identity
from deploy.local.process import ROOT
from deploy.local.proxy import Mode
from services.blocking.app import make as make_blocking
from services.records.app import make as make_records
from shared.runtime import topics
from shared.runtime.audit.__main__ import line, verify
from shared.runtime.audit.reading import Logs
from shared.runtime.settings import Settings
from tests.blocking.given import JOHN, START, decision, routed
from tests.blocking.support_http import in_the_picture
from tests.support.outside import outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.slow import through_a_proxy
from tests.support.waiting import PATIENCE, become

CHECK = "GET /api/v1/prisoners/{number}/contact-check"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Log:
    """What is left when the services have stopped."""

    settings: Settings
    pages: "Collection[dict[str, Any]]"
    whole: list[dict[str, Any]]
    anchors: bytes

    async def verify(self, *more: str) -> "subprocess.CompletedProcess[str]":
        """Beside the loop: who is connected to Kafka meanwhile has to answer."""
        command = [sys.executable, "-m", "shared.runtime.audit", "verify", "--service", "blocking", *more]
        env = {name.upper(): str(value) for name, value in self.settings.model_dump(include=USED).items()}
        run = partial(subprocess.run, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, check=False)
        return await asyncio.to_thread(run, command)


USED = {"mongodb_uri", "mongodb_prefix", "kms_provider", "kms_key_file"}


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of these tests alone: what other tests' services anchor is of no log that is here."""
    with KafkaServer(tmp_path_factory.mktemp("kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="module")
async def log(own_kafka: str, mongo_uri: str, identity: Identity) -> AsyncIterator[Log]:
    """Blocking had a request, decided it, and was asked about it, once while MongoDB was away. Each has a page of its own."""
    await topics.apply(own_kafka)
    async with AsyncExitStack() as stack, through_a_proxy(mongo_uri) as (proxy, uri), outside(own_kafka) as party:
        known = {"mongodb_prefix": "audited", "oidc_issuer": identity.issuer}
        behind, direct = settings_for(own_kafka, uri, **known), settings_for(own_kafka, mongo_uri, **known)
        integrity = identity.as_("integrity")
        records = await stack.enter_async_context(running(make_records, direct, HandClock(START), integrity))
        async with running(make_blocking, behind, HandClock(START), identity.as_("estate")) as blocking:
            client = stack.enter_context(MongoClient[dict[str, Any]](mongo_uri, tz_aware=True))
            pages = client["audited_blocking"]["audit"]
            for event in (routed(), decision("authorise")):
                await party.send(event.TOPIC.name, event.model_dump(mode="json"), JOHN, event_type=event.TYPE)
                await become(partial(written, pages, event.TYPE))
            await in_the_picture(blocking.http, JOHN)
            await check(blocking)
            await proxy.set(Mode.CUT)
            await check(blocking)
            await proxy.set(Mode.PASS)
            await until_ready(blocking)
            await anchored(records, pages)
        await anchored(records, pages)
        whole = list(pages.find().sort("_id"))
        yield Log(direct, pages, whole, (await records.http.get("/api/v1/audit-anchors")).content)


async def check(blocking: Running) -> None:
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    answer = await blocking.http.get(f"/api/v1/prisoners/{JOHN}/contact-check?phone=07700900123", headers=headers)
    assert answer.json()["allowed"] is False


def written(pages: "Collection[dict[str, Any]]", what: str) -> bool:
    return any(what.encode() in page["deeds"] for page in pages.find())


async def until_ready(blocking: Running) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await blocking.http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


async def anchored(records: Running, pages: "Collection[dict[str, Any]]") -> None:
    """Returns when the newest page has its anchor: it is a service's last word, and what it says every few seconds before."""
    async with asyncio.timeout(PATIENCE):
        while True:
            anchors = (await records.http.get("/api/v1/audit-anchors")).json()
            newest = pages.find_one(sort=[("_id", -1)])
            if newest and newest["hash"] in [anchor["hash"] for anchor in anchors]:
                return
            await asyncio.sleep(0.1)


async def test_every_read_and_write_of_a_prisoner_is_found_by_who_knows_the_number(log: Log) -> None:
    deeds = await Logs(log.settings).about("blocking", [JOHN])
    whats = [deed["what"] for deed in deeds]
    assert whats.count("upc.contact-request.routed") == whats.count("upc.inbound.prison-decision") == 1
    assert whats.count(CHECK) == 2, "one of them while MongoDB was away"
    decided = next(deed for deed in deeds if deed["what"] == "upc.inbound.prison-decision")
    assert (decided["who"], decided["came_of_it"]) == ("urn:test:outside", "done")
    assert decided["why"].startswith("A decision of a prison about a request")
    asked = next(deed for deed in deeds if deed["what"] == CHECK)
    assert asked["who"].endswith(" of HM Prison and Probation Service")
    assert (asked["why"], asked["trace"]) == ("May this prisoner ring, write to or e-mail X? (R19)", TRACE)
    assert await Logs(log.settings).about("blocking", ["Z9999ZZ"]) == []


async def test_who_does_not_know_the_number_finds_nobody_in_the_log(log: Log) -> None:
    text = "".join(json.dumps(page, default=bytes.decode) for page in map(plain, log.whole))
    assert [word for word in (JOHN, "Jane", "900123", "High Street") if word in text] == []


def plain(page: dict[str, Any]) -> dict[str, Any]:
    return page | {"at": page["at"].isoformat()}


def test_who_sends_an_event_makes_no_line_of_their_own_in_what_the_command_prints() -> None:
    """The source of an event is its sender's choice."""
    said = {"at": "2026-11-23T09:00:00Z", "what": "w", "why": "y", "came_of_it": "done"}
    forged = line("blocking", said | {"who": "urn:x\n2026-11-23 blocking central\x1b[2K\u202e \u2028"})
    assert (
        forged == "2026-11-23T09:00:00Z blocking urn:x\\n2026-11-23 blocking central\\x1b[2K\\u202e \\u2028 w (y): done"
    )


async def test_the_command_says_that_a_log_is_whole(log: Log) -> None:
    done = await log.verify()
    assert (done.returncode, done.stdout) == (0, "nothing is wrong with the audit log of blocking\n"), done.stderr


TAMPERING: dict[str, tuple[Callable[[Log], Any], str]] = {
    "change": (
        lambda log: put(log, {"deeds": log.whole[1]["deeds"] + b" "}),
        "page 1 was changed",
    ),
    "remove": (lambda log: log.pages.delete_one({"_id": log.whole[1]["_id"]}), "pages 1 to 1 are missing"),
    "reorder": (lambda log: swap(log), "page 0 was changed"),
    "cut the end off": (lambda log: log.pages.delete_one({"_id": log.whole[-1]["_id"]}), "it had pages up to"),
    "drop a chain": (lambda log: log.pages.delete_many({}), "is gone"),
    "drop the log": (lambda log: log.pages.drop(), "is gone"),
    "drop the database": (lambda log: log.pages.database.client.drop_database(log.pages.database), "is gone"),
    "write without a word": (
        lambda log: log.pages.database["prisoner_blocks"].update_one({}, {"$set": {"entry": "0000-ffff"}}),
        "1 writes to prisoner_blocks are not in the log",
    ),
}


def put(log: Log, fields: dict[str, Any], page: int = 1) -> None:
    log.pages.update_one({"_id": log.whole[page]["_id"]}, {"$set": fields})


def swap(log: Log) -> None:
    first, second = log.whole[:2]
    put(log, {field: second[field] for field in ("deeds", "hash", "entry", "at", "previous")}, 0)
    put(log, {field: first[field] for field in ("deeds", "hash", "entry", "at", "previous")}, 1)


@pytest.fixture
def restored(log: Log) -> Iterator[None]:
    blocks, anchors = log.pages.database["prisoner_blocks"], log.pages.database.client["audited_records"]["anchors"]
    before, known = list(blocks.find()), list(anchors.find())
    yield
    for anchor in known:
        anchors.update_one({"_id": anchor["_id"]}, {"$setOnInsert": anchor}, upsert=True)
    for collection, documents in ((log.pages, log.whole), (blocks, before)):
        collection.delete_many({})
        collection.insert_many(documents)
    log.pages.create_index("entry")  # dropped with what was dropped


@pytest.mark.parametrize("how", TAMPERING)
@pytest.mark.usefixtures("restored")
async def test_the_command_finds_what_was_done_to_a_log(how: str, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    tamper, fault = TAMPERING[how]
    tamper(log)
    assert await verify(Logs(log.settings), ("blocking",), ()) == 1
    assert fault in capsys.readouterr().out


@pytest.mark.usefixtures("restored")
async def test_who_removes_a_chain_with_its_anchor_is_found_by_the_anchors_that_somebody_kept(
    log: Log, tmp_path: Path
) -> None:
    """Whoever has one database may have all of them: what lies elsewhere they do not have."""
    log.pages.delete_many({})
    log.pages.database["prisoner_blocks"].delete_many({})
    log.pages.database.client["audited_records"]["anchors"].delete_many({})
    assert await Logs(log.settings).wrong_with("blocking") == []
    kept = tmp_path / "anchors.json"
    kept.write_bytes(log.anchors)
    done = await log.verify("--anchors", str(kept))
    assert (done.returncode, "is gone" in done.stdout) == (1, True), done.stderr
