"""The one place that knows what time it is. Everything else is handed a time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is, in UTC, and how long to really wait for a time to come."""

    def now(self) -> datetime: ...

    def seconds_until(self, moment: datetime) -> float: ...


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self.now()).total_seconds()


class ScaledClock:
    """Days in seconds, for the demo: `start` at the real instant `epoch` (unix seconds), then `speed` times as fast.

    Processes that are given the same three numbers agree on the time.
    """

    def __init__(self, start: datetime, epoch: float, speed: float) -> None:
        self._start, self._epoch, self._speed = start, epoch, speed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.time() - self._epoch) * self._speed)

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self.now()).total_seconds() / self._speed
