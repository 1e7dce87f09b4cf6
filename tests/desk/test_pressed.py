"""Presses of buttons: what is published, who may, and what the second of two people is told."""

from datetime import timedelta

from services.desk.domain import calls
from services.desk.domain.calls import Done, NotTheirs, Overtaken
from services.desk.domain.tasks import Task
from services.desk.domain.todo import SENT, Kind
from shared.events import blocks, reviews
from shared.events.inbound import BlockListAcknowledged, PrisonDecided, RoutingDecided
from shared.events.requests import block_id
from tests.desk.given import (
    AT_MOORLAND,
    JANE,
    JOHN,
    LEEDS,
    MARY,
    OFFICER,
    OPERATOR,
    block,
    breach_alert,
    decide,
    decision,
    desk,
    entry,
    in_force,
    listed,
    needs_person,
    review,
    routed,
    submitted,
    task,
    verdict,
    waiting,
)
from tests.support.world import START


def test_each_person_is_decided_for_themselves_less_the_points_left_out_r12() -> None:
    world = waiting()
    world.on(
        decide(verdict("authorise", excluded=["+447700900123"]), verdict("refuse", place=1, reason="She is his mother"))
    )
    authorised, refused = world.of(PrisonDecided)
    assert (authorised.block_id, authorised.excluded_contact_points) == (block_id("r1", 0), ("+447700900123",))
    assert (refused.block_id, refused.reason) == (block_id("r1", 1), "She is his mother")
    assert {said.decided_by for said in (authorised, refused)} == {"Sam Officer"}
    assert (authorised.prison_id, authorised.prisoner_number) == (LEEDS, JOHN)
    todo = entry(world, Kind.DECIDE, "r1")
    assert todo
    assert todo.note == SENT


def test_the_second_of_two_is_told_what_the_first_decided_and_nothing_follows() -> None:
    world = waiting()
    world.on(decide(verdict("authorise")))
    assert world.on(decide(verdict("refuse", reason="No"))) == []
    assert isinstance(world.answer, Overtaken)
    assert world.answer.first
    assert (world.answer.first.by, world.answer.first.outcome) == ("Sam Officer", "authorise")


def test_somebody_at_the_estates_own_desk_may_be_first_too() -> None:
    world = waiting()
    world.on(decision("refuse", reason="No"))
    world.on(decide(verdict("authorise")))
    assert isinstance(world.answer, Overtaken)
    assert world.answer.first
    assert world.answer.first.by == "The estate"


def test_ones_own_decision_read_back_from_the_topic_overtakes_nobody() -> None:
    world = waiting()
    (said,) = world.on(decide(verdict("authorise")))
    world.on(said)
    world.on(decide(verdict("refuse", place=1, reason="No"), version=1))
    assert isinstance(world.answer, Done)


def test_another_prisons_case_is_not_theirs() -> None:
    world = waiting()
    assert world.on(decide(verdict("authorise"), who=AT_MOORLAND)) == []
    assert isinstance(world.answer, NotTheirs)


def test_after_a_transfer_the_old_prison_decides_nothing_any_more_r20() -> None:
    world = waiting()
    world.on(routed(people=(JANE, MARY), prison="MDI", minutes=60))
    world.on(decide(verdict("authorise")))
    assert isinstance(world.answer, NotTheirs)
    world.on(decide(verdict("authorise"), who=AT_MOORLAND))
    assert isinstance(world.answer, Done)


def test_a_withdrawal_says_how_it_was_checked_r17_r47() -> None:
    world = in_force()
    call = calls.Withdraw(who=OFFICER, request_id="r1", block_ids=(block_id("r1", 0),), check="Rang the number held")
    (said,) = world.on(call)
    assert isinstance(said, PrisonDecided)
    assert (said.outcome.value, said.block_id, said.reason) == ("withdraw", block_id("r1", 0), "Rang the number held")


def test_each_action_on_a_breach_is_recorded_and_the_new_number_decided_r29_r30() -> None:
    world = in_force()
    world.on(breach_alert())
    call = calls.Act.model_validate(
        {"who": OFFICER, "breach_id": "b1", "actions": ["cell_search", "pin_phone_check"], "join": True, "note": "Done"}
    )
    said = world.on(call)
    assert [event.outcome for event in said if isinstance(event, PrisonDecided)] == [
        "record_action",
        "record_action",
        "authorise",
    ]
    assert entry(world, Kind.BREACH, "b1") is None
    world.on(call)
    assert isinstance(world.answer, Overtaken)


def test_a_review_is_decided_once_r22() -> None:
    world = in_force()
    world.on(review(reviews.ReviewOpened))
    call = calls.DecideReview.model_validate({"who": OFFICER, "review_id": f"v-{LEEDS}", "outcome": "keep"})
    (said,) = world.on(call)
    assert isinstance(said, PrisonDecided)
    assert (said.review_id, said.outcome.value) == (f"v-{LEEDS}", "keep")
    assert world.on(call) == []
    assert isinstance(world.answer, Overtaken)


def test_a_list_is_acknowledged_by_hand_in_the_version_on_the_page_r13() -> None:
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1), listed(2, people=(JANE, MARY)))
    old, new = (
        calls.Acknowledge.model_validate({"who": OFFICER, "version": version, "number": JOHN, "outcome": "implemented"})
        for version in (1, 2)
    )
    assert world.on(old) == []
    assert isinstance(world.answer, Overtaken)
    (said,) = world.on(new)
    assert isinstance(said, BlockListAcknowledged)
    assert (said.version, said.prison_id) == (2, LEEDS)
    assert entry(world, Kind.ACKNOWLEDGE, JOHN) is None


def test_a_person_says_which_prisoner_it_is_r9() -> None:
    world = desk()
    world.on(submitted(), needs_person("several_matches", JOHN, "A1234BD"))
    call = calls.Choose(who=OPERATOR, subject="r1", prisoner_number=JOHN)
    (said,) = world.on(call)
    assert isinstance(said, RoutingDecided)
    assert (said.request_id, said.prisoner_number, said.decided_by) == ("r1", JOHN, "Olu Operator")
    todo = entry(world, Kind.FIND, "r1")
    assert todo
    assert todo.note == SENT
    world.on(call)
    assert isinstance(world.answer, Overtaken)


def test_a_task_is_tried_again_later_and_then_done_r28() -> None:
    world = desk()
    world.on(submitted(), task())
    later = START + timedelta(hours=3)
    world.on(calls.Try(who=OPERATOR, task_id="t1", note="No answer", again_at=later))
    todo = entry(world, Kind.TASK, "t1")
    assert todo
    assert todo.deadline == later
    world.on(calls.Try(who=OPERATOR, task_id="t1", note="Told", version=0))
    assert isinstance(world.answer, Overtaken)
    world.on(calls.Try(who=OPERATOR, task_id="t1", note="Told", version=1))
    assert entry(world, Kind.TASK, "t1") is None
    known = world.know(Task, "t1")
    assert known
    assert [attempt.note for attempt in known.attempts] == ["No answer", "Told"]
    world.wait(days=91)
    assert world.know(Task, "t1") is None
