"""Contact points together (R12, R15)."""

from shared.domain.addresses import Address
from shared.domain.contact_points import ContactPoints, as_canonical, first_match, without

HOME = Address(lines=("1 High Street",), town="Leeds", postcode="LS1 1AA")
JANE = as_canonical(["07700 900123", "0113 496 0123"], [HOME], ["Jane@Example.org"])


def test_r15_what_of_a_contact_is_blocked() -> None:
    assert first_match(JANE, as_canonical(["0044 7700 900123"], [], [])) == "phone"
    assert first_match(JANE, as_canonical([], [Address(lines=("1 high st",), postcode="ls11aa")], [])) == "address"
    assert first_match(JANE, as_canonical([], [], ["JANE@example.org"])) == "email"
    assert first_match(JANE, as_canonical(["07700 900124", "no number"], [], ["no address"])) is None


def test_r12_a_decision_excludes_points_in_any_spelling() -> None:
    assert without(JANE, ["+44 7700 900 123", "JANE@EXAMPLE.ORG"]).phones == ("+441134960123",)
    assert without(JANE, ["JANE@EXAMPLE.ORG"]).emails == ()
    for address in ({"lines": ["1 high st"], "postcode": "LS11AA"}, HOME, "LS1 1AA", "1 High St, Leeds, LS1 1AA"):
        assert without(JANE, [address]).addresses == ()
    assert without(JANE, ["something else", "YO1 1AA", "2 High Street, Leeds, LS1 1AA"]) == JANE


def test_merging_keeps_each_point_once() -> None:
    assert JANE.merged(JANE) == JANE
    assert ContactPoints().empty
    assert not JANE.empty
