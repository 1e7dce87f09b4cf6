"""One whole story, told by outside clients that know the contract alone: asked, decided, blocked, moved, released, recalled."""

import asyncio
from datetime import timedelta
from importlib import import_module
from typing import Any

from shared.events.envelope import Cause, inbox_key
from shared.events.principals import SERVICES
from shared.events.topics import met_by
from shared.runtime.audit.deeds import event as named
from shared.runtime.audit.reading import Logs
from tests.support.waiting import PATIENCE
from tests.system.kept import readable
from tests.system.stage import LISTS, NUMBER, REQUEST, Platform, contact, is_list, prisoner

ONCE = {"Idempotency-Key": "the same hold"}
NOTES, OTHER = "upc.case-file-notes.v1", "Z9999ZZ"
PLANTED = (
    "Jane Example",
    "900123",
    "High Street",
    "900999",
    "PC Alex",
    "alex@police",
    "coerced",
    "He rang",
    "AA1234526",
    "WYP-",
)
"""Whatever the story says of anybody but the prisoner."""


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
    emptied = await platform.in_time(LISTS, lambda r: is_list(r, "MDI", at_moorland["version"], people=0))

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


async def test_what_is_kept_of_the_case_is_let_go_everywhere_when_nothing_is_in_force_any_more(
    platform: Platform,
) -> None:
    settings, records = platform.services["records"].service.settings, platform.http("records")
    request_id = (await platform.party.one("upc.inbound.replies.v1", external_id="WYP-2026-001234")).data["request_id"]
    reference = (await platform.party.one("upc.contact-requests.v1", request_id=request_id)).data["reference"]
    case, erase = f"/api/v1/cases/{reference}", {"ground": "consent_withdrawn"}

    # asked for: each gets theirs; the prisoner one name, and that anyone can ask (R16)
    async with asyncio.timeout(PATIENCE):
        while (await exported(platform, "prisoner", number=NUMBER)).json()["you_cannot_contact"] != ["Jane Example"]:
            await asyncio.sleep(0.05)
    theirs = (await exported(platform, "protected-person", name="Jane Example", phone="07700 900123")).json()
    assert [one["person"]["phones"] for one in theirs["cases"]] == [["+447700900123"]]
    document = await exported(platform, "requester", accept="text/plain", name="PC Alex Example", reference=reference)
    assert "your e-mail address: alex@police.example.org" in document.text
    kept = {name for name in SERVICES if found(readable(settings, name))}
    assert kept == {"routing", "blocking", "transfers", "notifications", "records", "desk"}

    # not while it is in force (R17), nor while it is held
    assert (await records.post(f"{case}/erasure", json=erase)).status_code == 409
    await platform.decide("withdraw", request_id=request_id, prison_id="DNI")
    await until_told(platform, case, "upc.block.lifted")
    twice = [await records.post(f"{case}/holds", json={"reason": "a trial"}, headers=ONCE) for _ in range(2)]
    (hold,) = {placed.json()["hold_id"] for placed in twice}
    assert (await records.post(f"{case}/erasure", json=erase)).status_code == 409
    assert (await records.request("DELETE", f"{case}/holds/{hold}", json={"reason": "over"})).status_code == 204

    # nor by the reference of a report, which anybody has who makes one (R47)
    (alert,) = platform.party.records("upc.breach-alerts.v1", lambda seen: seen.type == "upc.breach.reported")
    by_report = await records.post(f"/api/v1/cases/{alert.data['breach_reference']}/erasure", json=erase)
    assert (by_report.status_code, "its own" in by_report.text) == (409, True)

    # let go: nothing that can still be opened says anything of it, and what comes later brings nothing back
    assert (await records.post(f"{case}/erasure", json=erase)).status_code == 202
    assert (await records.get(case)).status_code == 410
    async with asyncio.timeout(PATIENCE):
        while any(found(readable(settings, name)) for name in SERVICES):
            await asyncio.sleep(0.2)
    await platform.decide("authorise", request_id=request_id, prison_id="DNI")
    await platform.party.handled("blocking", "upc.inbound.prison-decisions.v1", NUMBER)
    assert {name: found(readable(settings, name)) for name in SERVICES} == {name: [] for name in SERVICES}
    newest = {record.key: record.value.decode() for record in await platform.party.by_now(LISTS)}
    assert [text for text in newest.values() if found(text)] == []
    set_aside = [record.value for record in platform.party.seen if "dead-letters" in record.topic]
    assert {*set_aside} <= {b"{"}, "but what told us that the decision before it was handled"


async def test_the_audit_log_tells_of_every_read_and_write_of_the_story_also_when_it_was_let_go(
    platform: Platform,
) -> None:
    logs = Logs(platform.services["records"].service.settings)
    for name in SERVICES:
        service = platform.services[name].service
        handled = [model for model in import_module(f"services.{name}.handlers").HANDLERS if hasattr(model, "TOPIC")]
        met = {
            (model.TYPE, met_by(model.TOPIC, name).name)
            for model in handled
            if not model.TOPIC.inbound and model.ABOUT_PEOPLE
        }
        heard = [record for record in platform.party.seen if (record.type, record.topic) in met]
        log = readable(service.settings, name)
        causes = [
            (record.type, Cause(record.headers["ce_source"], record.id, platform.clock.now())) for record in heard
        ]
        assert [what for what, cause in causes if named(inbox_key(cause), service.store.vault) not in log] == []
        assert await logs.wrong_with(name) == []
    request_id = (await platform.party.wait("upc.contact-requests.v1"))[0].data["request_id"]
    whats = {deed["what"] for deed in await logs.about("records", [request_id])}
    assert whats >= {
        "upc.contact-request.submitted",
        "GET /api/v1/subject-access/protected-person",
        "place-hold",
        "erase",
    }
    checks = [deed["what"] for deed in await logs.about("blocking", [NUMBER])]
    assert "GET /api/v1/prisoners/{number}/contact-check" in checks


def found(text: str) -> list[str]:
    return [word for word in PLANTED if word in text]


async def exported(platform: Platform, whose: str, accept: str = "application/json", **who: str) -> Any:
    answer = await platform.http("records").get(
        f"/api/v1/subject-access/{whose}", params=who, headers={"accept": accept}
    )
    assert answer.status_code == 200, answer.text
    return answer


async def until_told(platform: Platform, case: str, event_type: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while event_type not in [line["type"] for line in (await platform.http("records").get(case)).json()["story"]]:
            await asyncio.sleep(0.05)
