"""From Kafka to the requester's mailbox, the prisoner's notice, the case file and the desk."""

import asyncio
from functools import partial
from typing import Any

import pytest

from shared.events import blocks
from shared.events.envelope import Event
from tests.notifications.given import POLICE, authorised, breach, handover, of_block, review, routed, submitted
from tests.notifications.outside import fresh, mails, publish, submit, until
from tests.support.outside import Outside
from tests.support.running import Running
from tests.support.smtp import SmtpPeer
from tests.support.waiting import PATIENCE

NOTICES, NOTES, TASKS = "upc.prisoner-notices.v1", "upc.case-file-notes.v1", "upc.tasks.v1"
DEAD = "upc.notifications.dead-letters.v1"

pytestmark = pytest.mark.usefixtures("service")


async def test_r6_the_requester_has_an_email_at_once(party: Outside, mail: SmtpPeer) -> None:
    request_id = await submit(party)
    (received,) = await until(lambda: mails(mail, request_id))
    assert received.message["Subject"] == f"Your request UPC-{request_id}"
    assert received.message["Message-ID"].endswith("@localhost>")
    assert "This does not replace a court order" in received.message.get_content()


async def test_r26_r16_a_request_on_its_whole_way(party: Outside, mail: SmtpPeer) -> None:
    key = await submit(party)
    steps: list[tuple[Event, str]] = [
        (routed(key), "We have sent your request to the prison"),
        (authorised(key), "HMP Leeds"),
        (of_block(blocks.BlockImplemented, key, version=1), "is in place"),
        (breach(key), "contact went on"),
        (review("keep", key), "stays in place"),
        (handover(key), "released"),
    ]
    for event, words in steps:
        await publish(party, event)
        await until(partial(mails, mail, key, words))
    notice = await party.one(NOTICES, name="Jane Example", prisoner_number="A1234BC")
    assert notice.data.keys() == {"notice_id", "prisoner_number", "prison_id", "name", "at"}
    assert notice.key == "A1234BC"
    assert len(mails(mail, key)) == 7


async def test_r28_the_same_step_again_is_told_once(party: Outside, mail: SmtpPeer) -> None:
    key = fresh()
    event = submitted(key, requester={"email": f"{key}@example.org"})
    await publish(party, event, "one-id")
    await publish(party, event, "one-id")
    await publish(party, event, "another-id")
    await publish(party, routed(key))
    await until(lambda: len(mails(mail, key)) >= 2)  # side by side: the first may come last
    await publish(party, authorised(key))
    await until(lambda: mails(mail, key, "authorised the block"))
    assert len(mails(mail, key)) == 3


async def test_r27_police_get_case_file_notes_keyed_by_the_urn(party: Outside) -> None:
    key = fresh()
    steps: dict[str, Event] = {
        "submitted": submitted(key, requester=POLICE, cps_urn="13 AA 12345 26"),
        "being_considered": routed(key),
        "decided": authorised(key),
        "breach": breach(key, prosecution_points=["witness_intimidation"]),
    }
    for step, event in steps.items():
        await publish(party, event)
        await party.one(NOTES, request_id=key, step=step)  # topics have no common order
    notes = await party.by_now(NOTES, lambda note: note.data["request_id"] == key)
    assert [note.data["step"] for note in notes] == list(steps)
    assert {note.key for note in notes} == {"13AA1234526"}
    assert notes[-1].data["prosecution_points"] == ["witness_intimidation"]


async def test_r26_a_telephone_requester_becomes_a_task(party: Outside, mail: SmtpPeer) -> None:
    key = await submit(party, preferred_contact="phone", phone="+447700900555")
    task = await party.one(TASKS, request_id=key)
    assert (task.data["kind"], task.data["due"]) == ("telephone", "2026-11-24T17:00:00Z")
    assert mails(mail, key) == []


async def test_an_event_before_its_request_is_told_when_the_request_is_there(party: Outside, mail: SmtpPeer) -> None:
    key = fresh()
    await publish(party, authorised(key))
    await publish(party, routed(key))
    await publish(party, submitted(key, requester={"email": f"{key}@example.org"}))
    await until(lambda: len(mails(mail, key)) >= 3)
    assert len(mails(mail, key)) == 3
    assert mails(mail, key, "authorised the block for Jane Example")


BAD: list[tuple[str, bytes]] = [
    ("upc.contact-request.submitted", b"\xff\xfe"),
    ("upc.contact-request.submitted", b"{}"),
    ("upc.contact-request.submitted", b"[1]"),
    ("upc.contact-request.routed", b'{"request_id": "x"'),
    ("upc.contact-request.held", b'{"request_id": 7, "because": "moon"}'),
    ("upc.contact-request.needs-person", b"null"),
]


@pytest.mark.parametrize(("event_type", "value"), BAD)
async def test_a_bad_record_is_set_aside_and_the_next_one_goes_through(
    event_type: str, value: bytes, party: Outside, mail: SmtpPeer
) -> None:
    event_id = await party.send("upc.contact-requests.v1", value, "k", event_type=event_type)
    key = await submit(party)
    await until(lambda: mails(mail, key))
    (letter,) = await party.wait(DEAD, lambda record: record.id == event_id)
    assert letter.value == value


@pytest.mark.parametrize("topic", ["upc.blocks.v1", "upc.reviews.v1", "upc.handovers.v1", "upc.breach-alerts.v1"])
async def test_bad_records_of_each_topic_are_set_aside(topic: str, party: Outside) -> None:
    types = {
        "upc.blocks.v1": "upc.block.authorised",
        "upc.reviews.v1": "upc.review.decided",
        "upc.handovers.v1": "upc.handover.issued",
        "upc.breach-alerts.v1": "upc.breach.reported",
    }
    event_id = await party.send(topic, b'{"no": "fields"}', "k", event_type=types[topic])
    assert (await party.wait(DEAD, lambda record: record.id == event_id))[0].value == b'{"no": "fields"}'


async def test_a_type_that_nobody_knows_is_no_fault(party: Outside, mail: SmtpPeer) -> None:
    event_id = await party.send("upc.blocks.v1", b"{}", "k", event_type="upc.block.painted")
    await party.handled("notifications", "upc.blocks.v1", "k", event_type="upc.block.authorised")
    assert await party.by_now(DEAD, lambda record: record.id == event_id) == []


async def test_a_name_with_line_breaks_makes_no_header(party: Outside, mail: SmtpPeer) -> None:
    alias: dict[str, Any] = {"subject_alias": "Book club\r\nBcc: all@example.org"}
    key = await submit(party, name="Sam\nBcc: all@example.org", safe_to_contact=alias)
    (received,) = await until(lambda: mails(mail, key))
    assert received.message["Subject"] == "Book club Bcc: all@example.org"
    assert received.message["Bcc"] is None


async def test_messages_are_counted_without_personal_data(service: Running, party: Outside, mail: SmtpPeer) -> None:
    refused, before = 'upc_message_attempts_total{outcome="refused"}', sent(await metrics(service))
    assert refused in await metrics(service), "told as 0 from the start: of what begins with 1 nobody sees that it grew"
    key = await submit(party)
    await until(lambda: mails(mail, key))
    async with asyncio.timeout(PATIENCE):  # counted when it is settled
        while sent(await metrics(service)) == before:
            await asyncio.sleep(0.02)
    assert key not in await metrics(service)


def sent(told: str) -> str:
    (line,) = [line for line in told.splitlines() if line.startswith('upc_message_attempts_total{outcome="sent"}')]
    return line


async def metrics(service: Running) -> str:
    return (await service.http.get("/metrics")).text
