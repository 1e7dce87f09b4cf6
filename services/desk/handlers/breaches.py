"""What the desk hears of reports that contact goes on, from the report to what was done about it (R29-R31)."""

from services.desk.domain import breaches
from services.desk.domain.breaches import Breach
from services.desk.domain.history import happened
from services.desk.domain.places import Place, newest
from services.desk.domain.tally import Count
from services.desk.handlers import measuring
from services.desk.handlers.keeping import count, holding_of, keep_breach, tell_case
from shared.events.breaches import (
    BreachActionRecorded,
    BreachAlerted,
    BreachReportNeedsPerson,
    BreachReportRouted,
    BreachReportSubmitted,
)
from shared.runtime.items import Handlers
from shared.runtime.work import NotYet, Work


def breach_of(work: Work, breach_id: str) -> Breach:
    """The breach, or the beginning of one: topics have no common order."""
    return work.get(Breach, breach_id) or Breach(breach_id=breach_id)


def known_breach(work: Work, breach_id: str) -> Breach:
    """Raises NotYet where nothing of it was heard."""
    known = work.get(Breach, breach_id)
    if known is None:
        raise NotYet("no such breach is known here yet")
    return known


def breach_submitted(work: Work, event: BreachReportSubmitted) -> None:
    line = happened(work.cause, event, event.submitted_at, "channel")
    keep_breach(work, breaches.submitted(breach_of(work, event.breach_id), event).telling(line))


def breach_needs_person(work: Work, event: BreachReportNeedsPerson) -> None:
    line = happened(work.cause, event, event.at, "because")
    keep_breach(work, breaches.needs_person(breach_of(work, event.breach_id), event).telling(line))


def breach_routed(work: Work, event: BreachReportRouted) -> None:
    line = happened(work.cause, event, event.submitted_at, "prison_id")
    keep_breach(work, breaches.routed(breach_of(work, event.breach_id), event).telling(line))


def breach_alerted(work: Work, event: BreachAlerted) -> None:
    place = newest(holding_of(work, event.prisoner_number).place, Place(prison_id=event.prison_id, as_of=event.at))
    line = happened(work.cause, event, event.at, "channel", "happened_at", "breach_id")
    known = breach_of(work, event.breach_id)
    keep_breach(work, breaches.alerted(known, event).moved(place).telling(line))
    measuring.alerted(work, known.submitted_at, event)
    tell_case(work, event.request_id, line)
    count(work, Count.BREACHES, event.at, event.prison_id)


def breach_acted(work: Work, event: BreachActionRecorded) -> None:
    known = known_breach(work, event.breach_id)
    line = happened(work.cause, event, event.at, "action")
    keep_breach(work, known.telling(line))
    tell_case(work, known.request_id, line)


EVENTS: Handlers = {
    BreachReportSubmitted: breach_submitted,
    BreachReportNeedsPerson: breach_needs_person,
    BreachReportRouted: breach_routed,
    BreachAlerted: breach_alerted,
    BreachActionRecorded: breach_acted,
}
