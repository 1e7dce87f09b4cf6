"""What a prison says about a version of the list, or has not said in time (R13)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.blocking.domain.lists import Decided
from services.blocking.domain.state import Block, PrisonerBlocks
from shared.events.blocks import BlockImplemented, BlockUnconfirmed, UnconfirmedBecause
from shared.events.inbound import AcknowledgementOutcome, BlockListAcknowledged
from shared.runtime.work import NotYet, Rejected

SKEW = timedelta(minutes=1)
"""By how much a prison's clock may be behind ours."""


class OnTopic(NamedTuple):
    """The highest version of a prisoner's list that stands on the topic, and since when it was there; 0 where there is none."""

    version: int = 0
    since: datetime | None = None

    def had(self, version: int, before: datetime) -> bool:
        """Whether that version was there before our database has it from, which went back since."""
        return version <= self.version and self.since is not None and self.since < before - SKEW


def acknowledged(state: PrisonerBlocks, event: BlockListAcknowledged, on_topic: OnTopic | None) -> Decided:
    """Every block that version N has and that was not confirmed is so now, or is known to have failed.

    BlockImplemented is published once for each block and prison, and again after a release that had settled (R23). After a
    move the new prison's acknowledgement ends the old one's holding (R40). An old version, or a prison that the list does not
    name, changes nothing. A version is saved before anyone can read it: what acknowledges one that is not here, or was not
    there yet, is not true, and never will be. But where the database went back to a backup the topic has it (`on_topic`; None
    before that is known): it comes here, too, and was there before.
    """
    if event.version > state.version:
        if on_topic is None or event.version <= on_topic.version:
            raise NotYet("this version of the list is not here yet")
        raise Rejected("there is no such version of the list")
    if state.published is None or event.prison_id != state.published.prison_id:
        return state, []
    waiting = [block for block in state.in_force if not block.confirmed and block.since_version <= event.version]
    too_early = [block.listed_at for block in waiting if block.listed_at and event.at < block.listed_at - SKEW]
    if too_early and on_topic is None:
        raise NotYet("the lists on the topic are not read yet")
    if too_early and not (on_topic and on_topic.had(event.version, before=min(too_early))):
        raise Rejected("it was said before this version of the list was there")
    if event.outcome is AcknowledgementOutcome.FAILED:
        because = UnconfirmedBecause.FAILED
        return state, [_unconfirmed(state, block, event.version, because, event.at) for block in waiting]
    first = [block for block in waiting if event.prison_id not in block.implemented_by]
    state = state.with_blocks(*(_confirmed(block, event.prison_id) for block in waiting))
    return state, [BlockImplemented(**state.about(block, event.at), version=event.version) for block in first]


def overdue(state: PrisonerBlocks, now: datetime) -> Decided:
    """The deadline passed and the prison has not confirmed: raised once for each block; it stays in force."""
    late = [block for block in state.in_force if block.confirm_by and block.confirm_by <= now]
    raised = [_unconfirmed(state, block, state.version, UnconfirmedBecause.OVERDUE, now) for block in late]
    return state.with_blocks(*(block.but(confirm_by=None) for block in late)), [*raised]


def _confirmed(block: Block, prison_id: str) -> Block:
    implemented_by = tuple(dict.fromkeys([*block.implemented_by, prison_id]))
    return block.but(confirmed=True, confirm_by=None, implemented_by=implemented_by)


def _unconfirmed(
    state: PrisonerBlocks, block: Block, version: int, because: UnconfirmedBecause, at: datetime
) -> BlockUnconfirmed:
    return BlockUnconfirmed(**state.about(block, at), version=version, because=because)
