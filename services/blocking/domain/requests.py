"""A request on its way to the prison: its blocks are proposed, and wait for a decision (R12)."""

from services.blocking.domain.movements import routed
from services.blocking.domain.state import Block, BlockStatus, PrisonerBlocks
from shared.events.requests import BlockProposed, ContactRequestRouted


def proposed(state: PrisonerBlocks, event: ContactRequestRouted) -> PrisonerBlocks:
    """A block for each protected person. Routed again, to another prison, only what is undecided follows."""
    known = [(proposal, state.blocks.get(proposal.block_id)) for proposal in event.proposed]
    undecided = [
        _block(event, proposal, before)
        for proposal, before in known
        if before is None or before.status is BlockStatus.PROPOSED
    ]
    return routed(state, event).with_blocks(*undecided)


def _block(event: ContactRequestRouted, proposal: BlockProposed, before: Block | None) -> Block:
    return Block(
        block_id=proposal.block_id,
        request_id=event.request_id,
        reference=event.reference,
        prison_id=event.prison_id,
        routed_at=event.routed_at,
        was_at=before.routed_on(event.prison_id, event.routed_at) if before else {},
        consent=event.consent,
        grounds=event.grounds,
        order_ends_on=event.order_ends_on,
        crn=event.crn,
        requester_role=event.requester_role,
        person=proposal.person,
    )
