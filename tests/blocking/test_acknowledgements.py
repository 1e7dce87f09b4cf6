"""Implemented, failed, overdue (R13)."""

from datetime import timedelta

import pytest

from shared.events.blocks import BlockImplemented, BlockUnconfirmed
from shared.runtime.work import Rejected
from tests.blocking.given import JANE, MOORLAND, START, ack, authorised, decision, implemented, moved, routed

LATER = START + timedelta(hours=1)


def test_r13_every_block_of_the_acknowledged_version_is_implemented_once() -> None:
    world = authorised(JANE, {"name": "Mary Other"})
    world.on(ack(1), ack(1, at=LATER))
    assert [said.block_id for said in world.of(BlockImplemented)] == ["req-1/0", "req-1/1"]


def test_r13_a_block_of_a_later_version_is_not_implemented_by_an_earlier_acknowledgement() -> None:
    world = authorised()
    world.on(routed(request="req-2"), decision("authorise", request_id="req-2"), ack(1))
    assert [said.block_id for said in world.of(BlockImplemented)] == ["req-1/0"]
    world.on(ack(2))
    assert [said.block_id for said in world.of(BlockImplemented)] == ["req-1/0", "req-2/0"]


def test_r13_r40_an_acknowledgement_of_a_version_that_is_not_there_never_counts() -> None:
    with pytest.raises(Rejected):
        authorised().on(ack(2))


@pytest.mark.parametrize("outcome", ["implemented", "failed"])
def test_r13_an_acknowledgement_from_before_its_version_is_set_aside(outcome: str) -> None:
    world = authorised()
    with pytest.raises(Rejected):
        world.on(ack(1, outcome=outcome, at=START - timedelta(seconds=61)))
    assert not world.of(BlockImplemented)
    assert not world.of(BlockUnconfirmed)


def test_r40_a_stray_acknowledgement_ends_no_holding_of_the_old_prison() -> None:
    world = implemented()
    world.wait(hours=1)
    world.on(moved("received", world.now, MOORLAND))
    with pytest.raises(Rejected):
        world.on(ack(2, MOORLAND, at=START))
    changed = world.block_list()
    assert changed is not None
    assert changed.also_held_by == ("LEI",)


def test_r13_a_prisons_clock_may_be_a_minute_slow() -> None:
    world = authorised()
    world.on(ack(1, at=START - timedelta(seconds=59)))
    assert len(world.of(BlockImplemented)) == 1


def test_r13_a_prison_that_the_list_does_not_name_implements_nothing() -> None:
    assert authorised().on(ack(1, prison="BXI")) == []


def test_r13_a_failed_list_is_raised_and_the_block_stays_in_force() -> None:
    world = authorised()
    (said,) = world.on(ack(1, outcome="failed", reason="PIN phones are down"))
    assert isinstance(said, BlockUnconfirmed)
    assert (said.because, said.version) == ("failed", 1)
    world.on(ack(1))
    assert len(world.of(BlockImplemented)) == 1


def test_r13_silence_past_the_deadline_is_raised_once() -> None:
    world = authorised()
    assert world.wait(days=2, hours=7) == []
    said = world.wait(hours=2)
    assert [(type(event), getattr(event, "because", None)) for event in said] == [(BlockUnconfirmed, "overdue")]
    assert world.wait(days=30) == []


def test_r13_a_confirmed_block_is_never_overdue() -> None:
    assert implemented().wait(days=30) == []


def test_r13_a_new_prison_has_two_working_days_of_its_own() -> None:
    world = implemented()
    world.on(moved("received", LATER, MOORLAND))
    said = world.wait(days=3)
    assert [(event.prison_id, event.because) for event in said if isinstance(event, BlockUnconfirmed)] == [
        (MOORLAND, "overdue")
    ]


def test_r13_a_block_is_implemented_once_for_each_prison() -> None:
    world = implemented()
    world.on(
        moved("received", LATER, MOORLAND),
        ack(2, MOORLAND),
        moved("received", LATER + timedelta(days=1), "LEI"),
        ack(4),
    )
    assert [said.prison_id for said in world.of(BlockImplemented)] == ["LEI", MOORLAND]


def test_r13_an_old_prisons_acknowledgement_comes_too_late_to_count() -> None:
    world = authorised()
    world.on(moved("received", LATER, MOORLAND))
    assert world.on(ack(1)) == []


def test_r13_a_version_of_the_prisoners_last_stay_here_confirms_nothing_now() -> None:
    world = authorised()
    world.on(moved("received", LATER, MOORLAND), moved("received", LATER + timedelta(days=1), "LEI"))
    assert world.on(ack(1)) == []
    assert [said.TYPE for said in world.on(ack(3))] == ["upc.block.implemented", "upc.block-list.changed"]


def test_r13_a_move_does_not_stretch_the_two_days_since_the_authorisation() -> None:
    world = authorised()
    world.wait(days=2)
    world.on(moved("received", world.now, MOORLAND))
    said = world.wait(hours=9)
    assert [event.TYPE for event in said] == ["upc.block.unconfirmed"]
