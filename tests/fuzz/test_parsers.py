"""Parsers: whatever comes, one form, or nothing but the fault that is promised."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.addresses import Address, addresses_match, canonical_postcode, is_whole_address
from shared.domain.contact_points import as_canonical, first_match, read_point, without
from shared.domain.emails import canonical_email
from shared.domain.identifiers import canonical_cps_urn, canonical_prisoner_number, cps_urn_doubts
from shared.domain.names import canonical_name, same_name, similar_name
from shared.domain.phones import canonical_phone
from shared.domain.prisons import find_prison
from shared.domain.references import canonical_reference
from shared.domain.working_days import parse_time
from shared.events.envelope import Unreadable
from shared.events.json_body import read_json
from tests.fuzz import hostile

MANY = settings(max_examples=200, suppress_health_check=list(HealthCheck))


@MANY
@given(text=hostile.text)
@pytest.mark.parametrize("canonical", [canonical_phone, canonical_email])
def test_a_number_or_an_email_address_has_one_form_or_is_none(canonical: Callable[[str], str], text: str) -> None:
    with suppress(ValueError):
        form = canonical(text[:300])
        assert form.isprintable()
        assert canonical(form) == form


@MANY
@given(text=hostile.text)
@pytest.mark.parametrize("canonical", [canonical_postcode, canonical_prisoner_number, canonical_reference])
def test_what_we_give_a_form_has_one_form_or_is_none(canonical: Callable[[str], str | None], text: str) -> None:
    form = canonical(text)
    assert form is None or canonical(form) == form


@MANY
@given(one=hostile.text, other=hostile.text)
def test_names_of_any_kind_can_be_compared(one: str, other: str) -> None:
    """The same is the same, whichever is asked about first."""
    one, other = one[:200], other[:200]
    assert canonical_name(canonical_name(one)) == canonical_name(one) or "," in one
    assert same_name(one, one)
    assert similar_name(one, other) == similar_name(other, one)
    find_prison(one)
    assert isinstance(cps_urn_doubts(canonical_cps_urn(one)), list)


@MANY
@given(lines=st.lists(hostile.text, min_size=2, max_size=6), postcode=hostile.text)
def test_addresses_and_points_of_any_kind_can_be_compared(lines: list[str], postcode: str) -> None:
    lines = [line[:200] for line in lines]
    one = Address(lines=tuple(lines[:-1]), town=lines[-1], postcode=postcode[:200])
    other = Address(lines=tuple(lines[1:]), postcode="LS1 1AA")
    assert addresses_match(one, other) == addresses_match(other, one)
    is_whole_address(lines[0], one)
    points = as_canonical(lines, [one, other], lines)
    assert first_match(points, points) or not points.phones + points.emails
    without(points, [*lines, one])
    read_point(lines[0])


@MANY
@given(text=hostile.text)
def test_a_time_is_between_1900_and_2100_or_none(text: str) -> None:
    with suppress(ValueError):
        assert 1899 <= parse_time(text).year <= 2101


@MANY
@given(data=st.binary(max_size=60) | hostile.anything.map(hostile.written))
def test_json_is_read_or_unreadable(data: bytes) -> None:
    with suppress(Unreadable):
        read_json(data)
