"""News that is late, twice, out of order, from two systems, or from topics that have no common order (R25, R37, R39)."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transfers.domain.custody import Custody, Review
from shared.events.inbound import PrisonerMoved
from shared.events.reviews import HandoverIssued, ReviewKind, ReviewOpened, ReviewOverdue
from shared.runtime.work import NotYet, Rejected
from tests.support.world import START, World
from tests.transfers.given import (
    JOHN,
    OTHER,
    acted,
    authorised,
    breach,
    decision,
    lifted,
    merged,
    received,
    released,
    world,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def known(there: World) -> Custody:
    custody = there.know(Custody, JOHN)
    assert custody is not None
    return custody


def opened(there: World) -> list[Review]:
    return [review for review in known(there).reviews.values() if review.open]


def prison(there: World) -> str | None:
    stay = known(there).stay
    return stay.prison_id if stay else None


def test_r21_r25_a_movement_heard_before_the_block_is_reviewed() -> None:
    there = world()
    there.on(received("MDI", START + HOUR), authorised())
    assert [review.prison_id for review in opened(there)] == ["MDI"]


def test_r25_a_prison_that_authorised_after_they_had_left_does_not_get_them_back() -> None:
    there = world()
    there.on(authorised(at=START + HOUR, prison_as_of=START - DAY), received("MDI", START))
    assert prison(there) == "MDI"
    assert [review.prison_id for review in opened(there)] == ["MDI"]


def test_r25_where_a_stay_began_earlier_than_was_known_its_movement_has_one_review() -> None:
    there = world()
    there.on(authorised())
    there.wait(days=10)
    there.on(received("MDI", START + 5 * DAY, "RETURN_FROM_COURT"), received("MDI", START + 2 * DAY))
    assert len(opened(there)) == 1


def test_r25_a_movement_review_is_due_from_the_movement_also_when_heard_late() -> None:
    there = world()
    there.on(authorised())
    there.wait(days=3)
    there.on(received("MDI", START + HOUR))
    assert opened(there)[0].due == START + 7 * DAY + 8 * HOUR


def test_r37_a_slow_clock_of_one_system_moves_nobody_back() -> None:
    there = world()
    there.on(authorised(), received("MDI", START + DAY), received("DNI", START + DAY + 20 * MINUTE))
    there.on(received("MDI", START + DAY + 25 * MINUTE, search=True))
    assert prison(there) == "DNI"


def test_r38_a_return_that_only_the_search_has_seen_is_no_second_report_of_the_reception_before_the_release() -> None:
    there = world()
    there.on(authorised(), received("LEI", START + HOUR, "ADMISSION"), released("LEI", START + 2 * HOUR))
    there.on(received("LEI", START + 2 * HOUR + MINUTE, "READMISSION", search=True))
    there.wait(days=1)
    assert there.of(HandoverIssued) == []


@pytest.mark.parametrize("minutes", [-5, 5])
def test_r23_a_release_reported_again_with_another_time_is_handed_over_once(minutes: int) -> None:
    there = world()
    there.on(authorised(), released("LEI", START + DAY))
    there.wait(days=2)
    there.on(released("LEI", START + DAY + minutes * MINUTE))
    there.wait(days=2)
    assert len(there.of(HandoverIssued)) == 1


def test_r38_a_release_that_turns_out_to_be_a_death_is_handed_over_to_nobody() -> None:
    there = world()
    there.on(authorised(), released("LEI", START + MINUTE), released("LEI", START + 2 * MINUTE, code="DEC"))
    there.wait(days=1)
    assert there.of(HandoverIssued) == []


def test_r23_a_release_that_does_not_name_the_prison_is_handed_over() -> None:
    there = world()
    there.on(authorised())
    there.wait(days=1)
    there.on(released(None, there.now))
    (handover,) = there.wait(days=1)
    assert isinstance(handover, HandoverIssued)
    assert handover.released_from == "LEI"


def test_r23_a_new_admission_is_reviewed_also_when_the_release_is_heard_after_it() -> None:
    there = world()
    there.on(authorised(consent="self"))
    there.wait(days=9)
    there.on(received("LEI", START + 5 * DAY, "NEW_ADMISSION"), released("LEI", START + 2 * DAY))
    assert len(opened(there)) == 1


def test_r23_a_review_that_came_due_while_they_were_out_is_not_overdue_at_once() -> None:
    there = world()
    there.on(authorised())
    there.wait(days=1)
    there.on(released("LEI", there.now))
    there.wait(days=200)
    (review,) = there.on(received("LEI", there.now, "READMISSION"))
    assert isinstance(review, ReviewOpened)
    assert review.due > there.now


@pytest.mark.parametrize("news", [breach(), decision("authorise", "LEI", START, block_id="b1")])
def test_r23_what_is_handled_while_a_release_comes_due_does_not_hand_it_over_twice(news: object) -> None:
    there = world()
    there.on(authorised(), released("LEI", START + MINUTE))
    there.now += HOUR
    there.on(news)  # type: ignore[arg-type]
    there.wait(days=1)
    assert len(there.of(HandoverIssued)) == 1


def test_r23_r29_what_the_prison_did_about_a_breach_is_handed_over() -> None:
    there = world()
    there.on(authorised(), breach(), acted(), acted(), breach(), released("LEI", START + MINUTE))
    (handover,) = there.wait(days=1)
    assert isinstance(handover, HandoverIssued)
    assert [item.actions for item in handover.breaches] == [("cell_search",)]
    with pytest.raises(NotYet):
        there.on(acted("unheard of"))


def test_r17_a_block_lifted_before_it_was_heard_of_stays_lifted() -> None:
    there = world()
    there.on(lifted(), authorised())
    assert known(there).blocks == {}
    with pytest.raises(Rejected):
        there.on(decision("end", "LEI", START, block_id="b1"))


def test_r39_a_number_merged_into_one_is_not_merged_into_another() -> None:
    there = world()
    there.on(authorised(), merged(OTHER, JOHN, START))
    with pytest.raises(Rejected):
        there.on(merged("C1234BC", JOHN, START))


def test_r39_a_block_lifted_under_the_kept_number_does_not_come_back_with_the_removed_one() -> None:
    there = world()
    there.on(authorised(), lifted().model_copy(update={"prisoner_number": OTHER}), merged(OTHER, JOHN, START))
    custody = there.know(Custody, OTHER)
    assert custody is not None
    assert custody.blocks == {}


def test_r48_what_stood_under_the_removed_number_can_be_read_under_the_kept_one_alone() -> None:
    """Letting go of a case reaches the kept number: an old copy under the other would stay readable."""
    there = world()
    there.on(authorised(), merged(OTHER, JOHN, START))
    assert there.forgotten == {(Custody, JOHN)}


BLOCKS = (("b1", "not_given"), ("b2", "self"))
both_systems = st.lists(
    st.builds(
        received,
        st.sampled_from(["LEI", "MDI", "DNI"]),
        st.integers(1, 60).map(lambda hours: START + hours * HOUR),
        st.sampled_from(["TRANSFERRED", "ADMISSION", "READMISSION"]),
        search=st.booleans(),
    )
    | st.builds(released, st.just("LEI"), st.integers(1, 60).map(lambda hours: START + hours * HOUR)),
    max_size=6,
    unique_by=lambda move: move.occurredAt,
)


@given(both_systems, st.randoms(use_true_random=False))
def test_r21_r25_r37_any_order_leaves_the_prisoner_in_one_place_and_late_news_never_costs_a_review(
    moves: list[PrisonerMoved], chance: random.Random
) -> None:
    again = [*moves, *moves]
    chance.shuffle(again)
    place, asked = at_rest(sorted(moves, key=PrisonerMoved.happened))
    late_place, late_asked = at_rest(again)
    assert place == late_place
    assert set(asked) <= set(late_asked)


def at_rest(moves: list[PrisonerMoved]) -> tuple[str | None, list[tuple[str, str, str]]]:
    """Where the prisoner is, and the open reviews: one of a kind for each block, where the prisoner is."""
    there = world()
    there.now += 3 * DAY
    blocks = [authorised(block, consent, START, prison_as_of=START) for block, consent in BLOCKS]
    there.on(*blocks, *moves)
    there.wait(hours=1)  # a release has settled
    reviews = sorted((review.block_id, review.kind.value, review.prison_id) for review in opened(there))
    assert len({(block_id, kind) for block_id, kind, _ in reviews}) == len(reviews)
    assert {prison_id for _, _, prison_id in reviews} <= {prison(there)}
    return prison(there), reviews


@given(both_systems, st.randoms(use_true_random=False))
def test_r22_r23_overdue_and_handovers_are_said_once_however_movements_are_heard(
    moves: list[PrisonerMoved], chance: random.Random
) -> None:
    there = world()
    there.on(authorised(), authorised("b2", "self"))
    for move in [*moves, *moves]:
        there.on(move)
        there.wait(hours=chance.randrange(400))
    there.wait(days=100)
    overdue = [said.review_id for said in there.of(ReviewOverdue)]
    assert len(overdue) == len(set(overdue))
    handed = [said.handover_id for said in there.of(HandoverIssued)]
    assert len(handed) == len(set(handed))
    assert set(known(there).blocks) == {"b1", "b2"}
    unasked = [said for said in there.of(ReviewOpened) if said.block_id == "b2" and said.kind is ReviewKind.PERIODIC]
    assert unasked == []
