"""What a prison decides about a request or one block of it (R12, R17, R45).

| outcome | undecided | refused | in force | lifted, ended |
| --- | --- | --- | --- | --- |
| authorise | in force | in force: a new look | a breach's points join (R30), or nothing | rejected: ask anew |
| refuse | refused | nothing | a breach's points are dropped, or rejected: withdraw or review it | rejected |
| ask_for_more | stays, the requester is asked | rejected | rejected | rejected |
| withdraw | lifted, or noted under an order | nothing | lifted, or noted under an order | nothing |

By `request_id` a decision is about those blocks of the request that it can be about; it is rejected where that is none.
`keep`, `change` and `end` of a review are decided in transfers, and come back as ReviewDecided; a `change` for which neither a
review is open nor a breach's point waits is rejected there.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from services.blocking.domain import breaches
from services.blocking.domain.contacts import shared_household
from services.blocking.domain.lists import Decided
from services.blocking.domain.state import Block, BlockStatus, PrisonerBlocks
from services.blocking.domain.union import in_force
from shared.domain.rules import Rules
from shared.domain.working_days import if_known, london
from shared.events.blocks import BlockAuthorised, BlockLifted, BlockMoreAsked, BlockRefused, BlockWithdrawalNoted
from shared.events.envelope import Event
from shared.events.form import Consent
from shared.events.inbound import DecisionOutcome, PrisonDecided
from shared.runtime.work import NotYet, Rejected

PROPOSED, REFUSED, AUTHORISED = BlockStatus.PROPOSED, BlockStatus.REFUSED, BlockStatus.AUTHORISED
OF_REVIEWS = (DecisionOutcome.KEEP, DecisionOutcome.CHANGE, DecisionOutcome.END)


def decided(state: PrisonerBlocks, event: PrisonDecided, rules: Rules) -> Decided:
    """What follows from a decision. Raises NotYet for what is unknown here, Rejected for what can't be decided so."""
    if event.breach_id:
        return breaches.decided(state, event)
    if event.outcome in OF_REVIEWS and (event.review_id or event.outcome is not DecisionOutcome.CHANGE):
        return state, []
    blocks = [block for block in _named(state, event) if _theirs(state, block, event)]
    if not blocks:
        raise Rejected("this prison does not hold the prisoner, and the request was not routed to it")
    return DECIDE[event.outcome](state, event, blocks, rules)


def _named(state: PrisonerBlocks, event: PrisonDecided) -> list[Block]:
    if not (event.request_id or event.block_id):
        raise Rejected("names no request and no block")
    blocks = [
        block
        for block in state.blocks.values()
        if event.block_id in (None, block.block_id) and event.request_id in (None, block.request_id)
    ]
    if not blocks:
        raise NotYet("no such request or block is known for this prisoner yet")
    return blocks


def _theirs(state: PrisonerBlocks, block: Block, event: PrisonDecided) -> bool:
    """The holding prison decides, and the one that the request is at, or was at when it decided: topics have no common order."""
    return event.prison_id == state.prison_id or block.decided_by(event.prison_id, event.decided_at)


def _authorise(state: PrisonerBlocks, event: PrisonDecided, blocks: Sequence[Block], rules: Rules) -> Decided:
    answered = breaches.joined(state, blocks, event)
    undecided = _those(blocks, PROPOSED)
    if answered is not state and not undecided:
        return answered, []
    fit = undecided or (() if _those(blocks, AUTHORISED) else _those(blocks, REFUSED))
    if not fit and not _those(blocks, AUTHORISED):
        raise Rejected("withdrawn or ended: it needs a new request")
    deadline = None if state.out_since else if_known(rules.implementation_deadline, event.decided_at)
    authorised = [_authorised(block, event, rules).but(confirm_by=deadline) for block in fit]
    said = [_said_authorised(state, block, event) for block in authorised]
    return answered.with_blocks(*authorised), [*said]


def _authorised(block: Block, event: PrisonDecided, rules: Rules) -> Block:
    return block.but(
        status=AUTHORISED,
        prison_id=event.prison_id,
        authorised_at=event.decided_at,
        excluded=event.excluded_contact_points,
        review_after_days=event.review_after_days,
        review_on=_review_on(block, event, rules),
    )


