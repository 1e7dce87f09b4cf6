"""A database that went back to a backup reads what prisons said of lists that it has yet to make again (R13)."""

from datetime import timedelta

import pytest

from services.blocking.domain.acknowledgements import OnTopic, acknowledged
from services.blocking.domain.state import PrisonerBlocks
from shared.events.blocks import BlockImplemented
from shared.runtime.work import NotYet, Rejected
from tests.blocking.given import START, ack, authorised

BEFORE, LONG_BEFORE = START - timedelta(hours=1), START - timedelta(hours=2)


@pytest.fixture
def state() -> PrisonerBlocks:
    """Version 1 is from `START`."""
    known = authorised().prisoner()
    assert known
    return known


@pytest.mark.parametrize("on_topic", [None, OnTopic(2, LONG_BEFORE), OnTopic(3, LONG_BEFORE)])
def test_a_version_that_the_topic_has_is_waited_for(state: PrisonerBlocks, on_topic: OnTopic | None) -> None:
    with pytest.raises(NotYet):
        acknowledged(state, ack(2), on_topic)


@pytest.mark.parametrize("on_topic", [OnTopic(), OnTopic(1, START)])
def test_a_version_that_is_nowhere_is_no_true_word(state: PrisonerBlocks, on_topic: OnTopic) -> None:
    with pytest.raises(Rejected):
        acknowledged(state, ack(2), on_topic)


@pytest.mark.parametrize("on_topic", [OnTopic(1, LONG_BEFORE), OnTopic(2, LONG_BEFORE)])
def test_what_was_said_of_it_as_it_first_was_counts(state: PrisonerBlocks, on_topic: OnTopic) -> None:
    after, said = acknowledged(state, ack(1, at=BEFORE), on_topic)
    assert [type(each) for each in said] == [BlockImplemented]
    assert after.all_confirmed


@pytest.mark.parametrize(
    ("on_topic", "why"),
    [(None, NotYet), (OnTopic(), Rejected), (OnTopic(1, START), Rejected), (OnTopic(2, START), Rejected)],
)
def test_what_was_said_before_it_was_there_does_not(
    state: PrisonerBlocks, on_topic: OnTopic | None, why: type[Exception]
) -> None:
    with pytest.raises(why):
        acknowledged(state, ack(1, at=BEFORE), on_topic)
