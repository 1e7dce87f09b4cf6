"""Forms that agencies attach: JSON, as their systems would send it to `upc.inbound.contact-requests.v1`."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any, NamedTuple

from services.mailbox.domain.plain import content_of, parts_of
from shared.events.envelope import Unreadable
from shared.events.json_body import read_json
from shared.events.mail import MailedForm

MOST_BYTES = 200_000
"""Of one form: more than the longest that has a meaning."""


class Attachment(NamedTuple):
    """A JSON attachment, with the form in it; None where it is none."""

    form: MailedForm | None
    body: dict[str, Any]


def forms_in(message: EmailMessage) -> Iterator[Attachment]:
    """Every JSON attachment of a mail itself."""
    for part in _own(message):
        if not part.is_multipart() and _is_json(part):
            yield _read(content_of(part))


def has_form_inside(message: EmailMessage) -> bool:
    """Whether one lies in a mail that is inside this one: whoever returns or forwards a mail has not written it (R41)."""
    own = {id(part) for part in _own(message)}
    return any(id(part) not in own and not part.is_multipart() and _is_json(part) for part in message.walk())


def writer_of(form: Attachment) -> str:
    """The e-mail address of whoever asks or reports, as they typed it; empty where there is none."""
    writer = form.body.get("reporter" if form.form is MailedForm.BREACH_REPORT else "requester")
    return str((writer.get("email") if isinstance(writer, dict) else None) or "").strip().lower()


def _own(part: EmailMessage) -> Iterator[EmailMessage]:
    yield part
    if part.get_content_maintype() != "message":
        for inner in parts_of(part):
            yield from _own(inner)


def _is_json(part: EmailMessage) -> bool:
    return part.get_content_type() == "application/json" or (part.get_filename() or "").lower().endswith(".json")


def _read(data: bytes) -> Attachment:
    try:
        body = read_json(data) if len(data) <= MOST_BYTES else None
        fits = isinstance(body, dict) and len(json.dumps(body)) <= 2 * MOST_BYTES
    except (Unreadable, ValueError, RecursionError):
        body, fits = None, False
    return Attachment(_form(body), body) if body and fits else Attachment(None, {})


def _form(body: dict[str, Any]) -> MailedForm | None:
    """By what only one of them has: intake says what is wrong with the rest of it."""
    if "protected_people" in body:
        return MailedForm.CONTACT_REQUEST
    return MailedForm.BREACH_REPORT if "what_happened" in body else None
