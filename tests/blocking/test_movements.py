"""Moving (R20, R23-R25, R38, R40): the list follows the prisoner."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from shared.events.blocks import BlockAuthorised, BlockEnded
from shared.events.inbound import PrisonerMoved
from shared.events.notices import TaskRaised
from shared.runtime.work import Rejected
from tests.blocking.given import (
    LEEDS,
    MOORLAND,
    START,
    World,
    ack,
    authorised,
    contact,
    decision,
    implemented,
    moved,
    routed,
)

SEARCH = "prisoner-offender-search"


def hours(after: float) -> datetime:
    return START + timedelta(hours=after)


def names(world: World) -> tuple[str, tuple[str, ...], int, int]:
    """The list: prison, who also holds it, version, number of blocks."""
    changed = world.block_list()
    assert changed is not None
    return changed.prison_id, changed.also_held_by, changed.version, len(changed.blocks)


def test_r20_r40_after_a_move_the_old_prison_holds_the_list_until_the_new_one_has_it() -> None:
    world = implemented()
    world.on(moved("received", hours(1), MOORLAND, dialect=SEARCH))
    assert names(world) == (MOORLAND, (LEEDS,), 2, 1)
    assert [said.TYPE for said in world.on(ack(2, MOORLAND))] == ["upc.block.implemented", "upc.block-list.changed"]
    assert names(world) == (MOORLAND, (), 3, 1)
    assert world.on(ack(2, MOORLAND), ack(3, MOORLAND)) == []
    assert world.wait(days=30) == []


def test_r40_the_old_prison_holds_the_list_while_the_new_one_has_not_all_of_it() -> None:
    world = implemented()
    world.on(moved("received", hours(1), MOORLAND), routed(request="req-2"), decision("authorise", request_id="req-2"))
    world.on(ack(2, MOORLAND))
    assert names(world) == (MOORLAND, (LEEDS,), 3, 2)
    world.on(ack(3, MOORLAND, outcome="failed"))
    assert names(world) == (MOORLAND, (LEEDS,), 3, 2)
    world.on(ack(3, MOORLAND))
    assert names(world) == (MOORLAND, (), 4, 2)


def test_r40_two_moves_without_an_acknowledgement_leave_both_prisons_holding() -> None:
    world = implemented()
    world.on(moved("received", hours(1), MOORLAND), moved("received", hours(2), "BXI"))
    assert names(world) == ("BXI", (LEEDS, MOORLAND), 3, 1)
    world.on(ack(3, "BXI"), moved("received", hours(3), "HLI"))
    assert names(world) == ("HLI", ("BXI",), 5, 1)


def test_r40_a_change_before_the_new_prison_has_acknowledged_leaves_the_old_one_named() -> None:
    world = implemented()
    world.on(moved("received", hours(1), MOORLAND))
    world.on(routed(request="req-2"), decision("authorise", request_id="req-2"))
    assert names(world) == (MOORLAND, (LEEDS,), 3, 2)


def test_r25_both_dialects_about_one_movement_make_one_version() -> None:
    world = implemented()
    world.on(moved("received", hours(1), MOORLAND, dialect=SEARCH), moved("received", hours(1), MOORLAND))
    assert names(world)[2] == 2


def test_r25_what_counts_is_when_it_happened_and_not_when_it_was_heard() -> None:
    for order in permutations([("received", 1, "BXI"), ("received", 2, "HLI"), ("received", 3, MOORLAND)]):
        world = implemented()
        world.on(*(moved(movement, hours(at), prison) for movement, at, prison in order))
        assert names(world)[0] == MOORLAND


def test_r25_a_movement_from_before_the_request_places_its_list_all_the_same() -> None:
    world = World()
    world.on(routed(), moved("received", hours(-1), MOORLAND), decision("authorise"))
    assert names(world)[0] == MOORLAND


def test_r25_what_routing_knows_later_counts_against_an_old_movement() -> None:
    world = World()
    world.on(moved("received", hours(-999), "BXI"), routed(prison_as_of=hours(-1)), decision("authorise"))
    assert names(world)[0] == LEEDS
    world.on(moved("received", hours(-2), "HLI"))
    assert names(world)[0] == LEEDS


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("SENT_TO_COURT", None),
        ("RELEASED_TO_HOSPITAL", None),
        ("TEMPORARY_ABSENCE_RELEASE", None),
        ("TRANSFERRED", None),
        ("UNKNOWN", None),
        ("RELEASED", "MRG"),
    ],
)
def test_r24_r38_absences_and_merges_change_nothing(reason: str, code: str | None) -> None:
    world = implemented()
    world.on(moved("released", hours(1), LEEDS, reason=reason, nomisMovementReasonCode=code))
    assert world.wait(days=3) == []
    world.on(moved("received", hours(30), LEEDS, reason="RETURN_FROM_COURT"))
    assert names(world) == (LEEDS, (), 1, 1)


@pytest.mark.parametrize("reason", ["RELEASED", "UNKNOWN"])
def test_r38_an_abscond_is_raised_once_and_at_once_and_ends_no_custody(reason: str) -> None:
    def absconded(at: float, dialect: str = "prison-offender-events") -> PrisonerMoved:
        return moved("released", hours(at), LEEDS, dialect, reason=reason, nomisMovementReasonCode="UAL")

    world = implemented()
    (task,) = world.on(absconded(1, SEARCH), absconded(1.1), absconded(1.1))
    assert isinstance(task, TaskRaised)
    assert (task.kind, task.due, "UPC-req-1" in task.text) == ("abscond", START, True)
    assert world.wait(days=3) == []
    assert names(world) == (LEEDS, (), 1, 1)
    world.on(moved("received", hours(50), LEEDS))
    assert world.on(absconded(49)) == []
    assert [event.TYPE for event in world.on(absconded(60))] == ["upc.task.raised"]


def test_r38_an_abscond_is_raised_where_a_request_is_undecided_and_nowhere_where_nobody_asked() -> None:
    gone = moved("released", hours(1), LEEDS, nomisMovementReasonCode="UAL")
    world = World()
    world.on(routed(), gone)
    assert [task.kind for task in world.of(TaskRaised)] == ["abscond"]
    assert World().on(gone) == []
    world = implemented()
    world.on(decision("withdraw"))
    assert world.on(gone) == []


def test_r38_a_release_that_only_the_search_tells_of_changes_nothing() -> None:
    world = implemented()
    world.on(moved("released", hours(1), LEEDS, dialect=SEARCH))
    assert world.wait(days=3) == []


def test_r38_a_release_waits_the_settling_time_before_the_list_is_empty() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    assert world.wait(minutes=44) == []
    world.wait(minutes=2)
    assert names(world) == (LEEDS, (), 2, 0)
    assert world.of(BlockEnded) == []


def test_r38_a_release_taken_back_in_time_never_touched_the_list() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(minutes=30)
    world.on(moved("received", hours(0.4), LEEDS))
    assert world.wait(days=3) == []


def test_r25_a_release_heard_twice_settles_no_later() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(minutes=30)
    world.on(moved("released", hours(0), LEEDS))
    world.wait(minutes=20)
    assert names(world)[3] == 0


def test_r25_a_release_from_before_the_last_reception_is_none() -> None:
    world = implemented()
    world.on(moved("received", hours(2), LEEDS), moved("released", hours(1), MOORLAND))
    assert world.wait(days=3) == []


def test_r23_a_recall_puts_the_blocks_back_at_the_receiving_prison_to_be_acknowledged_anew() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(days=60)
    world.on(moved("received", hours(24 * 60), MOORLAND, reason="READMISSION"))
    assert names(world) == (MOORLAND, (), 3, 1)
    assert world.on(ack(3, MOORLAND, at=world.now))[0].TYPE == "upc.block.implemented"


def test_r23_a_recall_that_no_prison_confirms_is_raised_after_two_working_days_of_its_own() -> None:
    world = authorised()
    world.on(moved("released", hours(0), LEEDS))
    assert [said.TYPE for said in world.wait(days=7)] == ["upc.block-list.changed"]
    world.on(moved("received", hours(7 * 24), LEEDS))
    assert world.wait(days=2) == []
    assert [said.TYPE for said in world.wait(days=2)] == ["upc.block.unconfirmed"]


def test_r23_while_dormant_contacts_are_free_and_come_off_again_with_the_recall() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(hours=1)
    world.on(contact("added", at=hours(1), phones=["07700900123"]))
    assert world.outcomes() == {"c-1": "listed"}
    world.on(moved("received", hours(2), LEEDS))
    assert world.outcomes() == {"c-1": "removed"}


def test_r23_a_block_authorised_while_dormant_comes_into_force_with_the_reception() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(hours=1)
    world.on(routed(request="req-2"), decision("authorise", request_id="req-2"))
    assert names(world)[3] == 0
    world.on(moved("received", hours(2), LEEDS))
    assert names(world)[3] == 2


def test_r12_r23_what_is_authorised_while_they_are_out_has_no_deadline_and_a_clock_from_the_return() -> None:
    world = World()
    world.on(routed(), moved("released", hours(0), LEEDS))
    world.wait(hours=1)
    world.on(decision("authorise", at=hours(1)))
    (said,) = world.of(BlockAuthorised)
    assert (said.dormant, said.implementation_deadline) == (True, None)
    assert world.block_list() is None
    assert world.wait(days=30) == []
    world.on(moved("received", world.now, LEEDS))
    assert names(world) == (LEEDS, (), 1, 1)
    assert [event.TYPE for event in world.wait(days=10)] == ["upc.block.unconfirmed"]


def test_r12_while_a_release_may_be_taken_back_a_block_is_authorised_as_ever() -> None:
    world = World()
    world.on(routed(), moved("released", hours(0), LEEDS), decision("authorise"))
    assert [said.dormant for said in world.of(BlockAuthorised)] == [False]
    assert names(world)[3] == 1


def test_r13_r23_after_a_recall_the_same_prison_puts_the_block_in_force_anew() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(hours=1)
    world.on(moved("received", hours(1), LEEDS))
    assert [event.TYPE for event in world.on(ack(3, at=world.now))] == ["upc.block.implemented"]


def test_r38_a_death_ends_the_blocks_once_it_has_settled() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS, nomisMovementReasonCode="DEC"))
    assert world.of(BlockEnded) == []
    world.wait(hours=1)
    assert [said.because for said in world.of(BlockEnded)] == ["death"]
    assert names(world) == (LEEDS, (), 2, 0)
    world.on(moved("received", hours(5), LEEDS))
    assert names(world)[3] == 0


def test_r38_a_death_after_release_ends_what_is_dormant_without_a_moment_in_force() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(hours=1)
    assert world.on(moved("released", hours(1), LEEDS, nomisMovementReasonCode="DEC")) == []
    assert [said.TYPE for said in world.wait(hours=1)] == ["upc.block.ended"]


def test_r37_a_reception_without_its_prison_is_set_aside() -> None:
    with pytest.raises(Rejected):
        World().on(moved("received", START))


@pytest.mark.parametrize("movement", ["received", "released"])
def test_r20_r37_a_prison_that_is_not_in_the_register_holds_nobody(movement: str) -> None:
    world = implemented()
    with pytest.raises(Rejected):
        world.on(moved(movement, hours(1), "QQQ"))
    assert names(world) == (LEEDS, (), 1, 1)


def test_r25_a_reception_from_before_the_release_does_not_take_it_back() -> None:
    world = implemented()
    world.on(moved("released", hours(2), MOORLAND), moved("received", hours(1), MOORLAND))
    assert names(world) == (MOORLAND, (LEEDS,), 2, 1)
    world.wait(hours=3)
    assert names(world)[3] == 0
    world.on(moved("received", hours(1.5), LEEDS))
    assert names(world)[3] == 0


def test_r23_routing_that_knows_of_a_prison_after_the_release_wakes_the_blocks() -> None:
    world = implemented()
    world.on(moved("released", hours(0), LEEDS))
    world.wait(hours=1)
    world.on(routed(request="req-2", at=hours(24), prison_id=MOORLAND))
    assert names(world) == (MOORLAND, (), 3, 1)


def test_r25_two_releases_with_a_reception_between_them_in_any_order_end_outside() -> None:
    events = [
        moved("released", hours(1), LEEDS),
        moved("received", hours(2), LEEDS),
        moved("released", hours(3), LEEDS),
    ]
    for order in permutations(events):
        world = implemented()
        for event in order:
            world.on(event)
            world.wait(hours=2)
        assert names(world)[3] == 0


def test_r12_r20_r25_a_decision_from_before_the_move_counts_however_late_it_is_heard() -> None:
    world = World()
    world.on(routed(), moved("received", hours(1), MOORLAND), routed(prison_id=MOORLAND, at=hours(1.1)))
    world.on(decision("authorise", at=hours(0.9)))
    assert names(world) == (MOORLAND, (), 1, 1)
    assert [said.prison_id for said in world.of(BlockAuthorised)] == [MOORLAND]


def test_r12_r25_a_prison_decides_nothing_once_the_request_has_gone_on_from_it() -> None:
    world = World()
    world.on(routed(), moved("received", hours(1), MOORLAND), routed(prison_id=MOORLAND, at=hours(1.1)))
    with pytest.raises(Rejected):
        world.on(decision("authorise", at=hours(1.1)))


def test_r12_r25_each_prison_that_had_the_request_decided_while_it_had_it() -> None:
    ways = [(LEEDS, 1.0, True), (MOORLAND, 1.9, True), ("BXI", 9.0, True), (LEEDS, 1.5, False), (MOORLAND, 2.5, False)]
    for prison, at, counts in ways:
        world = World()
        world.on(routed(), routed(prison_id=MOORLAND, at=hours(1.1)), routed(prison_id="BXI", at=hours(2)))
        if counts:
            assert world.on(decision("authorise", prison_id=prison, at=hours(at)))
        else:
            with pytest.raises(Rejected):
                world.on(decision("authorise", prison_id=prison, at=hours(at)))


@pytest.mark.parametrize("now", [datetime(2028, 12, 28, 18, tzinfo=UTC), datetime(2029, 3, 1, 9, tzinfo=UTC)])
def test_r20_r46_beyond_the_known_calendar_blocks_follow_and_a_person_watches_over_them(now: datetime) -> None:
    world = implemented()
    world.now = now
    said = world.on(moved("received", now, MOORLAND))
    assert [event.TYPE for event in said] == ["upc.block-list.changed", "upc.task.raised"]
    assert names(world) == (MOORLAND, (LEEDS,), 2, 1)
    (task,) = world.of(TaskRaised)
    assert (task.kind, task.due, "version 2" in task.text.lower()) == ("no_deadline", now, True)
    world.on(ack(2, MOORLAND, at=now))
    assert names(world) == (MOORLAND, (), 3, 1)
    assert len(world.of(TaskRaised)) == 1


def test_r13_r46_beyond_the_known_calendar_a_block_is_authorised_without_a_date() -> None:
    world = World()
    world.now = datetime(2029, 3, 1, 9, tzinfo=UTC)
    world.on(routed(at=world.now), decision("authorise", at=world.now))
    assert names(world) == (LEEDS, (), 1, 1)
    assert [said.implementation_deadline for said in world.of(BlockAuthorised)] == [None]
    assert [task.kind for task in world.of(TaskRaised)] == ["no_deadline"]


def test_r13_within_the_known_calendar_the_clock_watches_and_no_person_has_to() -> None:
    assert implemented().of(TaskRaised) == []
