"""Reviews: at movements, in time, before an order ends (R18, R20-R22, R24, R25)."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transfers.domain.custody import Custody
from shared.events.reviews import HandoverIssued, ReviewDecided, ReviewKind, ReviewOpened, ReviewOverdue
from shared.runtime.work import NotYet, Rejected
from tests.support.world import START, World
from tests.transfers.given import JOHN, authorised, breach, decision, lifted, order, received, released, world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def moved_to_moorland() -> tuple[World, ReviewOpened]:
    there = world()
    there.on(authorised())
    there.wait(days=1)
    (review,) = there.on(received("MDI", there.now))
    assert isinstance(review, ReviewOpened)
    return there, review


def test_r21_without_consent_a_movement_to_another_prison_is_reviewed_there() -> None:
    _, review = moved_to_moorland()
    assert (review.kind, review.prison_id, review.block_id) == (ReviewKind.MOVEMENT, "MDI", "b1")
    assert review.due == START + timedelta(days=8, hours=8)  # the cut-off of the fifth working day after


@pytest.mark.parametrize("consent", ["self", "given"])
def test_r21_with_consent_it_just_moves(consent: str) -> None:
    there = world()
    there.on(authorised(consent=consent))
    assert there.on(received("MDI", START + DAY), received("DNI", START + 2 * DAY)) == []


def test_r24_court_hospital_and_other_absences_are_no_transfer() -> None:
    there = world()
    there.on(authorised())
    for out, back in (("SENT_TO_COURT", "RETURN_FROM_COURT"), ("RELEASED_TO_HOSPITAL", "TEMPORARY_ABSENCE_RETURN")):
        assert there.on(released("LEI", START + HOUR, out, None), received("LEI", START + 2 * HOUR, back)) == []


def test_r25_r37_both_dialects_report_one_movement_and_it_is_reviewed_once() -> None:
    there, _ = moved_to_moorland()
    again = (
        received("MDI", there.now - timedelta(minutes=7)),
        received("MDI", there.now + timedelta(minutes=7), search=True),
    )
    assert there.on(*again) == []


def test_r25_a_movement_that_is_late_and_past_opens_nothing_where_they_have_left() -> None:
    there = world()
    there.on(authorised())
    (review,) = there.on(received("DNI", START + 3 * DAY))
    assert there.on(received("MDI", START + DAY)) == []
    assert review == there.of(ReviewOpened)[-1]


def test_r22_the_review_at_the_old_prison_gives_way_when_the_prisoner_moves_on() -> None:
    there, review = moved_to_moorland()
    (second,) = there.on(received("DNI", there.now + DAY))
    assert isinstance(second, ReviewOpened)
    assert second.prison_id == "DNI"
    with pytest.raises(Rejected):
        there.on(decision("keep", "MDI", there.now, review_id=review.review_id))


@pytest.mark.parametrize("outcome", ["keep", "change", "end"])
def test_r22_a_review_is_decided_once_by_its_prison(outcome: str) -> None:
    there, review = moved_to_moorland()
    with pytest.raises(Rejected):
        there.on(decision(outcome, "LEI", there.now, review_id=review.review_id))
    (said,) = there.on(decision(outcome, "MDI", there.now, review_id=review.review_id))
    assert isinstance(said, ReviewDecided)
    assert said.outcome == outcome
    assert (said.next_review_on is None) == (outcome == "end")
    with pytest.raises(Rejected):
        there.on(decision(outcome, "MDI", there.now, review_id=review.review_id))


def test_r22_a_decision_by_block_is_about_its_open_review_and_otherwise_blockings() -> None:
    there, review = moved_to_moorland()
    assert there.on(decision("authorise", "MDI", there.now, block_id="b1")) == []
    assert there.on(decision("keep", "MDI", there.now, block_id="b1"))
    with pytest.raises(Rejected):
        there.on(decision("change", "MDI", there.now, block_id="b1"))
    with pytest.raises(NotYet):
        there.on(decision("keep", "MDI", there.now, review_id="unheard of"))
    assert review.review_id in {said.review_id for said in there.of(ReviewDecided)}


def test_r22_overdue_is_raised_once_stays_open_and_can_still_be_decided() -> None:
    there, review = moved_to_moorland()
    said = there.wait(days=40)
    assert [type(event) for event in said] == [ReviewOverdue]
    assert there.on(decision("end", "MDI", there.now, review_id=review.review_id))


def test_r21_regular_review_after_ninety_days_from_the_last_look() -> None:
    there = world()
    there.on(authorised())
    (opened,) = there.wait(days=89)
    assert isinstance(opened, ReviewOpened)
    assert (opened.kind, opened.due) == (ReviewKind.PERIODIC, START + 90 * DAY)
    (said,) = there.on(decision("keep", "LEI", there.now, review_id=opened.review_id))
    assert isinstance(said, ReviewDecided)
    assert said.next_review_on == (there.now + 90 * DAY).date()
    assert [event.due for event in there.wait(days=90) if isinstance(event, ReviewOpened)] == [START + 179 * DAY]


def test_r21_a_prison_may_set_another_period() -> None:
    there = world()
    there.on(authorised(review_after_days=30))
    (opened,) = there.wait(days=20)
    assert isinstance(opened, ReviewOpened)
    assert opened.due == START + 30 * DAY


def test_r18_an_order_is_reviewed_before_it_ends_also_with_consent_and_nothing_is_lifted() -> None:
    there = world()
    there.on(order(date(2026, 12, 31), consent="self"))
    said = there.wait(days=60)
    assert [type(event) for event in said] == [ReviewOpened, ReviewOverdue]
    (opened, _) = said
    assert isinstance(opened, ReviewOpened)
    assert opened.order_ends_on == date(2026, 12, 31)
    assert opened.due.date() <= date(2026, 12, 31)
    custody = there.know(Custody, JOHN)
    assert custody is not None
    assert set(custody.blocks) == {"b1"}


def test_r18_r20_the_review_of_an_order_goes_with_the_prisoner_to_the_next_prison() -> None:
    there = world()
    there.on(order(date(2026, 12, 31), consent="self"))
    (left,) = there.wait(days=30)
    (review,) = there.on(received("MDI", there.now))
    assert isinstance(left, ReviewOpened)
    assert isinstance(review, ReviewOpened)
    assert (review.prison_id, review.due) == ("MDI", left.due)
    with pytest.raises(Rejected):
        there.on(decision("keep", "LEI", there.now, review_id=left.review_id))
    assert there.on(decision("keep", "MDI", there.now, review_id=review.review_id))


def test_r21_a_regular_review_waits_for_the_movement_review_which_resets_the_period() -> None:
    there = world()
    there.on(authorised())
    there.wait(days=80)
    (review,) = there.on(received("MDI", there.now))
    assert isinstance(review, ReviewOpened)
    there.on(decision("keep", "MDI", there.now, review_id=review.review_id))
    assert there.wait(days=75) == []
    assert [type(said) for said in there.wait(days=2)] == [ReviewOpened]


def test_r22_a_decision_made_before_the_last_look_counts_from_now() -> None:
    there = world()
    there.on(authorised())
    (review,) = there.wait(days=80)
    assert isinstance(review, ReviewOpened)
    said = there.on(decision("keep", "LEI", START - DAY, review_id=review.review_id))
    assert [type(event) for event in said] == [ReviewDecided]


def test_r22_r30_a_yes_to_a_breachs_contact_point_decides_no_review() -> None:
    there, _ = moved_to_moorland()
    assert there.on(decision("change", "MDI", there.now, block_id="b1", breach_id="x1")) == []


@pytest.mark.parametrize("about", [{"block_id": "b1"}, {"request_id": "of b1"}])
def test_r22_r30_a_change_that_nothing_asks_for_is_refused_rather_than_lost(about: dict[str, str]) -> None:
    there = world()
    there.on(authorised(), breach("x2"))
    with pytest.raises(Rejected):
        there.on(decision("change", "LEI", START, **about))


@pytest.mark.parametrize("about", [{"block_id": "b1"}, {"request_id": "of b1"}])
def test_r30_a_change_that_takes_in_a_breachs_contact_point_is_blockings_and_counts_once(about: dict[str, str]) -> None:
    there = world()
    there.on(authorised(), breach().model_copy(update={"proposed_contact_point": "+447700900999"}))
    assert there.on(decision("change", "LEI", START, **about)) == []
    with pytest.raises(Rejected):
        there.on(decision("change", "LEI", START, **about))


@pytest.mark.parametrize("outcome", ["authorise", "refuse", "change"])
def test_r30_an_answer_by_the_breachs_id_leaves_nothing_waiting(outcome: str) -> None:
    there = world()
    there.on(authorised(), breach().model_copy(update={"proposed_contact_point": "+447700900999"}))
    there.on(decision(outcome, "LEI", START, breach_id="x1"))
    with pytest.raises(Rejected):
        there.on(decision("change", "LEI", START, block_id="b1"))


@pytest.mark.parametrize("outcome", ["keep", "change", "end"])
def test_r22_a_decision_by_request_is_about_the_open_reviews_of_its_blocks(outcome: str) -> None:
    there = world()
    there.on(authorised("b1", request_id="r1"), authorised("b2", request_id="r1"), authorised("b3"))
    there.on(received("MDI", START + DAY))
    there.now = START + DAY
    said = there.on(decision(outcome, "MDI", there.now, request_id="r1"))
    assert [event.block_id for event in said if isinstance(event, ReviewDecided)] == ["b1", "b2"]
    with pytest.raises(NotYet):
        there.on(decision(outcome, "MDI", there.now, request_id="unheard of"))


def test_r22_to_end_a_block_that_no_review_asks_about_is_refused_rather_than_lost() -> None:
    there = world()
    there.on(authorised())
    with pytest.raises(Rejected):
        there.on(decision("end", "LEI", START, block_id="b1"))
    with pytest.raises(NotYet):
        there.on(decision("end", "LEI", START, block_id="unheard of"))


def test_r21_a_period_shorter_than_the_lead_does_not_open_the_next_review_at_once() -> None:
    there = world()
    there.on(authorised(review_after_days=7))
    for _ in range(28):
        for said in there.wait(days=1):
            if isinstance(said, ReviewOpened):
                there.on(decision("keep", "LEI", there.now, review_id=said.review_id))
    assert len(there.of(ReviewOpened)) in range(4, 9)


def test_a_block_that_is_lifted_has_no_review_left() -> None:
    there, review = moved_to_moorland()
    there.on(lifted())
    assert there.wait(days=200) == []
    with pytest.raises(Rejected):
        there.on(decision("keep", "MDI", there.now, review_id=review.review_id))


movements = st.lists(
    st.builds(
        received,
        st.sampled_from(["LEI", "MDI", "DNI"]),
        st.integers(1, 20).map(lambda days: START + days * DAY),
        st.sampled_from(["TRANSFERRED", "RETURN_FROM_COURT", "ADMISSION", "READMISSION"]),
    )
    | st.builds(
        released,
        st.sampled_from(["LEI", "MDI"]),
        st.integers(1, 20).map(lambda days: START + days * DAY + HOUR),
        st.sampled_from(["RELEASED", "SENT_TO_COURT", "TRANSFERRED", "UNKNOWN"]),
        st.sampled_from(["CR", "UAL", "MRG", None]),
        st.booleans(),
    ),
    max_size=7,
)


@given(movements, st.randoms(use_true_random=False))
def test_r25_whatever_the_order_and_however_often_movements_are_heard_the_prisoner_is_in_the_same_place(
    moves: list[object], chance: random.Random
) -> None:
    first, second = heard(moves), heard(shuffled(moves, chance))
    assert first.timeline == second.timeline
    assert first.stay == second.stay


receptions = st.lists(
    st.builds(
        received, st.sampled_from(["LEI", "MDI", "DNI"]), st.integers(1, 20).map(lambda days: START + days * DAY)
    ),
    max_size=7,
)


@given(receptions, st.randoms(use_true_random=False))
def test_r21_r25_the_same_reviews_are_open_whatever_the_order_of_the_transfers(
    moves: list[object], chance: random.Random
) -> None:
    opened = [
        {(review.block_id, review.prison_id) for review in custody.reviews.values() if review.open}
        for custody in (heard(moves), heard(shuffled(moves, chance)))
    ]
    assert opened[0] == opened[1]


def shuffled(moves: list[object], chance: random.Random) -> list[object]:
    """Each twice, in any order."""
    twice = [*moves, *moves]
    chance.shuffle(twice)
    return twice


def heard(moves: list[object]) -> Custody:
    there = world()
    there.on(authorised(), *moves)  # type: ignore[arg-type]
    custody = there.know(Custody, JOHN)
    assert custody is not None
    return custody


@given(movements)
def test_r20_r22_r23_nothing_is_lifted_silently_and_a_release_is_handed_over_once(moves: list[object]) -> None:
    there = world()
    there.on(authorised(), authorised("b2", "self"), *moves)  # type: ignore[arg-type]
    there.wait(days=400)
    custody = there.know(Custody, JOHN)
    assert custody is not None
    assert set(custody.blocks) == {"b1", "b2"}
    handed = [(said.prisoner_number, said.released_at) for said in there.of(HandoverIssued)]
    assert len(handed) == len(set(handed)) <= 1
    overdue = [said.review_id for said in there.of(ReviewOverdue)]
    assert len(overdue) == len(set(overdue))
    admitted_anew = "'ADMISSION'" in str(moves)
    assert admitted_anew or not [said for said in there.of(ReviewOpened) if said.block_id == "b2"]
