"""Where a prisoner was, and when: what counts is when things happened, not when they were heard (R25)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.identifiers import PrisonId
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.inbound import Movement, PrisonerMoved

MERGED, DIED, ABSCONDED = "MRG", "DEC", "UAL"
NEW_TERMS = ("NEW_ADMISSION", "ADMISSION")
MOST = 200
"""Points of a timeline that are kept, the newest; nobody is moved so often in one term."""
SAME = timedelta(hours=12)
"""Two systems give the same reception somewhat different times."""


class Point(Form):
    """A reception, or being seen at a prison (`out` false), or a release (`out` true, `prison_id` the one that was left)."""

    at: Moment
    prison_id: PrisonId
    out: bool = False
    reason: str = ""
    death: bool = False
    heard_at: Moment


class Stay(Form):
    """The present stay: where, since when, how it began, and what was before it."""

    prison_id: PrisonId
    since: Moment
    reason: str
    before: Point | None


Timeline = tuple[Point, ...]


def point_of(event: PrisonerMoved, now: datetime) -> Point | None:
    """What an event adds to the timeline; None for what moves nobody: court, hospital, transit, absconding, merges (R24, R38).

    A reception without a prison adds nothing either.
    """
    details = event.additionalInformation
    if details.prisonId is None:
        return None
    point = Point(at=event.occurredAt, prison_id=details.prisonId, reason=details.reason, heard_at=now)
    if event.movement is Movement.RECEIVED:
        return point
    ends = event.dialect.authoritative and details.reason == "RELEASED"
    if not ends or details.nomisMovementReasonCode in (MERGED, ABSCONDED):
        return None
    return point.model_copy(update={"out": True, "death": details.nomisMovementReasonCode == DIED})


def with_points(timeline: Timeline, points: Sequence[Point]) -> Timeline:
    """The timeline with these points, each once, in the order in which they happened."""
    known = {_key(point): point for point in [*points, *timeline]}
    return tuple(sorted(known.values(), key=_key)[-MOST:])


def present_stay(timeline: Timeline) -> Stay | None:
    """The run of receptions at one prison that the timeline ends with; None where nothing is known or they are out."""
    if not timeline or timeline[-1].out:
        return None
    start = len(timeline) - 1
    while start and not timeline[start - 1].out and timeline[start - 1].prison_id == timeline[-1].prison_id:
        start -= 1
    first = timeline[start]
    before = timeline[start - 1] if start else None
    return Stay(prison_id=first.prison_id, since=first.at, reason=first.reason, before=before)


def last_release(timeline: Timeline) -> Point | None:
    """The release that the timeline ends with, if it does."""
    return timeline[-1] if timeline and timeline[-1].out else None


def _key(point: Point) -> tuple[datetime, bool, str, bool, str]:
    """At one instant a release comes before a reception: who is received is in custody."""
    return point.at, not point.out, point.prison_id, point.death, point.reason
