"""Working days of England and Wales, in London time (R8, R13, R37, R46)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.working_days import LONDON, UnknownCalendar, deadline, end_of_day, is_working_day, london, parse_time


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        ("2026-11-23T10:00", 1, "2026-11-24T17:00"),
        ("2026-11-23T17:00", 1, "2026-11-24T17:00"),
        ("2026-11-23T17:00:01", 1, "2026-11-25T17:00"),
        ("2026-11-27T10:00", 1, "2026-11-30T17:00"),
        ("2026-11-27T17:01", 1, "2026-12-01T17:00"),
        ("2026-11-28T10:00", 1, "2026-12-01T17:00"),
        ("2026-12-24T10:00", 1, "2026-12-29T17:00"),
        ("2026-12-24T18:00", 1, "2026-12-30T17:00"),
        ("2026-04-02T10:00", 2, "2026-04-08T17:00"),
        ("2026-03-27T10:00", 1, "2026-03-30T17:00"),
        ("2026-10-23T10:00", 1, "2026-10-26T17:00"),
    ],
)
def test_r8_r13_r46_deadlines(asked: str, days: int, due: str) -> None:
    assert deadline(at(asked), days) == at(due)


def test_r46_a_one_off_holiday_counts() -> None:
    extra = frozenset({date(2026, 11, 24)})
    assert deadline(at("2026-11-23T10:00"), 1, extra=extra) == at("2026-11-25T17:00")


@pytest.mark.parametrize("day", [date(2019, 12, 31), date(2029, 1, 1), date(9999, 1, 1)])
def test_r46_a_day_beyond_the_known_calendar_is_an_error_never_a_guess(day: date) -> None:
    with pytest.raises(UnknownCalendar):
        is_working_day(day)


def test_r46_the_bank_holidays_are_those_of_england_and_wales() -> None:
    assert not is_working_day(date(2026, 12, 28))  # Boxing Day is on a Saturday
    assert not is_working_day(date(2026, 8, 31))
    assert is_working_day(date(2026, 3, 17))  # St Patrick's Day is Northern Ireland's
    assert is_working_day(date(2026, 11, 30))  # St Andrew's Day is Scotland's


moments = st.datetimes(datetime(2020, 1, 1), datetime(2028, 11, 30)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(moments, st.integers(1, 5))
def test_r46_a_deadline_is_on_a_working_day_at_the_cut_off_and_later_asking_is_never_due_earlier(
    start: datetime, days: int
) -> None:
    due = london(deadline(start, days))
    assert is_working_day(due.date())
    assert (due.hour, due.minute) == (17, 0)
    assert due > start
    assert deadline(start + timedelta(hours=5), days) >= due


def test_r46_an_expiry_date_is_inclusive_in_london_time() -> None:
    assert end_of_day(date(2026, 7, 1)) == datetime(2026, 7, 1, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 12, 1)) == datetime(2026, 12, 2, tzinfo=UTC)


def test_r37_a_time_without_offset_is_london_time() -> None:
    assert parse_time("2026-07-01T10:00:00") == datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert parse_time("2026-12-01T10:00:00") == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert parse_time("2026-07-01T10:00:00+02:00") == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert parse_time("2026-07-01T10:00:00Z") == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "9999-01-01T00:00:00Z", "1066-10-14T09:00:00Z", "2026-13-01T00:00:00Z"]
)
def test_what_is_no_sensible_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)
