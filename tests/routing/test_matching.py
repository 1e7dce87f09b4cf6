"""Which prisoner a request is about: sure, or a person's to decide (R9, R11, R36, R39, R42)."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.prisoner import Prisoner
from shared.domain.names import same_name
from shared.events.envelope import Event
from shared.events.requests import (
    ContactRequestNeedsPerson,
    ContactRequestRouted,
    ContactRequestSubmitted,
    MatchedBy,
    NeedsPersonBecause,
)
from shared.runtime.work import NotYet, Rejected
from tests.routing.given import JOHN, OTHER, by_details, choice, merged, prisoner, received, submitted, world
from tests.support.world import START, World

B = NeedsPersonBecause
HOUR = timedelta(hours=1)


def because(there: World) -> list[NeedsPersonBecause]:
    return [event.because for event in there.of(ContactRequestNeedsPerson)]


def routed(there: World) -> list[str]:
    return [event.prisoner_number for event in there.of(ContactRequestRouted)]


def test_r9_number_and_name_that_agree_are_routed_with_a_block_for_each_person() -> None:
    there = world()
    (said,) = there.on(prisoner(), submitted())
    assert isinstance(said, ContactRequestRouted)
    assert (said.prisoner_number, said.prison_id, said.matched_by, said.crn) == (
        JOHN,
        "LEI",
        MatchedBy.NUMBER,
        "X123456",
    )
    assert said.prison_as_of == START
    assert [proposed.person.name for proposed in said.proposed] == ["Jane Example", "Jack Example"]
    assert len({proposed.block_id for proposed in said.proposed}) == 2


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"name": "Peter Sample"}, B.NUMBER_AND_NAME_DISAGREE),
        ({"name": "Jon Example"}, B.NOT_SURE),
        ({"date_of_birth": "1980-01-01"}, B.NOT_SURE),
        ({"number": OTHER}, B.NUMBER_UNKNOWN),
    ],
)
def test_r9_a_wrong_digit_does_not_bind_somebody_else(details: dict[str, Any], why: NeedsPersonBecause) -> None:
    there = world()
    there.on(prisoner(), submitted(**details))
    assert routed(there) == []
    assert because(there) == [why]


@pytest.mark.parametrize("name", ["EXAMPLE, John", "Mr John Example", "Johnny Alias", "John William Example"])
def test_r9_a_name_of_the_record_or_an_alias_agrees(name: str) -> None:
    there = world()
    there.on(prisoner(middle_names="William", aliases=["Johnny Alias"]), submitted(name=name))
    assert routed(there) == [JOHN]


def test_r9_an_unknown_number_is_routed_by_itself_once_its_record_comes_and_agrees() -> None:
    there = world()
    there.on(submitted(), prisoner())
    assert because(there) == [B.NUMBER_UNKNOWN]
    assert routed(there) == [JOHN]
    disagreeing = world()
    disagreeing.on(submitted(), prisoner(first_name="Peter", last_name="Sample"))
    assert because(disagreeing) == [B.NUMBER_UNKNOWN, B.NUMBER_AND_NAME_DISAGREE]


def test_r9_without_a_number_exact_name_birth_and_prison_of_one_prisoner_are_sure() -> None:
    there = world()
    (said,) = there.on(prisoner(), by_details())
    assert isinstance(said, ContactRequestRouted)
    assert said.matched_by is MatchedBy.DETAILS


@pytest.mark.parametrize(
    "details", [{"believed_prison": None}, {"believed_prison": "MDI"}, {"date_of_birth": None}, {"name": "Jon Example"}]
)
def test_r9_anything_less_is_a_persons_to_decide(details: dict[str, Any]) -> None:
    there = world()
    there.on(prisoner(), by_details(**details))
    assert routed(there) == []
    (asked,) = there.of(ContactRequestNeedsPerson)
    assert [candidate.prisoner_number for candidate in asked.candidates] == [JOHN]
    assert asked.candidates[0].why


def test_r9_several_are_shown_best_first_and_none_is_said_to_be_none() -> None:
    there = world()
    many = [prisoner(f"C{n:04}DE", aliases=["John Example"], first_name=f"Other{n}") for n in range(30)]
    there.on(prisoner(), prisoner(OTHER), *many, by_details())
    (asked,) = there.of(ContactRequestNeedsPerson)
    assert asked.because is B.SEVERAL_MATCHES
    assert len(asked.candidates) == 10
    scores = [candidate.score for candidate in asked.candidates]
    assert scores == sorted(scores, reverse=True)
    nobody = world()
    nobody.on(prisoner(), by_details(name="Peter Sample", date_of_birth="1970-01-01"))
    assert because(nobody) == [B.NO_MATCH]


def test_r9_a_request_that_waits_is_looked_for_again_when_such_a_prisoner_is_recorded() -> None:
    there = world()
    there.on(by_details(), prisoner())
    assert (because(there), routed(there)) == ([B.NO_MATCH], [JOHN])


def test_r9_a_person_chooses_once() -> None:
    there = world()
    there.on(prisoner(), by_details(name="Jon Example"), choice(JOHN))
    (said,) = there.of(ContactRequestRouted)
    assert said.matched_by is MatchedBy.PERSON
    with pytest.raises(Rejected):
        there.on(choice(OTHER))
    with pytest.raises(NotYet):
        there.on(choice(JOHN, "unheard of"))
    waiting = world()
    waiting.on(submitted())
    with pytest.raises(NotYet):
        waiting.on(choice(OTHER))


def test_r9_a_person_who_says_that_the_number_was_wrong_binds_nobody_with_that_number_when_they_move() -> None:
    there = world()
    there.on(prisoner(JOHN, last_name="Stranger"), prisoner(OTHER), submitted(number=JOHN), choice(OTHER))
    assert there.on(received("MDI", START + HOUR, JOHN), prisoner(JOHN, START + 2 * HOUR, prison_id="DNI")) == []
    assert routed(there) == [OTHER]
    (again,) = there.on(received("MDI", START + HOUR, OTHER))
    assert (again.prisoner_number, again.prison_id) == (OTHER, "MDI")  # type: ignore[attr-defined]


def test_r9_a_persons_choice_stands_while_the_prisoner_is_away() -> None:
    there = world()
    there.on(prisoner(JOHN, last_name="Stranger"), prisoner(OTHER, status="released"), submitted(), choice(OTHER))
    (said,) = there.on(received("MDI", START + HOUR, OTHER))
    assert isinstance(said, ContactRequestRouted)
    assert (said.prisoner_number, said.matched_by) == (OTHER, MatchedBy.PERSON)


def test_r9_a_name_that_is_put_right_while_a_request_is_held_is_looked_at_again() -> None:
    there = world()
    there.on(
        prisoner(status="released"), submitted(), prisoner(at=START + HOUR, first_name="Peter", last_name="Sample")
    )
    assert (because(there), routed(there)) == ([B.NUMBER_AND_NAME_DISAGREE], [])


def test_r9_r11_two_candidates_who_turn_out_to_be_one_are_sure() -> None:
    there = world()
    there.on(prisoner(JOHN), prisoner(OTHER), by_details())
    assert (because(there), routed(there)) == ([B.SEVERAL_MATCHES], [])
    there.on(merged(OTHER, JOHN))
    assert routed(there) == [OTHER]


@pytest.mark.parametrize("order", [0, 1])
def test_r39_the_record_of_a_removed_number_counts_for_the_kept_one_before_and_after_the_merge(order: int) -> None:
    there = world()
    events: list[Event] = [prisoner(JOHN, aliases=["Johnny Alias"]), submitted(number=OTHER, name="Johnny Alias")]
    events.insert(order, merged(OTHER, JOHN))
    there.on(*events, prisoner(OTHER, START + HOUR, first_name="Peter"))
    assert routed(there) == [OTHER]
    there.on(submitted("r2", number=OTHER, name="Johnny Alias"))
    assert routed(there) == [OTHER, OTHER]


@pytest.mark.parametrize("order", [0, 1, 2])
def test_r11_r39_a_request_about_a_removed_number_goes_to_the_kept_one_whenever_the_merge_is_heard(order: int) -> None:
    there = world()
    events: list[Event] = [prisoner(OTHER), submitted(number=JOHN)]
    events.insert(order, merged(OTHER, JOHN))
    there.on(*events)
    assert routed(there) == [OTHER]


def test_r11_merges_in_a_chain_and_twice_and_in_a_circle() -> None:
    there = world()
    there.on(prisoner("C1234BC"), merged(OTHER, JOHN), merged("C1234BC", OTHER), merged(OTHER, JOHN), submitted())
    assert routed(there) == ["C1234BC"]
    with pytest.raises(Rejected):
        there.on(merged(JOHN, "C1234BC"))
    there.on(prisoner("D1234BC"))
    with pytest.raises(Rejected):
        there.on(merged("D1234BC", JOHN))


@pytest.mark.parametrize("before", [True, False])
def test_r11_what_is_held_for_a_removed_number_is_routed_where_the_kept_one_is(before: bool) -> None:
    there = world()
    kept, removed = prisoner(OTHER, START + HOUR), prisoner(JOHN, status="released")
    there.on(removed, submitted(number=JOHN), *([kept, merged(OTHER, JOHN)] if before else [merged(OTHER, JOHN), kept]))
    assert routed(there) == [OTHER]


names = st.sampled_from(["John Example", "Jon Example", "Peter Sample", "Example, John"])
numbers = st.sampled_from([JOHN, OTHER])
instants = st.integers(0, 5).map(lambda hours: START + hours * HOUR)
records = st.builds(
    prisoner,
    numbers,
    instants,
    first_name=st.sampled_from(["John", "Peter"]),
    prison_id=st.sampled_from(["LEI", "MDI"]),
    status=st.sampled_from(["in_custody", "released"]),
)
requests = st.builds(
    submitted,
    st.sampled_from(["r1", "r2"]),
    name=names,
    number=numbers | st.none(),
    date_of_birth=st.sampled_from(["1990-01-31", None]),
    believed_prison=st.sampled_from(["LEI", None]),
)
movements = st.builds(received, st.sampled_from(["LEI", "MDI"]), instants, numbers)
choices = st.builds(choice, numbers | st.none(), st.sampled_from(["r1", "r2"]))


def take(there: World, events: list[Event]) -> None:
    """Everything that is not refused, one after the other."""
    for event in events:
        with suppress(Rejected, NotYet):
            there.on(event)
    there.wait(days=3)


@given(st.lists(records | requests | movements, max_size=8))
def test_r9_a_program_routes_to_nobody_with_another_name_and_never_by_a_name_alone(events: list[Event]) -> None:
    there, seen = world(), set[str]()
    asked = {event.request_id: event for event in reversed(events) if isinstance(event, ContactRequestSubmitted)}
    for event in events:
        for said in there.on(event):
            if isinstance(said, ContactRequestRouted) and said.request_id not in seen:
                seen.add(said.request_id)
                about, found = asked[said.request_id].request.prisoner, there.know(Prisoner, said.prisoner_number)
                assert found
                assert any(same_name(about.name, name) for name in found.names)
                assert about.number == found.number or (
                    not about.number and about.date_of_birth and about.believed_prison
                )


@given(st.lists(records | requests | choices, max_size=10))
def test_r8_whoever_looks_a_request_is_routed_to_one_prisoner(events: list[Event]) -> None:
    there = world()
    take(there, events)
    known = {event.request_id: event.prisoner_number for event in there.of(ContactRequestRouted)}
    assert {(event.request_id, event.prisoner_number) for event in there.of(ContactRequestRouted)} == set(known.items())


@given(st.lists(requests | choices | movements, max_size=8), st.lists(movements, max_size=3))
def test_r20_a_request_goes_from_prison_to_prison_with_one_prisoner_only(
    events: list[Event], later: list[Event]
) -> None:
    there = world()
    take(there, [prisoner(JOHN), prisoner(OTHER), *events, *later])
    said = there.of(ContactRequestRouted)
    for request_id in ("r1", "r2"):
        places = [(event.prisoner_number, event.prison_id) for event in said if event.request_id == request_id]
        assert len({number for number, _ in places}) <= 1
        assert all(one != other for one, other in pairwise(places))
