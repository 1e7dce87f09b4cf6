"""How long a case is kept, and what keeps it from being let go (R48, R23, R45)."""

from datetime import timedelta
from typing import Any

import pytest

from services.records.domain.calls import Erase, LiftHold, PlaceHold
from services.records.domain.case import CaseRecord, Pointer, Prisoner
from services.records.domain.keeping import Ground, Trace, reference_mark
from services.records.domain.story import Page
from shared.domain.rules import Rules
from shared.events import blocks
from shared.events.erasures import CaseErased, ErasedBecause
from shared.events.requests import block_id
from shared.runtime.work import State
from tests.records.given import (
    NUMBER,
    OTHER,
    REFERENCE,
    alerted,
    authorised,
    block,
    breach_submitted,
    case,
    handed_over,
    held,
    lifted,
    merged,
    noticed,
    received,
    records,
    refused,
    routed,
    story,
    submitted,
)
from tests.support.world import START, World

KEPT = Rules()
REFUSED, UNDECIDED, ENDED, DORMANT = (
    days.on(START.date())
    for days in (KEPT.refused_kept_days, KEPT.undecided_kept_days, KEPT.ended_kept_days, KEPT.dormant_kept_days)
)


def erase(case_id: str = "r1") -> Erase:
    return Erase(case_id=case_id, ground=Ground.CONSENT_WITHDRAWN)


def hold(world: World, case_id: str = "r1") -> str:
    world.on(PlaceHold(case_id=case_id, reason="a police investigation", placed_by="Central Team"))
    return next(iter(case(world, case_id).holds))


def test_r48_a_request_that_was_refused_is_kept_for_a_year() -> None:
    world = records()
    world.on(submitted(), routed(), refused())
    assert world.wait(days=REFUSED) == []
    (erased,) = world.wait(hours=1)
    assert erased == CaseErased(
        request_id="r1",
        reference=REFERENCE,
        prisoner_number=NUMBER,
        block_ids=(block_id("r1", 0),),
        breach_ids=(),
        because=ErasedBecause.RETENTION,
        at=START + timedelta(days=REFUSED, minutes=45),
    )


@pytest.mark.parametrize("end", [lifted(), block(blocks.BlockEnded, because="review")], ids=["lifted", "ended"])
def test_r48_a_block_that_was_in_force_is_kept_for_six_years_after_its_end(end: Any) -> None:
    world = records()
    world.on(submitted(), routed(), authorised(), end)
    assert world.wait(days=ENDED) == []
    assert [type(said) for said in world.wait(hours=1)] == [CaseErased]


def test_r48_the_case_is_kept_as_long_as_its_last_block() -> None:
    world = records()
    world.on(submitted(people=2), routed(), refused(place=0), authorised(place=1))
    assert world.wait(days=9 * 365) == []
    world.on(lifted(place=1))
    assert world.wait(days=ENDED) == []
    assert world.wait(hours=1) != []


def test_what_is_in_force_is_never_let_go() -> None:
    world = records()
    world.on(submitted(), authorised())
    assert world.wait(days=40 * 365) == []


@pytest.mark.parametrize("news", [[], [routed()]], ids=["submitted", "routed"])
def test_r48_a_request_that_nobody_decides_is_kept_for_ten_years_after_the_last_news_of_it(news: list[Any]) -> None:
    world = records()
    world.on(submitted(people=2), refused(place=1))
    world.wait(days=UNDECIDED - 1)
    world.on(*news, block(blocks.BlockMoreAsked, reason="who is it?"))
    assert world.wait(days=UNDECIDED) == []
    assert [type(said) for said in world.wait(hours=1)] == [CaseErased]


def test_a_case_whose_request_was_not_seen_is_never_let_go() -> None:
    """One of its blocks may be in force without anybody here knowing of it."""
    world = records()
    world.on(refused())
    assert world.wait(days=40 * 365) == []


def test_news_of_a_block_counts_in_any_order() -> None:
    world = records()
    world.on(lifted(), authorised(), submitted())
    assert world.wait(days=ENDED) == []
    assert world.wait(hours=1) != []


def test_r23_after_a_release_it_is_kept_as_long_as_a_recall_may_come() -> None:
    world = records()
    world.on(submitted(), routed(), authorised(), handed_over(world.now, ("r1", 0)))
    assert world.wait(days=DORMANT) == []
    assert world.wait(hours=1) != []


def test_r23_back_in_prison_it_is_in_force_again_and_kept() -> None:
    world = records()
    world.on(submitted(), routed(), authorised(), handed_over(world.now, ("r1", 0)))
    world.wait(days=DORMANT - 1)
    world.on(received(world.now))
    assert world.wait(days=40 * 365) == []


def test_r23_a_block_authorised_while_they_are_out_is_kept_as_long_and_is_in_force_with_their_return() -> None:
    world = records()
    world.on(submitted(), routed(), authorised(dormant=True, implementation_deadline=None))
    assert world.wait(days=DORMANT - 1) == []
    world.on(block(blocks.BlockImplemented, version=1, at=world.now))
    assert world.wait(days=40 * 365) == []


def test_r25_a_reception_that_is_heard_of_before_an_earlier_release_counts() -> None:
    world = records()
    world.on(submitted(), routed(), authorised())
    world.on(received(world.now))
    world.on(handed_over(world.now - timedelta(hours=2), ("r1", 0)))
    assert world.wait(days=40 * 365) == []


def test_r11_after_a_merge_the_kept_numbers_reception_counts() -> None:
    world = records()
    world.on(submitted(), routed(), authorised(), handed_over(world.now, ("r1", 0)))
    world.on(merged(OTHER, NUMBER))
    assert case(world).prisoner_number == OTHER
    world.on(received(world.now, OTHER))
    assert world.wait(days=40 * 365) == []


