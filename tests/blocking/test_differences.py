"""Which lists are not in force as they should be (R13, R40)."""

from datetime import datetime, timedelta

import pytest

from services.blocking.domain.differences import Fault, difference
from services.blocking.domain.state import PrisonerBlocks
from tests.blocking.given import START, World, ack, decision, routed

SOON, LATE = START + timedelta(minutes=2), START + timedelta(days=5)


def authorised(*acknowledged: int) -> PrisonerBlocks:
    world = World()
    world.on(routed(), decision("authorise"), *(ack(version) for version in acknowledged))
    state = world.prisoner()
    assert state
    return state


@pytest.mark.parametrize(
    ("acknowledged", "on_topic", "now", "fault"),
    [
        ((), 1, SOON, None),
        ((), 1, LATE, Fault.UNCONFIRMED),
        ((1,), 1, LATE, None),
        ((1,), 0, LATE, Fault.NOT_ON_TOPIC),
        ((), 0, START, None),
        ((), 0, SOON, Fault.NOT_ON_TOPIC),
    ],
)
def test_a_list_differs_that_is_not_the_newest_on_the_topic_or_that_nobody_confirmed_in_time(
    acknowledged: tuple[int, ...], on_topic: int, now: datetime, fault: Fault | None
) -> None:
    found = difference(authorised(*acknowledged), on_topic, now)
    assert (found and found.fault) == fault


def test_what_differs_is_named_by_its_requests_and_is_about_nobody() -> None:
    state = authorised()
    found = difference(state, 0, LATE)
    assert found
    assert (found.version, found.prison_id, len(found.references)) == (1, "LEI", 1)
    assert state.number not in found.model_dump_json()
