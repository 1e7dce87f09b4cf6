"""Who comes to Kafka: each service and each party outside, by the name under which the broker knows it."""

import re
from collections.abc import Iterable
from enum import StrEnum


class Principal(StrEnum):
    """One who may write or read some topics and no others: Kafka's `User:intake` and so on. Agencies have lanes beside these."""

    INTAKE = "intake"
    ROUTING = "routing"
    BLOCKING = "blocking"
    TRANSFERS = "transfers"
    NOTIFICATIONS = "notifications"
    RECORDS = "records"
    DESK = "desk"
    MAILBOX = "mailbox"

    POLICE = "police"
    PROBATION = "probation"
    CPS = "cps"
    ESTATE = "estate"
    SRE = "sre"


SERVICES = (
    Principal.INTAKE,
    Principal.ROUTING,
    Principal.BLOCKING,
    Principal.TRANSFERS,
    Principal.NOTIFICATIONS,
    Principal.RECORDS,
    Principal.DESK,
    Principal.MAILBOX,
)
INSIDE = frozenset(SERVICES) - {Principal.DESK}
"""Within the trust boundary. The desk is outside: a person decides there, and an estate may have a desk of its own."""
OUTSIDE = frozenset(Principal) - INSIDE

AGENCIES = ("victim-services",)
"""With a lane of their own where nothing else is said."""
AGENCY = re.compile(r"[a-z][a-z0-9-]{1,30}")
POLICE_OR_PROBATION = re.compile(r"(police|probation)-.+")
"""Agencies so called are told the prison (R41): whoever gives out lanes vouches for them."""


def is_police_or_probation(lane: str) -> bool:
    """Whether the lane is one of police or probation."""
    return POLICE_OR_PROBATION.fullmatch(lane) is not None


def agencies(names: Iterable[str]) -> tuple[str, ...]:
    """`names` in order, as names of agencies with a lane. Raises ValueError for one that can't be one."""
    for name in names:
        if not AGENCY.fullmatch(name) or name in set(Principal):
            raise ValueError(
                f"{name!r} can't be an agency's name: small letters, digits, hyphens, and nobody else's name"
            )
    return tuple(sorted(set(names)))
