"""Release: a settling time, then what is in force goes to the Community Offender Manager (R23, R38)."""

from datetime import datetime
from functools import reduce

from services.transfers.domain.custody import Custody, Decided, superseded
from services.transfers.domain.timeline import Point
from shared.domain.rules import Rules
from shared.events.envelope import derive_id
from shared.events.reviews import HandoverBlock, HandoverIssued


def settles_at(state: Custody, rules: Rules) -> datetime | None:
    """When the release that is pending can't be taken back any more; None where none is pending."""
    release = state.unsettled
    return rules.settled_at(max(release.at, release.heard_at)) if release else None


def settled(state: Custody, now: datetime, rules: Rules) -> Decided:
    """Nobody took it back: handed over once, open reviews close. A death is handed over to nobody, and blocks close."""
    release, settles = state.unsettled, settles_at(state, rules)
    if release is None or settles is None or settles > now:
        return state, []
    state = superseded(state.but(settled=(*state.settled, release.at)), state.reviews.values())
    if release.death:
        return reduce(Custody.without_block, state.blocks, state), []
    return state, [_handover(state, release, now)] if state.blocks else []


def _handover(state: Custody, release: Point, now: datetime) -> HandoverIssued:
    return HandoverIssued(
        handover_id=derive_id(state.number, "handover", release.at.isoformat()),
        prisoner_number=state.number,
        crn=state.crn,
        released_from=release.prison_id,
        released_at=release.at,
        issued_at=now,
        blocks=tuple(
            HandoverBlock.model_validate(block.model_dump(include=set(HandoverBlock.model_fields)))
            for block in state.blocks.values()
        ),
        breaches=state.breaches,
    )
