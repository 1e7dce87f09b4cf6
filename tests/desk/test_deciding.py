"""What is on its way, until something follows from it; and who of two was first."""

import pytest

from services.desk.domain import calls
from services.desk.domain.case import Case, Protected
from services.desk.domain.todo import SENT, Kind
from shared.events import blocks
from shared.events.inbound import DecisionOutcome
from shared.events.requests import block_id
from tests.desk.given import (
    JANE,
    JOHN,
    MARY,
    MOORLAND,
    OPERATOR,
    block,
    decide,
    decision,
    desk,
    entry,
    needs_person,
    routed,
    submitted,
    verdict,
)
from tests.support.world import World


def waiting() -> World:
    """A request about Jane and Mary waits for Leeds."""
    world = desk()
    world.on(submitted(people=(JANE, MARY)), routed(people=(JANE, MARY)))
    return world


def person(world: World, place: int = 0) -> Protected:
    known = world.know(Case, "r1")
    assert known
    return known.person(block_id("r1", place))


def test_a_withdrawal_that_was_noted_before_a_decision_is_not_on_its_way_again_r45() -> None:
    world = waiting()
    world.on(block(blocks.BlockWithdrawalNoted), decision("withdraw", block_id=block_id("r1", 0)))
    assert person(world).sent is None
    assert person(world).decidable


def test_what_the_old_prison_sent_is_not_on_its_way_at_the_new_one_r20() -> None:
    world = waiting()
    world.on(decide(verdict("authorise"), verdict("refuse", place=1, reason="No")))
    world.on(routed(people=(JANE, MARY), prison=MOORLAND, minutes=60))
    assert [person(world, place).sent for place in (0, 1)] == [None, None]
    todo = entry(world, Kind.DECIDE, "r1")
    assert todo
    assert todo.note != SENT


def test_what_a_prison_sent_stays_on_its_way_while_the_case_stays_there() -> None:
    world = waiting()
    world.on(decide(verdict("authorise")), routed(people=(JANE, MARY), minutes=60))
    assert person(world).sent is DecisionOutcome.AUTHORISE


def test_a_decision_of_a_prison_that_does_not_have_the_case_is_not_on_its_way_r20() -> None:
    world = waiting()
    world.on(routed(people=(JANE, MARY), prison=MOORLAND, minutes=60), decision("authorise"))
    assert person(world).sent is None


def test_a_question_that_was_heard_of_before_the_decision_to_ask_it_is_not_on_its_way() -> None:
    world = waiting()
    world.on(block(blocks.BlockMoreAsked), decision("ask_for_more", block_id=block_id("r1", 0), reason="Which number?"))
    assert person(world).sent is None


def test_a_second_question_is_on_its_way() -> None:
    world = waiting()
    world.on(block(blocks.BlockMoreAsked), decision("ask_for_more", block_id=block_id("r1", 0), reason="Which street?"))
    assert person(world).sent is DecisionOutcome.ASK_FOR_MORE


def test_a_decision_about_the_whole_request_leaves_who_is_refused_as_they_are_r12() -> None:
    world = waiting()
    world.on(block(blocks.BlockRefused), decision("authorise"))
    assert [person(world, place).sent for place in (0, 1)] == [None, DecisionOutcome.AUTHORISE]


def test_a_decision_about_a_request_that_is_refused_is_a_new_look_at_everybody_r12() -> None:
    world = waiting()
    world.on(block(blocks.BlockRefused), block(blocks.BlockRefused, place=1), decision("authorise"))
    assert [person(world, place).sent for place in (0, 1)] == [DecisionOutcome.AUTHORISE] * 2


def asked_again(because: str) -> Case:
    """A person said which prisoner it is; then routing asks, for that reason."""
    world = desk()
    world.on(submitted(), needs_person("several_matches", JOHN, "A1234BD"))
    world.on(calls.Choose(who=OPERATOR, subject="r1", prisoner_number=JOHN), needs_person(because))
    known = world.know(Case, "r1")
    assert known
    return known


@pytest.mark.parametrize("because", ["number_unknown", "no_match", "prisoner_died"])
def test_a_new_reason_to_look_is_a_new_question_after_an_answer_r9(because: str) -> None:
    wanted = asked_again(because).wanted
    assert wanted
    assert not wanted.sent


@pytest.mark.parametrize("because", ["deadline_near", "deadline_passed"])
def test_a_warning_about_the_deadline_leaves_an_answer_on_its_way_r8(because: str) -> None:
    wanted = asked_again(because).wanted
    assert wanted
    assert wanted.sent
