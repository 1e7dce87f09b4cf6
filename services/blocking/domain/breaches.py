"""Contact that goes on: the prison's alert, and what comes of it (R29-R31)."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from services.blocking.domain.acknowledgements import SKEW
from services.blocking.domain.lists import Decided
from services.blocking.domain.matching import Someone, best_match
from services.blocking.domain.points import points_of, without_helplines
from services.blocking.domain.prosecution import prosecution_points
from services.blocking.domain.state import Block, Breach, PrisonerBlocks
from services.blocking.domain.union import in_force
from shared.domain.contact_points import ContactPoints, first_match, read_point, without
from shared.events.breaches import BreachActionRecorded, BreachAlerted, BreachChannel, BreachReport, BreachReportRouted
from shared.events.inbound import BreachAction, DecisionOutcome, PrisonDecided
from shared.runtime.work import NotYet, Rejected

ACTIONS = {
    BreachChannel.PHONE: (BreachAction.PIN_PHONE_CHECK, BreachAction.CELL_SEARCH),
    BreachChannel.TEXT: (BreachAction.PIN_PHONE_CHECK, BreachAction.CELL_SEARCH),
    BreachChannel.SOCIAL_MEDIA: (BreachAction.CELL_SEARCH,),
    BreachChannel.LETTER: (BreachAction.MAIL_CHECK,),
    BreachChannel.EMAIL: (BreachAction.MAIL_CHECK,),
    BreachChannel.VIDEO: (BreachAction.OTHER,),
    BreachChannel.THIRD_PARTY: (BreachAction.PIN_PHONE_CHECK, BreachAction.MAIL_CHECK),
    BreachChannel.OTHER: (BreachAction.PIN_PHONE_CHECK, BreachAction.MAIL_CHECK, BreachAction.CELL_SEARCH),
}


def reported(state: PrisonerBlocks, event: BreachReportRouted, now: datetime) -> Decided:
    """The alert to the prison that holds the prisoner: at once, with the block or without one (R29)."""
    block, report = _block_of(state, event), event.report
    prison_id = state.prison_id or event.prison_id
    proposed = _new_point(block, report.contact_used) if block else None
    alert = BreachAlerted(
        breach_id=event.breach_id,
        breach_reference=event.breach_reference,
        block_id=block.block_id if block else None,
        request_id=block.request_id if block else event.request_id,
        reference=block.reference if block else report.reference,
        prisoner_number=state.number,
        prison_id=prison_id,
        protected_person=block.person.name if block else report.protected_person,
        channel=report.channel,
        happened_at=report.happened_at,
        contact_used=report.contact_used,
        what_happened=report.what_happened,
        proposed_contact_point=proposed,
        actions=ACTIONS[report.channel],
        prosecution_points=prosecution_points(block, report, now),
        cps_urn=report.cps_urn,
        at=now,
    )
    breach = Breach(block_id=alert.block_id, prison_id=prison_id, alerted_at=now)
    state = state.but(breaches={**state.breaches, event.breach_id: breach})
    if block and proposed:
        state = state.with_blocks(block.but(pending={**block.pending, event.breach_id: proposed}))
    return state, [alert]


def decided(state: PrisonerBlocks, event: PrisonDecided) -> Decided:
    """What the prison did about a breach (R29), or its yes or no to the new contact point (R30)."""
    breach = state.breaches.get(event.breach_id or "")
    if breach is None:
        raise NotYet("no such breach is known for this prisoner yet")
    if event.prison_id not in (state.prison_id, breach.prison_id):
        raise Rejected("this prison does not hold the prisoner, and was not alerted")
    if event.outcome is DecisionOutcome.RECORD_ACTION:
        return state, [_action(state, event, breach)]
    blocks = [block for block in state.blocks.values() if block.block_id == breach.block_id]
    if event.outcome in (DecisionOutcome.AUTHORISE, DecisionOutcome.CHANGE):
        return joined(state, blocks, event), []
    if event.outcome is DecisionOutcome.REFUSE:
        return dropped(state, blocks, event), []
    raise Rejected("not a decision about a breach")


def joined(state: PrisonerBlocks, blocks: Sequence[Block], event: PrisonDecided) -> PrisonerBlocks:
    """The new contact points join their blocks after the prison's yes, less those that it excludes (R30)."""
    answered = [(block, chosen) for block in blocks if (chosen := _chosen(state, block, event))]
    return state.with_blocks(*(_with_points(block, chosen, event) for block, chosen in answered)) if answered else state


def dropped(state: PrisonerBlocks, blocks: Sequence[Block], event: PrisonDecided) -> PrisonerBlocks:
    """What waited for the prison's yes waits no more."""
    answered = [(block, chosen) for block in blocks if (chosen := _chosen(state, block, event))]
    return state.with_blocks(*(_without_pending(block, chosen) for block, chosen in answered)) if answered else state


def _chosen(state: PrisonerBlocks, block: Block, event: PrisonDecided) -> tuple[str, ...]:
    """The breaches whose points a decision is about: that of its `breach_id`, or all that waited when it was made."""
    if event.breach_id:
        return (event.breach_id,) if event.breach_id in block.pending else ()
    alerted = {breach_id: state.breaches[breach_id].alerted_at for breach_id in block.pending}
    return tuple(breach_id for breach_id, at in alerted.items() if at is None or event.decided_at >= at - SKEW)


def _with_points(block: Block, chosen: Sequence[str], event: PrisonDecided) -> Block:
    new = reduce(ContactPoints.merged, (read_point(block.pending[breach_id]) for breach_id in chosen))
    points = points_of(block.person).merged(new)
    person = block.person.model_copy(
        update={"phones": points.phones, "addresses": points.addresses, "emails": points.emails}
    )
    kept = tuple(item for item in block.excluded if without(new, [item]) == new)  # a yes to a point left out before
    return _without_pending(block.but(person=person, excluded=kept + event.excluded_contact_points), chosen)


def _without_pending(block: Block, answered: Sequence[str]) -> Block:
    return block.but(pending={key: text for key, text in block.pending.items() if key not in answered})


def _action(state: PrisonerBlocks, event: PrisonDecided, breach: Breach) -> BreachActionRecorded:
    if event.action is None:
        raise Rejected("an action is needed")
    return BreachActionRecorded(
        breach_id=event.breach_id or "",
        block_id=breach.block_id,
        prisoner_number=state.number,
        prison_id=event.prison_id,
        action=event.action,
        at=event.decided_at,
    )


def _block_of(state: PrisonerBlocks, event: BreachReportRouted) -> Block | None:
    """By request or reference, among several by who was contacted or what was used; without them, by these alone."""
    report, blocks = event.report, state.authorised
    if event.request_id or report.reference:
        blocks = tuple(
            block for block in blocks if event.request_id == block.request_id or report.reference == block.reference
        )
        return _by_person(blocks, report) or next(iter(blocks), None)
    return _by_person(blocks, report)


def _by_person(blocks: tuple[Block, ...], report: BreachReport) -> Block | None:
    points = read_point(report.contact_used or "")
    who = [Someone(name=report.protected_person)] if report.protected_person else []
    for question in (*who, Someone(points=points)):
        match = best_match(question, map(in_force, blocks))
        if match:
            return next(block for block in blocks if block.block_id == match.block_id)
    return None


def _new_point(block: Block, contact_used: str | None) -> str | None:
    """What the report names and the block does not have, in canonical form."""
    points = without_helplines(read_point(contact_used or ""))
    if contact_used is None or points.empty or first_match(points_of(in_force(block)), points):
        return None
    return next(iter((*points.phones, *points.emails)), contact_used)
