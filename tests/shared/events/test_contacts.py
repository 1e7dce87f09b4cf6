"""A social contact of no sensible size is refused, however it came to it."""

from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import to_json

from shared.domain.addresses import MOST_CHARACTERS, MOST_LINES
from shared.events.inbound import LARGEST_CONTACT, NEVER_TOO_LARGE, SocialContactChanged

DEAREST = "\x01"
"""No sign takes more bytes in JSON."""
PHONE = DEAREST * 200
ADDRESS = {"lines": [DEAREST * (MOST_CHARACTERS // MOST_LINES)] * MOST_LINES, "town": "", "postcode": ""}


def changed(**points: list[Any]) -> dict[str, Any]:
    longest = {"contact_id": DEAREST * 200, "name": f"x{DEAREST * 198}x", "relationship": DEAREST * 200}
    contact = longest | {"kind": "official", **points}
    return {"prisoner_number": "A1234BC", "change": "requested", "at": "2026-11-23T09:00:00Z", "contact": contact}


@pytest.mark.parametrize("addresses", range(NEVER_TOO_LARGE + 1))
def test_with_so_few_points_none_can_be_too_large(addresses: int) -> None:
    points: dict[str, list[Any]] = {
        "addresses": [ADDRESS] * addresses,
        "phones": [PHONE] * (NEVER_TOO_LARGE - addresses),
    }
    event = SocialContactChanged.model_validate(changed(**points))
    assert len(to_json(event.contact)) <= LARGEST_CONTACT


def test_a_contact_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValidationError, match="too large in all"):
        SocialContactChanged.model_validate(changed(addresses=[ADDRESS] * (NEVER_TOO_LARGE + 1)))
    few = changed(phones=["07700 900123"] * (NEVER_TOO_LARGE + 1))
    assert SocialContactChanged.model_validate(few).contact.phones
