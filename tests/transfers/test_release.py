"""Release, handover, recall, death, merges (R11, R23, R37-R39, R41)."""

from datetime import timedelta

import pytest

from shared.events.reviews import HandoverIssued, ReviewOpened
from shared.runtime.work import Rejected
from tests.support.world import START, World
from tests.transfers.given import JOHN, OTHER, authorised, breach, decision, merged, received, released, world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def with_block(consent: str = "not_given") -> World:
    there = world()
    there.on(authorised(consent=consent), breach())
    there.wait(days=1)
    return there


def test_r23_r38_a_release_that_has_settled_is_handed_over_with_history_and_breaches() -> None:
    there = with_block()
    assert there.on(released("LEI", there.now)) == []
    assert there.wait(minutes=44) == []
    (handover,) = there.wait(minutes=2)
    assert isinstance(handover, HandoverIssued)
    assert (handover.crn, handover.released_from) == ("X123456", "LEI")
    assert [block.block_id for block in handover.blocks] == ["b1"]
    assert handover.blocks[0].history
    assert [item.breach_id for item in handover.breaches] == ["x1"]
    assert there.wait(days=300) == []


def test_r38_a_release_taken_back_within_the_settling_time_tells_nobody() -> None:
    there = with_block()
    there.on(released("LEI", there.now))
    there.wait(minutes=10)
    there.on(received("LEI", there.now, "READMISSION_SWITCH_BOOKING"))
    assert there.of(HandoverIssued) == []
    assert [type(said) for said in there.wait(days=80)] == [ReviewOpened]


@pytest.mark.parametrize(
    "news",
    [
        released("LEI", START + DAY, search=True),
        released("LEI", START + DAY, code="MRG"),
        released("LEI", START + DAY, code="UAL"),
        released("LEI", START + DAY, "TRANSFERRED"),
        released("LEI", START + DAY, "SENT_TO_COURT"),
        released("LEI", START + DAY, "UNKNOWN"),
    ],
)
def test_r38_only_an_authoritative_release_ends_custody(news: object) -> None:
    there = with_block()
    there.on(news)  # type: ignore[arg-type]
    there.wait(days=1)
    assert there.of(HandoverIssued) == []


def test_r38_a_death_is_handed_over_to_nobody_and_reviews_close() -> None:
    there = with_block()
    there.on(released("LEI", there.now, code="DEC"))
    assert there.wait(days=300) == []


def test_r25_a_release_heard_after_a_later_reception_ends_nothing() -> None:
    there = with_block()
    there.on(received("MDI", START + 3 * DAY), released("LEI", START + 2 * DAY))
    there.wait(days=5)
    assert there.of(HandoverIssued) == []


def test_r23_a_recall_after_the_settling_time_takes_nothing_back_though_no_timer_fired_yet() -> None:
    there = with_block()
    there.on(released("LEI", there.now))
    there.now += timedelta(minutes=50)
    said = there.on(received("LEI", there.now, "READMISSION"))
    assert [type(event) for event in said] == [HandoverIssued]


@pytest.mark.parametrize(
    ("consent", "reason", "prison_id", "reviews"),
    [
        ("self", "READMISSION", "MDI", 0),
        ("not_given", "READMISSION", "MDI", 1),
        ("not_given", "READMISSION", "LEI", 0),
        ("self", "NEW_ADMISSION", "LEI", 1),
        ("self", "ADMISSION", "MDI", 1),
    ],
)
def test_r23_a_return_is_reviewed_where_it_is_another_prison_or_may_be_a_new_term(
    consent: str, reason: str, prison_id: str, reviews: int
) -> None:
    there = with_block(consent)
    there.on(released("LEI", there.now))
    there.wait(days=2)
    said = there.on(received(prison_id, there.now, reason))
    assert [type(event) for event in said] == [ReviewOpened] * reviews


def test_r23_after_a_recall_the_next_release_is_handed_over_again() -> None:
    there = with_block("self")
    for prison_id in ("LEI", "MDI"):
        there.on(released(prison_id, there.now))
        there.wait(days=2)
        there.on(received("MDI", there.now, "READMISSION"))
        there.wait(days=2)
    assert len({handover.handover_id for handover in there.of(HandoverIssued)}) == 2


def test_r11_r39_a_merge_moves_blocks_and_open_reviews_to_the_kept_number() -> None:
    there = with_block()
    (review,) = there.on(received("MDI", there.now))
    assert isinstance(review, ReviewOpened)
    assert there.on(merged(OTHER, JOHN, there.now)) == []
    assert there.on(merged(OTHER, JOHN, there.now)) == []
    (said,) = there.on(decision("keep", "MDI", there.now, review_id=review.review_id))
    assert said.key() == OTHER
    (handover,) = [*there.on(released("MDI", there.now + HOUR)), *there.wait(days=1)]
    assert handover.key() == OTHER


def test_r39_a_merge_of_unknown_numbers_and_into_itself() -> None:
    there = world()
    assert there.on(merged("C1234BC", "D1234BC", START)) == []
    assert there.on(merged("E1234BC", "C1234BC", START)) == []
    there.on(authorised(prisoner_number="D1234BC"))
    with pytest.raises(Rejected):
        there.on(merged("D1234BC", "E1234BC", START))


def test_r38_a_release_from_a_clock_ahead_of_ours_settles_after_it_happened() -> None:
    there = world()
    there.on(authorised(), released("LEI", START + timedelta(minutes=50)))
    assert there.wait(minutes=60) == []
    assert [type(said) for said in there.wait(minutes=60)] == [HandoverIssued]
