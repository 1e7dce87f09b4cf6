"""What blocking says of the prisoner's blocks, and of breaches, as far as reviews and the handover need it."""

from services.transfers.domain.custody import Custody, Held, changed
from services.transfers.domain.timeline import Point, with_points
from shared.events.blocks import BlockAuthorised, BlockEvent, BlockImplemented, BlockWithdrawalNoted
from shared.events.breaches import BreachActionRecorded, BreachAlerted
from shared.events.inbound import DecisionOutcome, PrisonDecided
from shared.events.reviews import HandoverBreach
from shared.runtime.work import NotYet

ANSWERS = (DecisionOutcome.AUTHORISE, DecisionOutcome.CHANGE, DecisionOutcome.REFUSE)


def authorised(state: Custody, event: BlockAuthorised) -> Custody:
    """A block is in force. Where blocking knew the prisoner to be is where they were seen, as of what it knew that from.

    Where it does not say what that was, it counts as long as no movement is known.
    """
    if event.block_id in state.gone:
        return state
    seen = Point(at=event.prison_as_of or event.at, prison_id=event.prison_id, heard_at=event.at)
    known = with_points(state.timeline, [seen]) if event.prison_as_of or not state.timeline else state.timeline
    block = Held(
        block_id=event.block_id,
        request_id=event.request_id,
        reference=event.reference,
        name=event.name,
        consent=event.consent,
        grounds=event.grounds,
        order_ends_on=event.order_ends_on,
        period_days=event.review_after_days,
        prison_id=event.prison_id,
        authorised_at=event.at,
        looked_at=event.at,
        history=(_line(event, "authorised"),),
    )
    return state.with_blocks(block).but(timeline=known, crn=event.crn or state.crn)


def implemented(state: Custody, event: BlockImplemented) -> Custody:
    block = _known(state, event)
    if block is None:
        return state
    at = block.implemented_at or event.at
    return state.with_blocks(changed(block, _line(event, f"in force, list version {event.version}"), implemented_at=at))


def withdrawal_noted(state: Custody, event: BlockWithdrawalNoted) -> Custody:
    """The order keeps it in force; the next review shall know (R45). Of a block that was never authorised there is none."""
    block = state.blocks.get(event.block_id)
    return state.with_blocks(changed(block, _line(event, "withdrawal noted, in force by order"))) if block else state


def gone(state: Custody, event: BlockEvent) -> Custody:
    """Lifted or ended."""
    return state.without_block(event.block_id)


def breached(state: Custody, event: BreachAlerted) -> Custody:
    if any(known.breach_id == event.breach_id for known in state.breaches):
        return state
    breach = HandoverBreach(
        breach_id=event.breach_id, block_id=event.block_id, channel=event.channel, happened_at=event.happened_at
    )
    state = state.but(breaches=(*state.breaches, breach))
    if event.proposed_contact_point is None or event.block_id is None:
        return state
    return state.but(proposed={**state.proposed, event.breach_id: event.block_id})


def point_waits(state: Custody, event: PrisonDecided) -> bool:
    """Whether a new contact point of a block that the decision names waits for the prison's yes (R30)."""
    named = {block.block_id for block in state.blocks.values() if names(event, block)} | {event.block_id}
    return not named.isdisjoint(state.proposed.values())


def answered(state: Custody, event: PrisonDecided) -> Custody:
    """A yes or no to new contact points: blocking takes them in, and nothing waits any more (R30)."""
    if event.outcome not in ANSWERS or not state.proposed:
        return state
    blocks = [block.block_id for block in state.blocks.values() if not event.breach_id and names(event, block)]
    left = {key: block for key, block in state.proposed.items() if key != event.breach_id and block not in blocks}
    return state.but(proposed=left) if left != state.proposed else state


def names(event: PrisonDecided, block: Held) -> bool:
    """Whether a decision names this block, by its own id or its request's."""
    by_block = event.block_id is not None and event.block_id == block.block_id
    return by_block or (event.block_id is None and event.request_id == block.request_id)


def acted(state: Custody, event: BreachActionRecorded) -> Custody:
    """What the prison did about a breach (R29) goes into the handover (R23)."""
    breach = next((known for known in state.breaches if known.breach_id == event.breach_id), None)
    if breach is None:
        raise NotYet("the breach is not known here")
    done = breach.model_copy(update={"actions": tuple(dict.fromkeys([*breach.actions, event.action]))})
    return state.but(breaches=tuple(done if known is breach else known for known in state.breaches))


def _known(state: Custody, event: BlockEvent) -> Held | None:
    """The block; None once it is gone. Raises NotYet before it is heard of."""
    if event.block_id in state.gone:
        return None
    if event.block_id not in state.blocks:
        raise NotYet("the block is not known here")
    return state.blocks[event.block_id]


def _line(event: BlockEvent, what: str) -> str:
    return f"{event.at.isoformat()} {event.prison_id} {what}"
