"""A breach report on its way to the prison that can act on it (R29)."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.domain.matching import Match, Sure
from services.routing.domain.prisoner import Whereabouts
from shared.events.breaches import BreachReportNeedsPerson, BreachReportRouted, BreachReportSubmitted
from shared.events.envelope import Event
from shared.runtime.work import State


class BreachCase(State):
    """One report, kept until a prison has it."""

    COLLECTION = "breach_cases"

    submitted: BreachReportSubmitted
    routed: bool = False


def matched(case: BreachCase, match: Match, now: datetime) -> tuple[BreachCase, Sequence[Event]]:
    """To the prison that holds the prisoner, or last held them; to a person where the prisoner is not sure."""
    submitted = case.submitted
    if not isinstance(match, Sure):
        return case, [_needs_person(submitted, match.because.value, now)]
    prison_id = match.prisoner.prison_id
    if prison_id is None or match.prisoner.whereabouts in (Whereabouts.RELEASED, Whereabouts.DEAD):
        return case, [_needs_person(submitted, "not_in_custody", now)]
    routed = BreachReportRouted(
        breach_id=submitted.breach_id,
        breach_reference=submitted.breach_reference,
        prisoner_number=match.prisoner.number,
        prison_id=prison_id,
        request_id=submitted.request_id,
        submitted_at=submitted.submitted_at,
        report=submitted.report,
    )
    return case.but(routed=True), [routed]


def _needs_person(submitted: BreachReportSubmitted, because: str, now: datetime) -> BreachReportNeedsPerson:
    return BreachReportNeedsPerson(
        breach_id=submitted.breach_id, breach_reference=submitted.breach_reference, because=because, at=now
    )
