"""May this prisoner reach X? From memory (R19)."""

from datetime import timedelta
from typing import Any

import pytest

from services.blocking.domain.matching import Someone
from services.blocking.domain.picture import Answer, Picture
from shared.domain.contact_points import ContactPoints
from shared.events.blocks import BlockListChanged
from shared.events.inbound import ContactKind
from tests.blocking.given import JOHN, ack, authorised, decision, merge

KEPT = "B2345CD"
HERS = Someone(points=ContactPoints(phones=("+447700900123",)))


def picture(*lists: BlockListChanged) -> Picture:
    made = Picture()
    for changed in lists:
        made.apply(changed)
    return made


def test_r19_a_blocked_number_is_not_allowed_and_any_other_is() -> None:
    seen = picture(*authorised().of(BlockListChanged))
    assert seen.check(JOHN, HERS) == Answer(allowed=False, block_id="req-1/0", matched_on="phone", version=1)
    assert seen.check(JOHN, Someone(name="Bob Friend")) == Answer(allowed=True, version=1)
    assert seen.check("Z9999ZZ", HERS) == Answer(allowed=True, version=0)


@pytest.mark.parametrize(
    ("who", "matched_on"),
    [
        (Someone(name="jane example"), "name"),
        (Someone(name="Janey Example"), "similar_name"),
        (Someone(name="Janey Example", kind=ContactKind.LEGAL), "similar_name"),
        (Someone(points=HERS.points, kind=ContactKind.LEGAL), None),
    ],
)
def test_r15_r19_the_check_agrees_with_the_contacts_list(who: Someone, matched_on: str | None) -> None:
    assert picture(*authorised().of(BlockListChanged)).check(JOHN, who).matched_on == matched_on


def test_r19_a_lower_version_is_old() -> None:
    world = authorised()
    world.on(decision("withdraw"))
    seen = picture(*reversed(world.of(BlockListChanged)))
    assert seen.check(JOHN, HERS) == Answer(allowed=True, version=2)


def test_r20_what_prisons_take_for_old_is_known_until_a_higher_version_comes() -> None:
    world, seen = authorised(), Picture()
    world.on(decision("withdraw"))
    first, second = world.of(BlockListChanged)
    other = second.model_copy(update={"blocks": first.blocks})
    for read, inverted in [
        (first, {}),
        (second, {}),
        (first, {JOHN: 1}),
        (second, {}),
        (second.model_copy(update={"as_of": second.as_of + timedelta(hours=1)}), {}),
        (other, {JOHN: 2}),
        (second.model_copy(update={"version": 3}), {}),
    ]:
        seen.read(read)
        assert (seen.inverted, seen.unmended) == (inverted, {*inverted})


@pytest.mark.parametrize("confirmed", [False, True])
def test_r11_r19_the_removed_number_is_answered_from_the_kept_ones_list(confirmed: bool) -> None:
    world = authorised()
    world.on(merge(KEPT, JOHN))
    if confirmed:
        world.on(ack(1, prisoner_number=KEPT))
    seen = picture(*world.of(BlockListChanged))
    assert seen.check(JOHN, HERS) == Answer(allowed=False, block_id="req-1/0", matched_on="phone", version=1)
    assert seen.block_list(JOHN) == world.block_list(KEPT)


def test_r40_who_holds_a_list_is_who_has_it_and_who_keeps_it_until_the_next_one_confirmed() -> None:
    listed, *_ = authorised().of(BlockListChanged)
    moved = listed.model_copy(update={"version": 2, "prison_id": "MDI", "also_held_by": ("LEI",)})
    confirmed = moved.model_copy(update={"version": 3, "also_held_by": ()})
    assert picture(listed).holders(JOHN) == {"LEI"}
    assert picture(listed, moved).holders(JOHN) == {"LEI", "MDI"}
    assert picture(listed, moved, confirmed).holders(JOHN) == {"MDI"}
    assert picture(listed).holders("Z9999ZZ") == set()


def test_r11_r40_the_removed_numbers_prison_holds_it_until_the_kept_ones_list_is_confirmed() -> None:
    old, *_ = authorised().of(BlockListChanged)
    kept = old.model_copy(update={"prisoner_number": KEPT, "prison_id": "MDI"})
    redirected = old.model_copy(update={"version": 2, "merged_into": KEPT})
    closed = redirected.model_copy(update={"version": 3, "blocks": ()})
    assert picture(old, kept, redirected).holders(JOHN) == {"LEI", "MDI"}
    assert picture(old, kept, redirected).holders(KEPT) == {"MDI"}
    assert picture(old, kept, redirected, closed).holders(JOHN) == {"MDI"}


@pytest.mark.parametrize("order", [1, -1])
def test_r11_r19_a_merge_leaves_no_moment_without_an_answer(order: int) -> None:
    world = authorised()
    world.on(merge(KEPT, JOHN))
    seen = Picture()
    seen.apply(world.of(BlockListChanged)[0])
    for changed in world.of(BlockListChanged)[1:][::order]:
        seen.apply(changed)
        assert not seen.check(JOHN, HERS).allowed


def test_r40_a_merge_in_a_circle_still_ends() -> None:
    world: dict[str, Any] = {"prison_id": "LEI", "version": 1, "as_of": "2026-11-23T09:00:00Z", "blocks": ()}
    one = BlockListChanged(prisoner_number=JOHN, merged_into=KEPT, **world)
    two = BlockListChanged(prisoner_number=KEPT, merged_into=JOHN, **world)
    assert picture(one, two).check(JOHN, HERS).allowed
