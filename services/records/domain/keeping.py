"""How long a case is kept, and who may let go of it before (R48; docs/data-protection.md)."""

from datetime import datetime
from enum import StrEnum

from services.records.domain.case import Block, CaseRecord, Hold, Standing
from shared.domain.rules import Rules
from shared.events.envelope import Moment, derive_id
from shared.events.erasures import CaseErased, ErasedBecause
from shared.runtime.work import State


class Ground(StrEnum):
    """Why somebody may ask that a case is let go (UK GDPR, article 17(1)). Nobody's own words: it stays when all is gone."""

    NO_LONGER_NEEDED = "no_longer_needed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OBJECTED = "objected"
    UNLAWFUL = "unlawful"
    REQUIRED_BY_LAW = "required_by_law"


class Trace(State):
    """What is left of a case: that there was one of this reference (as a hash), when it was let go, and why."""

    COLLECTION = "traces"

    reference_mark: str
    at: Moment
    because: ErasedBecause
    ground: Ground | None = None

    def lookups(self) -> tuple[str, ...]:
        return (self.reference_mark,)


def kept(case: CaseRecord, rules: Rules) -> CaseRecord:
    """The record, with when its time is over as far as is known now."""
    return case.but(keep_until=kept_until(case, rules))


def kept_until(case: CaseRecord, rules: Rules) -> datetime | None:
    """When a case is let go; None while a block of it is in force, or the request itself was not seen.

    Each block by how it came to its end, the case as long as the last of them.
    """
    if case.request is None:
        alone = case.breaches and not case.blocks
        return rules.kept_until(case.heard_at, rules.report_kept_days) if alone else None
    times = [_block_kept_until(case, block, rules) for block in case.blocks.values()]
    known = [time for time in times if time]
    return max(known) if known and len(known) == len(times) else None


def may_be_let_go(case: CaseRecord, now: datetime) -> bool:
    """Whether its time is over, and nothing holds it."""
    due = case.due()
    return due is not None and due <= now


def refusal(case: CaseRecord) -> str | None:
    """Why nobody may have this case erased now; None where they may."""
    if case.holds:
        return "The case is under a legal hold"
    if case.authorised:
        return "A block of the case is in force: it is withdrawn at the prison first"
    if case.at_prison and case.undecided:
        return "The prison has not decided yet: the request is withdrawn there first"
    return None


def held(case: CaseRecord, hold: Hold) -> CaseRecord:
    return case.but(holds={**case.holds, hold.hold_id: hold})


def freed(case: CaseRecord, hold_id: str) -> CaseRecord:
    """Without that hold; what came due meanwhile is due now."""
    return case.but(holds={known: hold for known, hold in case.holds.items() if known != hold_id})


def erased(case: CaseRecord, because: ErasedBecause, now: datetime) -> CaseErased:
    """What everybody is told who keeps anything of the case."""
    return CaseErased(
        request_id=case.case_id,
        reference=case.reference,
        prisoner_number=case.prisoner_number,
        block_ids=tuple(case.blocks),
        breach_ids=case.breaches,
        because=because,
        at=now,
    )


def reference_mark(reference: str) -> str:
    """Stands for a reference: whoever has that can ask what became of the case."""
    return derive_id("reference", reference)


def trace(event: CaseErased, ground: Ground | None) -> Trace:
    mark = reference_mark(event.reference or event.request_id)
    return Trace(reference_mark=mark, at=event.at, because=event.because, ground=ground)


def _block_kept_until(case: CaseRecord, block: Block, rules: Rules) -> datetime | None:
    if block.standing is Standing.AUTHORISED:
        return rules.kept_until(case.released_at, rules.dormant_kept_days) if case.released_at else None
    if block.standing is Standing.PROPOSED or block.since is None:
        return rules.kept_until(case.heard_at, rules.undecided_kept_days)
    return rules.kept_until(block.since, rules.ended_kept_days if block.authorised_by else rules.refused_kept_days)
