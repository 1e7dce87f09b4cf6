"""Where the prisoner is: receptions, releases, and what they do to the list (R20, R23-R25, R38)."""

from datetime import datetime

from services.blocking.domain import tasks
from services.blocking.domain.lists import Decided
from services.blocking.domain.state import BlockStatus, PrisonerBlocks, Release
from shared.domain.rules import Rules
from shared.events.blocks import BlockEnded, EndedBecause
from shared.events.inbound import Movement, PrisonerMoved
from shared.events.requests import ContactRequestRouted
from shared.runtime.work import Rejected

ENDS_CUSTODY = "RELEASED"
MERGED, DIED, ABSCONDED = "MRG", "DEC", "UAL"


def moved(state: PrisonerBlocks, event: PrisonerMoved, now: datetime, rules: Rules) -> PrisonerBlocks:
    """A reception or a release, in any order: what counts is when it happened (R25).

    Court, hospital and other temporary absences end nothing (R24); neither does a release of the search dialect, of a
    merge, or by absconding (R38).
    """
    details = event.additionalInformation
    if event.movement is Movement.RECEIVED:
        if details.prisonId is None:
            raise Rejected("a reception needs its prisonId")
        return received(state, details.prisonId, event.occurredAt)
    ends = event.dialect.authoritative and details.reason == ENDS_CUSTODY
    if not ends or details.nomisMovementReasonCode in (MERGED, ABSCONDED):
        return state
    return _released(state, event, now, rules)


def received(state: PrisonerBlocks, prison_id: str, at: datetime) -> PrisonerBlocks:
    """The prisoner was at `prison_id` at that time. It takes back an earlier release, settled or not (R23)."""
    if state.release and at >= state.release.at:
        state = state.but(release=None)
    if state.out_since and at >= state.out_since:
        state = state.unclocked().but(out_since=None)
    if state.absconded_at and at >= state.absconded_at:
        state = state.but(absconded_at=None)
    if state.prison_as_of and at < state.prison_as_of:
        return state
    return state.but(prison_id=prison_id, prison_as_of=at)


def routed(state: PrisonerBlocks, event: ContactRequestRouted) -> PrisonerBlocks:
    """What routing knows of the prison counts by the instant it knows it from.

    Where it does not say that, it counts while no movement is known here, and after a release that is past.
    """
    if event.prison_as_of:
        earlier = state.prison_as_of is not None and event.prison_as_of <= state.prison_as_of
        return state if earlier else received(state, event.prison_id, event.prison_as_of)
    if state.out_since and event.routed_at > state.out_since:
        return received(state, event.prison_id, event.routed_at)
    return state if state.prison_as_of else state.but(prison_id=event.prison_id)


def absconded(state: PrisonerBlocks, event: PrisonerMoved, now: datetime) -> Decided:
    """Raised once, and at once, whichever system tells of it first; not where they were received since (R25, R38)."""
    details, at = event.additionalInformation, event.occurredAt
    gone = event.movement is Movement.RELEASED and details.nomisMovementReasonCode == ABSCONDED
    back = state.prison_as_of is not None and at <= state.prison_as_of
    if not gone or back or state.absconded_at or state.out_since:
        return state, []
    raised = tasks.absconded(state, details.prisonId or state.prison_id or "prison", at, now)
    return (state.but(absconded_at=at), [raised]) if raised else (state, [])


def settled(state: PrisonerBlocks, now: datetime) -> Decided:
    """Nobody took the release back: dormant until the next reception (R23), or ended by a death (R38)."""
    release = state.release
    if release is None or release.settles > now:
        return state, []
    state = state.but(release=None, out_since=release.at)
    if not release.death:
        return state, []
    over = [block for block in state.blocks.values() if block.status in (BlockStatus.PROPOSED, BlockStatus.AUTHORISED)]
    ended = [BlockEnded(**state.about(block, release.at), because=EndedBecause.DEATH) for block in over]
    return state.with_blocks(*(block.but(status=BlockStatus.ENDED) for block in over)), [*ended]


def _released(state: PrisonerBlocks, event: PrisonerMoved, now: datetime, rules: Rules) -> PrisonerBlocks:
    at, death = event.occurredAt, event.additionalInformation.nomisMovementReasonCode == DIED
    past = state.prison_as_of is not None and at <= state.prison_as_of
    pending = state.release is not None and (at, death) <= (state.release.at, state.release.death)
    settled_before = state.out_since is not None and (at, death) <= (state.out_since, False)
    if past or pending or settled_before:
        return state
    return state.but(release=Release(at=at, death=death, settles=rules.settled_at(max(at, now))))
