"""A breach report on its way to the prison that can act on it (R29)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.routing.domain.matching import Match, Sure
from services.routing.domain.prisoner import Prisoner, Whereabouts
from services.routing.domain.words import words_of
from shared.domain.identifiers import PrisonerNumber
from shared.events.breaches import BreachReportNeedsPerson, BreachReportRouted, BreachReportSubmitted
from shared.events.envelope import Event
from shared.events.form import PrisonerDetails
from shared.events.requests import MatchedBy
from shared.runtime.work import State


class BreachCase(State):
    """One report, kept until a prison has it. `details` are the prisoner's as reported, or as the request has them.

    `said` is why a person has it, as last published; news of the prisoner may still route it before they do.
    """

    COLLECTION = "breach_cases"

    submitted: BreachReportSubmitted
    details: PrisonerDetails | None = None
    routed: bool = False
    said: str | None = None

    @property
    def about(self) -> PrisonerNumber | None:
        """The prisoner number whose news it waits for, if any."""
        return self.details.number if self.details else None

    @property
    def number(self) -> PrisonerNumber | None:
        """The prisoner number in the report itself."""
        named = self.submitted.report.prisoner
        return named.number if named else None

    def lookups(self) -> Iterable[str]:
        """The request, with which it is let go (R48); while it waits for a prisoner without a number, their name."""
        yield from (self.submitted.request_id,) if self.submitted.request_id else ()
        if not (self.routed or self.details is None or self.about):
            yield from words_of((self.details.name,), self.details.date_of_birth)


Decided = tuple[BreachCase, Sequence[Event]]


def matched(case: BreachCase, match: Match, now: datetime) -> Decided:
    """To the prison that holds the prisoner, or last held them; to a person where that is not sure. Says nothing twice."""
    submitted = case.submitted
    if not isinstance(match, Sure):
        return _asked(case, match.because.value, now)
    prison_id = match.prisoner.prison_id
    if prison_id is None or match.prisoner.whereabouts in (Whereabouts.RELEASED, Whereabouts.DEAD):
        return _asked(case, "not_in_custody", now)
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


def by_reference(case: BreachCase, prisoner: Prisoner, named: PrisonerNumber, now: datetime) -> Decided:
    """With the prisoner of its request; where the report names another one, either may be a slip: a person looks at once."""
    if named != prisoner.number:
        return _asked(case, "reference_and_number_disagree", now)
    return matched(case, Sure(prisoner, MatchedBy.NUMBER), now)


def _asked(case: BreachCase, because: str, now: datetime) -> Decided:
    if case.said == because:
        return case, []
    submitted = case.submitted
    asked = BreachReportNeedsPerson(
        breach_id=submitted.breach_id, breach_reference=submitted.breach_reference, because=because, at=now
    )
    return case.but(said=because), [asked]
