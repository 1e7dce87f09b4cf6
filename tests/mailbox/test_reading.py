"""What a mail is, and what it says (R4, R28, R29)."""

from email.message import EmailMessage

import pytest

from shared.events.envelope import derive_id
from shared.events.mail import MailDoubt, MailedForm, MailKind
from tests.mailbox.letters import AT, POLICE, PROVED, REPORT, REQUEST, SERVER, bounce, mail, raw, taken, with_form

OURS = derive_id("message", "request", "received", "")


def test_r4_what_a_person_writes_is_a_draft_with_the_original() -> None:
    said = taken(mail("My number is 07700 900123.\nPlease stop it.")).received
    assert (said.kind, said.sender, said.subject, said.received_at) == (
        MailKind.DRAFT,
        "jane@example.org",
        "Unwanted contact",
        AT,
    )
    assert said.text == "My number is 07700 900123.\nPlease stop it."
    assert (said.read_out.name, said.read_out.phones) == ("Jane Example", ("07700 900123",))
    assert not said.cut


def test_html_becomes_its_words_and_nothing_of_it_runs_or_is_loaded() -> None:
    made = mail("")
    made.set_content(
        "<html><head><title>t</title><style>p{}</style></head><body><p>He <b>rang</b> me</p><p>again<br>today</p>"
        "<img src='https://tracker.example/1.gif' alt='x'><script>alert(1)</script>"
        "<a href='https://evil.example'>our site</a></body></html>",
        subtype="html",
    )
    text = taken(made).received.text
    assert [line.strip() for line in text.splitlines() if line.strip()] == ["He rang me", "again", "today", "our site"]


def test_of_alternatives_the_one_that_says_most_is_shown() -> None:
    made = mail("This mail is HTML.")
    made.add_alternative("<p>I am Jane Example, and he keeps ringing me at 07700 900123</p>", subtype="html")
    assert "keeps ringing me" in taken(made).received.text


def test_what_is_attached_is_listed_and_a_forwarded_mail_is_read() -> None:
    made = mail("See below.")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="court order.pdf")
    made.add_attachment(mail("He rang from +44 7700 900999", subject="Help"))
    said = taken(made).received
    assert [(one.name, one.media_type, one.size) for one in said.attachments] == [
        ("court order.pdf", "application/pdf", 4)
    ]
    assert "+44 7700 900999" in said.text


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"auto_submitted": "auto-replied"}, MailKind.AUTO_REPLY),
        ({"auto_submitted": "auto-replied; owner=x"}, MailKind.AUTO_REPLY),
        ({"auto_submitted": "auto-generated"}, MailKind.DRAFT),
        ({"auto_submitted": "no"}, MailKind.DRAFT),
        ({"precedence": "bulk"}, MailKind.DRAFT),
        ({"precedence": "list"}, MailKind.DRAFT),
        ({"x_autoreply": "yes"}, MailKind.AUTO_REPLY),
        ({"x_autoreply": "no"}, MailKind.DRAFT),
        ({"x_autorespond": "Out of office"}, MailKind.AUTO_REPLY),
        ({"x_spam_flag": "YES"}, MailKind.SPAM),
        ({"x_spam_flag": "NO"}, MailKind.DRAFT),
    ],
)
def test_what_programs_write_and_what_is_marked_as_spam_is_set_aside(headers: dict[str, str], kind: MailKind) -> None:
    said = taken(mail("I am out of the office", **headers)).received
    assert (said.kind, said.text) == (kind, "I am out of the office")


def test_what_is_too_large_is_for_a_person_with_its_beginning() -> None:
    content = raw(mail("Please help me.\n" * 1000)).content
    said = taken(content[:5000], whole=False).received
    assert said.kind is MailKind.TOO_LARGE
    assert said.kind.for_operators
    assert said.cut
    assert said.text.startswith("Please help me.")


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_r28_a_bounce_names_the_message_of_ours_that_did_not_arrive(original: str) -> None:
    call = taken(bounce(OURS, original=original))
    assert call.received.kind is MailKind.BOUNCE
    assert call.bounced
    assert (call.bounced.message_id, call.bounced.permanent, call.bounced.at_recipient) == (OURS, True, True)
    beyond = bounce(OURS, original=original).replace(b"rfc822; jane@example.org", b"rfc822; jane@elsewhere.example")
    forwarded = taken(beyond).bounced
    assert forwarded
    assert not forwarded.at_recipient


