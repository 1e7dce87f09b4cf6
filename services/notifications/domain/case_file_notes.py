"""What the police's digital case file and the CPS are told: a document to read, and its fields (R27, R31)."""

from datetime import datetime
from typing import Any

from services.notifications.domain.correspondence import Correspondence
from services.notifications.domain.texts import prison_name, render
from shared.domain.identifiers import canonical_cps_urn, cps_urn_doubts
from shared.events.breaches import BreachAlerted
from shared.events.envelope import derive_id
from shared.events.notices import CaseFileNoteIssued, CaseFileStep


def note(
    state: Correspondence, step: CaseFileStep, about: str, at: datetime, prison: str = "", **facts: Any
) -> CaseFileNoteIssued | None:
    """The note of `step` in a request of police or probation that has a URN; None for any other."""
    if not state.case_file:
        return None
    facts |= {"reference": state.reference, "crime_reference": state.crime_reference}
    return CaseFileNoteIssued(
        note_id=derive_id("case-file-note", state.request_id, step, about),
        cps_urn=state.case_file,
        urn_doubts=tuple(cps_urn_doubts(state.case_file)),
        step=step,
        request_id=state.request_id,
        reference=state.reference,
        document=_document(state.case_file, step, at, prison, **facts),
        at=at,
    )


def breach_note(state: Correspondence | None, event: BreachAlerted) -> CaseFileNoteIssued | None:
    """Contact that went on, with what points at a prosecution (R31): for the request's case file or the report's."""
    urn = (state.case_file if state else None) or canonical_cps_urn(event.cps_urn or "")
    if not urn:
        return None
    facts = {"reference": event.reference, "crime_reference": state.crime_reference if state else None, "breach": event}
    return CaseFileNoteIssued(
        note_id=derive_id("case-file-note", CaseFileStep.BREACH, event.breach_id, event.block_id or ""),
        cps_urn=urn,
        urn_doubts=tuple(cps_urn_doubts(urn)),
        step=CaseFileStep.BREACH,
        request_id=event.request_id,
        reference=event.reference,
        breach_id=event.breach_id,
        prosecution_points=event.prosecution_points,
        document=_document(urn, CaseFileStep.BREACH, event.at, event.prison_id, **facts),
        at=event.at,
    )


def _document(urn: str, step: CaseFileStep, at: datetime, prison: str, **facts: Any) -> str:
    shown = prison_name(prison) if prison else None
    return render(f"case_file_{step}", cps_urn=urn, prison=shown, at=at, doubts=cps_urn_doubts(urn), **facts)
