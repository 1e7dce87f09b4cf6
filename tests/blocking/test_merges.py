"""Merged numbers (R11, R39): everything of the removed number is under the kept one, and nothing is lost on the way."""

from datetime import timedelta
from typing import Any

import pytest

from services.blocking.domain.state import PrisonerBlocks
from shared.runtime.work import Rejected
from tests.blocking.given import (
    JOHN,
    MOORLAND,
    START,
    World,
    ack,
    authorised,
    contact,
    decision,
    implemented,
    merge,
    moved,
    routed,
)

KEPT, THIRD = "B2345CD", "C3456DE"
LATER = START + timedelta(hours=1)


def shown(world: World, number: str) -> dict[str, Any] | None:
    changed = world.block_list(number)
    if changed is None:
        return None
    return {
        "version": changed.version,
        "blocks": [block.block_id for block in changed.blocks],
        "merged_into": changed.merged_into,
    }


def test_r39_the_removed_numbers_list_stands_until_the_kept_ones_is_confirmed() -> None:
    world = implemented()
    world.on(merge(KEPT, JOHN))
    assert shown(world, KEPT) == {"version": 1, "blocks": ["req-1/0"], "merged_into": None}
    assert shown(world, JOHN) == {"version": 2, "blocks": ["req-1/0"], "merged_into": KEPT}
    world.on(ack(1, prisoner_number=KEPT))
    assert shown(world, JOHN) == {"version": 3, "blocks": [], "merged_into": KEPT}


def test_r48_what_stood_under_the_removed_number_can_be_read_under_the_kept_one_alone() -> None:
    """Letting go of a case reaches the kept number: an old copy under the other would stay readable."""
    world = implemented()
    world.on(merge(KEPT, JOHN))
    assert world.forgotten == set()
    world.on(ack(1, prisoner_number=KEPT))
    assert world.forgotten == {(PrisonerBlocks, JOHN)}


def test_r39_both_numbers_requests_are_on_the_kept_list() -> None:
    world = implemented()
    about_kept: dict[str, Any] = {"request": "req-2", "prisoner_number": KEPT}
    world.on(routed(**about_kept), decision("authorise", request_id="req-2", prisoner_number=KEPT), merge(KEPT, JOHN))
    assert shown(world, KEPT) == {"version": 2, "blocks": ["req-1/0", "req-2/0"], "merged_into": None}
    world.on(decision("withdraw", request_id="req-2", prisoner_number=KEPT))
    assert shown(world, KEPT) == {"version": 3, "blocks": ["req-1/0"], "merged_into": None}


def test_r39_the_same_block_under_both_numbers_is_one_and_the_authorised_one() -> None:
    world = implemented()
    world.on(routed(prisoner_number=KEPT), merge(KEPT, JOHN))
    assert shown(world, KEPT) == {"version": 1, "blocks": ["req-1/0"], "merged_into": None}


def test_r39_a_merge_known_before_either_prisoner_is_kept_in_mind() -> None:
    world = World()
    world.on(merge(KEPT, JOHN), routed(), decision("authorise"))
    assert shown(world, KEPT) == {"version": 1, "blocks": ["req-1/0"], "merged_into": None}
    world.on(ack(1, prisoner_number=KEPT))
    assert shown(world, JOHN) == {"version": 1, "blocks": [], "merged_into": KEPT}


def test_r39_what_is_addressed_to_the_removed_number_acts_on_the_kept_one() -> None:
    world = authorised()
    world.on(merge(KEPT, JOHN), contact("requested", phones=["07700900123"]), moved("received", LATER, MOORLAND))
    assert world.outcomes() == {"c-1": "refused"}
    kept = world.block_list(KEPT)
    assert kept is not None
    assert kept.prison_id == MOORLAND
    world.on(decision("withdraw"))
    assert shown(world, KEPT) == {"version": 3, "blocks": [], "merged_into": None}


