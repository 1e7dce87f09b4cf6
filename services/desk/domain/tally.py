"""What a prison has done in a week, counted as it is heard: for the charts."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.domain.working_days import london
from shared.runtime.work import State

ALL = "ALL"
"""The place under which every prison is counted, too."""


class Count(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    BREACHES = "breaches"
    ROUTED_IN_TIME = "routed_in_time"
    ROUTED_LATE = "routed_late"
    IMPLEMENTED_IN_TIME = "implemented_in_time"
    IMPLEMENTED_LATE = "implemented_late"
    REVIEWED_IN_TIME = "reviewed_in_time"
    REVIEWED_LATE = "reviewed_late"


class Tally(State):
    """The counts of one place in one week, which begins on a Monday."""

    COLLECTION = "tallies"

    place: str
    week: date
    counts: Mapping[Count, int] = {}

    def plus_one(self, what: Count) -> "Tally":
        return self.but(counts={**self.counts, what: self.counts.get(what, 0) + 1})


def week_of(moment: datetime) -> date:
    """The Monday of that week in London."""
    day = london(moment).date()
    return day - timedelta(days=day.weekday())


def tally_id(place: str, week: date) -> str:
    return f"{place}/{week.isoformat()}"
