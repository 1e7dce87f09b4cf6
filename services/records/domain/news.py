"""What each event changes in the record of a case."""

from collections.abc import Mapping
from datetime import datetime

from services.records.domain.case import CaseRecord, Standing
from shared.events import blocks, breaches
from shared.events.requests import ContactRequestHeld, ContactRequestSubmitted, HeldBecause, block_id
from shared.events.reviews import HandoverIssued

Breach = breaches.BreachReportSubmitted | breaches.BreachReportRouted | breaches.BreachAlerted
STANDINGS: Mapping[type[blocks.BlockEvent], Standing] = {
    blocks.BlockAuthorised: Standing.AUTHORISED,
    blocks.BlockRefused: Standing.REFUSED,
    blocks.BlockLifted: Standing.LIFTED,
    blocks.BlockEnded: Standing.ENDED,
}


def submitted(case: CaseRecord, event: ContactRequestSubmitted) -> CaseRecord:
    """Each protected person has a block from the start: the case is not over while one of them is not decided."""
    ids = [block_id(event.request_id, place) for place in range(len(event.request.protected_people))]
    proposed = {known: case.block(known) for known in ids}
    return case.but(reference=event.reference, request=event.request, blocks={**case.blocks, **proposed})


def routed(case: CaseRecord) -> CaseRecord:
    return case.but(at_prison=True)


def held(case: CaseRecord, event: ContactRequestHeld) -> CaseRecord:
    """No prison has it, or none any more (R10); on the road to the next prison it stays one's to decide."""
    return case.but(at_prison=case.at_prison and event.because is HeldBecause.IN_TRANSIT)


def block_changed(case: CaseRecord, event: blocks.BlockEvent, at: datetime) -> CaseRecord:
    """`at` is when blocking said so: a prison may give a decision any date."""
    standing, block = STANDINGS.get(type(event)), case.block(event.block_id)
    if isinstance(event, blocks.BlockImplemented):
        case = received(case, event.at)
    if isinstance(event, blocks.BlockAuthorised):
        block = block.model_copy(update={"authorised_by": event.prison_id})
        case = case.but(released_at=at) if event.dormant else case
    return case.with_block(event.block_id, block.now(standing, at)) if standing else case


def told(case: CaseRecord, block_id: str, name: str) -> CaseRecord:
    """The prisoner was told this name (R16)."""
    return case.with_block(block_id, case.block(block_id).model_copy(update={"told": name}))


def breach_reported(case: CaseRecord, event: Breach) -> CaseRecord:
    """A report that is a case by itself is named by its own reference."""
    reference = event.breach_reference if event.breach_id == case.case_id else case.reference
    return case.but(breaches=tuple(dict.fromkeys([*case.breaches, event.breach_id])), reference=reference)


def released(case: CaseRecord, event: HandoverIssued, received_at: datetime | None) -> CaseRecord:
    """Dormant since then, unless they are back already (R23, R25)."""
    back = received_at is not None and received_at >= event.released_at
    return case if back else case.but(released_at=event.released_at)


def received(case: CaseRecord, at: datetime) -> CaseRecord:
    """Back in prison: what was dormant is in force again (R23)."""
    return case.but(released_at=None) if case.released_at and at >= case.released_at else case


def of_case(event: HandoverIssued, case: CaseRecord) -> HandoverIssued:
    """The handover as far as it is about this case: nothing of other victims."""
    blocks = tuple(block for block in event.blocks if block.block_id in case.blocks)
    breaches = tuple(breach for breach in event.breaches if breach.block_id in case.blocks)
    return event.model_copy(update={"blocks": blocks, "breaches": breaches})