def test_r39_an_acknowledgement_of_the_removed_numbers_list_confirms_nothing_of_the_kept_one() -> None:
    world = authorised()
    world.on(merge(KEPT, JOHN))
    assert world.on(ack(1)) == []
    assert shown(world, JOHN) == {"version": 2, "blocks": ["req-1/0"], "merged_into": KEPT}


def test_r39_merges_go_on_in_a_chain() -> None:
    world = implemented()
    world.on(merge(KEPT, JOHN), merge(THIRD, KEPT))
    assert shown(world, THIRD) == {"version": 1, "blocks": ["req-1/0"], "merged_into": None}
    world.on(ack(1, prisoner_number=THIRD))
    assert shown(world, JOHN) == {"version": 3, "blocks": [], "merged_into": KEPT}
    assert shown(world, KEPT) == {"version": 3, "blocks": [], "merged_into": THIRD}


def test_r39_the_same_merge_twice_is_one_and_the_other_way_round_is_set_aside() -> None:
    world = implemented()
    world.on(merge(KEPT, JOHN))
    assert world.on(merge(KEPT, JOHN)) == []
    with pytest.raises(Rejected):
        world.on(merge(JOHN, KEPT))
    with pytest.raises(Rejected):
        world.on(merge(THIRD, JOHN))


def test_r39_contacts_of_both_numbers_are_kept_clean_of_both_numbers_blocks() -> None:
    world = implemented()
    world.on(contact("added", number=KEPT, phones=["07700900123"]), contact("added", number=JOHN, contact_id="c-2"))
    world.on(merge(KEPT, JOHN))
    assert world.outcomes() == {"c-1": "removed", "c-2": "listed"}
    state = world.prisoner(KEPT)
    assert state is not None
    assert state.contacts.keys() == {"c-1", "c-2"}


def test_r39_the_newer_movement_of_the_two_records_says_where_the_prisoner_is() -> None:
    world = implemented()
    world.on(moved("received", LATER, MOORLAND, number=KEPT), moved("released", START, "BXI"), merge(KEPT, JOHN))
    kept = world.block_list(KEPT)
    assert kept is not None
    assert (kept.prison_id, len(kept.blocks)) == (MOORLAND, 1)
    assert world.wait(hours=2) == []


def test_r39_of_one_contact_under_both_numbers_the_newer_word_counts() -> None:
    for newer, older in ((JOHN, KEPT), (KEPT, JOHN)):
        world = World()
        world.on(contact("added", number=older), contact("removed", at=LATER, number=newer), merge(KEPT, JOHN))
        state = world.prisoner(KEPT)
        assert state is not None
        assert [kept.outcome for kept in state.contacts.values()] == ["removed"]


def test_r39_a_number_released_long_ago_and_merged_into_one_in_custody_comes_back_with_a_clock_of_its_own() -> None:
    world = authorised()
    world.on(moved("released", START, "LEI"))
    world.wait(days=10)
    world.on(moved("received", START + timedelta(days=9), MOORLAND, number=KEPT), merge(KEPT, JOHN))
    assert shown(world, KEPT) == {"version": 1, "blocks": ["req-1/0"], "merged_into": None}
    assert world.wait(days=1) == []
    assert [said.TYPE for said in world.wait(days=4)] == ["upc.block.unconfirmed"]


def test_r15_r39_a_contact_that_a_merge_brings_under_a_block_comes_off() -> None:
    world = World()
    world.on(routed(prisoner_number=KEPT), decision("authorise", prisoner_number=KEPT))
    world.on(contact("added", phones=["07700900123"]), merge(KEPT, JOHN))
    assert world.outcomes() == {"c-1": "removed"}


def test_r12_r39_a_decision_from_before_the_move_counts_though_the_request_went_on_under_the_kept_number() -> None:
    world = World()
    world.on(routed(), routed(prisoner_number=KEPT, prison_id=MOORLAND, at=LATER), merge(KEPT, JOHN))
    world.on(decision("authorise", prisoner_number=KEPT))
    assert shown(world, KEPT) == {"version": 1, "blocks": ["req-1/0"], "merged_into": None}
