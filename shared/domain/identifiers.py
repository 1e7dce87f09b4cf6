"""The identifiers of prisons, prisoners, probation and the CPS (R36)."""

import re
from typing import Annotated

from pydantic import StringConstraints

PrisonerNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{4}[A-Z]{2}$")]
"""A letter, four digits, two letters: `A1234BC`."""

PrisonId = Annotated[str, StringConstraints(pattern=r"^([A-Z]{3}|[A-Z0-9]{4,6})$")]
"""Three capitals, with rare longer ones (`STC2`, `ZZGHI`)."""

Crn = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{6}$")]
"""Probation's case reference number."""

_PRISONER_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")


def canonical_prisoner_number(text: str) -> str | None:
    """`a 1234-bc` as `A1234BC`; None where it is no prisoner number."""
    squeezed = re.sub(r"[\s\-]", "", text).upper()
    return squeezed if _PRISONER_NUMBER.fullmatch(squeezed) else None


def canonical_cps_urn(text: str) -> str:
    """A CPS URN without punctuation and spaces, in capitals."""
    return "".join(symbol for symbol in text.upper() if symbol.isalnum())


def cps_urn_doubts(urn: str) -> list[str]:
    """What is unusual about a canonical URN: a reason to warn, never to refuse."""
    doubts = [] if re.match(r"[0-9]{2}", urn) else ["does not begin with a two-digit force code"]
    return doubts if len(urn) == 11 else [*doubts, "is not 11 characters long"]
