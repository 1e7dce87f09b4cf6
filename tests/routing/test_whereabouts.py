"""Where a prisoner is, what is held for them, and the clock (R8, R10, R24, R25, R37, R38, R46)."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.domain.prisoner import Prisoner
from shared.events.blocks import BlockAuthorised, BlockRefused
from shared.events.envelope import Event
from shared.events.inbound import PrisonerMoved
from shared.events.requests import (
    ContactRequestHeld,
    ContactRequestNeedsPerson,
    ContactRequestRouted,
    HeldBecause,
    NeedsPersonBecause,
)
from shared.runtime.work import Rejected
from tests.routing.given import (
    JOHN,
    OTHER,
    by_details,
    choice,
    decision,
    merged,
    prisoner,
    received,
    released,
    submitted,
    world,
)
from tests.support.world import START, World, moved

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "because"), [("released", HeldBecause.RELEASED), ("in_transit", HeldBecause.IN_TRANSIT)]
)
def test_r10_not_in_custody_is_held_once_and_routed_on_reception(status: str, because: HeldBecause) -> None:
    there = world()
    there.on(prisoner(status=status, prison_id=None), submitted())
    there.on(prisoner(status=status, prison_id=None, at=START + HOUR))
    (held,) = there.of(ContactRequestHeld)
    assert (held.because, held.crn) == (because, "X123456")
    (routed,) = there.on(received("MDI", START + 2 * HOUR))
    assert isinstance(routed, ContactRequestRouted)
    assert routed.prison_id == "MDI"


def test_r10_somebody_released_is_waited_for_without_an_alarm() -> None:
    there = world()
    there.on(prisoner(status="released"), submitted())
    assert there.wait(days=50) == []


def test_r8_somebody_on_the_way_who_never_arrives_is_raised() -> None:
    there = world()
    there.on(prisoner(), released(START + HOUR, "TRANSFERRED", search=True), submitted())
    assert [event.because for event in there.of(ContactRequestHeld)] == [HeldBecause.IN_TRANSIT]
    said = there.wait(days=10)
    assert [event.because for event in said if isinstance(event, ContactRequestNeedsPerson)] == [
        NeedsPersonBecause.DEADLINE_NEAR,
        NeedsPersonBecause.DEADLINE_PASSED,
    ]
    assert [type(event) for event in there.on(received("MDI", START + 2 * HOUR))] == [ContactRequestRouted]


def test_r10_nobody_found_by_a_person_is_held_and_routed_if_the_prisoner_turns_up() -> None:
    there = world()
    there.on(by_details(), choice(None))
    assert [event.prisoner_number for event in there.of(ContactRequestHeld)] == [None]
    assert there.on(choice(None)) == []
    assert there.wait(days=5) == []
    assert [type(event) for event in there.on(prisoner())] == [ContactRequestRouted]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("prison_id", ["LEI", None])
def test_r38_of_somebody_who_died_a_person_is_asked(order: int, prison_id: str | None) -> None:
    there = world()
    events: list[Event] = [prisoner(prison_id=prison_id, status="released"), submitted()]
    events.insert(order, released(START + HOUR, code="DEC"))
    there.on(*events)
    assert there.of(ContactRequestNeedsPerson)[-1].because is NeedsPersonBecause.PRISONER_DIED
    assert there.of(ContactRequestRouted) == []


def test_r38_of_somebody_held_in_no_prison_yet_who_dies_a_person_is_asked() -> None:
    there = world()
    there.on(prisoner(prison_id=None), submitted(), released(START + HOUR, code="DEC"))
    assert [event.because for event in there.of(ContactRequestNeedsPerson)] == [NeedsPersonBecause.PRISONER_DIED]


@pytest.mark.parametrize(
    "news",
    [
        released(START + HOUR, "SENT_TO_COURT", None),
        released(START + HOUR, "RELEASED_TO_HOSPITAL", None),
        released(START + HOUR, "TEMPORARY_ABSENCE_RELEASE", None),
        released(START + HOUR, "UNKNOWN", None),
        released(START + HOUR, code="MRG"),
        released(START + HOUR, code="UAL"),
        released(START + HOUR, search=True),
    ],
)
def test_r24_r38_absences_merges_and_what_only_the_search_says_end_no_custody(news: PrisonerMoved) -> None:
    there = world()
    there.on(prisoner(), news, submitted())
    assert [event.prison_id for event in there.of(ContactRequestRouted)] == ["LEI"]


def test_r37_a_reception_counts_at_once_in_either_dialect_by_when_it_happened() -> None:
    there = world()
    there.on(prisoner(), received("DNI", START + 2 * HOUR, search=True), received("MDI", START + HOUR), submitted())
    assert [event.prison_id for event in there.of(ContactRequestRouted)] == ["DNI"]


def test_r37_an_event_without_offset_or_person_and_with_more_fields_is_read() -> None:
    event = moved(JOHN, "search received", START, reason="TRANSFERRED", prisonId="MDI") | {
        "occurredAt": "2026-11-23T10:00:00",
        "version": 1,
        "somethingNew": {"a": 1},
    }
    read = PrisonerMoved.model_validate(event)
    assert read.occurredAt == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert read.own_id() == PrisonerMoved.model_validate(event).own_id()


THIRD = "C1234BC"
instants = st.integers(1, 6).map(lambda hours: START + hours * HOUR)
numbers, prisons = st.sampled_from([JOHN, OTHER, THIRD]), st.sampled_from(["LEI", "MDI"])
records = st.builds(
    prisoner,
    numbers,
    instants,
    first_name=st.sampled_from(["John", "Peter"]),
    prison_id=prisons | st.none(),
    status=st.sampled_from(["in_custody", "in_transit", "released"]),
)
news = st.tuples(
    st.lists(records, max_size=4, unique_by=lambda event: (event.prisoner_number, event.as_of)),
    st.lists(
        st.builds(received, prisons, instants, numbers, st.booleans())
        | st.builds(
            released,
            instants,
            st.sampled_from(["RELEASED", "TRANSFERRED", "SENT_TO_COURT"]),
            st.sampled_from([None, "CR", "DEC", "MRG"]),
            st.booleans(),
        ),
        max_size=5,
    ),
    st.sampled_from([[], [merged(OTHER, JOHN)], [merged(OTHER, JOHN), merged(THIRD, OTHER)]]),
).map(lambda parts: [event for part in parts for event in part])


def as_known(there: World, number: str) -> object:
    known = there.know(Prisoner, number)
    if known is None or known.merged_into:
        return known and known.merged_into
    return known.whereabouts, known.prison_id, known.place_as_of, known.date_of_birth, frozenset(known.names)


@given(news, st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_r11_r25_r39_in_whatever_order_and_however_often_news_and_merges_come_the_prisoner_is_in_the_same_place(
    events: list[Event], chance: random.Random
) -> None:
    shuffled = [*events, *events]
    chance.shuffle(shuffled)
    one, other = world(), world()
    one.on(*events)
    other.on(*shuffled)
    for number in (JOHN, OTHER, THIRD):
        assert follow_to(one, number) == follow_to(other, number)


def follow_to(there: World, number: str) -> object:
    """What is known of whoever has this number now."""
    known = as_known(there, number)
    return follow_to(there, known) if isinstance(known, str) else known


def test_r25_out_and_in_at_the_same_instant_is_in() -> None:
    gone, here = released(START + HOUR, "TRANSFERRED"), received("MDI", START + HOUR)
    for events in ([gone, here], [here, gone]):
        there = world()
        there.on(prisoner(), *events, submitted())
        assert [event.prison_id for event in there.of(ContactRequestRouted)] == ["MDI"]


def test_r11_the_register_giving_up_a_removed_number_releases_nobody() -> None:
    there = world()
    there.on(prisoner(OTHER), prisoner(JOHN), merged(OTHER, JOHN), prisoner(JOHN, START + HOUR, status="released"))
    there.on(submitted(number=JOHN))
    assert [event.prisoner_number for event in there.of(ContactRequestRouted)] == [OTHER]


def test_r8_r9_before_the_deadline_and_at_it_a_person_is_asked_once_each() -> None:
    there = world()
    there.on(submitted())
    assert there.wait(hours=29) == []
    said = there.wait(days=10)
    assert [event.because for event in said if isinstance(event, ContactRequestNeedsPerson)] == [
        NeedsPersonBecause.DEADLINE_NEAR,
        NeedsPersonBecause.DEADLINE_PASSED,
    ]
    assert there.on(prisoner())


def test_r46_beyond_the_known_calendar_a_person_is_asked_at_once_and_nothing_is_lost() -> None:
    there = world()
    there.now = datetime(2029, 3, 1, 9, tzinfo=UTC)
    there.on(submitted(at=there.now))
    there.wait(minutes=1)
    assert NeedsPersonBecause.DEADLINE_PASSED in [event.because for event in there.of(ContactRequestNeedsPerson)]
    assert [type(event) for event in there.on(prisoner())] == [ContactRequestRouted]


@pytest.mark.parametrize("event", [prisoner(prison_id="QQQ"), received("QQQ", START)])
def test_a_prison_that_is_not_in_the_register_is_rejected(event: object) -> None:
    with pytest.raises(Rejected):
        world().on(event)  # type: ignore[arg-type]


def test_r20_a_request_that_nobody_decided_goes_with_the_prisoner() -> None:
    there = world()
    there.on(prisoner(), submitted())
    (again,) = there.on(received("MDI", START + HOUR))
    assert isinstance(again, ContactRequestRouted)
    assert again.prison_id == "MDI"
    assert again.proposed == there.of(ContactRequestRouted)[0].proposed
    assert there.on(received("MDI", START + HOUR + HOUR / 9, search=True)) == []


def test_r20_a_request_that_is_decided_stays_with_its_decision_and_hangs_on_nothing() -> None:
    there = world()
    there.on(prisoner(), submitted())
    jane, jack = (proposed.block_id for proposed in there.of(ContactRequestRouted)[0].proposed)
    there.on(decision(BlockAuthorised, jane))
    assert [type(event) for event in there.on(received("MDI", START + HOUR))] == [ContactRequestRouted]
    there.on(decision(BlockRefused, jack), decision(BlockRefused, jack))
    assert there.on(received("DNI", START + 2 * HOUR)) == []
    known = there.know(Prisoner, JOHN)
    assert known is not None
    assert known.hanging == ()


def held_because(said: list[Event]) -> list[HeldBecause]:
    return [event.because for event in said if isinstance(event, ContactRequestHeld)]


@pytest.mark.parametrize("late", [timedelta(), 2 * HOUR])
def test_r38_a_release_is_told_to_nobody_before_it_has_settled(late: timedelta) -> None:
    there = world()
    there.on(prisoner())
    there.wait(hours=3)
    assert there.on(released(there.now - late), submitted(at=there.now)) == []
    assert there.wait(minutes=44) == []
    assert held_because(there.wait(minutes=2)) == [HeldBecause.RELEASED]
    assert there.wait(days=30) == []


def test_r38_a_release_that_was_taken_back_was_never_told_and_the_request_is_routed() -> None:
    there = world()
    there.on(prisoner(), released(START), submitted(at=START + timedelta(seconds=1)))
    (said,) = there.on(received("MDI", START + timedelta(seconds=3)))
    assert isinstance(said, ContactRequestRouted)
    assert said.prison_id == "MDI"
    assert there.wait(days=30) == []


def test_r38_a_release_that_the_register_tells_of_settles_too() -> None:
    there = world()
    there.on(prisoner(), prisoner(status="released", prison_id=None, at=START + HOUR), submitted())
    assert there.said == []
    assert held_because(there.wait(hours=2)) == [HeldBecause.RELEASED]


def test_r8_r38_the_clock_goes_on_running_while_a_release_settles() -> None:
    there = world()
    there.on(submitted())
    there.wait(hours=29.5)
    there.on(prisoner(at=there.now - HOUR, prison_id=None), released(there.now))
    (said,) = there.wait(minutes=40)
    assert isinstance(said, ContactRequestNeedsPerson)
    assert said.because is NeedsPersonBecause.DEADLINE_NEAR
    assert held_because(there.wait(minutes=10)) == [HeldBecause.RELEASED]


def test_r10_an_undecided_request_whose_prisoner_is_released_is_held_once_that_has_settled_and_routed_on_return() -> (
    None
):
    there = world()
    there.on(prisoner(), submitted())
    assert there.on(released(START + HOUR)) == []
    assert held_because(there.wait(minutes=106)) == [HeldBecause.RELEASED]
    assert there.of(ContactRequestHeld)[0].crn == "X123456"
    assert there.wait(days=30) == []
    (again,) = there.on(received("LEI", there.now))
    assert isinstance(again, ContactRequestRouted)
    assert there.on(released(there.now + HOUR)) == []
    assert held_because(there.wait(hours=2)) == [HeldBecause.RELEASED]


def test_r10_r38_an_undecided_request_stays_with_its_prison_while_a_release_is_taken_back() -> None:
    there = world()
    there.on(prisoner(), submitted(), released(START + HOUR))
    assert there.on(received("LEI", START + HOUR + HOUR / 9)) == []
    assert there.wait(days=30) == []


def test_r12_r23_what_was_decided_while_the_prisoner_is_out_is_not_routed_again() -> None:
    there = world()
    there.on(prisoner(), submitted(), released(START))
    there.wait(hours=1)
    jane, jack = (proposed.block_id for proposed in there.of(ContactRequestRouted)[0].proposed)
    there.on(decision(BlockAuthorised, jane), decision(BlockRefused, jack))
    assert there.on(received("MDI", START + 2 * HOUR)) == []
    known = there.know(Prisoner, JOHN)
    assert known is not None
    assert known.hanging == ()


def test_r12_of_a_request_decided_in_part_while_the_prisoner_is_out_only_the_rest_hangs_on() -> None:
    there = world()
    there.on(prisoner(), submitted(), released(START))
    there.wait(hours=1)
    jane, jack = (proposed.block_id for proposed in there.of(ContactRequestRouted)[0].proposed)
    there.on(decision(BlockAuthorised, jane))
    assert [type(event) for event in there.on(received("MDI", START + 2 * HOUR))] == [ContactRequestRouted]
    there.on(decision(BlockRefused, jack))
    assert there.on(received("DNI", START + 3 * HOUR)) == []
