"""When it is safe (R26)."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.safe_times import ANY_TIME, is_safe, next_safe
from shared.domain.working_days import london
from shared.events.form import SafeToContact

EVENING = SafeToContact(not_before=time(18), not_after=time(20))
NIGHT = SafeToContact(not_before=time(22), not_after=time(6))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
WINDOWS = st.builds(SafeToContact, not_before=st.none() | st.times(), not_after=st.none() | st.times())


def at(hour: int, minute: int = 0, day: int = 23, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("safe", "moment", "safe_at"),
    [
        (ANY_TIME, at(3), at(3)),
        (EVENING, at(9), at(18)),
        (EVENING, at(19), at(19)),
        (EVENING, at(20), at(20)),
        (EVENING, at(20, 1), at(18, day=24)),
        (EVENING, at(17, month=7), at(17, month=7)),  # 18:00 in British summer time
        (NIGHT, at(9), at(22)),
        (NIGHT, at(23), at(23)),
        (NIGHT, at(5), at(5)),
        (SafeToContact(not_before=time(19), not_after=time(19)), at(9), at(19)),
        (SafeToContact(not_before=time(12)), at(9), at(12)),
        (SafeToContact(not_after=time(12)), at(13), at(0, day=24)),
    ],
)
def test_r26_a_message_waits_for_the_next_safe_time(safe: SafeToContact, moment: datetime, safe_at: datetime) -> None:
    assert next_safe(safe, moment) == safe_at


@given(safe=WINDOWS, moment=MOMENTS)
def test_r26_the_next_safe_time_is_safe_and_within_two_days(safe: SafeToContact, moment: datetime) -> None:
    found = next_safe(safe, moment)
    assert is_safe(safe, found)
    assert moment <= found <= moment + timedelta(days=2, hours=1)


@given(safe=WINDOWS, moment=MOMENTS, share=st.floats(0, 1))
def test_r26_no_earlier_time_is_safe(safe: SafeToContact, moment: datetime, share: float) -> None:
    found = next_safe(safe, moment)
    between = moment + (found - moment) * share
    assert between >= found or not is_safe(safe, between)


@given(moment=MOMENTS)
def test_r26_times_are_londons(moment: datetime) -> None:
    assert is_safe(EVENING, moment) == (time(18) <= london(moment).time() <= time(20))
