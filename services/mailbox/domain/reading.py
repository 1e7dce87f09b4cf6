"""A mail's bytes, as they came, read: what it is, what it says, who it is from. Of any bytes something is said."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial

from services.mailbox.domain.bounces import Report, bounce_in, is_answer, is_automatic
from services.mailbox.domain.forms import Attachment, forms_in, has_form_inside, writer_of
from services.mailbox.domain.headers import Head
from services.mailbox.domain.mail import Take
from services.mailbox.domain.plain import clean, content_of, is_text, on_one_line, text_of
from services.mailbox.domain.read_out import read_out
from services.mailbox.domain.trust import Trust, claimed_agency, is_of, is_proved
from shared.events.envelope import derive_id
from shared.events.form import Form
from shared.events.mail import (
    MOST_ATTACHED,
    MOST_TEXT,
    Attached,
    FormMailed,
    MailDoubt,
    MailKind,
    MailReceived,
    MessageBounced,
)

MOST_PARTS, MOST_FORMS = 500, 20
MOST_BOUNDARIES, MOST_DELIMITERS, LONGEST_HEAD = 30, 2000, 500_000
MOST_SQUARED = 5_000_000
"""Of the lengths of all `Content-` headers, squared and added up: so grows the time that reading them takes. Seconds, at most."""
_BOUNDARY = re.compile(rb"boundary\*?\d*\*?\s*=", re.IGNORECASE)
_CONTENT_HEADER = re.compile(rb"^content-[a-z\-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Raw:
    """A mail as it stands in the mailbox: all its bytes, or the first of them where it is not `whole`."""

    content: bytes
    arrived_at: datetime
    whole: bool = True

    @property
    def id(self) -> str:
        """The same whoever fetches it, and however it came: what servers on the way put before it does not count."""
        head, _, body = self.content.replace(b"\r\n", b"\n").partition(b"\n\n")
        named = re.findall(rb"(?im)^(?:message-id|from|date|subject):[^\n]*(?:\n[ \t][^\n]*)*", head[:100_000])
        digest = hashlib.blake2b(b"\x1f".join([*named, body]), digest_size=32)
        return derive_id("mail", digest.hexdigest())


class Rules(Form):
    """What our own mail server says, and under which header it says that something is spam."""

    trust: Trust = Trust()
    spam_header: str = "x-spam-flag"


class TooTangled(ValueError):
    """Reading all of its parts would take too long."""


def read(raw: Raw, rules: Rules) -> Take:
    """What is said of a mail. One that can't be read is said to be so, with its bytes as text."""
    try:
        return _read(raw, rules)
    except Exception:  # parsers of mails fail in more ways than anybody has listed; a mail is not lost for it
        return unreadable(raw)


def unreadable(raw: Raw) -> Take:
    """A mail of which nothing is understood."""
    text = clean(raw.content[: 2 * MOST_TEXT].decode("utf-8", "replace"))[:MOST_TEXT]
    said = partial(MailReceived, mail_id=raw.id, kind=MailKind.UNREADABLE, received_at=raw.arrived_at)
    return Take(received=said(sender="", subject="", text=text, cut=len(raw.content) > len(text)))


def _read(raw: Raw, rules: Rules) -> Take:
    _must_be_readable(raw.content)
    message = message_from_bytes(raw.content, policy=default)
    head, mail_id = Head(message), raw.id
    name, sender = head.sender
    bounce, found = bounce_in(message), [*forms_in(message)] if raw.whole else []
    agency = _agency(message, head, found, rules.trust)
    forms = _forms(mail_id, agency, sender, found, rules.trust)
    doubt = _doubt(message, head, agency, found, len(forms), rules.trust)
    subject, text = head.text("subject"), clean(text_of(message))
    attached = [*_attached(message)]
    doubt = doubt or (MailDoubt.SOMETHING_LOST if bounce and bounce.of_nothing_known else None)
    kind = _kind(raw, head, rules, agency is not None and bool(found) and not doubt, bounce)
    if kind is MailKind.FORMS and (text or len(attached) > len(found)):
        doubt = MailDoubt.MORE_BESIDE
    received = MailReceived(
        mail_id=mail_id,
        kind=kind,
        received_at=raw.arrived_at,
        sender=sender or head.text("from"),
        subject=subject,
        text=text[:MOST_TEXT],
        cut=len(text) > MOST_TEXT or not raw.whole,
        attachments=tuple(attached[:MOST_ATTACHED]),
        more_attachments=len(attached[MOST_ATTACHED:]),
        read_out=read_out(subject, text, name),
        agency=agency,
        doubt=doubt,
    )
    return Take(received=received, forms=forms, bounced=_bounced(mail_id, bounce))


