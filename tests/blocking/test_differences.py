"""Which lists are not in force as they should be (R13, R40)."""

from datetime import datetime, timedelta

import pytest

from services.blocking.domain.differences import Fault, difference, unknown
from services.blocking.domain.lists import PublishAgain
from services.blocking.domain.state import PrisonerBlocks
from shared.events.blocks import BlockImplemented, BlockListChanged
from shared.runtime.work import Rejected
from tests.blocking.given import JANE, JOHN, START, World, ack, decision, routed

SOON, LATE = START + timedelta(minutes=2), START + timedelta(days=5)


def authorised(*acknowledged: int) -> PrisonerBlocks:
    world = World()
    world.on(routed(), decision("authorise"), *(ack(version) for version in acknowledged))
    state = world.prisoner()
    assert state
    return state


@pytest.mark.parametrize(
    ("acknowledged", "on_topic", "newest", "now", "fault"),
    [
        ((), 1, 1, SOON, None),
        ((), 1, 1, LATE, Fault.UNCONFIRMED),
        ((1,), 1, 1, LATE, None),
        ((1,), 0, 0, LATE, Fault.NOT_ON_TOPIC),
        ((), 0, 0, START, None),
        ((), 0, 0, SOON, Fault.NOT_ON_TOPIC),
        ((1,), 3, 3, LATE, Fault.AHEAD),
        ((1,), 0, 3, LATE, Fault.AHEAD),
    ],
)
def test_a_list_differs_that_is_not_the_newest_on_the_topic_or_that_nobody_confirmed_in_time(
    acknowledged: tuple[int, ...], on_topic: int, newest: int, now: datetime, fault: Fault | None
) -> None:
    state = authorised(*acknowledged)
    assert state.published
    found = difference(state, on_topic, state.published.model_copy(update={"version": newest}), now)
    assert (found and found.fault) == fault


def test_what_differs_is_named_by_its_requests_and_is_about_nobody() -> None:
    state = authorised()
    found = difference(state, 0, None, LATE)
    assert found
    assert (found.version, found.prison_id, len(found.references)) == (1, "LEI", 1)
    assert state.number not in found.model_dump_json()


BOB = {"name": "Bob Other", "phones": ["+447700900999"]}


def test_a_list_on_the_topic_of_which_the_database_knows_nothing_differs() -> None:
    listed = authorised().published
    assert listed
    lost = unknown(None, listed, LATE)
    assert lost
    assert (lost.fault, lost.version, lost.on_topic, len(lost.references)) == (Fault.AHEAD, 0, 1, 1)
    assert JOHN not in lost.model_dump_json()
    assert unknown(authorised(), listed, LATE) is None, "it is compared with the database's"
    let_go, empty = PrisonerBlocks(number=JOHN, let_go=1), listed.model_copy(update={"blocks": ()})
    assert unknown(let_go, empty, LATE) is None
    assert unknown(let_go, empty.model_copy(update={"version": 2}), LATE)


def test_a_version_that_came_twice_and_says_something_else_differs() -> None:
    state = authorised(1)
    assert state.published
    found = difference(state, 1, state.published.model_copy(update={"blocks": ()}), LATE)
    assert (found and found.fault) == Fault.AHEAD


def test_what_prisons_have_and_the_database_has_not_is_named_by_its_requests() -> None:
    state = authorised(1)
    assert state.published
    (jane,) = state.published.blocks
    lost = jane.model_copy(update={"block_id": "lost", "reference": "UPC-LST-LST-LST"})
    ahead = state.published.model_copy(update={"version": 5, "blocks": (jane, lost)})
    found = difference(state, 5, ahead, LATE)
    assert found
    assert found.references == sorted([jane.reference, "UPC-LST-LST-LST"])


def test_r13_r20_what_is_behind_the_topic_is_published_as_the_version_after_it_and_confirmed_anew() -> None:
    """The database went back to version 1; prisons have 3."""
    world = World()
    world.on(routed(), decision("authorise"), ack(1))
    with pytest.raises(Rejected):
        world.on(ack(3))
    again, *_ = [event for event in world.on(PublishAgain(prisoner_number=JOHN, newest=3))]
    first = world.of(BlockListChanged)[0]
    assert again == first.model_copy(update={"version": 4, "as_of": world.now})
    state = world.prisoner()
    assert state
    late = difference(state, 4, state.published, LATE)
    assert (state.version, state.all_confirmed, late and late.fault) == (4, False, Fault.UNCONFIRMED)
    world.on(ack(4))
    state = world.prisoner()
    assert state
    assert (state.all_confirmed, difference(state, 4, state.published, LATE)) == (True, None)
    assert len(world.of(BlockImplemented)) == 1
    assert world.on(PublishAgain(prisoner_number=JOHN, newest=4)) == [again], (
        "nothing is ahead any more: the same version"
    )


def test_r20_without_a_person_nothing_comes_off_by_going_on_from_the_topics_version() -> None:
    """While blocking reads again after a backup, what it knows so far may be less than what is in force."""
    world = World()
    world.on(routed(JANE), decision("authorise"))
    (listed,) = world.of(BlockListChanged)
    more = World()
    more.on(routed(JANE, BOB), decision("authorise"))
    (both,) = more.of(BlockListChanged)
    newest = {"prisoner_number": JOHN, "newest": 9}
    for kept in (both, listed.model_copy(update={"prison_id": "MDI"})):
        assert world.on(PublishAgain(keeping=kept.model_copy(update={"version": 9}), **newest)) == []
    (again,) = more.on(PublishAgain(keeping=listed.model_copy(update={"version": 9}), **newest))
    assert isinstance(again, BlockListChanged)
    assert (again.version, len(again.blocks)) == (10, 2)


def test_r48_versions_of_a_list_that_the_database_lost_go_on_from_the_topics() -> None:
    world = World()
    assert world.on(PublishAgain(prisoner_number=JOHN, newest=9)) == []
    world.on(routed(), decision("authorise"))
    assert [changed.version for changed in world.of(BlockListChanged)] == [10]
