"""When it is safe to reach a requester (R26)."""

from datetime import UTC, datetime, time, timedelta

from shared.domain.working_days import LONDON, london
from shared.events.form import SafeToContact

ANY_TIME = SafeToContact()


def is_safe(safe: SafeToContact, moment: datetime) -> bool:
    """Whether `moment` is between `not_before` and `not_after` on London's clocks.

    Where `not_before` is the later of the two, they go over midnight; where they are the same, that minute is meant.
    """
    at = london(moment).time()
    start, end = _bounds(safe)
    return start <= at <= end if start <= end else at >= start or at <= end


def next_safe(safe: SafeToContact, moment: datetime) -> datetime:
    """`moment` where that is safe, otherwise the start of the next safe time, in UTC."""
    if is_safe(safe, moment):
        return moment
    start, _ = _bounds(safe)
    days = (london(moment).date() + timedelta(days=ahead) for ahead in range(4))
    starts = (datetime.combine(day, start, LONDON).astimezone(UTC) for day in days)
    return next(at for at in starts if at >= moment and is_safe(safe, at))


def _bounds(safe: SafeToContact) -> tuple[time, time]:
    start, end = (safe.not_before or time.min).replace(tzinfo=None), (safe.not_after or time.max).replace(tzinfo=None)
    return start, end if end != start else end.replace(second=59, microsecond=999_999)
