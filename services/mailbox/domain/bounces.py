"""Mails that say that one of ours did not arrive (RFC 3464), or that nobody wrote."""

import re
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from typing import NamedTuple

from services.mailbox.domain.headers import Head
from services.mailbox.domain.plain import content_of, parts_of

_OURS = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12})@")
"""A Message-ID of ours: what notifications has derived (`shared.events.envelope.derive_id`)."""


class Report(NamedTuple):
    """What a mail server says of a message; `message_id` is that of ours, where it is one.

    `at_recipient`: it failed at the address that we wrote to, and not where whoever has that address lets it go on to.
    """

    failed: bool
    permanent: bool
    message_id: str | None
    at_recipient: bool

    @property
    def of_nothing_known(self) -> bool:
        """Something failed, and nothing of ours is named: it may be ours all the same."""
        return self.failed and self.message_id is None


def bounce_in(message: EmailMessage) -> Report | None:
    """The delivery report in a mail; None where it is none."""
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") != "delivery-status":
        return None
    said: dict[str, str] = {}
    about: Head | None = None
    for part in parts_of(message):
        if part.get_content_type() == "message/delivery-status":
            said |= {name: value for each in parts_of(part) for name, value in Head(each).all}
        elif part.get_content_type() == "message/rfc822":
            about = next((Head(each) for each in parts_of(part)), None)
        elif part.get_content_type() == "text/rfc822-headers":
            about = Head(BytesHeaderParser(policy=default).parsebytes(content_of(part)[:20_000].lstrip()))
    ours = _OURS.search(about.raw("message-id")) if about else None
    written_to = [address for _, address in about.people("to")] if about else []
    failed = said.get("action", "").strip().lower() == "failed"
    permanent = not said.get("status", "").strip().startswith("4")
    at = said.get("final-recipient", "").partition(";")[2].strip().lower()
    return Report(failed, permanent, ours[1] if ours else None, at_recipient=written_to == [at])


def is_answer(message: EmailMessage, head: Head) -> bool:
    """Whether a program wrote it because of another mail, which may be anybody's: what it has with it is not its sender's."""
    submitted, envelope = head.word("auto-submitted"), "".join(head.raw("return-path").split())
    return message.get_content_type() == "multipart/report" or submitted not in ("", "no") or envelope == "<>"


def is_automatic(head: Head) -> bool:
    """Whether a program answered a mail of ours: out of office, read receipts. Others may pass on what people wrote."""
    told = any(head.word(name) not in ("", "no") for name in ("x-autoreply", "x-autorespond"))
    return head.word("auto-submitted") == "auto-replied" or told
