"""What must hold whatever happens in whatever order."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.records.domain import exports
from services.records.domain.calls import Erase, LiftHold, PlaceHold
from services.records.domain.case import CaseRecord, Pointer
from services.records.domain.keeping import Ground
from services.records.domain.texts import document
from shared.events.erasures import CaseErased
from shared.events.notices import PrisonerNoticeIssued
from tests.records.given import (
    EVERYTHING,
    NEWS,
    NUMBER,
    OF_PRISONER,
    OF_PROTECTED,
    OF_REQUESTER,
    OF_STAFF,
    authorised,
    handed_over,
    lifted,
    noticed,
    received,
    records,
    refused,
    routed,
    submitted,
)
from tests.support.world import World

DECISIONS: dict[str, Any] = {"authorise": authorised, "refuse": refused, "lift": lifted}
STEPS = st.one_of(
    st.tuples(st.sampled_from([*DECISIONS]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["release", "receive", "hold", "free", "ask"]), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 400, 2200, 3700])),
)


class Truth:
    """What is really so: which blocks are in force, and what holds the case."""

    def __init__(self) -> None:
        self.standing = {0: "propose", 1: "propose"}
        self.out = self.held = False

    def decides(self, what: str, place: int) -> bool:
        """Whether a prison can decide so (`services.blocking.domain.decisions`)."""
        allowed = {
            "propose": ("authorise", "refuse", "lift"),
            "refuse": ("authorise",),
            "authorise": ("lift",),
            "lift": (),
        }
        if what not in allowed[self.standing[place]]:
            return False
        self.standing[place] = what
        return True

    @property
    def undecided(self) -> bool:
        return "propose" in self.standing.values()

    @property
    def may_be_let_go(self) -> bool:
        return not (self.held or ("authorise" in self.standing.values() and not self.out))


@given(st.lists(STEPS, max_size=25))
def test_r48_nothing_is_let_go_of_its_own_while_in_force_or_held_or_for_ten_years_while_undecided(
    steps: list[tuple[str, int]],
) -> None:
    world, truth = records(), Truth()
    world.on(submitted(people=2), routed())
    for what, number in steps:
        known = world.know(CaseRecord, "r1")
        said = [event for event in _does(world, truth, what, number) if isinstance(event, CaseErased)]
        if said and what != "ask":
            assert known
            assert truth.may_be_let_go
            assert not truth.undecided or world.now - known.heard_at >= timedelta(days=3653)
        if said and what == "ask":
            assert not truth.undecided, "it is at the prison"
        if said:
            assert "authorise" not in truth.standing.values() or truth.out
            assert not truth.held
            return
    if truth.may_be_let_go:
        assert [type(said) for said in world.wait(days=4000)] == [CaseErased]
    else:
        assert world.wait(days=40 * 365) == []


def _does(world: World, truth: Truth, what: str, number: int) -> Iterator[Any]:
    known = world.know(CaseRecord, "r1")
    assert known
    world.now += timedelta(minutes=1)
    if what in DECISIONS and truth.decides(what, number):
        dormant = {"dormant": truth.out} if what == "authorise" else {}
        yield from world.on(DECISIONS[what](place=number, **dormant))
    elif what == "release" and "authorise" in truth.standing.values() and not truth.out:
        truth.out = True
        in_force = [("r1", place) for place, standing in truth.standing.items() if standing == "authorise"]
        yield from world.on(handed_over(world.now, *in_force))
        yield from world.wait(hours=1)
    elif what == "receive":
        truth.out = False
        yield from world.on(received(world.now))
    elif what == "hold":
        truth.held = True
        yield from world.on(PlaceHold(case_id="r1", reason="a trial", placed_by="somebody"))
    elif what == "free" and known.holds:
        truth.held = len(known.holds) > 1
        yield from world.on(
            LiftHold(case_id="r1", hold_id=next(iter(known.holds)), reason="over", lifted_by="somebody")
        )
    elif what == "ask":
        yield from world.on(Erase(case_id="r1", ground=Ground.OBJECTED))
    elif what == "wait":
        yield from world.wait(days=number)


NAMES = ("Jane Example", "Ann Other")
SECRETS = (*OF_REQUESTER, *OF_PROTECTED[0], *OF_PROTECTED[1], *OF_STAFF, *OF_PRISONER, "UPC-", "2026")


@given(st.lists(st.sampled_from(range(len(NEWS))), unique=True))
def test_r16_a_prisoners_export_is_names_they_were_told_and_nothing_else_whatever_happened(order: list[int]) -> None:
    world = records()
    for place in order:
        if _can_come(world, NEWS[place]):
            world.on(NEWS[place])
    export = exports.for_prisoner(_cases_of(world))
    assert set(export.you_cannot_contact) <= set(NAMES)
    assert export == exports.PrisonersExport(you_cannot_contact=export.you_cannot_contact)
    assert list(export.you_cannot_contact) == sorted(set(export.you_cannot_contact))
    for text in (export.model_dump_json(), document("prisoner", export)):
        assert [secret for secret in SECRETS if secret in text] == []


def test_r16_how_many_requests_there_are_when_and_by_whom_changes_nothing_in_a_prisoners_export() -> None:
    one, several = records(), records()
    one.on(submitted("r1"), routed("r1"), authorised("r1"), noticed("r1"))
    several.on(submitted("r1"), routed("r1"), authorised("r1"), noticed("r1"))
    several.wait(days=90)
    several.on(
        submitted("r2", **EVERYTHING), routed("r2"), authorised("r2"), noticed("r2"), submitted("r3"), routed("r3")
    )
    assert exports.for_prisoner(_cases_of(one)) == exports.for_prisoner(_cases_of(several))


def _can_come(world: World, event: Any) -> bool:
    """What its case has to be known for; before, it would be tried again later."""
    if isinstance(event, PrisonerNoticeIssued):
        return world.know(Pointer, event.notice_id) is not None
    return not isinstance(event, PlaceHold) or world.know(CaseRecord, "r1") is not None


def _cases_of(world: World) -> list[CaseRecord]:
    cases = [state for state in world.known.values() if isinstance(state, CaseRecord)]
    return [case for case in cases if case.prisoner_number == NUMBER]