def _bounced(mail_id: str, bounce: Report | None) -> MessageBounced | None:
    """What follows from a delivery report: nothing from that of a delay, or of what is not ours."""
    if bounce is None or not bounce.failed or bounce.message_id is None:
        return None
    said = partial(MessageBounced, mail_id=mail_id, message_id=bounce.message_id)
    return said(permanent=bounce.permanent, at_recipient=bounce.at_recipient)


def _must_be_readable(content: bytes) -> None:
    """Python's parser compares each line with every boundary, and looks at long headers again and again."""
    squared = sum(len(header[0]) ** 2 for header in _CONTENT_HEADER.finditer(content))
    boundaries = sum(1 for _ in _BOUNDARY.finditer(content))
    delimiters = content.count(b"\n--") if boundaries else 0
    head = len(content.replace(b"\r", b"").partition(b"\n\n")[0])
    if boundaries > MOST_BOUNDARIES or delimiters > MOST_DELIMITERS or head > LONGEST_HEAD or squared > MOST_SQUARED:
        raise TooTangled


def _agency(message: EmailMessage, head: Head, found: list[Attachment], trust: Trust) -> str | None:
    """Whose it is known to be. A program's answer with a form is nobody's: it may be what somebody else wrote (R41)."""
    sender = head.sender[1]
    proved = is_proved(head.all, sender, trust) and not (found and is_answer(message, head))
    return claimed_agency(sender, trust) if proved else None


def _doubt(
    message: EmailMessage, head: Head, agency: str | None, found: list[Attachment], taken: int, trust: Trust
) -> MailDoubt | None:
    """Why what is attached does not go straight in, or not all of it."""
    claimed = any(claimed_agency(address, trust) for _, address in head.senders)
    if claimed and (agency is None or has_form_inside(message)):
        return MailDoubt.NOT_PROVED
    if agency is None:
        return None
    if any(each.form is None for each in found) or len(found) > MOST_FORMS:
        return MailDoubt.NO_FORM
    return MailDoubt.OTHER_ADDRESS if taken < len(found) else None


def _forms(
    mail_id: str, agency: str | None, sender: str, found: list[Attachment], trust: Trust
) -> tuple[FormMailed, ...]:
    """Those that whoever is named in them can ask for: faults in them are intake's to say."""
    if agency is None:
        return ()
    return tuple(
        FormMailed(mail_id=mail_id, place=place, form=each.form, agency=agency, body=each.body)
        for place, each in enumerate(found[:MOST_FORMS])
        if each.form and (not (writer := writer_of(each)) or is_of(agency, writer, sender, trust))
    )


def _kind(raw: Raw, head: Head, rules: Rules, forms: bool, bounce: Report | None) -> MailKind:
    """An agency's forms before all: programs send them. Then what is said of our own mails, whoever takes it for spam."""
    if forms:
        return MailKind.FORMS
    if bounce:
        return MailKind.DRAFT if bounce.of_nothing_known else MailKind.BOUNCE
    if head.word(rules.spam_header).startswith(("yes", "true")):
        return MailKind.SPAM
    if is_automatic(head):
        return MailKind.AUTO_REPLY
    return MailKind.DRAFT if raw.whole else MailKind.TOO_LARGE


def _attached(message: EmailMessage) -> Iterator[Attached]:
    for number, part in enumerate(message.walk()):
        if number > MOST_PARTS:
            return
        if not part.is_multipart() and not is_text(part):
            name, size = on_one_line(part.get_filename() or ""), len(content_of(part))
            yield Attached(name=name, media_type=on_one_line(part.get_content_type()), size=size)
