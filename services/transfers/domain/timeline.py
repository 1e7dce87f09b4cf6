"""Where a prisoner was, and when: what counts is when things happened, not when they were heard (R25)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.identifiers import PrisonId
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.inbound import Movement, PrisonerMoved
from shared.runtime.work import Rejected

MERGED, DIED, ABSCONDED = "MRG", "DEC", "UAL"
NEW_TERMS = ("NEW_ADMISSION", "ADMISSION")
MOST = 200
"""Points of a timeline that are kept, the newest; nobody is moved so often in one term."""
SAME = timedelta(hours=4)
"""Within it two reports of one prison and one kind of reason are one movement: two systems give it different times (R37)."""


class Point(Form):
    """A reception, or being seen at a prison (`out` false), or a release (`out` true, `prison_id` the one that was left)."""

    at: Moment
    prison_id: PrisonId
    out: bool = False
    reason: str = ""
    death: bool = False
    heard_at: Moment
    authoritative: bool = False


class Stay(Form):
    """The present stay: where, and since when."""

    prison_id: PrisonId
    since: Moment


Timeline = tuple[Point, ...]


def point_of(event: PrisonerMoved, here: PrisonId | None, now: datetime) -> Point | None:
    """What an event adds to the timeline; None for what moves nobody: court, hospital, transit, absconding, merges (R24, R38).

    A release that does not name the prison was from `here`, where they are as far as is known. Raises Rejected where no
    prison is known.
    """
    details, received = event.additionalInformation, event.movement is Movement.RECEIVED
    ends = event.dialect.authoritative and details.reason == "RELEASED"
    if not received and (not ends or details.nomisMovementReasonCode in (MERGED, ABSCONDED)):
        return None
    prison_id = details.prisonId or (None if received else here)
    if prison_id is None:
        raise Rejected("a reception or release needs its prisonId")
    return Point(
        at=event.occurredAt,
        prison_id=prison_id,
        out=not received,
        reason=details.reason,
        death=not received and details.nomisMovementReasonCode == DIED,
        heard_at=now,
        authoritative=event.dialect.authoritative,
    )


def with_points(timeline: Timeline, points: Sequence[Point]) -> Timeline:
    """The timeline with these points, each once, in the order in which they happened."""
    known = {_key(point): point for point in [*points, *timeline]}
    return tuple(sorted(known.values(), key=_key)[-MOST:])


def told_once(timeline: Timeline) -> Timeline:
    """Each movement once, whichever systems reported it: where both did, the authoritative one is right (R37)."""
    twins = dict[Point, Point]()
    for point in timeline:
        if point.reason and not point.authoritative:
            near = [other for other in timeline if other not in twins and _one_movement(timeline, other, point)]
            if near:
                twins[min(near, key=lambda other: abs(other.at - point.at))] = point
    return tuple(point for point in timeline if point not in twins.values())


def present_stay(timeline: Timeline) -> Stay | None:
    """The run of receptions at one prison that the timeline ends with; None where nothing is known or they are out."""
    timeline = told_once(timeline)
    if not timeline or timeline[-1].out:
        return None
    start = len(timeline) - 1
    while start and not timeline[start - 1].out and timeline[start - 1].prison_id == timeline[-1].prison_id:
        start -= 1
    first = timeline[start]
    return Stay(prison_id=first.prison_id, since=first.at)


def last_release(timeline: Timeline) -> tuple[Point, ...]:
    """The reports of the release that the timeline ends with, if it does: it may be reported again (R25)."""
    reports = list[Point]()
    for point in reversed(timeline):
        if not point.out or (reports and reports[0].at - point.at > SAME):
            break
        reports.insert(0, point)
    return tuple(reports)


def _one_movement(timeline: Timeline, told: Point, point: Point) -> bool:
    """A release between two receptions makes them two."""
    alike = not told.out and told.prison_id == point.prison_id and _family(told.reason) == _family(point.reason)
    early, late = sorted((told.at, point.at))
    between = any(other.out and early < other.at < late for other in timeline)
    return told.authoritative and alike and late - early < SAME and not between


def _family(reason: str) -> str:
    """The systems name an admission differently."""
    return "ADMISSION" if "ADMISSION" in reason else reason


def _key(point: Point) -> tuple[datetime, bool, str, bool, str, bool]:
    """At one instant a release comes before a reception: who is received is in custody."""
    return point.at, not point.out, point.prison_id, point.death, point.reason, point.authoritative
