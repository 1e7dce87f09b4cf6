"""Contact points of a block: which are enforced, and which a breach adds (R12, R15, R30)."""

from typing import Protocol

from shared.domain.addresses import Address
from shared.domain.contact_points import ContactPoints
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
