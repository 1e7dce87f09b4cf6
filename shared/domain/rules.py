"""What the law or the service may change: dated settings, not constants (R48)."""

from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from shared.domain.working_days import CUT_OFF, deadline, london

T = TypeVar("T")


class Dated(BaseModel, Generic[T]):
    """A value that changes on certain days; `values` are (from that day on, value), oldest first.

    A bare value stands for one that has always been so.
    """

    model_config = ConfigDict(frozen=True)

    values: tuple[tuple[date, T], ...]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        return data if isinstance(data, dict) and "values" in data else {"values": [(date.min, data)]}

    @model_validator(mode="after")
    def _in_order(self) -> "Dated[T]":
        days = [day for day, _ in self.values]
        if not days or days != sorted(set(days)):
            raise ValueError("dated values stand in order, at least one, one for each day")
        return self

    def on(self, day: date) -> T:
        """The value of `day`; before the first one, the first."""
        held = [value for since, value in self.values if since <= day]
        return held[-1] if held else self.values[0][1]


def _since_always(value: T) -> Dated[T]:
    return Dated(values=((date.min, value),))


class Rules(BaseModel):
    """The rules in force on a day. Read from JSON: `{"review_period_days": {"values": [["2020-01-01", 90]]}}` or a bare 90."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cutoff: Dated[time] = _since_always(CUT_OFF)
    routing_working_days: Dated[int] = _since_always(1)
    implementation_working_days: Dated[int] = _since_always(2)
    review_period_days: Dated[int] = _since_always(90)
    movement_review_working_days: Dated[int] = _since_always(5)
    order_review_lead_days: Dated[int] = _since_always(14)
    settling_minutes: Dated[int] = _since_always(45)
    escalate_before_minutes: Dated[int] = _since_always(120)
    refused_kept_days: Dated[int] = _since_always(365)
    undecided_kept_days: Dated[int] = _since_always(3653)
    ended_kept_days: Dated[int] = _since_always(2192)
    dormant_kept_days: Dated[int] = _since_always(3653)
    prisoner_kept_days: Dated[int] = _since_always(3653)
    report_kept_days: Dated[int] = _since_always(365)
    messages_kept_days: Dated[int] = _since_always(90)
    audit_kept_days: Dated[int] = _since_always(2557)
    one_off_holidays: frozenset[date] = frozenset()

    def routing_deadline(self, submitted_at: datetime) -> datetime:
        """When the request has to be at the prison (R8). Raises UnknownCalendar."""
        return self._deadline(submitted_at, self.routing_working_days)

    def escalation(self, due: datetime) -> datetime:
        """When a request that is not routed yet is raised, before its deadline `due`."""
        return due - timedelta(minutes=self.escalate_before_minutes.on(_day(due)))

    def implementation_deadline(self, authorised_at: datetime) -> datetime:
        """When the block has to be in force (R13). Raises UnknownCalendar."""
        return self._deadline(authorised_at, self.implementation_working_days)

    def movement_review_due(self, moved_at: datetime) -> datetime:
        """When a review after a movement has to be decided (R21). Raises UnknownCalendar."""
        return self._deadline(moved_at, self.movement_review_working_days)

    def review_due(self, since: datetime, period_days: int | None = None) -> datetime:
        """When a block without consent is to be looked at again: the prison's own period, or 90 days (R21)."""
        return since + timedelta(days=period_days or self.review_period_days.on(_day(since)))

    def settled_at(self, released_at: datetime) -> datetime:
        """When what can't be undone may follow from a release (R38)."""
        return released_at + timedelta(minutes=self.settling_minutes.on(_day(released_at)))

    def kept_until(self, over: datetime, days: Dated[int]) -> datetime:
        """Until when something is kept that was over at `over`: so many days after it settled (docs/data-protection.md)."""
        return self.settled_at(over) + timedelta(days=days.on(_day(over)))

    def _deadline(self, start: datetime, days: Dated[int]) -> datetime:
        day = _day(start)
        return deadline(start, days.on(day), self.cutoff.on(day), self.one_off_holidays)


def _day(moment: datetime) -> date:
    return london(moment).date()
