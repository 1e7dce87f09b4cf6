"""Two prisoner numbers are one prisoner (R11, R39)."""

from datetime import UTC, datetime

from services.blocking.domain.state import Block, BlockStatus, Contact, PrisonerBlocks
from shared.events.blocks import BlockListChanged
from shared.runtime.work import Rejected

LONG_AGO = datetime.min.replace(tzinfo=UTC)
RANK = list(BlockStatus)


def merged(kept: PrisonerBlocks, removed: PrisonerBlocks) -> tuple[PrisonerBlocks, PrisonerBlocks]:
    """Everything of the removed number under the kept one; of the same block the copy that got further.

    The removed number's list stands as it is until the kept one's is confirmed: `closed`.
    """
    if kept.number == removed.number:
        raise Rejected("the two numbers are merged the other way round already")
    newest = max(kept, removed, key=lambda state: (state.prison_as_of or LONG_AGO, state.prison_id is not None))
    since = newest.prison_as_of or LONG_AGO
    releases = [state.release for state in (kept, removed) if state.release and state.release.at > since]
    outs = [state.out_since for state in (kept, removed) if state.out_since and state.out_since > since]
    if removed.out_since:
        removed = removed.unclocked()
    union = kept.but(
        prison_id=newest.prison_id,
        prison_as_of=newest.prison_as_of,
        release=max(releases, key=lambda release: release.at, default=None),
        out_since=max(outs, default=None),
        absconded_at=kept.absconded_at or removed.absconded_at,
        blocks={**removed.blocks, **kept.blocks, **_in_both(kept, removed)},
        contacts={**removed.contacts, **kept.contacts, **_newer(kept, removed)},
        breaches={**removed.breaches, **kept.breaches},
        merged_from=(*kept.merged_from, *removed.merged_from, removed.number),
    )
    left = PrisonerBlocks(number=removed.number, published=removed.published, let_go=removed.let_go)
    return union, left.but(merged_into=kept.number)


def redirected(removed: PrisonerBlocks, now: datetime) -> tuple[PrisonerBlocks, list[BlockListChanged]]:
    """The removed number's list, as it stands, says where the prisoner's blocks are kept from now on."""
    last = removed.published
    if last is None:
        return removed, []
    return _published(removed, last.model_copy(update=_next(removed, now)))


def closed(removed: PrisonerBlocks, prison_id: str, now: datetime) -> tuple[PrisonerBlocks, list[BlockListChanged]]:
    """The kept number's list is confirmed: the removed one's says no more than where it went (R40)."""
    prison_id = removed.published.prison_id if removed.published else prison_id
    record = BlockListChanged(prisoner_number=removed.number, prison_id=prison_id, blocks=(), **_next(removed, now))
    return _published(removed, record)


def _published(removed: PrisonerBlocks, record: BlockListChanged) -> tuple[PrisonerBlocks, list[BlockListChanged]]:
    return removed.but(published=record), [record]


def _next(removed: PrisonerBlocks, now: datetime) -> dict[str, object]:
    return {"version": removed.version + 1, "as_of": now, "merged_into": removed.merged_into}


def _in_both(kept: PrisonerBlocks, removed: PrisonerBlocks) -> dict[str, Block]:
    return {
        block_id: _further(kept.blocks[block_id], block)
        for block_id, block in removed.blocks.items()
        if block_id in kept.blocks
    }


def _further(kept: Block, removed: Block) -> Block:
    """The copy that got further; undecided, the one that was routed last, and which prisons either was at before (R12)."""
    if kept.status is not removed.status or kept.status is not BlockStatus.PROPOSED:
        return max(kept, removed, key=lambda block: RANK.index(block.status))
    older, newer = sorted((removed, kept), key=lambda block: block.routed_at or LONG_AGO)
    return newer.but(was_at={**older.routed_on(newer.prison_id, newer.routed_at or LONG_AGO), **newer.was_at})


def _newer(kept: PrisonerBlocks, removed: PrisonerBlocks) -> dict[str, Contact]:
    return {
        contact_id: contact
        for contact_id, contact in removed.contacts.items()
        if contact_id in kept.contacts and contact.at > kept.contacts[contact_id].at
    }
