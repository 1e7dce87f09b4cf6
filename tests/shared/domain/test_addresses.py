"""Addresses, however written (R15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.addresses import Address, address_key, addresses_match, canonical_postcode


def at(*lines: str, town: str | None = None, postcode: str | None = None) -> Address:
    return Address(lines=lines, town=town, postcode=postcode)


HOME = at("1 High Street", town="Leeds", postcode="LS1 1AA")
FLAT = at("Flat 2", "14b St. Mary's Road", town="Leeds", postcode="LS1 1AA")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HOME, at("1 high st", postcode="ls11aa")),
        (HOME, at("1, HIGH STREET", "West Yorkshire", town="LEEDS", postcode="LS1  1AA")),
        (HOME, at("1 High St.", town="leeds")),
        (FLAT, at("14B St Marys Rd, Flat 2", postcode="LS11AA")),
        (FLAT, at("2 / 14 b Saint Mary's Rd", postcode="LS1 1AA")),
        (at("Rose Cottage", "Mill Lane", postcode="YO1 1AA"), at("Rose Cottage, Mill Ln", postcode="YO1 1AA")),
        (at("Flat A", "3 Park Rd", postcode="LS1 1AA"), at("Apartment A, 3 Park Road", postcode="LS1 1AA")),
        (at("Flat A", "3 Park Rd", postcode="LS1 1AA"), at("3A Park Road", postcode="LS1 1AA")),
        (HOME, at("One High Street", postcode="LS1 1AA")),
        (HOME, at("01 High Street", postcode="LS1 1AA")),
        (HOME, at("1 High Street / Leeds 1", postcode="LS1 1AA")),
        (HOME, at("1 High Street", "Leeds 1")),
        (HOME, at("1 High Street", town="Leeds 1")),
        (at("21 Park Road", postcode="LS1 1AA"), at("Twenty-One Park Rd", postcode="LS1 1AA")),
    ],
)
def test_r15_the_same_address_however_written(one: Address, other: Address) -> None:
    assert addresses_match(one, other)
    assert addresses_match(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HOME, at("11 High Street", town="Leeds", postcode="LS1 1AA")),
        (HOME, at("1 High Street", town="Leeds", postcode="LS1 1AB")),
        (HOME, at("1 High Street", town="York")),
        (FLAT, at("14b St Mary's Road", postcode="LS1 1AA")),
        (FLAT, at("Flat 3", "14b St Mary's Road", postcode="LS1 1AA")),
        (at("Rose Cottage", "Mill Lane", postcode="YO1 1AA"), at("Ivy House", "Mill Lane", postcode="YO1 1AA")),
        (at("Flat A", "3 Park Rd", postcode="LS1 1AA"), at("Flat B", "3 Park Rd", postcode="LS1 1AA")),
        (at("मीना भवन", postcode="LS1 1AA"), at("मोना भवन", postcode="LS1 1AA")),
        (at(town="Leeds"), at(town="Leeds")),
        (HOME, at("Eleven High Street", postcode="LS1 1AA")),
        (HOME, at("One Oak House", postcode="LS1 1AA")),
        (HOME, at("Flat 1, 1 High Street", postcode="LS1 1AA")),
        (HOME, at("1 High Street, Flat B", postcode="LS1 1AA")),
    ],
)
def test_r15_another_flat_house_street_or_town_is_another_address(one: Address, other: Address) -> None:
    assert not addresses_match(one, other)
    assert not addresses_match(other, one)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("ls11aa", "LS1 1AA"),
        ("LS1 1AA", "LS1 1AA"),
        ("ec1a-1bb", "EC1A 1BB"),
        ("M1 1AE", "M1 1AE"),
        ("GIR", None),
        ("12345", None),
        ("", None),
    ],
)
def test_postcodes(written: str, canonical: str | None) -> None:
    assert canonical_postcode(written) == canonical


lines = st.lists(st.text("abcdefgh 0123456789", min_size=1, max_size=20), min_size=1, max_size=3)


@given(lines, st.sampled_from(["LS1 1AA", "ls11aa", "YO1 1AA"]))
def test_r15_case_and_commas_make_no_other_address_and_matching_ones_share_a_key(
    written: list[str], postcode: str
) -> None:
    one = at(*written, postcode=postcode)
    other = at(", ".join(written).upper(), postcode=postcode.lower())
    if addresses_match(one, one):
        assert addresses_match(one, other)
    assert address_key(one) == address_key(other)
