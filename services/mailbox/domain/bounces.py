"""Mails that say that one of ours did not arrive (RFC 3464), or that nobody wrote."""

import re
from email.message import EmailMessage
from typing import NamedTuple

from services.mailbox.domain.headers import Head
from services.mailbox.domain.plain import content_of, parts_of

_OURS = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12})@")
"""A Message-ID of ours: what notifications has derived (`shared.events.envelope.derive_id`)."""


class Report(NamedTuple):
    """What a mail server says of a message; `message_id` is that of ours, where it is one."""

    failed: bool
    permanent: bool
    message_id: str | None


def bounce_in(message: EmailMessage) -> Report | None:
    """The delivery report in a mail; None where it is none."""
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") != "delivery-status":
        return None
    said: dict[str, str] = {}
    about = ""
    for part in parts_of(message):
        if part.get_content_type() == "message/delivery-status":
            said |= {name: value for each in parts_of(part) for name, value in Head(each).all}
        elif part.get_content_type() == "message/rfc822":
            about = "".join(Head(each).raw("message-id") for each in parts_of(part)[:1])
        elif part.get_content_type() == "text/rfc822-headers":
            about = _message_id(content_of(part)[:20_000].decode("ascii", "replace"))
    ours = _OURS.search(about)
    failed = said.get("action", "").strip().lower() == "failed"
    return Report(failed, not said.get("status", "").strip().startswith("4"), ours[1] if ours else None)


def is_answer(message: EmailMessage, head: Head) -> bool:
    """Whether a program wrote it because of another mail, which may be anybody's: what it has with it is not its sender's."""
    submitted, envelope = head.word("auto-submitted"), "".join(head.raw("return-path").split())
    return message.get_content_type() == "multipart/report" or submitted not in ("", "no") or envelope == "<>"


def is_automatic(head: Head) -> bool:
    """Whether a program answered a mail of ours: out of office, read receipts. Others may pass on what people wrote."""
    told = any(head.word(name) not in ("", "no") for name in ("x-autoreply", "x-autorespond"))
    return head.word("auto-submitted") == "auto-replied" or told


def _message_id(headers: str) -> str:
    found = re.search(r"(?im)^message-id:\s*(<[^>\s]{1,200}>)", headers)
    return found[1] if found else ""
