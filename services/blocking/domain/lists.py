"""A prisoner's list, version by version: who has to enforce it, and what has to be acknowledged (R13, R20, R40)."""

from datetime import datetime

from services.blocking.domain import tasks
from services.blocking.domain.contacts import swept
from services.blocking.domain.state import Block, PrisonerBlocks
from services.blocking.domain.union import union
from shared.domain.identifiers import PrisonerNumber
from shared.domain.rules import Rules
from shared.domain.working_days import if_known
from shared.events.blocks import BlockInForce, BlockListChanged
from shared.events.envelope import Event
from shared.events.notices import TaskRaised


class PublishAgain(Event):
    """The prisoner's newest list is not the last one on its topic, or not the newest there.

    `newest` is the highest version on the topic; `keeping`, the list that it must not take anything from, where no person
    has said that what the database says is right.
    """

    TYPE = "publish-again"

    prisoner_number: PrisonerNumber
    newest: int = 0
    keeping: BlockListChanged | None = None


Decided = tuple[PrisonerBlocks, list[Event]]


def brought_up_to_date(state: PrisonerBlocks, now: datetime, rules: Rules) -> Decided:
    """Publishes the next version where the last one does not say what is in force, and who holds it.

    The contacts that it newly blocks come off with it (R13, R15). Beyond the known calendar a person watches over it (R46).
    """
    blocks, last = union(state), state.published
    if state.prison_id is None or (last is None and not blocks):
        return state, []
    also_held_by = _also_held_by(state) if blocks else ()
    if last and (last.prison_id, last.blocks, last.also_held_by) == (state.prison_id, blocks, also_held_by):
        return state, []
    changed = BlockListChanged(
        prisoner_number=state.number,
        prison_id=state.prison_id,
        version=state.version + 1,
        as_of=now,
        blocks=blocks,
        also_held_by=also_held_by,
    )
    state, off = swept(_published(state, changed, if_known(rules.implementation_deadline, now)), now)
    return state, [changed, *off, *_unwatched(state, now)]


def published_again(state: PrisonerBlocks, event: PublishAgain, now: datetime, rules: Rules) -> Decided:
    """The same version, for who starts from nothing. Where the topic is ahead, what is in force as the next one after that.

    Every prison took a higher version than the database knows, as after a backup: who is to enforce this one confirms all of
    it anew (R13). Of a prisoner of whom there is no list here the versions go on from there, and nothing is published.
    """
    last = state.published
    if event.newest <= state.version:
        return state, [last] if last else []
    if event.keeping and takes_from(event.keeping, last):
        return state, []
    if last is None:
        return state.but(let_go=event.newest), []
    changed = last.model_copy(update={"version": event.newest + 1, "as_of": now})
    deadline = if_known(rules.implementation_deadline, now)
    state = _published(state.but(published=None), changed, deadline)
    return state, [changed, *_unwatched(state, now)]


def takes_from(listed: BlockListChanged, last: BlockListChanged | None) -> bool:
    """Whether somebody would have less protection by `last` than by `listed`, or another prison would have to see to it."""
    if last is None:
        return bool(listed.blocks)
    kept = {block.block_id: _content(block) for block in last.blocks}
    elsewhere = (listed.prison_id, listed.merged_into) != (last.prison_id, last.merged_into)
    return elsewhere or any(kept.get(block.block_id) != _content(block) for block in listed.blocks)


def differ(one: BlockListChanged, other: BlockListChanged) -> bool:
    """Whether they say different things, whenever each was said."""
    return takes_from(one, other) or takes_from(other, one)


def _unwatched(state: PrisonerBlocks, now: datetime) -> list[TaskRaised]:
    """What is new on this version and has no clock of its own."""
    fresh = [block for block in state.in_force if block.since_version == state.version]
    return [tasks.no_deadline(state, now)] if any(block.confirm_by is None for block in fresh) else []


def _also_held_by(state: PrisonerBlocks) -> tuple[str, ...]:
    """The prisons that got the list before, until the present one has acknowledged all of it (R40), and no longer.

    One that had not acknowledged when the prisoner left is among them: its acknowledgement may be on its way.
    """
    last = state.published
    if last is None or not last.blocks:
        return ()
    earlier = () if state.all_confirmed else last.also_held_by
    holders = dict.fromkeys([*earlier, last.prison_id])
    return tuple(prison for prison in holders if prison != state.prison_id)


def _published(state: PrisonerBlocks, changed: BlockListChanged, deadline: datetime | None) -> PrisonerBlocks:
    """What is new on the list, or new to the prison, has to be acknowledged."""
    last, blocks = state.published, state.blocks
    moved = last is None or last.prison_id != changed.prison_id
    known = {} if last is None or moved else {block.block_id: _content(block) for block in last.blocks}
    listed = {block.block_id: _content(block) for block in changed.blocks}
    fresh = [blocks[key] for key in listed if key in blocks and known.get(key) != listed[key]]
    state = state.with_blocks(*(_to_be_confirmed(block, changed, deadline) for block in fresh))
    return state.but(published=changed)


def _to_be_confirmed(block: Block, changed: BlockListChanged, deadline: datetime | None) -> Block:
    """The clock of R13 goes on from authorisation where it is still running."""
    since = {"since_version": changed.version, "listed_at": changed.as_of}
    return block.but(**since, confirmed=False, confirm_by=block.confirm_by or deadline)


def _content(block: BlockInForce) -> object:
    return block.name, block.other_names, block.phones, block.addresses, block.emails
