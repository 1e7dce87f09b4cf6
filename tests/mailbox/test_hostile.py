"""Mails of people who mean harm, and of programs that are broken: something is said of each, soon, and none is lost."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.mail import MailKind, MailReceived
from shared.runtime.work import MOST_BYTES
from tests.mailbox.letters import RULES, mail, raw, taken

HEADER = st.sampled_from(
    [
        *(
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Date",
            "Content-Type",
            "Content-Transfer-Encoding",
            "Content-Disposition",
        ),
        *("MIME-Version", "Authentication-Results", "Auto-Submitted", "X-Spam-Flag", "Precedence"),
    ]
).map(str.encode)
VALUE = st.sampled_from(
    [
        *(b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b", b"message/rfc822", b"message/partial"),
        *(b"multipart/report; report-type=delivery-status; boundary=b", b"message/delivery-status", b"multipart/mixed"),
        *(
            b"text/html; charset=utf-7",
            b"text/plain; charset=no-such",
            b'text/plain; charset="',
            b"text/plain; charset*0*=x",
        ),
        *(
            b"base64",
            b"quoted-printable",
            b"x-uuencode",
            b"8bit",
            b"=?utf-8?b?!!!?=",
            b"=?x?q?=FF?=",
            b"<@",
            b"a <b@c>, d <e@f>",
        ),
        *(
            b"attachment; filename*=utf-8''%FF%00",
            b"attachment; filename*0=a; filename*1*=b",
            b"\xff\xfe",
            b"((((",
            b'"',
        ),
    ]
)
LINE = st.one_of(
    st.builds(lambda name, value: name + b": " + value, HEADER, VALUE | st.binary(max_size=30)),
    st.sampled_from(
        [
            b"",
            b"--b",
            b"--b--",
            b" folded",
            b"begin 644 x",
            b"<p>&#xD800;<b>",
            b"\xd8\x00",
            b"=ED=A0=80",
            b"\x00\x1b[2J",
        ]
    ),
    st.binary(max_size=40),
)
MAILS = st.lists(LINE, max_size=30).map(b"\r\n".join)


def fits(said: MailReceived) -> None:
    """It can be published, stored and read back, and is not longer than Kafka takes."""
    written = said.model_dump_json()
    assert len(written.encode()) < MOST_BYTES
    assert MailReceived.model_validate_json(written) == said


@given(MAILS | st.binary(max_size=300))
def test_of_any_bytes_something_is_said(content: bytes) -> None:
    fits(taken(content).received)
    fits(taken(content, whole=False).received)


@given(MAILS)
def test_the_same_bytes_are_the_same_mail(content: bytes) -> None:
    assert taken(content) == taken(content)


def nested(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return (
        b"From: a@b.example\r\nSubject: deep\r\n"
        + head
        + b"Content-Type: text/plain\r\n\r\nHelp me, 07700 900123\r\n" * 5_000
    )


def within_one_another(depth: int) -> bytes:
    return b"From: a@b.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"\r\nHelp me, 07700 900123"


LONG = {
    "nested": nested(1000),
    "nested a little": nested(25),
    "mails in mails": within_one_another(3000),
    "a header of a megabyte": b"Subject: " + b"x " * 500_000 + b"\r\n\r\nHelp",
    "a folded header": b"Subject: x" + b"\r\n y" * 300_000 + b"\r\n\r\nHelp",
    "many addresses": b"From: " + b"a <b@c.example>, " * 60_000 + b"\r\n\r\nHelp",
    "encoded words": b"Subject: " + b"=?utf-8?q?=C3=A9?= " * 60_000 + b"\r\n\r\nHelp",
    "many headers": b"X-A: b\r\n" * 50_000 + b"\r\nHelp",
    "parameters": b"Content-Type: text/plain" + b'; a="b' * 100_000 + b"\r\n\r\nHelp",
    "folded parameters": b"Content-Type: text/plain" + b'\r\n ; a="b;' * 50_000 + b"\r\n\r\nHelp",
    "parameters that are just short enough": b"Content-Type: text/plain" + b'; a="b' * 280 + b"\r\n\r\nHelp",
    "many parts, few enough, with many parameters": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + (b"--b\r\nContent-Type: text/plain" + b'; a="b' * 40 + b"\r\n\r\nx\r\n") * 60,
    "comments": b"Authentication-Results: mx.upc.example; " + b"(" * 500_000 + b"\r\nFrom: a@wyp.example\r\n\r\nHelp",
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "deep HTML": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000 + b"Help",
    "open tags": b"Content-Type: text/html\r\n\r\n" + b"<a href='" * 200_000,
    "digits": b"Subject: x\r\n\r\n" + b"1" * 1_000_000,
    "digits and spaces": b"Subject: x\r\n\r\n" + b"0 1-" * 300_000,
    "letters of addresses": b"Subject: x\r\n\r\n" + b"a.a-" * 300_000 + b"@",
    "labels": b"Subject: x\r\n\r\n" + b"prisoner name is \r\n" * 50_000,
    "colons": b"Subject: x\r\n\r\n" + b" name name name" * 50_000,
}


@pytest.mark.parametrize("name", LONG)
def test_what_would_hold_up_the_parser_is_read_or_left_to_a_person(name: str) -> None:
    """Seconds of processor time: far more than any takes, far less than what is not bounded would."""
    began = time.thread_time()
    said = taken(LONG[name]).received
    fits(said)
    assert said.kind.for_operators
    assert time.thread_time() - began < 20


def test_a_mail_nobody_can_read_is_shown_as_it_came() -> None:
    said = taken(nested(1000)).received
    assert said.kind is MailKind.UNREADABLE
    assert said.cut
    assert "multipart/mixed" in said.text


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("no-such-charset", "Ł 07700 900123".encode(), "Ł 07700 900123"),
        ("us-ascii", "café".encode("latin-1"), "café"),
        ("utf-16", b"\xff", "ÿ"),
        ("utf-8", b"caf\xe9 07700 900123", "café 07700 900123"),
    ],
)
def test_a_wrong_charset_costs_no_words(charset: str, content: bytes, text: str) -> None:
    made = b"Subject: x\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s" % (charset.encode(), content)
    assert taken(made).received.text == text


def test_what_turns_letters_round_or_hides_among_them_is_gone() -> None:
    made = mail("He rang \u202e321009 00770\u202c\u200b from\x00 Leeds\x1b[2J")
    assert taken(made).received.text == "He rang 321009 00770 from  Leeds [2J"


def test_a_name_of_many_lines_makes_no_line_of_its_own() -> None:
    made = EmailMessage()
    content = raw(mail()).content.replace(b"Jane Example", b'"Jane\r\n Example\x00"', 1)
    assert taken(content, RULES).received.read_out.name in ("Jane Example", ""), made
