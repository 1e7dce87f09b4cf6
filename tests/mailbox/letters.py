"""Mails as people and programs write them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from services.mailbox.domain.mail import Take
from services.mailbox.domain.reading import Raw, Rules, read
from services.mailbox.domain.trust import Trust

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SERVER, POLICE = "mx.upc.example", "alex@wyp.example"
RULES = Rules(
    trust=Trust(server=SERVER, agencies={"wyp.example": "police-wyp", "help@charity.example": "victim-services"})
)
PROVED = (
    f"{SERVER}; dkim=pass header.d=wyp.example; spf=pass smtp.mailfrom=wyp.example; dmarc=pass header.from=wyp.example"
)
REQUEST: Mapping[str, Any] = {
    "external_id": "WYP-1",
    "requester": {
        "name": "PC Alex Example",
        "role": "police",
        "organisation": "West Yorkshire Police",
        "email": POLICE,
    },
    "consent": "self",
    "prisoner": {"name": "John Example", "number": "A1234BC"},
    "protected_people": [{"name": "Jane Example", "phones": ["07700 900123"]}],
}
REPORT = {
    "external_id": "WYP-B-1",
    "channel": "phone",
    "what_happened": "He rang again",
    "prisoner": {"name": "John Example", "number": "A1234BC"},
    "protected_person": "Jane Example",
}


def mail(
    text: str = "Please help me.\n", sender: str = "Jane Example <jane@example.org>", **headers: str
) -> EmailMessage:
    """A mail; `auto_submitted="…"` is the header `Auto-Submitted`."""
    made = EmailMessage()
    given = {"From": sender, "To": "upc@localhost", "Subject": "Unwanted contact", "Message-ID": "<1@example.org>"}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in ({name.lower(): value for name, value in given.items()} | more).items():
        made[name] = value
    made.set_content(text)
    return made


def with_form(
    body: object = REQUEST,
    results: str | None = PROVED,
    sender: str = POLICE,
    text: str = "Please see attached.",
    **headers: str,
) -> EmailMessage:
    """A mail of an agency with a form attached, as our server hands it on."""
    made = mail(text, sender, **headers)
    if results is not None:
        made["Authentication-Results"] = results
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made.add_attachment(content, maintype="application", subtype="json", filename="request.json")
    return made


def bounce(message_id: str, action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822") -> bytes:
    """A delivery status notification (RFC 3464) about a message of ours."""
    ours = (
        f"Message-ID: <{message_id}@localhost>\r\nFrom: upc@localhost\r\n"
        "To: Jane <Jane@example.org>\r\nSubject: Your request\r\n\r\n"
    )
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: upc@localhost\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nMessage-ID: <b1@mx.example.org>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; jane@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: {original}\r\n\r\n{ours}--b--\r\n"
    ).encode()


def raw(made: EmailMessage | bytes, whole: bool = True) -> Raw:
    """It as it stands in the mailbox."""
    return Raw(made if isinstance(made, bytes) else made.as_bytes(policy=SMTP), AT, whole)


def taken(made: EmailMessage | bytes, rules: Rules = RULES, whole: bool = True) -> Take:
    """What the mailbox says of it."""
    return read(raw(made, whole), rules)
