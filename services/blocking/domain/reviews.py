"""What a review at the prison decided about a block (R22)."""

from services.blocking.domain.lists import Decided
from services.blocking.domain.state import BlockStatus, PrisonerBlocks
from shared.events.blocks import BlockEnded, EndedBecause
from shared.events.reviews import ReviewDecided
from shared.runtime.work import NotYet


def reviewed(state: PrisonerBlocks, event: ReviewDecided) -> Decided:
    """Keeps the block until the next review, leaves points out of it, or ends it. One lifted meanwhile stays so."""
    block = state.blocks.get(event.block_id)
    if block is None:
        raise NotYet("no such block is known for this prisoner yet")
    if block.status is not BlockStatus.AUTHORISED:
        return state, []
    if event.outcome == "end":
        ended = BlockEnded(**state.about(block, event.at), because=EndedBecause.REVIEW)
        return state.with_blocks(block.but(status=BlockStatus.ENDED, pending={})), [ended]
    excluded = block.excluded + event.excluded_contact_points
    return state.with_blocks(block.but(review_on=event.next_review_on, excluded=excluded)), []
