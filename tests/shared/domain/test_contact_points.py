"""Contact points together (R12, R15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.addresses import Address
from shared.domain.contact_points import ContactPoints, as_canonical, first_match, without

HOME = Address(lines=("1 High Street",), town="Leeds", postcode="LS1 1AA")
JANE = as_canonical(["07700 900123", "0113 496 0123"], [HOME], ["Jane@Example.org"])


def test_r15_what_of_a_contact_is_blocked() -> None:
    assert first_match(JANE, as_canonical(["0044 7700 900123"], [], [])) == "phone"
    assert first_match(JANE, as_canonical([], [Address(lines=("1 high st",), postcode="ls11aa")], [])) == "address"
    assert first_match(JANE, as_canonical([], [], ["JANE@example.org"])) == "email"
    assert first_match(JANE, as_canonical(["07700 900124", "no number"], [], ["no address"])) is None


FLAT = Address(lines=("Flat 2", "14b St. Mary's Rd"), town="Leeds", postcode="LS1 1AA")
NO_POSTCODE = Address(lines=("1 High Street",), town="Leeds")


def test_r12_a_decision_excludes_points_in_any_spelling() -> None:
    assert without(JANE, ["+44 7700 900 123", "JANE@EXAMPLE.ORG"]).phones == ("+441134960123",)
    assert without(JANE, ["07700–900123"]).phones == ("+441134960123",)
    assert without(JANE, [" jane@EXAMPLE.ORG "]).emails == ()


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (HOME, HOME),
        (Address(lines=("1 high st",), postcode="LS11AA"), HOME),
        ("1 High St, Leeds, LS1 1AA", HOME),
        ("1 HIGH STREET LEEDS ls11aa", HOME),
        ("1 High St., LS1 1AA", HOME),
        ("Flat 2, 14B St Mary’s Road, Leeds, LS1 1AA", FLAT),
        ("1 High Street, Leeds", NO_POSTCODE),
        (Address(lines=("1 High Street", "Leeds")), NO_POSTCODE),
    ],
)
def test_r12_a_decision_excludes_a_whole_address_in_any_spelling(written: str | Address, address: Address) -> None:
    points = ContactPoints(addresses=(address,), emails=JANE.emails)
    assert without(points, [written]) == ContactPoints(emails=JANE.emails)


@pytest.mark.parametrize(
    "written",
    [
        "1", "1 High Street", "1 High Street, Leeds", "High Street, Leeds, LS1 1AA", "1, LS1 1AA", "Leeds", "LS1 1AA", "LS1",
        "2 High Street, Leeds, LS1 1AA", "1 High Street, Leeds, LS1 1AB", "1 High Street, York, LS1 1AA",
        "1a High Street, Leeds, LS1 1AA", "Flat 1, 1 High Street, Leeds, LS1 1AA", "not 1 High Street, Leeds, LS1 1AA",
        "14b St Mary's Road, Leeds, LS1 1AA", "Flat 14b, 2 St Mary's Road, Leeds, LS1 1AA", "", ",", "something else",
        Address(lines=("1",)), Address(lines=("1 High Street",)), Address(lines=("1",), postcode="LS1 1AA"),
        Address(lines=("1 High Street",), town="York", postcode="LS1 1AA"), Address(lines=(), postcode="LS1 1AA"),
        "07700 900", "7700 900123 or 0113 496 0123", "07700 900123, 0113 496 0123", "not 07700 900123", "не 07700 900123",
        "07700 900123?", "0113 496 0123 ext 45", "example.org", "jane", "not jane@example.org", "jane@example.org?",
    ],
)  # fmt: skip
def test_r12_what_does_not_clearly_name_one_point_excludes_nothing(written: str | Address) -> None:
    points = JANE.model_copy(update={"addresses": (HOME, FLAT)})
    assert without(points, [written]) == points


def test_r12_an_address_without_postcode_is_excluded_with_its_town_alone() -> None:
    points = ContactPoints(addresses=(NO_POSTCODE,))
    assert without(points, ["1 High Street", "1 High Street, Leeds, LS1 1AA", "LS1 1AA"]) == points


def test_r12_an_extension_is_excluded_by_itself() -> None:
    desk = as_canonical(["0113 496 0123 ext 45"], [], [])
    assert without(desk, ["0113 496 0123"]) == desk
    assert without(desk, ["0113 496 0123 x45"]).empty
    assert without(desk, [desk.phones[0]]).empty


WORDS = ("Flat", "2", "14b", "St", "Mary's", "Rd", "Leeds", "LS1 1AA")


@given(st.permutations(WORDS), st.integers(0, len(WORDS)), st.booleans())
def test_r12_only_all_words_of_an_address_in_their_order_exclude_it(
    words: list[str], count: int, in_order: bool
) -> None:
    written = sorted(words[:count], key=WORDS.index) if in_order else words[:count]
    points = ContactPoints(addresses=(FLAT,))
    whole = tuple(written) in (WORDS, (*WORDS[:-2], WORDS[-1]))
    assert without(points, [" ".join(written)]).empty == whole


def test_merging_keeps_each_point_once() -> None:
    assert JANE.merged(JANE) == JANE
    assert ContactPoints().empty
    assert not JANE.empty


@pytest.mark.parametrize(
    "written",
    [
        "07700 900123 (mobile)", "mob: 07700 900123", "07700900123 mum", "07700900123 / 07700900124", "07700900123#",
        "07700900124 / 07700900123", "07700900123 or 07700 900999", "07700900123;07700900124", "14107700900123",
        "1470 07700 900123", "*67 07700900123", "0044 (0)7700 900123 (home)", "07700.900.123 after 6", "0 7 7 0 0 9 0 0 1 2 3 m",
        "jane@example.org, 07700900123", "０７７００９００１２３ (mum)",
    ],
)  # fmt: skip
def test_r15_r44_a_number_is_read_whatever_stands_around_it(written: str) -> None:
    points = as_canonical([written], [], [])
    assert first_match(JANE, points) == "phone"
    assert not points.unread


@pytest.mark.parametrize(
    "written",
    [
        "Jane <jane@example.org>", "<jane@example.org>", "MAILTO:jane@example.org", "jane@example.org.", "'jane@example.org'",
        "ｊａｎｅ@example.org", "bob@example.org; jane@example.org", "jane@example.org (work)",
    ],
)  # fmt: skip
def test_r15_an_e_mail_address_is_read_whatever_stands_around_it(written: str) -> None:
    for points in (as_canonical([], [], [written]), as_canonical([written], [], [])):
        assert first_match(JANE, points) == "email"
        assert not points.unread


@pytest.mark.parametrize(
    "written",
    ["n/a", "oh seven seven double oh", "0770O900123", "07700 900 123 4", "07700_900_124", "077009001231", "mum"],
)
def test_r15_what_says_no_number_is_told(written: str) -> None:
    assert as_canonical([written], [], []).unread == {"phone"}


def test_r15_what_says_no_e_mail_address_or_no_address_is_told() -> None:
    assert as_canonical([], [], ["jane at example dot org"]).unread == {"email"}
    assert as_canonical([], [], ["jane@example.org, bob@example"]).unread == {"email"}
    assert as_canonical([], [Address(lines=("-",), postcode="LS1 1AA")], []).unread == {"address"}


def test_r15_nothing_written_is_nothing_to_look_at() -> None:
    assert as_canonical(["", " - "], [Address(lines=("",))], [" "]) == ContactPoints(addresses=(Address(lines=("",)),))


def test_r44_extensions_and_short_codes_are_read_in_a_text_too() -> None:
    points = as_canonical(["0113 496 0123 ext 45 (desk)", "Samaritans: 116 123"], [], [])
    assert points.phones == ("+441134960123;ext=45", "116123")
