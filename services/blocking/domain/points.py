"""Contact points of a block: which are enforced, and which a breach adds (R12, R15, R30)."""

import re
from typing import Protocol

from shared.domain.addresses import Address
from shared.domain.contact_points import ContactPoints
from shared.domain.emails import canonical_email
from shared.domain.phones import bare_number, canonical_phone

_HELPLINES = {
    "Samaritans": "116 123",
    "Childline": "0800 1111",
    "NSPCC": "0808 800 5000",
    "Crimestoppers": "0800 555 111",
    "National Domestic Abuse Helpline": "0808 2000 247",
    "Prisons and Probation Ombudsman": "020 7633 4100",
    "Parliamentary and Health Service Ombudsman": "0345 015 4033",
    "Criminal Cases Review Commission": "0300 456 2669",
    "Prisoners’ Advice Service": "020 7253 3323",
    "Unwanted Prisoner Contact Service": "0300 060 6699",
    "Staff Integrity Hotline": "0800 917 6877",
}
_NEVER_BLOCKED = frozenset(canonical_phone(number) for number in _HELPLINES.values())
_POSTCODE_AT_END = re.compile(r"[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2}\s*$")


class HasPoints(Protocol):
    """Anything with canonical contact points."""

    @property
    def phones(self) -> tuple[str, ...]: ...
    @property
    def addresses(self) -> tuple[Address, ...]: ...
    @property
    def emails(self) -> tuple[str, ...]: ...


def points_of(owner: HasPoints) -> ContactPoints:
    """The points of a protected person or of a block in force."""
    return ContactPoints(phones=owner.phones, addresses=owner.addresses, emails=owner.emails)


def without_helplines(points: ContactPoints) -> ContactPoints:
    """`points` without the numbers that nobody is ever kept from ringing (R15)."""
    phones = tuple(phone for phone in points.phones if bare_number(phone) not in _NEVER_BLOCKED)
    return points.model_copy(update={"phones": phones})


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
