"""Where a prisoner is, what is held for them, and the clock (R8, R10, R24, R25, R37, R38, R46)."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.prisoner import Prisoner
from shared.events.blocks import BlockAuthorised, BlockRefused
from shared.events.breaches import BreachReportNeedsPerson, BreachReportRouted
from shared.events.inbound import PrisonerMoved
from shared.events.requests import (
    ContactRequestHeld,
    ContactRequestNeedsPerson,
    ContactRequestRouted,
    HeldBecause,
    NeedsPersonBecause,
)
from shared.runtime.work import NotYet, Rejected
from tests.routing.given import (
    JOHN,
    breach,
    by_details,
    choice,
    decision,
    prisoner,
    received,
    released,
    submitted,
    world,
)
from tests.support.world import START, moved

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
    assert there.wait(days=5) == []
    (routed,) = there.on(received("MDI", START + 2 * HOUR))
    assert isinstance(routed, ContactRequestRouted)
    assert routed.prison_id == "MDI"


def test_r10_nobody_found_by_a_person_is_held_and_routed_if_the_prisoner_turns_up() -> None:
    there = world()
    there.on(by_details(), choice(None))
    assert [event.prisoner_number for event in there.of(ContactRequestHeld)] == [None]
    assert there.wait(days=5) == []
    assert [type(event) for event in there.on(prisoner())] == [ContactRequestRouted]


def test_r38_of_somebody_who_died_a_person_is_asked() -> None:
    there = world()
    there.on(prisoner(), released(START + HOUR, code="DEC"), submitted())
    (asked,) = there.of(ContactRequestNeedsPerson)
    assert asked.because is NeedsPersonBecause.PRISONER_DIED


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


news = st.lists(
    st.builds(received, st.sampled_from(["LEI", "MDI"]), st.integers(1, 30).map(lambda hours: START + hours * HOUR))
    | st.builds(released, st.integers(1, 30).map(lambda hours: START + hours * HOUR + HOUR / 2))
    | st.builds(
        prisoner,
        at=st.integers(1, 30).map(lambda hours: START + hours * HOUR + HOUR / 4),
        prison_id=st.sampled_from(["LEI", "MDI"]),
        status=st.sampled_from(["in_custody", "released"]),
    ),
    max_size=6,
    unique_by=lambda event: event.happened(),
)


@given(news, st.randoms(use_true_random=False))
def test_r25_in_whatever_order_news_comes_the_prisoner_is_in_the_same_place(
    events: list[object], chance: random.Random
) -> None:
    shuffled = [*events, *events]
    chance.shuffle(shuffled)
    one, other = world(), world()
    one.on(*events)  # type: ignore[arg-type]
    other.on(*shuffled)  # type: ignore[arg-type]
    places = [there.know(Prisoner, JOHN) for there in (one, other)]
    assert len({(p.whereabouts, p.place_as_of) if p else None for p in places}) == 1


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


def test_r29_a_breach_report_goes_where_its_request_or_its_prisoner_is() -> None:
    there = world()
    there.on(prisoner(), submitted())
    there.on(received("MDI", START + HOUR))
    (said,) = there.on(breach("r1"))
    assert isinstance(said, BreachReportRouted)
    assert (said.prison_id, said.prisoner_number, said.request_id) == ("MDI", JOHN, "r1")
    by_number = world()
    (said,) = by_number.on(prisoner(), breach(number=JOHN))
    assert isinstance(said, BreachReportRouted)
    with pytest.raises(NotYet):
        world().on(breach("r1"))


def test_r29_a_breach_report_about_nobody_sure_goes_to_a_person_who_can_send_it_on() -> None:
    there = world()
    (said,) = there.on(breach(number=JOHN))
    assert isinstance(said, BreachReportNeedsPerson)
    (said,) = there.on(prisoner(), choice(JOHN, "x1"))
    assert isinstance(said, BreachReportRouted)


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
    assert known.requests == ()
