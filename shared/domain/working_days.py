"""Working days of England and Wales, and London time (R8, R13, R37, R46)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
CUT_OFF = time(17, 0)
KNOWN_FROM, KNOWN_UNTIL = date(2020, 1, 1), date(2028, 12, 31)
"""The bank holidays that are announced. Later years are computed by the library, and would be a guess."""


class UnknownCalendar(ValueError):
    """A day for which the bank holidays are not known: an error, never a guess (R46)."""


def london(moment: datetime) -> datetime:
    """`moment` on London's clocks."""
    return moment.astimezone(LONDON)


def parse_time(text: str) -> datetime:
    """An ISO 8601 instant, in UTC. Without an offset it is London time (R37).

    Raises ValueError, also beyond 1900-2100; what it says does not repeat `text` (R42).
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a date and time") from None
    if not 1900 <= moment.year <= 2100:
        raise ValueError("the year is out of bounds")
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(UTC)


def is_working_day(day: date, extra: frozenset[date] = frozenset()) -> bool:
    """Neither a weekend nor a bank holiday; `extra` are one-off ones. Raises UnknownCalendar."""
    if not KNOWN_FROM <= day <= KNOWN_UNTIL:
        raise UnknownCalendar("the bank holidays of that year are not known")
    return day.weekday() < 5 and day not in extra and day not in _bank_holidays()


def deadline(
    start: datetime, working_days: int, cutoff: time = CUT_OFF, extra: frozenset[date] = frozenset()
) -> datetime:
    """The instant by which something asked for at `start` is to be done within so many working days, in UTC.

    `start` counts from its own day; after the cut-off, or on a day that is not a working day, from the next working day (R8).
    It is due by the cut-off of the `working_days`-th working day after the day it counts from: asked on Monday 10:00 or
    Monday 17:00, due Tuesday 17:00; asked on Friday 17:01, Saturday or Sunday, it counts from Monday, due Tuesday 17:00.
    Raises UnknownCalendar (R46).
    """
    local = london(start)
    day = local.date()
    if not is_working_day(day, extra) or local.timetz().replace(tzinfo=None) > cutoff:
        day = _next_working_day(day, extra)
    for _ in range(working_days):
        day = _next_working_day(day, extra)
    return datetime.combine(day, cutoff, LONDON).astimezone(UTC)


def if_known(deadline_of: Callable[[datetime], datetime], start: datetime) -> datetime | None:
    """The deadline of what began at `start`; None beyond the known calendar, where a person has to say (R46)."""
    try:
        return deadline_of(start)
    except UnknownCalendar:
        return None


def end_of_day(day: date) -> datetime:
    """The instant at which `day` is over in London, in UTC: an expiry date is inclusive (R46)."""
    return datetime.combine(day + timedelta(days=1), time(0), LONDON).astimezone(UTC)


def _next_working_day(day: date, extra: frozenset[date]) -> date:
    day += timedelta(days=1)
    while not is_working_day(day, extra):
        day += timedelta(days=1)
    return day


@lru_cache
def _bank_holidays() -> frozenset[date]:
    years = range(KNOWN_FROM.year, KNOWN_UNTIL.year + 1)
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=years))
