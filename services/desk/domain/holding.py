"""What a prison has to enforce for one prisoner: the list as it stands, who has confirmed it, where the prisoner was."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from services.desk.domain.history import Decision, Happened, History, with_line
from services.desk.domain.places import Place, newest
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.domain.rules import Rules
from shared.domain.working_days import UnknownCalendar
from shared.events.blocks import BlockInForce, BlockListChanged
from shared.events.envelope import Moment
from shared.events.inbound import AcknowledgementOutcome, BlockListAcknowledged
from shared.events.notices import notice_id
from shared.runtime.work import State

MOST_LINES, MOST_EARLY = 200, 20


class Holding(State):
    """One prisoner's list, by prisoner number. `block_list` is the newest version that was heard.

    `since` says since which version each block stands at the present prison as it is now; `confirmed` is the highest version
    that this prison has confirmed; `held` are the blocks that it confirmed as they were before; `failed` is why it could not;
    `confirm_by` is when it has to (R13). `early` are answers to versions that were not heard of yet: topics have no common
    order. `handed_over_at` is when the last release was handed over (R23); `answered` names the last press that answered here,
    so that the same press again is known; `answer` is what somebody said of a version last.
    """

    COLLECTION = "holdings"

    number: PrisonerNumber
    place: Place | None = None
    block_list: BlockListChanged | None = None
    since: Mapping[str, int] = {}
    confirmed: int = 0
    held: tuple[str, ...] = ()
    confirm_by: Moment | None = None
    failed: str | None = None
    answered: str | None = None
    answer: Decision | None = None
    early: tuple[BlockListAcknowledged, ...] = ()
    merged_into: PrisonerNumber | None = None
    handed_over_at: Moment | None = None
    history: History = ()

    def lookups(self) -> Iterable[str]:
        """Words for the cases that it says something of, so that letting go of one finds it."""
        notices = (line.facts["notice_id"] for line in self.history if "notice_id" in line.facts)
        return tuple(dict.fromkeys([*(block.block_id for block in self.blocks), *self.since, *notices]))

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

    @property
    def unheld(self) -> bool:
        """Whether the present prison never confirmed some block in any form, and no other keeps the list (R13, R40)."""
        elsewhere = self.block_list and self.block_list.also_held_by
        return not elsewhere and any(block.block_id not in self.held for block in self.waiting)

    def answered_by(self, event: BlockListAcknowledged, who: str) -> "Holding":
        """Who says what of a version first is who the next is told of."""
        said = f"{event.version}/{event.outcome}"
        if self.answer and self.answer.decision_id == said:
            return self
        return self.but(answer=Decision(decision_id=said, outcome=event.outcome, by=who, at=event.at))

    def answer_to(self, version: int) -> Decision | None:
        """Who answered this version, if anybody did."""
        return self.answer if self.answer and self.answer.decision_id.startswith(f"{version}/") else None

    def moved(self, place: Place | None) -> "Holding":
        return self.but(place=newest(self.place, place))

    def handed_over(self, at: datetime) -> "Holding":
        return self.but(handed_over_at=max(self.handed_over_at or at, at))

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
    held = tuple(block_id for block_id in known if block_id in since and _is_held(state, block_id))
    was_waiting = here and bool(state.waiting)
    after = state.but(block_list=event, since=since, confirmed=state.confirmed if here else 0, held=held, failed=None)
    after = after.but(merged_into=event.merged_into or state.merged_into)
    due = state.confirm_by if was_waiting else _due(event.as_of, rules)
    after = after.but(confirm_by=due if after.waiting else None, early=())
    for answer in state.early:
        after = acknowledged(after, answer)
    return after.moved(Place(prison_id=event.prison_id, as_of=event.as_of))


def _is_held(state: Holding, block_id: str) -> bool:
    return block_id in state.held or state.since.get(block_id, 0) <= state.confirmed


def acknowledged(state: Holding, event: BlockListAcknowledged) -> Holding:
    """What the holding prison says of a version; of another prison it says nothing here."""
    if event.version > state.version:
        return state.but(early=(*state.early, event)[-MOST_EARLY:])
    if state.block_list is None or event.prison_id != state.block_list.prison_id:
        return state
    state = state.answered_by(event, event.prison_id)
    if event.outcome is AcknowledgementOutcome.FAILED:
        return state.but(failed=event.reason or "") if state.waiting else state
    after = state.but(confirmed=max(state.confirmed, event.version))
    return after if after.waiting else after.but(confirm_by=None, failed=None)


def joined(kept: Holding, removed: Holding) -> Holding:
    """The story of both numbers, where either was heard of last; lists of a number merged before say only where it went (R11)."""
    if removed.merged_into is None:
        kept = kept.moved(removed.place)
    for line in removed.history:
        kept = kept.telling(line)
    return kept


def emptied(state: Holding) -> Holding:
    """Of a number that was merged into another: how far its lists came, and nothing else."""
    listed = state.block_list and state.block_list.model_copy(update={"blocks": ()})
    return Holding(number=state.number, block_list=listed)


def without(state: Holding, block_ids: Collection[str]) -> Holding:
    """Without what it says of blocks whose case is let go."""
    notices = {notice_id(block_id) for block_id in block_ids}
    history = [
        line for line in state.history if line.block_id not in block_ids and line.facts.get("notice_id") not in notices
    ]
    kept = [block for block in state.blocks if block.block_id not in block_ids]
    since = {block_id: version for block_id, version in state.since.items() if block_id not in block_ids}
    listed = state.block_list and state.block_list.model_copy(update={"blocks": tuple(kept)})
    held = tuple(block_id for block_id in state.held if block_id not in block_ids)
    return state.but(history=tuple(history), since=since, held=held, block_list=listed)


def _due(since: datetime, rules: Rules) -> datetime:
    try:
        return rules.implementation_deadline(since)
    except UnknownCalendar:
        return since  # nobody guesses: it is looked at first (R46)


def _content(block: BlockInForce) -> Iterable[object]:
    return block.name, block.other_names, block.phones, block.addresses, block.emails