def test_r28_a_delay_is_no_bounce_yet_and_what_may_pass_is_said_to_be_so() -> None:
    assert taken(bounce(OURS, "delayed", "4.4.1")).bounced is None
    full = taken(bounce(OURS, "failed", "4.2.2")).bounced
    assert full
    assert not full.permanent


def test_r28_what_did_not_arrive_and_names_nothing_of_ours_is_for_a_person() -> None:
    """A server on the way may have given our message another name."""
    call = taken(bounce("somebody-elses"))
    assert (call.received.kind, call.received.doubt) == (MailKind.DRAFT, MailDoubt.SOMETHING_LOST)
    assert call.bounced is None
    assert taken(bounce("somebody-elses", "delayed", "4.4.1")).received.kind is MailKind.BOUNCE


def test_r4_an_agencys_forms_go_straight_in_though_a_program_sent_them() -> None:
    made = with_form(return_path="<system@wyp.example>", auto_submitted="no", x_spam_flag="YES")
    made.add_attachment(b'{"what_happened": "He rang"}', maintype="text", subtype="plain", filename="REPORT.JSON")
    call = taken(made)
    assert (call.received.kind, call.received.agency) == (MailKind.FORMS, "police-wyp")
    assert [(one.form, one.agency, one.place) for one in call.forms] == [
        (MailedForm.CONTACT_REQUEST, "police-wyp", 0),
        (MailedForm.BREACH_REPORT, "police-wyp", 1),
    ]
    assert call.forms[0].body == REQUEST


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"[1]",
        b'{"a": 1}',
        b'{"protected_people": 1, "protected_people": 2}',
        b"[" * 100_000,
        b" " * 300_000,
    ],
)
def test_what_is_no_form_is_for_a_person_and_those_beside_it_go_in(body: bytes) -> None:
    made = with_form(REPORT)
    made.add_attachment(body, maintype="application", subtype="json", filename="other.json")
    call = taken(made)
    assert (call.received.kind, call.received.doubt) == (MailKind.DRAFT, MailDoubt.NO_FORM)
    assert [one.form for one in call.forms] == [MailedForm.BREACH_REPORT]


def test_r41_a_form_of_whoever_says_that_they_are_an_agency_is_for_a_person() -> None:
    call = taken(with_form(results=None))
    assert (call.received.kind, call.received.doubt, call.forms) == (MailKind.DRAFT, MailDoubt.NOT_PROVED, ())
    assert call.received.agency is None


@pytest.mark.parametrize(
    ("results", "proved"),
    [
        (PROVED, True),
        (f"{SERVER} 1; dmarc=pass (p=reject) header.from=WYP.example", True),
        (f"{SERVER}; dkim=pass header.d=wyp.example header.s=s1", True),
        (f"{SERVER}; dkim=fail header.d=wyp.example; dkim=pass header.d=evil.example", False),
        (f"{SERVER}; dkim=pass header.d=evil.example", False),
        (f"{SERVER}; spf=pass smtp.mailfrom=wyp.example", False),
        (f"{SERVER}; dmarc=fail header.from=wyp.example; dkim=pass header.d=wyp.example", False),
        (f"{SERVER}; dmarc=fail header.from=wyp.example; dmarc=pass header.from=wyp.example", False),
        ("mx.evil.example; dmarc=pass header.from=wyp.example", False),
        (f'"{SERVER}; x"; dmarc=pass header.from=wyp.example', False),
        (f'{SERVER}; spf=fail smtp.mailfrom="a; dmarc=pass header.from=wyp.example"@evil.example', False),
        (f"{SERVER}; spf=fail (a; dmarc=pass header.from=wyp.example) smtp.mailfrom=evil.example", False),
        (f"{SERVER}; spf=fail (a\\); dmarc=pass header.from=wyp.example) smtp.mailfrom=evil.example", False),
        (f'{SERVER}; dmarc=pass header.from="wyp.example', False),
        (f"{SERVER}; dmarc=pass (open header.from=wyp.example", False),
        ("", False),
    ],
)
def test_r41_only_our_own_server_proves_whose_a_mail_is(results: str, proved: bool) -> None:
    assert (taken(with_form(results=results)).received.agency == "police-wyp") is proved