def test_a_report_that_no_request_is_known_for_is_let_go_after_a_year() -> None:
    world = records()
    world.on(breach_submitted(), alerted())
    assert world.wait(days=365) == []
    (erased,) = world.wait(hours=1)
    assert isinstance(erased, CaseErased)
    assert (erased.request_id, erased.breach_ids, erased.reference) == ("br1", ("br1",), "UPC-br1")


def test_a_report_is_part_of_the_case_that_it_turns_out_to_be_about() -> None:
    world = records()
    world.on(submitted(), breach_submitted())
    held = hold(world, "br1")
    world.on(alerted(request_id="r1"))
    assert world.know(CaseRecord, "br1") is None
    assert [line.type.split(".")[-1] for line in story(world)] == ["submitted", "submitted", "place-hold", "reported"]
    assert world.know(Pointer, "UPC-br1") == Pointer(case_id="r1")
    assert list(case(world).holds) == [held]


def test_nothing_is_let_go_while_it_is_held_and_what_came_due_goes_when_the_last_hold_does() -> None:
    world = records()
    world.on(submitted(), routed(), refused())
    hold(world)
    hold(world)
    first, second = case(world).holds
    assert world.wait(days=40 * 365) == []
    world.on(LiftHold(case_id="r1", hold_id=first, reason="over", lifted_by="them"))
    assert world.wait(days=1) == []
    world.on(LiftHold(case_id="r1", hold_id=second, reason="over", lifted_by="them"))
    assert [type(said) for said in world.wait(minutes=1)] == [CaseErased]


def test_a_hold_and_why_it_was_lifted_are_part_of_the_story() -> None:
    world = records()
    world.on(submitted())
    world.on(LiftHold(case_id="r1", hold_id=hold(world), reason="the trial is over", lifted_by="them"))
    assert [line.type for line in story(world)][1:] == ["place-hold", "lift-hold"]
    assert story(world)[-1].data["reason"] == "the trial is over"


def test_what_is_asked_for_is_let_go_at_once() -> None:
    world = records()
    world.on(submitted())
    (erased,) = world.on(erase())
    assert isinstance(erased, CaseErased)
    assert erased.because is ErasedBecause.ASKED


@pytest.mark.parametrize(
    "news", [[authorised()], [authorised(), handed_over(START, ("r1", 0))]], ids=["in force", "dormant"]
)
def test_nobody_has_a_block_erased_that_is_in_force_or_comes_back(news: list[Any]) -> None:
    world = records()
    world.on(submitted(), *news)
    assert world.on(erase()) == []
    assert case(world).authorised


def test_r47_who_asks_for_erasure_takes_no_request_back_that_is_at_a_prison() -> None:
    """The prison checks a withdrawal by what it holds already: nobody goes round that."""
    world = records()
    world.on(submitted(people=2), routed(), refused(place=1))
    assert world.on(erase()) == []
    world.on(held(because="in_transit"))
    assert world.on(erase()) == []
    world.on(held(because="released"))
    assert [type(said) for said in world.on(erase())] == [CaseErased]


def test_r47_what_was_withdrawn_at_the_prison_may_be_erased() -> None:
    world = records()
    world.on(submitted(), routed(), lifted())
    assert [type(said) for said in world.on(erase())] == [CaseErased]


def test_nobody_has_a_case_erased_that_is_held() -> None:
    world = records()
    world.on(submitted())
    hold(world)
    assert world.on(erase()) == []


def test_of_a_case_that_was_let_go_only_its_trace_is_left() -> None:
    world = records()
    world.on(submitted(), routed(), authorised(), noticed(), alerted(request_id="r1"), lifted())
    world.on(erase())
    kinds: tuple[type[State], ...] = (CaseRecord, Page, Pointer, Prisoner)
    assert [ref for ref in world.known if ref[0] in kinds] == []
    assert world.know(Trace, "r1") == Trace(
        reference_mark=reference_mark(REFERENCE), at=START, because=ErasedBecause.ASKED, ground=Ground.CONSENT_WITHDRAWN
    )


def test_what_is_said_of_it_later_brings_nothing_back_and_is_no_fault() -> None:
    world = records()
    world.on(submitted(), routed(), authorised(), lifted())
    world.on(erase())
    before = world.known
    late = [submitted(), routed(), authorised(), noticed(), alerted(request_id="r1"), handed_over(START, ("r1", 0))]
    assert world.on(*late, erase()) == []
    assert world.known == before


def test_r48_after_going_back_to_a_backup_what_was_let_go_since_is_let_go_again() -> None:
    """Its own word of it is read again from the topic; otherwise it is nothing new."""
    world, backup = records(), records()
    for one in (world, backup):
        one.on(submitted(), routed(), authorised(), noticed(), lifted())
    (said,) = world.on(erase())
    gone = world.known
    assert world.on(said) == []
    assert world.known == gone
    assert backup.on(said) == []
    assert [ref for ref in backup.known if ref[0] in (CaseRecord, Page, Pointer, Prisoner)] == []
    trace = backup.know(Trace, "r1")
    assert trace
    assert trace.because is ErasedBecause.ASKED
    assert backup.on(noticed(), authorised()) == []


def test_r48_rules_that_grew_longer_meanwhile_are_the_rules() -> None:
    world = records()
    world.on(submitted(), refused())
    world.rules = Rules.model_validate({"refused_kept_days": 800})
    assert world.wait(days=799) == []
    assert world.wait(days=2) != []


def test_a_page_that_is_full_is_followed_by_another() -> None:
    world = records()
    world.on(submitted(), *[block(blocks.BlockUnconfirmed, version=n, because="failed") for n in range(250)])
    assert len(story(world)) == 251
    assert case(world).page == 2
