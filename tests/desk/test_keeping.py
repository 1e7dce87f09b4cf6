"""What the desk keeps, and for how long: contacts, numbers that are merged, cases and prisoners that are let go."""

import pytest

from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case
from services.desk.domain.contacts import Contacts
from services.desk.domain.holding import Holding
from services.desk.domain.register import Prisoner
from services.desk.domain.reviews import Review
from services.desk.domain.tasks import Task
from services.desk.domain.todo import Kind, ToDo
from shared.events import blocks, reviews
from shared.events.inbound import PrisonerMoved
from tests.desk.given import (
    JOHN,
    LEEDS,
    MOORLAND,
    block,
    breach_alert,
    contact,
    contact_is,
    desk,
    erased,
    in_force,
    listed,
    notice,
    review,
    routed,
    submitted,
    task,
)
from tests.support.world import START, World, moved


def test_a_merge_hangs_everything_on_the_kept_number_r11() -> None:
    world = in_force()
    world.on(breach_alert())
    merge = moved("B9999BB", "merged", START, reason="MERGE", removedNomsNumber=JOHN)
    world.on(PrisonerMoved.model_validate(merge))
    known = world.know(Breach, "b1")
    register, kept = world.know(Prisoner, JOHN), world.know(Case, "r1")
    assert kept
    assert kept.prisoner_number == "B9999BB"
    assert known
    assert known.prisoner_number == "B9999BB"
    assert register
    assert register.merged_into == "B9999BB"


BILL = "B9999BB"
MERGED = moved(BILL, "merged", START, reason="MERGE", removedNomsNumber=JOHN)


def both_known(minutes: int) -> World:
    """Jane's block at Leeds, with a breach and a review; and a second request, under the number that is kept, at Moorland."""
    world = in_force()
    world.on(breach_alert(), review(reviews.ReviewOpened))
    world.on(submitted("r2"), routed("r2", MOORLAND, minutes=minutes, prisoner_number=BILL))
    world.on(review(reviews.ReviewOpened, MOORLAND, minutes, request_id="r2", prisoner_number=BILL))
    return world


def where(world: World) -> set[tuple[str | None, str | None]]:
    return {
        (state.prisoner_number, state.prison_id) for state in world.known.values() if isinstance(state, Case | Breach)
    }


def to_review(world: World) -> list[tuple[str | None, str | None]]:
    entries = [state for state in world.known.values() if isinstance(state, ToDo) and state.kind is Kind.REVIEW]
    return [(todo.prisoner_number, todo.prison_id) for todo in entries]


@pytest.mark.parametrize(("minutes", "newest"), [(60, MOORLAND), (-60, LEEDS)])
def test_a_merge_brings_all_of_both_numbers_to_where_the_prisoner_was_last_r11_r20(minutes: int, newest: str) -> None:
    world = both_known(minutes)
    world.on(PrisonerMoved.model_validate(MERGED))
    assert where(world) == {(BILL, newest)}
    assert to_review(world) == [(BILL, newest)]
    assert {state.prisoner_number for state in world.known.values() if isinstance(state, Review)} == {BILL}


def test_the_dead_numbers_last_list_moves_nobody_back_r11_r20() -> None:
    world = both_known(60)
    world.on(listed(2, LEEDS, minutes=90, merged_into=BILL), PrisonerMoved.model_validate(MERGED))
    world.on(listed(3, LEEDS, minutes=120, people=(), merged_into=BILL))
    assert where(world) == {(BILL, MOORLAND)}
    assert to_review(world) == [(BILL, MOORLAND)]


def test_what_was_said_before_a_merge_and_heard_after_it_hangs_on_the_kept_number_r11() -> None:
    world = both_known(60)
    world.on(PrisonerMoved.model_validate(MERGED))
    late = (routed(minutes=-30), block(blocks.BlockAuthorised), review(reviews.ReviewOpened), breach_alert())
    world.on(*late)
    assert {number for number, _ in where(world)} == {BILL}
    assert {state.prisoner_number for state in world.known.values() if isinstance(state, Review)} == {BILL}


def test_contacts_are_kept_while_they_are_on_the_list_and_no_longer() -> None:
    world = desk()
    world.on(contact("Bob Friend"), contact_is("listed"))
    known = world.know(Contacts, JOHN)
    assert known
    assert [who.who.name for who in known.on_hand if who.who] == ["Bob Friend"]
    world.on(contact_is("removed"))
    known = world.know(Contacts, JOHN)
    assert known
    assert "Bob" not in known.model_dump_json()


def told(world: World) -> str:
    return "\n".join(state.model_dump_json() for state in world.known.values())


def test_a_case_that_is_let_go_leaves_neither_names_nor_entries_of_the_queue_r48() -> None:
    world = in_force()
    world.on(breach_alert(), review(reviews.ReviewOpened), task(), notice(), listed(2, people=()))
    assert "Jane" in told(world)
    world.on(erased())
    assert "Jane" not in told(world)
    assert [state for state in world.known.values() if isinstance(state, ToDo | Case | Breach | Review | Task)] == []
    world.on(breach_alert(), routed())
    assert "Jane" not in told(world)


def test_after_a_merge_the_kept_number_has_the_story_of_both_r11() -> None:
    world = in_force()
    world.on(notice(), PrisonerMoved.model_validate(moved("B9999BB", "merged", START, removedNomsNumber=JOHN)))
    kept, gone = world.know(Holding, "B9999BB"), world.know(Holding, JOHN)
    assert kept
    assert gone
    assert "upc.prisoner-notice.issued" in {line.type for line in kept.history}
    assert gone.history == ()


def test_of_prisoners_about_whom_nobody_asked_movements_are_not_kept() -> None:
    world = desk()
    world.on(PrisonerMoved.model_validate(moved(JOHN, "received", START, reason="ADMISSION", prisonId=LEEDS)))
    assert world.know(Holding, JOHN) is None
