"""Forms that agencies attach to mails: as on their lane, answered for whoever reads the mail (R3-R5, R41)."""

import json
from typing import Any

import pytest

from services.intake import mailed
from shared.events.mail import FormMailed, MailedForm
from shared.events.submissions import ContactRequestReceived
from tests.intake.deciding import EVERYTHING, Deciding, Outcome
from tests.mailbox.letters import REPORT, REQUEST

EVERYTHING |= mailed.HANDLERS


def mail(body: Any, form: MailedForm = MailedForm.CONTACT_REQUEST, agency: str = "police-wyp") -> FormMailed:
    return FormMailed(mail_id="m1", place=0, form=form, agency=agency, body=body)


def told(outcome: Outcome) -> Any:
    """What whoever reads the mail is told."""
    return json.loads(outcome.said["upc.mail.answered"])


def test_r4_a_request_by_mail_is_taken_in_as_an_email_and_answered_with_its_reference() -> None:
    outcome = Deciding().on(mail(REQUEST), "1")
    submitted = json.loads(outcome.said["upc.contact-request.submitted"])
    assert (submitted["channel"], submitted["agency"]) == ("email", True)
    answer = told(outcome)
    assert (answer["outcome"], answer["reference"]) == ("accepted", submitted["reference"])
    assert (answer["about"], answer["mail_id"]) == (submitted["request_id"], "m1")


def test_r41_who_is_neither_police_nor_probation_is_not_told_the_prison_whatever_the_form_says() -> None:
    submitted = json.loads(
        Deciding().on(mail(REQUEST, agency="victim-services"), "1").said["upc.contact-request.submitted"]
    )
    assert submitted["agency"] is False


def test_r29_a_report_by_mail_is_taken_in() -> None:
    outcome = Deciding().on(mail(REPORT, MailedForm.BREACH_REPORT), "1")
    assert json.loads(outcome.said["upc.breach-report.submitted"])["channel"] == "email"
    assert told(outcome)["outcome"] == "accepted"


@pytest.mark.parametrize(("form", "body"), [(MailedForm.CONTACT_REQUEST, REQUEST), (MailedForm.BREACH_REPORT, REPORT)])
def test_r3_every_fault_is_told_and_nothing_goes_on(form: MailedForm, body: Any) -> None:
    wrong = {**body, "prisoner": {"name": "", "number": "12"}}
    outcome = Deciding().on(mail(wrong, form), "1")
    assert outcome.said.keys() == {"upc.mail.answered"}
    answer = told(outcome)
    assert answer["outcome"] == "rejected"
    assert {fault["pointer"] for fault in answer["faults"]} == {"/prisoner/name", "/prisoner/number"}


def test_r5_the_same_form_by_mail_and_on_the_agencys_lane_is_one_request() -> None:
    deciding = Deciding()
    first = told(deciding.on(mail(REQUEST), "1"))["reference"]
    assert told(deciding.on(mail(REQUEST), "2"))["reference"] == first
    again = deciding.on(ContactRequestReceived.model_validate(REQUEST), "3", lane="police-wyp")
    assert "upc.contact-request.submitted" not in again.said
    assert json.loads(again.said["upc.inbound.reply"])["reference"] == first
