"""What blocking says of the prisoner's blocks, and of breaches, as far as reviews and the handover need it."""

from services.transfers.domain.custody import Custody, Held, changed
from services.transfers.domain.timeline import Point
from shared.events.blocks import BlockAuthorised, BlockEvent, BlockImplemented, BlockWithdrawalNoted
from shared.events.breaches import BreachAlerted
from shared.events.reviews import HandoverBreach


def authorised(state: Custody, event: BlockAuthorised) -> Custody:
    """A block is in force. The prison that authorised it is where the prisoner was seen, as long as movements say nothing."""
    seen = Point(at=event.at, prison_id=event.prison_id, heard_at=event.at)
    block = Held(
        block_id=event.block_id,
        request_id=event.request_id,
        reference=event.reference,
        name=event.name,
        consent=event.consent,
        grounds=event.grounds,
        order_ends_on=event.order_ends_on,
        period_days=event.review_after_days,
        authorised_at=event.at,
        looked_at=event.at,
        history=(_line(event, "authorised"),),
    )
    return state.with_blocks(block).but(timeline=state.timeline or (seen,), crn=event.crn or state.crn)


def implemented(state: Custody, event: BlockImplemented) -> Custody:
    block = state.blocks.get(event.block_id)
    if block is None:
        return state
    at = block.implemented_at or event.at
    return state.with_blocks(changed(block, _line(event, f"in force, list version {event.version}"), implemented_at=at))


def withdrawal_noted(state: Custody, event: BlockWithdrawalNoted) -> Custody:
    """The order keeps it in force; the next review shall know (R45)."""
    block = state.blocks.get(event.block_id)
    return state.with_blocks(changed(block, _line(event, "withdrawal noted, in force by order"))) if block else state


def gone(state: Custody, event: BlockEvent) -> Custody:
    """Lifted or ended."""
    return state.without_block(event.block_id)


def breached(state: Custody, event: BreachAlerted) -> Custody:
    breach = HandoverBreach(
        breach_id=event.breach_id, block_id=event.block_id, channel=event.channel, happened_at=event.happened_at
    )
    others = tuple(known for known in state.breaches if known.breach_id != event.breach_id)
    return state.but(breaches=(*others, breach))


def _line(event: BlockEvent, what: str) -> str:
    return f"{event.at.isoformat()} {event.prison_id} {what}"
