"""What a prison has to enforce for one prisoner: the list as it stands, who has confirmed it, where the prisoner was."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.desk.domain.history import Happened, History, with_line
from services.desk.domain.places import Place, newest
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.domain.rules import Rules
from shared.domain.working_days import UnknownCalendar
from shared.events.blocks import BlockInForce, BlockListChanged
from shared.events.envelope import Moment
from shared.events.inbound import AcknowledgementOutcome, BlockListAcknowledged
from shared.runtime.work import State

MOST_LINES = 200


class Holding(State):
    """One prisoner's list, by prisoner number. `block_list` is the newest version that was heard.

    `since` says since which version each block stands at the present prison as it is now; `confirmed` is the highest
    version that this prison has confirmed; `failed` is why it could not; `confirm_by` is when it has to (R13).
    """

    COLLECTION = "holdings"

    number: PrisonerNumber
    place: Place | None = None
    block_list: BlockListChanged | None = None
    since: Mapping[str, int] = {}
    confirmed: int = 0
    confirm_by: Moment | None = None
    failed: str | None = None
    merged_into: PrisonerNumber | None = None
    history: History = ()

    @property
    def prison_id(self) -> PrisonId | None:
        return self.place.prison_id if self.place else None

    @property
    def version(self) -> int:
        return self.block_list.version if self.block_list else 0

    @property
    def blocks(self) -> tuple[BlockInForce, ...]:
        return self.block_list.blocks if self.block_list else ()

    @property
    def waiting(self) -> tuple[BlockInForce, ...]:
        """Blocks that the prison has not confirmed as they now are."""
        if self.merged_into:
            return ()
        return tuple(block for block in self.blocks if self.since.get(block.block_id, 0) > self.confirmed)

    def moved(self, place: Place | None) -> "Holding":
        return self.but(place=newest(self.place, place))

    def telling(self, line: Happened) -> "Holding":
        return self.but(history=with_line(self.history, line, MOST_LINES))


def listed(state: Holding, event: BlockListChanged, rules: Rules) -> Holding:
    """The next version: what is new on it, or new to the prison, is to be confirmed. An older one is nothing."""
    if event.version <= state.version:
        return state
    last = state.block_list
    here = last is not None and last.prison_id == event.prison_id
    known = {block.block_id: _content(block) for block in state.blocks} if here else {}
    since = {
        block.block_id: state.since.get(block.block_id, 0)
        if known.get(block.block_id) == _content(block)
        else event.version
        for block in event.blocks
    }
    was_waiting = here and bool(state.waiting)
    after = state.but(block_list=event, since=since, confirmed=state.confirmed if here else 0, failed=None)
    after = after.but(merged_into=event.merged_into or state.merged_into)
    due = state.confirm_by if was_waiting else _due(event.as_of, rules)
    return after.but(confirm_by=due if after.waiting else None).moved(
        Place(prison_id=event.prison_id, as_of=event.as_of)
    )


def acknowledged(state: Holding, event: BlockListAcknowledged) -> Holding:
    """What the holding prison says of a version; of another prison, or one not heard of yet, it says nothing here."""
    if state.block_list is None or event.prison_id != state.block_list.prison_id:
        return state
    if event.outcome is AcknowledgementOutcome.FAILED:
        return state.but(failed=event.reason or "") if state.waiting else state
    after = state.but(confirmed=max(state.confirmed, event.version))
    return after if after.waiting else after.but(confirm_by=None, failed=None)


def _due(since: datetime, rules: Rules) -> datetime:
    try:
        return rules.implementation_deadline(since)
    except UnknownCalendar:
        return since  # nobody guesses: it is looked at first (R46)


def _content(block: BlockInForce) -> Iterable[object]:
    return block.name, block.other_names, block.phones, block.addresses, block.emails
