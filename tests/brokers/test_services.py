"""The seven services at work, each with what it may do and no more, over TLS; and what they do when they may not any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from deploy.local.kafka.users import admit
from deploy.local.keycloak import Identity
from shared.events.principals import SERVICES
from shared.runtime import watch
from shared.runtime.acls import Operation
from shared.runtime.service import Service
from tests.intake import forms
from tests.support.guarded import OBSERVER, Guarded
from tests.support.outside import Outside, outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.smtp import SmtpPeer
from tests.support.upc import Upc
from tests.support.waiting import PATIENCE

# A client of aiokafka's that is closed while it connects may leave that connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NUMBER = "A1234BC"
NOW = "2026-11-23T09:00:00Z"
REQUESTS, REPLIES = "upc.inbound.contact-requests.v1", "upc.inbound.replies.v1"
READS = {
    "police": (REPLIES, "upc.case-file-notes.v1"),
    "wyp": (f"{REPLIES}.wyp",),
    "met": (f"{REPLIES}.met",),
    "estate": ("upc.block-lists.v1", "upc.reviews.v1", "upc.prisoner-notices.v1"),
    "desk": ("upc.contact-requests.v1", "upc.blocks.v1", "upc.reviews.v1"),
    OBSERVER: None,
}


@pytest.fixture(scope="module")
async def services(guarded: Guarded, mongo_uri: str, identity: Identity) -> AsyncIterator[dict[str, Running]]:
    clock = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    with SmtpPeer() as mail, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTP_HOST", mail.host)
        patch.setenv("SMTP_PORT", str(mail.port))
        patch.setattr(watch, "LOOK_EVERY", 1.0)
        async with AsyncExitStack() as stack:
            each = [
                running(_make(name), _settings(guarded, mongo_uri, name, identity), clock, identity.as_("police"))
                for name in SERVICES
            ]
            up = await asyncio.gather(*map(stack.enter_async_context, each))
            yield dict(zip(SERVICES, up, strict=True))


@pytest.fixture(scope="module")
async def parties(guarded: Guarded) -> AsyncIterator[dict[str, Outside]]:
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(outside(**guarded.connection(name), reads=reads))
            for name, reads in READS.items()
        }


def _make(name: str) -> Any:
    return import_module(f"services.{name}.app").make


def _settings(guarded: Guarded, mongo_uri: str, name: str, identity: Identity) -> Any:
    own = {"mongodb_prefix": "guarded", "oidc_issuer": identity.issuer, **guarded.login(name)}
    return settings_for(guarded.server.bootstrap, mongo_uri, **own)


async def test_a_request_becomes_a_block_list_and_everybody_hears_what_is_for_them(
    services: dict[str, Running], parties: dict[str, Outside]
) -> None:
    police, estate, desk = parties["police"], parties["estate"], parties["desk"]
    prisoner = {
        "prisoner_number": NUMBER,
        "first_name": "John",
        "last_name": "Example",
        "date_of_birth": "1990-01-31",
        "prison_id": "LEI",
        "status": "in_custody",
        "as_of": NOW,
    }
    sent = {await estate.send("upc.inbound.prisoners.v1", prisoner, NUMBER)}
    body = forms.request()
    body["prisoner"]["name"] = "John Example"
    sent.add(await police.send(REQUESTS, body))
    reply = (await police.one(REPLIES, external_id=body["external_id"])).data
    routed = await desk.one(
        "upc.contact-requests.v1", type="upc.contact-request.routed", request_id=reply["request_id"]
    )
    decision = {
        "decision_id": "d",
        "request_id": reply["request_id"],
        "prisoner_number": NUMBER,
        "prison_id": routed.data["prison_id"],
        "outcome": "authorise",
        "decided_by": "Governor",
        "decided_at": NOW,
    }
    sent.add(await desk.send("upc.inbound.prison-decisions.v1", decision, NUMBER))
    held = (await estate.one("upc.block-lists.v1", prisoner_number=NUMBER)).data
    in_force = {"prisoner_number": NUMBER, "prison_id": "LEI", "version": held["version"], "outcome": "implemented"}
    sent.add(await estate.send("upc.inbound.block-acknowledgements.v1", in_force | {"at": NOW}, NUMBER))
    await estate.one("upc.prisoner-notices.v1", prisoner_number=NUMBER)
    await desk.one("upc.blocks.v1", type="upc.block.implemented", request_id=reply["request_id"])
    await police.wait("upc.case-file-notes.v1", lambda note: note.data["request_id"] == reply["request_id"], count=3)
    seen = parties[OBSERVER].seen
    assert not [letter for letter in seen if "dead-letters" in letter.topic and letter.id in sent]


async def test_two_agencies_that_use_one_name_meet_nowhere(
    services: dict[str, Running], parties: dict[str, Outside]
) -> None:
    ours, theirs = (forms.request(external_id="2026-1", protected_people=[_person(n)]) for n in ("Jane", "Joan"))
    for name, body in (("met", ours), ("wyp", theirs), ("met", ours)):
        await parties[name].send(f"{REQUESTS}.{name}", body, event_id="1", source="urn:case-system")
    met = (await parties["met"].one(f"{REPLIES}.met", external_id="2026-1")).data
    wyp = (await parties["wyp"].one(f"{REPLIES}.wyp", external_id="2026-1")).data
    assert met["outcome"] == wyp["outcome"] == "accepted"
    assert met["reference"] != wyp["reference"]
    again = await parties["met"].send(f"{REQUESTS}.met", ours)
    answers = await parties["met"].wait(f"{REPLIES}.met", lambda record: record.key == "2026-1", count=2)
    assert [answer.data["reference"] for answer in answers] == [met["reference"]] * 2
    assert again not in {record.id for record in parties["wyp"].seen}
    assert not [reply for reply in parties["police"].seen if reply.key == "2026-1"]


async def test_a_breach_report_in_a_lane_is_answered_there_and_a_bad_record_is_set_aside(
    services: dict[str, Running], parties: dict[str, Outside]
) -> None:
    bad = await parties["wyp"].send("upc.inbound.breach-reports.v1.wyp", b"{")
    letter = (await parties[OBSERVER].wait("upc.intake.dead-letters.v1", lambda letter: letter.id == bad))[0]
    assert letter.headers["dead-letter-from"].startswith("upc.inbound.breach-reports.v1.wyp/")
    body = forms.breach()
    await parties["wyp"].send("upc.inbound.breach-reports.v1.wyp", body)
    reply = (await parties["wyp"].one(f"{REPLIES}.wyp", external_id=body["external_id"])).data
    assert (reply["outcome"], reply["breach_id"] is None) == ("accepted", False)


async def test_a_service_that_may_not_any_more_waits_says_so_and_loses_nothing(
    guarded: Guarded, services: dict[str, Running], parties: dict[str, Outside]
) -> None:
    intake, police, observer = services["intake"], parties["police"], parties[OBSERVER]
    letters = len(await observer.by_now("upc.intake.dead-letters.v1"))
    await guarded.forbid("intake", Operation.READ, Operation.WRITE)
    await _missing(intake, ["kafka"])
    over_kafka, over_http = forms.request(), forms.request()
    await police.send(REQUESTS, over_kafka)
    accepted = await intake.http.post("/api/v1/contact-requests", json=over_http)
    assert accepted.status_code == 202
    assert (await services["routing"].http.get("/readyz")).status_code == 200
    await guarded.put_right()
    await _missing(intake, [])
    reply = (await police.one(REPLIES, external_id=over_kafka["external_id"])).data
    for request_id in (reply["request_id"], accepted.json()["request_id"]):
        await observer.one("upc.contact-requests.v1", type="upc.contact-request.submitted", request_id=request_id)
    assert len(await observer.by_now("upc.intake.dead-letters.v1")) == letters


async def test_a_service_with_a_wrong_password_or_no_rights_waits_until_somebody_puts_it_right(
    guarded: Guarded,
    services: dict[str, Running],
    mongo_uri: str,
    identity: Identity,
    caplog: pytest.LogCaptureFixture,
) -> None:
    login = guarded.login("transfers", kafka_password="not yet known", mongodb_prefix="late")
    late = _make("transfers")(
        settings_for(guarded.server.bootstrap, mongo_uri, **login | {"oidc_issuer": identity.issuer})
    )
    await guarded.forbid("transfers", Operation.READ)
    async with late.app.router.lifespan_context(late.app):
        await _said(caplog, "SaslAuthenticationFailed")
        await _lacks(late, ["kafka"])
        async with guarded.administering() as admin:
            await admit(admin, {"transfers": "not yet known"})
        await _said(caplog, "is not authorized for this client")
        await _lacks(late, ["kafka"])
        await guarded.put_right(transfers="not yet known")
        await _lacks(late, [])
    await guarded.put_right()
    await _missing(services["transfers"], [])


def _person(name: str) -> dict[str, Any]:
    return {"name": f"{name} Example", "phones": ["07700 900123"]}


async def _lacks(service: Service, dependencies: list[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        while await service.missing() != dependencies:
            await asyncio.sleep(0.05)


async def _missing(service: Running, dependencies: list[str]) -> None:
    """Returns when /readyz says that these are missing, and nothing else."""
    async with asyncio.timeout(PATIENCE):
        while (await service.http.get("/readyz")).json()["missing"] != dependencies:
            await asyncio.sleep(0.05)


async def _said(log: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while words not in log.text:
            await asyncio.sleep(0.05)


@pytest.fixture
def robin(guarded: Guarded, services: dict[str, Running], identity: Identity) -> Upc:
    """Runs the machines, by the login to Kafka that is for looking."""
    env = {name.upper(): _written(value) for name, value in guarded.login("sre").items()}
    client = identity.clients["sre"]
    env |= {"UPC_CLIENT_ID": client["client_id"], "UPC_CLIENT_SECRET": client["client_secret"]}
    urls = {name: str(each.http.base_url) for name, each in services.items()}
    return Upc(env | {"OIDC_ISSUER": identity.issuer}, urls)


def _written(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


async def test_upc_status_sees_every_service_with_the_login_of_who_runs_the_machines(
    robin: Upc, services: dict[str, Running]
) -> None:
    async with asyncio.timeout(PATIENCE):  # one that lost its group for a moment says that it waits for Kafka
        found: dict[str, Any] = {}
        while {service["state"] for service in found.values()} != {"ready"}:
            ran = await robin("status", "--json")
            found = {service["service"]: service for service in ran.data["services"]}
    assert set(found) == {*SERVICES}
    assert all({"behind", "older_than", "dead_letters"} <= service.keys() for service in found.values())
    assert {of_kind["kind"] for of_kind in ran.data["deadlines"]} >= {"decide", "breach", "review"}
    assert ran.code == (1 if ran.data["stuck"] else 0)


async def test_who_only_looks_replays_nothing_and_changes_no_topic(
    robin: Upc, guarded: Guarded, parties: dict[str, Outside]
) -> None:
    bad = await parties["police"].send(REQUESTS, b"{")
    letters = "upc.intake.dead-letters.v1"
    await parties[OBSERVER].wait(letters, lambda letter: letter.id == bad)
    every = ("--service", "intake", "--yes", "--reason", "to see whether it works")
    for arguments in (("dead-letters", "replay", *every), ("topics", "plan")):
        ran = await robin(*arguments)
        assert (ran.code, "this login may not do that on Kafka" in ran.err) == (2, True)
    discarded = await robin("dead-letters", "discard", *every, "--json")
    assert {row["outcome"] for row in discarded.data} == {"discarded"}