def _review_on(block: Block, event: PrisonDecided, rules: Rules) -> date | None:
    """Without consent after the review period (R21), and always before an order ends (R18)."""
    today = london(event.decided_at).date()
    days = []
    if block.consent is Consent.NOT_GIVEN:
        days.append(london(rules.review_due(event.decided_at, event.review_after_days)).date())
    if block.order_ends_on:
        lead = timedelta(days=rules.order_review_lead_days.on(today))
        days.append(max(today, block.order_ends_on - lead))
    return min(days, default=None)


def _said_authorised(state: PrisonerBlocks, block: Block, event: PrisonDecided) -> BlockAuthorised:
    return BlockAuthorised(
        **state.about(block, event.decided_at),
        name=block.person.name,
        consent=block.consent,
        grounds=block.grounds,
        order_ends_on=block.order_ends_on,
        review_after_days=block.review_after_days,
        implementation_deadline=block.confirm_by,
        dormant=state.out_since is not None,
        shared_household=shared_household(state, in_force(block)),
        crn=block.crn,
        prison_as_of=state.prison_as_of,
    )


def _refuse(state: PrisonerBlocks, event: PrisonDecided, blocks: Sequence[Block], rules: Rules) -> Decided:
    undecided = _those(blocks, PROPOSED)
    answered = state if undecided else breaches.dropped(state, blocks, event)
    if answered is not state:
        return answered, []
    reason = _reason(event)
    if not undecided and len(_those(blocks, REFUSED)) < len(blocks):
        raise Rejected("decided before: what is in force can be withdrawn or reviewed")
    said = [BlockRefused(**state.about(block, event.decided_at), reason=reason) for block in undecided]
    return state.with_blocks(*(block.but(status=REFUSED) for block in undecided)), [*said]


def _ask_for_more(state: PrisonerBlocks, event: PrisonDecided, blocks: Sequence[Block], rules: Rules) -> Decided:
    reason = _reason(event)
    undecided = _those(blocks, PROPOSED)
    if not undecided:
        raise Rejected("decided before")
    return state, [BlockMoreAsked(**state.about(block, event.decided_at), reason=reason) for block in undecided]


def _withdraw(state: PrisonerBlocks, event: PrisonDecided, blocks: Sequence[Block], rules: Rules) -> Decided:
    """Consent is one thing and a court's order another: the order stays in force when the victim withdraws (R45)."""
    after, said = [], list[Event]()
    for block in (*_those(blocks, PROPOSED), *_those(blocks, AUTHORISED)):
        about = state.about(block, event.decided_at)
        if not (block.grounds and block.grounds.order):
            after.append(block.but(status=BlockStatus.LIFTED, pending={}))
            said.append(BlockLifted(**about, reason=event.reason))
        elif not block.withdrawal_noted:
            after.append(block.but(withdrawal_noted=True))
            said.append(BlockWithdrawalNoted(**about))
    return state.with_blocks(*after), said


def _change(state: PrisonerBlocks, event: PrisonDecided, blocks: Sequence[Block], rules: Rules) -> Decided:
    return breaches.joined(state, blocks, event), []


def _record_action(state: PrisonerBlocks, event: PrisonDecided, blocks: Sequence[Block], rules: Rules) -> Decided:
    raise Rejected("an action needs the breach_id that it is about")


def _reason(event: PrisonDecided) -> str:
    if not event.reason:
        raise Rejected("a reason is needed, for the requester")
    return event.reason


def _those(blocks: Sequence[Block], status: BlockStatus) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.status is status)


DECIDE: dict[DecisionOutcome, Callable[[PrisonerBlocks, PrisonDecided, Sequence[Block], Rules], Decided]] = {
    DecisionOutcome.AUTHORISE: _authorise,
    DecisionOutcome.REFUSE: _refuse,
    DecisionOutcome.ASK_FOR_MORE: _ask_for_more,
    DecisionOutcome.WITHDRAW: _withdraw,
    DecisionOutcome.CHANGE: _change,
    DecisionOutcome.RECORD_ACTION: _record_action,
}
