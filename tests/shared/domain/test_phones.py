"""Telephone numbers, however written (R44)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.phones import bare_number, canonical_phone, phones_match

MOBILE = "+447700900123"

ODD = [
    "07700900123",
    "07700 900123",
    "07700-900-123",
    "(07700) 900 123",
    "+44 7700 900123",
    "+44 (0)7700 900123",
    "0044 7700 900123",
    "0044(0)7700900123",
    "44 (0) 7700 900123",
    "tel:+447700900123",
    "07700\u00a0900\u2011123",
    "\u200e07700 900123\u200f",
    "٠٧٧٠٠ ٩٠٠١٢٣",
    "０７７００９００１２３",
]


@pytest.mark.parametrize("written", ODD)
def test_r44_one_number_however_it_is_written(written: str) -> None:
    assert canonical_phone(written) == MOBILE


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("116 123", "116123"),
        ("60999", "60999"),
        ("999", "999"),
        ("0113 496 0123 ext 45", "+441134960123;ext=45"),
        ("0113 496 0123 x45", "+441134960123;ext=45"),
        ("0113 496 0123 extn. 45", "+441134960123;ext=45"),
        ("+33 1 23 45 67 89", "+33123456789"),
        ("00353 1 234 5678", "+35312345678"),
    ],
)
def test_r44_extensions_short_codes_and_foreign_numbers_are_kept(written: str, kept: str) -> None:
    assert canonical_phone(written) == kept


@pytest.mark.parametrize(
    "written", ["", "ring me", "07700 900abc", "12", "077009001234567", "07700", "+", "O7700 9OO123"]
)
def test_what_is_no_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError, match="is not a telephone number"):
        canonical_phone(written)


def test_r44_an_extension_is_covered_by_its_whole_number_and_by_itself() -> None:
    number, extension, other = "+441134960123", "+441134960123;ext=45", "+441134960123;ext=46"
    assert phones_match(number, extension)
    assert phones_match(extension, extension)
    assert phones_match(extension, number)
    assert not phones_match(extension, other)
    assert bare_number(extension) == number


@given(
    st.integers(7_000_000_000, 7_999_999_999),
    st.lists(st.integers(1, 10), max_size=4),
    st.sampled_from(["0", "+44", "0044", "+44 (0)"]),
)
def test_r44_spaces_dashes_and_prefixes_change_nothing(number: int, gaps: list[int], prefix: str) -> None:
    digits = str(number)
    for gap in gaps:
        digits = digits[:gap] + " " + digits[gap:]
    assert canonical_phone(prefix + digits) == f"+44{number}"


@given(st.text(max_size=40))
def test_any_text_is_a_canonical_number_or_a_clear_fault(text: str) -> None:
    try:
        canonical = canonical_phone(text)
    except ValueError:
        return
    assert canonical_phone(canonical) == canonical
