"""A person's contact points together: the numbers, addresses and e-mail addresses that a block keeps off a list."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.domain.addresses import Address, addresses_match, is_whole_address
from shared.domain.emails import canonical_email
from shared.domain.phones import canonical_phone, phones_match

Kind = Literal["phone", "address", "email"]
Excluded = str | Address
_NOT_OF_A_NUMBER = re.compile(r"[^\w\s()+.\-‐‑–—/;:=#]|[^\W\d_a-zA-Z]")


class ContactPoints(BaseModel):
    """Canonical phones, addresses and e-mail addresses of one person."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.phones or self.addresses or self.emails)

    def merged(self, other: "ContactPoints") -> "ContactPoints":
        """The points of both, each once."""
        return ContactPoints(
            phones=tuple(dict.fromkeys(self.phones + other.phones)),
            addresses=tuple(dict.fromkeys(self.addresses + other.addresses)),
            emails=tuple(dict.fromkeys(self.emails + other.emails)),
        )


def as_canonical(phones: Sequence[str], addresses: Sequence[Address], emails: Sequence[str]) -> ContactPoints:
    """Points as somebody else wrote them; what is no number or e-mail address can match nothing and is left out."""
    return ContactPoints(
        phones=tuple(_those(canonical_phone, phones)),
        addresses=tuple(addresses),
        emails=tuple(_those(canonical_email, emails)),
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
    return ContactPoints(
        phones=tuple(phone for phone in points.phones if phone not in phones),
        addresses=tuple(a for a in points.addresses if not any(is_whole_address(item, a) for item in excluded)),
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
