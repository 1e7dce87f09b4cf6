"""What names a submission, so that the same one twice is one request (R5), and which requests are about the same two people."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.names import canonical_name
from shared.events.envelope import Moment, derive_id
from shared.events.form import ContactRequest, Form, PrisonerDetails
from shared.runtime.work import State

SAME_WITHIN = timedelta(hours=24)
"""For how long the same words again are the same submission, where nothing else names it."""


class Submission(State):
    """A name under which something was submitted, and what became of it."""

    COLLECTION = "submissions"

    fingerprint: str
    made: str
    at: Moment


class Named(State):
    """A reference that was given out: to a request or to a breach report (R4)."""

    COLLECTION = "references"

    request_id: str | None = None
    breach_id: str | None = None


class Pair(State):
    """A prisoner and a protected person, and the requests about them, oldest first (R5)."""

    COLLECTION = "pairs"

    requests: tuple[str, ...] = ()


def fingerprint(form: Form) -> str:
    """What a complete form says, whatever its spelling was."""
    said = form.model_dump_json(exclude={"external_id"})
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def external_name(kind: str, external_id: str | None, organisation: str | None) -> str | None:
    """The sender's own name for a submission; two organisations may use the same."""
    return derive_id(kind, "external", canonical_name(organisation or ""), external_id) if external_id else None


def key_name(kind: str, idempotency_key: str | None) -> str | None:
    """The caller's `Idempotency-Key`."""
    return derive_id(kind, "key", idempotency_key) if idempotency_key else None


def content_name(kind: str, print_of_it: str) -> str:
    """The content itself, where nothing else names a submission."""
    return derive_id(kind, "content", print_of_it)


def still_the_same(earlier: Submission, name: str, kind: str, now: datetime) -> bool:
    """Whether an earlier submission under this name is this one: for ever, but by content alone only for a day."""
    by_content = name == content_name(kind, earlier.fingerprint)
    return not by_content or now - earlier.at < SAME_WITHIN


def pairs(request: ContactRequest) -> Sequence[str]:
    """The ids of the pairs that a request is about."""
    prisoner = _who(request.prisoner)
    return [derive_id("pair", prisoner, canonical_name(person.name)) for person in request.protected_people]


def _who(prisoner: PrisonerDetails) -> str:
    return prisoner.number or f"{canonical_name(prisoner.name)}/{prisoner.date_of_birth}"
