"""The social contacts list stays clean (R13, R15)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.blocking.domain import contacts
from shared.events.contacts import SocialContactDecided
from tests.blocking.given import JANE, START, World, authorised, contact, decision, routed

LATER = START + timedelta(minutes=1)
HOME = {"lines": ["1 High St"], "postcode": "ls11aa"}


def said(world: World) -> list[tuple[str, str | None]]:
    return [(event.outcome, event.matched_on) for event in world.of(SocialContactDecided)]


@pytest.mark.parametrize(
    ("who", "matched_on"),
    [
        ({"phones": ["0044 7700 900123"]}, "phone"),
        ({"phones": ["(07700) 900-123"]}, "phone"),
        ({"addresses": [HOME]}, "address"),
        ({"emails": ["JANE@example.org "]}, "email"),
        ({"name": "EXAMPLE, Jane"}, "name"),
        ({"name": "Ms. Jane Sample"}, "name"),
    ],
)
def test_r15_a_contact_that_matches_a_block_is_refused(who: dict[str, Any], matched_on: str) -> None:
    world = authorised()
    world.on(contact("requested", **who))
    assert said(world) == [("refused", matched_on)]
    assert world.of(SocialContactDecided)[0].block_id == "req-1/0"


def test_r15_one_added_at_the_estate_is_taken_off_again() -> None:
    world = authorised()
    world.on(contact("added", phones=["07700900123"]))
    assert said(world) == [("removed", "phone")]


def test_r15_somebody_else_is_listed() -> None:
    world = authorised()
    world.on(contact("requested", phones=["07700900999"]))
    assert said(world) == [("listed", None)]


def test_r15_a_merely_similar_name_waits_for_a_person_whose_yes_lists_it() -> None:
    world = authorised()
    world.on(contact("requested", name="Janey Example"))
    world.on(contact("added", at=LATER, name="Janey Example"))
    assert said(world) == [("waiting", "similar_name"), ("listed", None)]


def test_r15_the_yes_to_one_name_is_no_yes_to_a_number() -> None:
    world = authorised()
    world.on(contact("requested", name="Janey Example"))
    world.on(contact("added", at=LATER, name="Janey Example", phones=["07700900123"]))
    assert said(world) == [("waiting", "similar_name"), ("removed", "phone")]


def test_r15_the_same_message_twice_is_no_persons_yes() -> None:
    world = authorised()
    world.on(contact("added", name="Janey Example"), contact("added", name="Janey Example"))
    assert said(world) == [("waiting", "similar_name")] * 2


def test_r15_a_contact_that_waits_is_not_listed_by_being_told_again() -> None:
    world = authorised()
    for night in range(3):
        world.on(contact("added", at=START + timedelta(days=night), name="Janey Example"))
    assert said(world) == [("waiting", "similar_name")] * 3
    world.on(contact("added", at=START + timedelta(days=4), name="Janey Example", decided_by="a governor"))
    world.on(contact("added", at=START + timedelta(days=5), name="Janey Example"))
    assert said(world)[3:] == [("listed", None)] * 2


@pytest.mark.parametrize("change", ["requested", "added"])
def test_r15_one_put_off_the_list_by_a_new_block_waits_whatever_the_estate_tells_at_night(change: str) -> None:
    world = World()
    world.on(contact(change, name="Janey Example"), routed(), decision("authorise"))
    world.on(contact("added", at=LATER, name="Janey Example"))
    assert said(world)[1:] == [("waiting", "similar_name")] * 2


@pytest.mark.parametrize("change", [{"phones": ["see file"]}, {"name": "Jan Example"}])
def test_r15_a_persons_yes_is_to_the_contact_as_it_was(change: dict[str, Any]) -> None:
    world = authorised()
    world.on(contact("requested", name="Janey Example"), contact("added", at=LATER, name="Janey Example"))
    world.on(contact("added", at=LATER + timedelta(days=1), **{"name": "Janey Example"} | change))
    assert [outcome for outcome, _ in said(world)] == ["waiting", "listed", "waiting"]


def test_r15_r17_a_contact_that_waited_under_a_block_is_judged_again_when_that_is_lifted() -> None:
    world = authorised()
    world.on(contact("requested", name="Janey Example"), decision("withdraw"))
    assert said(world) == [("waiting", "similar_name"), ("listed", None)]


def test_r15_r17_a_contact_that_two_blocks_kept_waiting_waits_on_under_the_other() -> None:
    world = authorised()
    world.on(
        routed(request="req-2"), decision("authorise", request_id="req-2"), contact("requested", name="Janey Example")
    )
    (before,) = world.of(SocialContactDecided)
    world.on(decision("withdraw", request_id="req-1" if before.block_id == "req-1/0" else "req-2"))
    assert said(world) == [("waiting", "similar_name")] * 2
    assert world.of(SocialContactDecided)[1].block_id != before.block_id


def test_r15_a_contact_cleared_for_one_block_waits_again_under_another() -> None:
    world = authorised()
    world.on(contact("requested", name="Janey Example"), contact("added", at=LATER, name="Janey Example"))
    world.on(routed(request="req-2"), decision("authorise", request_id="req-2"))
    assert said(world)[-1] == ("waiting", "similar_name")


@pytest.mark.parametrize("kind", ["legal", "official"])
def test_r15_legal_and_official_contacts_are_never_blocked_by_number(kind: str) -> None:
    world = authorised()
    points: dict[str, Any] = {"phones": ["07700900123"], "addresses": [HOME], "emails": ["jane@example.org"]}
    world.on(contact("requested", name="Sol Icitor", kind=kind, **points))
    assert said(world) == [("listed", None)]


def test_r15_the_victim_registered_as_a_solicitor_waits_for_a_person() -> None:
    world = authorised()
    world.on(contact("requested", kind="legal", name="Jane Example"))
    world.on(contact("added", at=LATER, kind="legal", name="Jane Example"))
    assert said(world) == [("waiting", "name"), ("listed", None)]


def test_r15_a_national_helpline_is_neither_blocked_nor_put_on_a_list() -> None:
    world = authorised(JANE | {"phones": ["116123", "+448001111"]})
    world.on(contact("requested", name="Samaritans", phones=["116 123"]))
    changed = world.block_list()
    assert changed is not None
    assert changed.blocks[0].phones == ()
    assert said(world) == [("listed", None)]


@pytest.mark.parametrize(
    ("who", "matched_on"),
    [
        ({"phones": ["07700900123 / 07700900124"]}, "phone"),
        ({"phones": ["14107700900123"]}, "phone"),
        ({"emails": ["Jane <jane@example.org>"]}, "email"),
        ({"addresses": [{"lines": ["One High Street / Leeds 1"], "postcode": "LS1 1AA"}]}, "address"),
    ],
)
def test_r15_the_same_point_with_words_around_it_is_refused(who: dict[str, Any], matched_on: str) -> None:
    world = authorised()
    world.on(contact("requested", **who))
    assert said(world) == [("refused", matched_on)]


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ({"phones": ["07700900999", "oh seven seven"]}, "phone"),
        ({"emails": ["jane at example"]}, "email"),
        ({"addresses": [{"lines": [], "postcode": "LS1 1AA"}]}, "address"),
    ],
)
def test_r15_what_nobody_can_read_waits_for_a_person_and_is_never_listed(who: dict[str, Any], kind: str) -> None:
    world = authorised()
    world.on(contact("requested", **who))
    assert said(world) == [("waiting", kind)]


def test_r15_what_nobody_can_read_comes_off_a_list_when_a_block_comes_into_force() -> None:
    world = World()
    world.on(contact("added", phones=["see file"]), routed(), decision("authorise"))
    assert said(world) == [("listed", None), ("waiting", "phone")]


@pytest.mark.parametrize("kind", ["legal", "official"])
def test_r15_an_unreadable_point_of_a_legal_or_official_contact_keeps_nobody_waiting(kind: str) -> None:
    world = authorised()
    world.on(contact("requested", name="Sol Icitor", kind=kind, phones=["see file"]))
    assert said(world) == [("listed", None)]


def test_r13_authorising_takes_matching_contacts_off() -> None:
    world = World()
    world.on(contact("added", contact_id="jane", phones=["07700900123"]), contact("added", contact_id="bob"))
    world.on(contact("added", contact_id="janey", name="Jayne Example"))
    world.on(routed(), decision("authorise"))
    assert world.outcomes() == {"jane": "removed", "bob": "listed", "janey": "waiting"}


def test_r15_r19_a_list_longer_than_any_takes_no_more_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST_ON_HAND", 3)
    world = World()
    world.on(*(contact("added", contact_id=f"c-{place}") for place in range(contacts.MOST_ON_HAND)))
    world.on(contact("added", contact_id="more"), contact("requested", contact_id="yet-more"))
    assert said(world)[-2:] == [("removed", None), ("refused", None)]
    world.on(contact("removed", at=LATER, contact_id="c-0"), contact("added", at=LATER, contact_id="more"))
    assert said(world)[-1] == ("listed", None)
    world.on(contact("added", at=LATER, contact_id="c-1", name="Bob Otherwise"))
    assert said(world)[-1] == ("listed", None)


def test_r19_of_contacts_off_the_list_only_the_newest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST_OFF", 3)
    world = World()
    many = range(8)
    world.on(*(contact("removed", at=START + timedelta(seconds=place), contact_id=f"c-{place}") for place in many))
    state = world.prisoner()
    assert state is not None
    assert [*state.contacts] == [f"c-{place}" for place in many[5:]]


@pytest.mark.parametrize(
    "who",
    [
        {"addresses": [{"lines": ["x" * 900_000]}]},
        {"addresses": [{"lines": ["x" * 90] * 120}]},
        {"addresses": [{"lines": ["x" * 190] * 8}] * 8},
        {"phones": ["1" * 190] * 60},
    ],
)
def test_r19_a_contact_larger_than_any_is_set_aside(who: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is too large|is too long|at most 50 items"):
        contact("added", **who)


def test_r25_an_older_change_does_not_undo_a_newer_one() -> None:
    world = World()
    world.on(contact("removed", at=LATER), contact("added"))
    assert world.outcomes() == {"c-1": "removed"}


def test_r15_who_is_off_the_list_is_not_kept() -> None:
    world = authorised()
    world.on(
        contact("requested", phones=["07700900123"]),
        contact("added", contact_id="c-2"),
        contact("removed", contact_id="c-2"),
    )
    state = world.prisoner()
    assert state is not None
    assert [kept.who for kept in state.contacts.values()] == [None, None]


@given(
    st.lists(st.sampled_from([" ", "-", ".", "(", ")"]), min_size=11, max_size=11),
    st.sampled_from(["0", "+44", "0044"]),
)
def test_r15_r44_a_number_written_any_other_way_is_refused(gaps: list[str], prefix: str) -> None:
    world = authorised()
    written = prefix + "".join(gap + digit for gap, digit in zip(gaps, "7700900123", strict=False))
    world.on(contact("requested", phones=[written.replace("(", " ").replace(")", " ")]))
    assert world.outcomes() == {"c-1": "refused"}


@given(
    st.permutations(["Jane", "Example"]),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(["", "Mrs ", "Dr. "]),
)
def test_r15_a_name_in_any_order_and_case_is_refused(words: list[str], case: Any, title: str) -> None:
    world = authorised()
    world.on(contact("requested", name=title + case(" ".join(words))))
    assert world.outcomes() == {"c-1": "refused"}


@given(
    st.sampled_from(["1 High Street", "1, high st.", "1 HIGH STREET, Leeds"]),
    st.sampled_from(["LS1 1AA", "ls11aa", "Ls1  1aa"]),
)
def test_r15_an_address_written_any_other_way_is_refused(line: str, postcode: str) -> None:
    world = authorised()
    world.on(contact("requested", addresses=[{"lines": [line], "postcode": postcode}]))
    assert world.outcomes() == {"c-1": "refused"}
