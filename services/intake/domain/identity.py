"""What names a submission, so that the same one twice is one request (R5), and which requests are about the same two people."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.names import canonical_name
from shared.events.envelope import Moment, derive_id
from shared.events.form import ContactRequest, Form, ProtectedPerson
from shared.events.requests import Fault
from shared.runtime.work import State

SAME_WITHIN = timedelta(hours=24)
"""For how long the same words again are the same submission, where nothing else names it."""
MOST_LINKS = 100
"""Earlier requests about a pair that are remembered, the newest ones."""
KEY_USED = Fault(pointer="", fault="the Idempotency-Key was used for something else")
NAME_USED = Fault(pointer="/external_id", fault="was used for something else")


class Submission(State):
    """A name under which something was submitted, and what became of it."""

    COLLECTION = "submissions"

    fingerprint: str
    made: str
    at: Moment

    def lookups(self) -> Iterable[str]:
        return (self.made,)


class Named(State):
    """A reference that was given out: to a request or to a breach report (R4)."""

    COLLECTION = "references"

    request_id: str | None = None
    breach_id: str | None = None


class Pair(State):
    """A prisoner and a protected person, and the requests about them, oldest first (R5)."""

    COLLECTION = "pairs"

    requests: tuple[str, ...] = ()

    def and_also(self, request_id: str) -> "Pair":
        """With one more request, if it is one more."""
        return self if request_id in self.requests else self.but(requests=(*self.requests, request_id)[-MOST_LINKS:])

    def without(self, request_id: str) -> "Pair | None":
        """What is left where one request is let go; None where that was the only one."""
        left = tuple(other for other in self.requests if other != request_id)
        return self.but(requests=left) if left else None

    def lookups(self) -> Iterable[str]:
        return self.requests


class Name(NamedTuple):
    """What a submission is called, for how long (None: for ever), and what to say when another one is called so."""

    id: str
    lasts: timedelta | None = None
    used: Fault = NAME_USED

    def still(self, earlier: Submission, now: datetime) -> bool:
        """Whether it still stands for that earlier submission."""
        return self.lasts is None or now - earlier.at < self.lasts


def fingerprint(form: Form) -> str:
    """What a complete form says, whatever its spelling was; a field that is added later and left out changes nothing."""
    said = form.model_dump_json(exclude_defaults=True)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def names(kind: str, form: Form, key: str | None, external_id: str | None, owner: str) -> Sequence[Name]:
    """All names of a submission: the caller's `Idempotency-Key`, the sender's own; where it has neither, its content.

    All are `owner`'s: two senders may use the same, and neither learns of the other.
    """
    found = []
    if key:
        found.append(Name(derive_id(kind, "key", owner, key), used=KEY_USED))
    if external_id:
        found.append(Name(derive_id(kind, "external", owner, external_id)))
    return found or [Name(derive_id(kind, "content", owner, fingerprint(form)), SAME_WITHIN)]


def earlier(
    called: Sequence[Name], known: Mapping[str, Submission], form: Form, now: datetime
) -> Submission | Fault | None:
    """The same submission before; a fault where any of its names is another one's."""
    same = None
    for name in called:
        before = known.get(name.id)
        if before and name.still(before, now):
            if before.fingerprint != fingerprint(form):
                return name.used
            same = same or before
    return same


class About(NamedTuple):
    """One pair of a request: under which ids earlier requests about it are found, and under which it is left to be found."""

    found_under: Sequence[str]
    left_under: Sequence[str]


def pairs(request: ContactRequest) -> Sequence[About]:
    """The pairs that a request is about."""
    return [_pair(request, person) for person in request.protected_people]


def _pair(request: ContactRequest, person: ProtectedPerson) -> About:
    """By number; where one of two requests has none, by name and date of birth. Two numbers are two prisoners."""
    prisoner, whom = request.prisoner, canonical_name(person.name)
    details = f"{canonical_name(prisoner.name)}/{prisoner.date_of_birth}"
    anyone, unnumbered = derive_id("pair", details, whom), derive_id("pair, no number", details, whom)
    if prisoner.number is None:
        return About([anyone], [anyone, unnumbered])
    numbered = derive_id("pair", prisoner.number, whom)
    return About([numbered, unnumbered], [numbered, anyone])