def test_r41_results_below_those_of_another_server_and_a_second_sender_prove_nothing() -> None:
    forged = b"Authentication-Results: relay.example; none\r\n" + raw(with_form()).content
    assert taken(forged).received.agency is None
    assert taken(b"From: Eve <eve@evil.example>\r\n" + raw(with_form()).content).received.agency is None
    two = raw(with_form()).content.replace(b"alex@wyp.example", b"alex@wyp.example, eve@evil.example", 1)
    assert taken(two).received.agency is None


def test_what_an_agency_writes_or_attaches_beside_its_forms_is_read_by_a_person() -> None:
    bare = with_form(text="")
    written, attached = with_form(text="She is in danger now."), with_form(text="")
    attached.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="order.pdf")
    for made, read_by_somebody in ((bare, False), (written, True), (attached, True)):
        call = taken(made)
        assert (call.received.kind, len(call.forms)) == (MailKind.FORMS, 1)
        assert call.received.for_operators is read_by_somebody


def returned(inner: EmailMessage, **headers: str) -> EmailMessage:
    """A mail that comes back to us with what somebody had sent to a police force, as its server proves."""
    report = mail("It could not be delivered.", "MAILER-DAEMON@wyp.example", **headers)
    report["Authentication-Results"] = PROVED
    report.add_attachment(inner)
    return report


def test_r41_a_form_in_a_mail_that_an_agency_returns_or_forwards_is_not_the_agencys() -> None:
    strange = with_form(sender="Eve <eve@evil.example>", results=None)
    for made in (returned(strange), returned(strange, auto_submitted="auto-replied", return_path="<>")):
        made.set_type("multipart/report")
        call = taken(made)
        assert (call.forms, call.received.doubt) == ((), MailDoubt.NOT_PROVED)
    forwarded = returned(strange)
    call = taken(forwarded)
    assert (call.received.kind, call.received.doubt, call.forms) == (MailKind.DRAFT, MailDoubt.NOT_PROVED, ())


@pytest.mark.parametrize("headers", [{"return_path": " < > "}, {"auto_submitted": "auto-generated"}])
def test_r41_a_form_in_a_programs_answer_is_for_a_person(headers: dict[str, str]) -> None:
    call = taken(with_form(**headers))
    assert (call.received.agency, call.received.doubt, call.forms) == (None, MailDoubt.NOT_PROVED, ())


@pytest.mark.parametrize(
    ("email", "goes_in"),
    [(POLICE, True), ("Other@WYP.example", True), (None, True), ("eve@evil.example", False)],
)
def test_r41_whoever_asks_in_a_mailed_form_is_of_the_agency_or_a_person_looks(email: str | None, goes_in: bool) -> None:
    request = {**REQUEST, "requester": {"name": "Eve", "role": "police", "email": email}}
    for body in (request, {**REPORT, "reporter": {"email": email}}):
        call = taken(with_form(body))
        assert bool(call.forms) is goes_in
        doubt, kind = call.received.doubt, call.received.kind
        in_or_not = (MailDoubt.MORE_BESIDE, MailKind.FORMS), (MailDoubt.OTHER_ADDRESS, MailKind.DRAFT)
        assert (doubt, kind) == in_or_not[not goes_in]


@pytest.mark.parametrize("others", ["eve@evil.example, alex@wyp.example", "alex@wyp.example, eve@evil.example"])
def test_r41_of_several_who_say_that_they_sent_it_an_agency_is_not_proved(others: str) -> None:
    assert taken(mail(sender=others)).received.doubt is MailDoubt.NOT_PROVED


def test_an_agency_may_be_one_address_of_a_domain_that_others_use_too() -> None:
    results = f"{SERVER}; dmarc=pass header.from=charity.example"
    assert taken(with_form(results=results, sender="help@charity.example")).received.agency == "victim-services"
    other = taken(with_form(results=results, sender="eve@charity.example")).received
    assert (other.agency, other.doubt) == (None, None)


def test_the_same_mail_has_the_same_id_however_it_came_and_another_has_another() -> None:
    once = raw(mail())
    again = raw(b"Received: from elsewhere\r\nX-Spam-Score: 3\r\n" + once.content)
    assert once.id == again.id == raw(once.content.replace(b"\r\n", b"\n")).id
    others = [mail("Please help me!\n"), mail(message_id="<2@example.org>"), mail(sender="eve@example.org")]
    assert len({once.id, *(raw(other).id for other in others)}) == 4, POLICE
