"""Mails at the desk as operators meet them: a real browser, with intake beside it (R4, R29)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser

from deploy.local.keycloak import Identity
from services.intake.app import make as make_intake
from services.mailbox.domain.reading import read
from shared.events import topics
from shared.events.mail import FormAnswered, MailKind, MailReceived
from tests.desk.staff import Staff
from tests.mailbox.letters import RULES, mail, raw, with_form
from tests.support.browser import NARROW, Visitor
from tests.support.running import HandClock, running, settings_for
from tests.support.world import START

DECISIONS = topics.INBOUND_MAIL_DECISIONS.name
TEXT = """Dear Sir or Madam,

my former partner keeps ringing me from prison. I have asked him to stop.

Prisoner: John Example
His number is A1234BC, he rings my mobile, 07700 900123.
I live at 1 High Street, Leeds LS1 1AA.

<script>alert(1)</script>
Yours, Jane"""


@pytest.fixture(scope="module")
async def intake(
    staff: Staff, desk_kafka: str, mongo_uri: str, identity: Identity, desk_clock: HandClock
) -> AsyncIterator[None]:
    settings = settings_for(desk_kafka, mongo_uri, mongodb_prefix="desk-mails-intake", oidc_issuer=identity.issuer)
    async with running(make_intake, settings, desk_clock):
        yield


@pytest.fixture
async def olu(staff: Staff, intake: None, chromium: Browser) -> AsyncIterator[Visitor]:
    """An operator."""
    async with staff.at_the_desk(chromium, "olu") as somebody:
        yield somebody


def received(mail_id: str, kind: MailKind = MailKind.DRAFT, **others: Any) -> MailReceived:
    made = mail(TEXT)
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=f"{'a-very-long-name-' * 9}.pdf")
    said = read(raw(made), RULES).received
    return said.model_copy(update={"mail_id": mail_id, "kind": kind, "received_at": START, **others})


async def decision(staff: Staff, mail_id: str) -> Any:
    return (await staff.party.one(DECISIONS, mail_id=mail_id)).data


async def test_r4_a_mail_is_read_beside_what_could_be_read_out_and_taken_in_with_the_form_filled_in(
    staff: Staff, olu: Visitor
) -> None:
    await staff.hear(received("m-request"))
    await olu.go("/to-do?kind=mail")
    await olu.is_fine()
    await olu.follow("a[href='/mails/m-request']")
    assert "<script>alert(1)</script>" in await olu.said()
    assert "a-very-long-name" in await olu.said()
    await olu.is_fine()
    await olu.follow("text=Take it as a request")
    assert "my former partner keeps ringing me" in await olu.said()
    await olu.is_fine()
    await olu.send()
    assert await olu.faults(), "what the mail does not say is asked"
    assert "my former partner keeps ringing me" in await olu.said()
    await olu.is_fine()
    await olu.fill({"caller-role": "victim", "consent": "self", "person-0-addresses-0-line1": "1 High Street"})
    await olu.follow("#take")
    reference = await olu.page.locator(".govuk-panel__body strong").inner_text()
    said = await staff.party.one(
        topics.CONTACT_REQUESTS.name, type="upc.contact-request.submitted", reference=reference
    )
    assert said.data["channel"] == "email"
    assert said.data["request"]["requester"]["email"] == "jane@example.org"
    assert said.data["request"]["prisoner"]["number"] == "A1234BC"
    assert said.data["request"]["protected_people"][0]["phones"] == ["+447700900123"]
    made = await decision(staff, "m-request")
    assert (made["outcome"], made["decided_by"]) == ("request", "Olu Operator")
    await olu.go("/mails/m-request")
    said_now = await olu.said()
    assert "took the email as a request on 23 November 2026 at 9" in said_now, "other tests move the clock a little"
    assert f"Its reference is {reference}" in said_now
    await olu.is_fine()
    assert await olu.page.locator("text=Take it as a request").count() == 0


async def test_r29_a_report_is_taken_in_on_a_narrow_window_without_scripts(
    staff: Staff, intake: None, chromium: Browser
) -> None:
    await staff.hear(received("m-report"))
    async with staff.at_the_desk(chromium, "olu", scripts=False) as olu:
        await olu.page.set_viewport_size({"width": NARROW, "height": 800})
        await olu.go("/mails/m-report")
        await olu.follow("text=Take it as a report of contact")
        await olu.fill({"how": "phone", "person": "Jane Example", "what": "He rang her again at night"})
        await olu.follow("#take")
        assert (await decision(staff, "m-report"))["outcome"] == "breach_report"
        assert "UPC-" in await olu.said()


async def test_what_is_not_for_us_is_said_to_be_so_with_a_reason_and_by_one_person(staff: Staff, olu: Visitor) -> None:
    await staff.hear(received("m-other", MailKind.TOO_LARGE, cut=True))
    await olu.go("/mails/m-other")
    await olu.is_fine()
    await olu.send()
    assert await olu.faults() == ["Enter why it is not for us"]
    await olu.send({"reason": "About a parking fine"})
    assert "It is recorded that the email is not for us" in await olu.said()
    made = await decision(staff, "m-other")
    assert (made["outcome"], made["reason"]) == ("not_for_us", "About a parking fine")
    await olu.go("/mails?pile=read")
    await olu.is_fine()
    assert "Unwanted contact" in await olu.said()


async def test_what_programs_sent_is_set_aside_where_operators_see_it(staff: Staff, olu: Visitor) -> None:
    await staff.hear(received("m-spam", MailKind.SPAM, subject="Cheap pills"), received("m-auto", MailKind.AUTO_REPLY))
    await olu.go("/mails")
    await olu.is_fine()
    await olu.fill({"pile": "aside"})
    await olu.follow("text=Show")
    assert "Cheap pills" in await olu.said()
    await olu.is_fine()
    await olu.follow("a:has-text('Cheap pills')")
    assert "Marked as spam" in await olu.said()
    assert await olu.page.locator("text=Take it as a request").count() == 1


async def test_r41_an_agencys_form_with_faults_and_one_that_proves_nothing_say_what_to_do(
    staff: Staff, olu: Visitor
) -> None:
    form = read(raw(with_form()), RULES).received.model_copy(update={"mail_id": "m-form", "received_at": START})
    fault = {"pointer": "/grounds/rationale", "fault": "is needed"}
    about = {"mail_id": "m-form", "place": 0, "form": "contact_request", "outcome": "rejected", "faults": [fault]}
    await staff.hear(form, FormAnswered.model_validate(about))
    await olu.go("/mails/m-form")
    assert "/grounds/rationale is needed" in await olu.said()
    assert "police-wyp" in await olu.said()
    await olu.is_fine()
    claimed = read(raw(with_form(results=None)), RULES).received
    await staff.hear(claimed.model_copy(update={"mail_id": "m-claimed", "received_at": START}))
    await olu.go("/mails/m-claimed")
    assert "nothing proves it" in await olu.said()
    await olu.is_fine()


async def test_staff_of_a_prison_see_no_mail(staff: Staff) -> None:
    await staff.hear(received("m-unseen"))
    for path in ("/mails", "/mails/m-unseen", "/mails/m-unseen/request"):
        assert (await staff.shown("sam", path)).status_code in (403, 404)
    assert (await staff.shown("olu", "/mails/nothing")).status_code == 404
    assert (await staff.shown("olu", "/mails/m-unseen/nothing")).status_code == 404
