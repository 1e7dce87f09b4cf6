"""What is in force, as an estate enforces it: all that is authorised and neither lifted nor ended (R14, R17)."""

from services.blocking.domain.points import points_of, without_helplines
from services.blocking.domain.state import Block, PrisonerBlocks
from shared.domain.contact_points import without
from shared.events.blocks import BlockInForce


def in_force(block: Block) -> BlockInForce:
    """An authorised block: the names, and those points that were not left out (R12)."""
    assert block.authorised_at is not None
    points = without_helplines(without(points_of(block.person), block.excluded))
    return BlockInForce(
        block_id=block.block_id,
        reference=block.reference,
        name=block.person.name,
        other_names=block.person.other_names,
        phones=points.phones,
        addresses=points.addresses,
        emails=points.emails,
        in_force_since=block.authorised_at,
        review_on=block.review_on,
    )


def union(state: PrisonerBlocks) -> tuple[BlockInForce, ...]:
    """What the list has to say now. Two requests that block the same are both on it: each is lifted alone."""
    return tuple(in_force(block) for block in state.in_force)
