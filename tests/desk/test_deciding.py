"""What is on its way, until something follows from it; and who of two was first."""

import pytest

from services.desk.domain import calls, deciding
from services.desk.domain.breaches import UNALERTED, Breach
from services.desk.domain.calls import Overtaken, Who
from services.desk.domain.case import Case, Protected
from services.desk.domain.holding import Holding
from services.desk.domain.todo import SENT, Kind
from shared.events import blocks, breaches
from shared.events.inbound import DecisionOutcome, RoutingDecided
from shared.events.requests import block_id
from tests.desk.given import (
    JANE,
    JOHN,
    LEEDS,
    MARY,
    MOORLAND,
    OFFICER,
    OPERATOR,
    acknowledged,
    block,
    breach_alert,
    breach_report,
    decide,
    decision,
    desk,
    entry,
    in_force,
    listed,
    needs_person,
    routed,
    submitted,
    verdict,
    waiting,
)
from tests.support.world import START, World


def waiting_list() -> World:
    """A list waits to be put in force at Leeds."""
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1))
    return world


def acknowledge(outcome: str) -> calls.Acknowledge:
    """The officer answers that list."""
    reason = "No signal" if outcome == "failed" else None
    about = {"who": OFFICER, "version": 1, "number": JOHN, "outcome": outcome, "reason": reason}
    return calls.Acknowledge.model_validate(about)


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


def press(what: str) -> str:
    """Ids that follow from one press."""
    return f"press/{what}"


def test_the_same_press_again_has_done_what_it_wanted_to_do() -> None:
    known = waiting().know(Case, "r1")
    assert known
    call = decide(verdict("authorise"), verdict("refuse", place=1, reason="No"))
    after = deciding.decide(known, call, START, press)
    assert not isinstance(after, Overtaken)
    assert deciding.decide(after[0], call, START, press) == (after[0], [])


def test_a_press_that_decides_more_than_was_decided_is_not_the_same_press_again() -> None:
    known = waiting().know(Case, "r1")
    assert known
    after = deciding.decide(known, decide(verdict("authorise")), START, press)
    assert not isinstance(after, Overtaken)
    more = decide(verdict("authorise"), verdict("refuse", place=1, reason="No"))
    assert isinstance(deciding.decide(after[0], more, START, press), Overtaken)


def test_a_withdrawal_for_more_people_is_not_the_same_press_again() -> None:
    known = waiting().know(Case, "r1")
    assert known
    jane, mary = (
        calls.Withdraw(
            who=OFFICER, request_id="r1", block_ids=tuple(block_id("r1", place) for place in places), check="Rang"
        )
        for places in ((0,), (0, 1))
    )
    after = deciding.withdraw(known, jane, START, press)
    assert not isinstance(after, Overtaken)
    assert isinstance(deciding.withdraw(after[0], mary, START, press), Overtaken)


def test_an_action_with_another_beside_it_is_not_the_same_press_again_r29() -> None:
    world = in_force()
    world.on(breach_alert())
    known = world.know(Breach, "b1")
    assert known
    one, two = (
        calls.Act.model_validate({"who": OFFICER, "breach_id": "b1", "actions": actions})
        for actions in (["cell_search"], ["cell_search", "pin_phone_check"])
    )
    after = deciding.act(known, one, START, press)
    assert not isinstance(after, Overtaken)
    assert deciding.act(after[0], one, START, press) == (after[0], [])
    assert isinstance(deciding.act(after[0], two, START, press), Overtaken)


def test_nobody_is_chosen_for_a_request_that_wants_nobody_any_more_r9() -> None:
    world = waiting()
    assert world.on(calls.Choose(who=OPERATOR, subject="r1", prisoner_number=JOHN)) == []
    assert isinstance(world.answer, Overtaken)


def test_nobody_is_chosen_for_a_report_that_a_prison_has_r9_r29() -> None:
    world = in_force()
    world.on(breach_alert())
    assert world.on(calls.Choose(who=OPERATOR, subject="b1", prisoner_number=JOHN)) == []
    assert isinstance(world.answer, Overtaken)


def test_somebody_is_chosen_for_a_report_that_needs_a_person_r9_r29() -> None:
    world = desk()
    about = {"breach_id": "b1", "breach_reference": "UPC-BRE-ACH-2222", "because": "no_match", "at": START}
    world.on(breaches.BreachReportNeedsPerson.model_validate(about))
    (said,) = world.on(calls.Choose(who=OPERATOR, subject="b1", prisoner_number=JOHN))
    assert isinstance(said, RoutingDecided)


def test_a_report_that_a_person_says_is_about_nobody_waits_for_no_alert_until_news_of_somebody_r29() -> None:
    """Otherwise one report keeps the alert of those who watch alight for years, and hides the next."""
    world = desk()
    asked = breaches.BreachReportNeedsPerson(
        breach_id="b1", breach_reference="UPC-BRE-ACH-2222", because="no_match", at=START
    )
    world.on(breach_report(), asked)
    assert UNALERTED in report_of(world).lookups()
    assert entry(world, Kind.FIND_BREACH, "b1")
    world.on(calls.Choose(who=OPERATOR, subject="b1", prisoner_number=None))
    assert UNALERTED not in report_of(world).lookups()
    assert entry(world, Kind.FIND_BREACH, "b1") is None
    world.on(asked.model_copy(update={"because": "not_in_custody"}))
    assert UNALERTED in report_of(world).lookups(), "there is somebody by now"
    assert entry(world, Kind.FIND_BREACH, "b1")


def report_of(world: World) -> Breach:
    state = world.know(Breach, "b1")
    assert state
    return state


def test_the_second_of_two_who_answer_a_list_is_told_r13() -> None:
    world, call = waiting_list(), acknowledge("implemented")
    world.on(call)
    assert world.on(call.model_copy(update={"who": Who(name="Kim Officer", prisons=(LEEDS,))})) == []
    assert told_of(world) == ("Sam Officer", "implemented")
    world.on(acknowledged(1))  # as the desk hears what it said itself
    assert world.on(call.model_copy(update={"who": Who(name="Kim Officer", prisons=(LEEDS,))})) == []
    assert told_of(world) == ("Sam Officer", "implemented")


def told_of(world: World) -> tuple[str, str]:
    assert isinstance(world.answer, Overtaken)
    assert world.answer.first
    return world.answer.first.by, world.answer.first.outcome


def test_an_answer_that_an_estate_gave_first_is_told_r13() -> None:
    world = waiting_list()
    world.on(acknowledged(1))
    assert world.on(acknowledge("implemented")) == []
    assert told_of(world) == (LEEDS, "implemented")


@pytest.mark.parametrize("outcome", ["implemented", "failed"])
def test_the_same_answer_to_a_list_pressed_again_is_one_answer_r13(outcome: str) -> None:
    known = waiting_list().know(Holding, JOHN)
    assert known
    after = deciding.acknowledge(known, acknowledge(outcome), START, press)
    assert not isinstance(after, Overtaken)
    assert deciding.acknowledge(after[0], acknowledge(outcome), START, press) == (after[0], [])


def test_what_failed_can_be_in_force_after_all_r13() -> None:
    known = waiting_list().know(Holding, JOHN)
    assert known
    failed = deciding.acknowledge(known, acknowledge("failed"), START, press)
    assert not isinstance(failed, Overtaken)
    after = deciding.acknowledge(failed[0], acknowledge("implemented"), START, press)
    assert not isinstance(after, Overtaken)
    assert len(after[1]) == 1
