"""Prisoner events in HMPPS's own shapes, as its two systems really send them (DOMAIN.md R37, CONTRACT.md)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SEARCH, OFFENDER_EVENTS = "prisoner-offender-search", "prison-offender-events"
LATER = timedelta(minutes=45)
"""How far behind the authoritative system is."""
ON_THE_ROAD = timedelta(minutes=20)
Event = dict[str, Any]
Timed = list[tuple[timedelta, Event]]
"""Events, each with how long after the first it is sent."""


def received(system: str, number: str, reason: str, prison: str, at: datetime) -> Event:
    return _event(system, "received", at, {"nomsNumber": number, "reason": reason, "prisonId": prison})


def released(system: str, number: str, reason: str, prison: str, at: datetime, code: str | None = None) -> Event:
    """`prison` is the one that is left."""
    details = {"nomsNumber": number, "reason": reason, "prisonId": prison}
    return _event(system, "released", at, details | ({"nomisMovementReasonCode": code} if code else {}))


def merged(kept: str, removed: str, at: datetime) -> Event:
    details = {"nomsNumber": kept, "removedNomsNumber": removed, "reason": "MERGE"}
    return _event(OFFENDER_EVENTS, "merged", at, details)


def transferred(number: str, left: str, reached: str, at: datetime, style: str) -> Timed:
    """A move in one of the ways in which the news comes."""
    arrived = at + ON_THE_ROAD
    soon: Timed = [
        (timedelta(), released(SEARCH, number, "TRANSFERRED", left, at)),
        (ON_THE_ROAD, received(SEARCH, number, "TRANSFERRED", reached, arrived)),
    ]
    later: Timed = [
        (LATER, released(OFFENDER_EVENTS, number, "TRANSFERRED", left, at)),
        (LATER + ON_THE_ROAD, received(OFFENDER_EVENTS, number, "TRANSFERRED", reached, arrived)),
    ]
    match style:
        case "twice":
            return [event for event in soon + later for _ in (1, 2)]
        case "out_of_order":
            (_, leaving), (when, arriving) = soon
            return [(when, arriving), (when, leaving), *reversed(later)]
        case "late":
            return later
        case "stale":
            return [
                *soon,
                (LATER, received(OFFENDER_EVENTS, number, "ADMISSION", left, at - timedelta(days=30))),
                *later,
            ]
        case _:
            return soon + later


def freed(number: str, prison: str, at: datetime, code: str = "CR") -> Timed:
    """A release: the search says so at once, the authoritative system later. `code` DEC is a death."""
    return [
        (timedelta(), released(SEARCH, number, "RELEASED", prison, at)),
        (LATER, released(OFFENDER_EVENTS, number, "RELEASED", prison, at, code)),
    ]


def freed_by_mistake(number: str, prison: str, at: datetime) -> Timed:
    """A release of which both systems hear together with its taking back."""
    back = at + timedelta(minutes=5)
    return [
        (timedelta(), released(OFFENDER_EVENTS, number, "RELEASED", prison, at, "CR")),
        (timedelta(), received(OFFENDER_EVENTS, number, "READMISSION_SWITCH_BOOKING", prison, back)),
    ]


def admitted(number: str, prison: str, at: datetime, reason: str) -> Timed:
    """A reception from outside: `NEW_ADMISSION`, or `READMISSION` for a recall."""
    return [
        (timedelta(), received(SEARCH, number, reason, prison, at)),
        (LATER, received(OFFENDER_EVENTS, number, reason, prison, at)),
    ]


def to_court_and_back(number: str, prison: str, at: datetime) -> Timed:
    back = at + timedelta(minutes=60)
    return [
        (timedelta(), released(SEARCH, number, "SENT_TO_COURT", prison, at)),
        (timedelta(minutes=60), received(SEARCH, number, "RETURN_FROM_COURT", prison, back)),
        (LATER + timedelta(minutes=60), received(OFFENDER_EVENTS, number, "RETURN_FROM_COURT", prison, back)),
    ]


def _event(system: str, what: str, at: datetime, details: Event) -> Event:
    """The two systems differ in how they write versions, times and people; descriptions say nothing reliable."""
    event: Event = {
        "eventType": f"{system}.prisoner.{what}",
        "occurredAt": at.isoformat(),
        "description": "A prisoner has been received into prison",
        "additionalInformation": details,
    }
    if system == SEARCH:
        return event | {
            "version": 1,
            "personReference": {"identifiers": [{"type": "NOMS", "value": details["nomsNumber"]}]},
        }
    return event | {
        "version": "1.0",
        "occurredAt": at.astimezone(LONDON).replace(tzinfo=None).isoformat(),
        "source": "nomis",
    }
