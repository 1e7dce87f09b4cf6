"""A person's contact points together: the numbers, addresses and e-mail addresses that a block keeps off a list."""

import re
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.addresses import Address, addresses_match, in_full, is_readable, said_in_full
from shared.domain.emails import canonical_email, emails_in
from shared.domain.phones import canonical_phone, phones_in, phones_match

Kind = Literal["phone", "address", "email"]
Excluded = str | Address
_POSTCODE_AT_END = re.compile(r"[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2}\s*$")
_NOT_OF_A_NUMBER = re.compile(r"[^\w\s()+.\-‐‑–—/;:=#]|[^\W\d_a-zA-Z]")


class ContactPoints(BaseModel):
    """Canonical phones, addresses and e-mail addresses of one person; `unread`, of which kinds somebody wrote what says none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    emails: tuple[str, ...] = ()
    unread: frozenset[Kind] = frozenset()

    @property
    def empty(self) -> bool:
        return not (self.phones or self.addresses or self.emails)

    def merged(self, other: "ContactPoints") -> "ContactPoints":
        """The points of both, each once."""
        return ContactPoints(
            phones=tuple(dict.fromkeys(self.phones + other.phones)),
            addresses=tuple(dict.fromkeys(self.addresses + other.addresses)),
            emails=tuple(dict.fromkeys(self.emails + other.emails)),
            unread=self.unread | other.unread,
        )


def as_canonical(phones: Sequence[str], addresses: Sequence[Address], emails: Sequence[str]) -> ContactPoints:
    """Points as somebody else wrote them, whatever stands around a number or an e-mail address, and in whichever field.

    What stays unreadable can match nothing, and is told by its kind.
    """
    points = ContactPoints(addresses=tuple(addresses))
    if not all(map(is_readable, addresses)):
        points = points.model_copy(update={"unread": frozenset({"address"})})
    read = [_read(text, "phone", canonical_phone) for text in phones]
    read += [_read(text, "email", canonical_email) for text in emails]
    return reduce(ContactPoints.merged, read, points)


def _read(text: str, kind: Kind, canonical: Callable[[str], str]) -> ContactPoints:
    try:
        found = (canonical(text),)
    except ValueError:
        return _found_in(text, kind)
    return ContactPoints(phones=found) if kind == "phone" else ContactPoints(emails=found)


def _found_in(text: str, kind: Kind) -> ContactPoints:
    if not any(symbol.isalnum() for symbol in text):
        return ContactPoints()
    emails, rest = emails_in(text)
    phones, whole = phones_in(rest)
    read = whole and "@" not in rest and bool(emails or phones)
    return ContactPoints(phones=tuple(phones), emails=tuple(emails), unread=frozenset(() if read else (kind,)))


def read_point(text: str) -> ContactPoints:
    """The one number, e-mail address or postal address (with its postcode) that `text` is; nothing where it is none."""
    for canonical, kind in ((canonical_phone, "phones"), (canonical_email, "emails")):
        try:
            return ContactPoints.model_validate({kind: (canonical(text),)})
        except ValueError:
            continue
    postcode = _POSTCODE_AT_END.search(text)
    lines = tuple(line.strip() for line in text[: postcode.start()].split(",") if line.strip()) if postcode else ()
    return (
        ContactPoints(addresses=(Address(lines=lines, postcode=postcode[0]),))
        if postcode and lines
        else ContactPoints()
    )


def first_match(blocked: ContactPoints, other: ContactPoints) -> Kind | None:
    """What of `other` is blocked, if anything (R15)."""
    if any(phones_match(one, two) for one in blocked.phones for two in other.phones):
        return "phone"
    if any(addresses_match(one, two) for one in blocked.addresses for two in other.addresses):
        return "address"
    return "email" if set(blocked.emails) & set(other.emails) else None


def without(points: ContactPoints, excluded: Sequence[Excluded]) -> ContactPoints:
    """`points` less what a decision excludes, in any spelling: a number, an e-mail address, a whole address (R12).

    What does not clearly name one of them excludes nothing: a point too many on a list is seen, one too few protects nobody.
    """
    texts = [item for item in excluded if isinstance(item, str)]
    phones = _those(canonical_phone, [text for text in texts if not _NOT_OF_A_NUMBER.search(text)])
    emails = _those(canonical_email, texts)
    places = {said_in_full(item) for item in excluded} if points.addresses else set()
    return ContactPoints(
        phones=tuple(phone for phone in points.phones if phone not in phones),
        addresses=tuple(address for address in points.addresses if not places & in_full(address)),
        emails=tuple(email for email in points.emails if email not in emails),
    )


def _those(canonical: Any, values: Sequence[str]) -> list[str]:
    kept = []
    for value in values:
        try:
            kept.append(canonical(value))
        except ValueError:
            continue
    return kept
