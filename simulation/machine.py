"""A machine that runs one instance of a service: it may die, or stand still, at every await point."""

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from shared.runtime.mongo import Unavailable

EPOCHS = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 12, 23, 9, tzinfo=UTC)
"""When days begin: a Monday, and the Wednesday before Christmas, which fewer working days follow."""


class VirtualClock:
    """From `epoch` on `speed` seconds go by in each second of the loop, and `jump` skips more (weekends, reviews' periods)."""

    def __init__(self, epoch: datetime, speed: float) -> None:
        self._epoch, self._speed, self._jumped = epoch, speed, timedelta()

    def now(self) -> datetime:
        return self._epoch + self._jumped + timedelta(seconds=asyncio.get_running_loop().time() * self._speed)

    def seconds_until(self, moment: datetime) -> float:
        return (moment - self.now()).total_seconds() / self._speed

    def jump(self, by: timedelta) -> None:
        self._jumped += by


class Weather:
    """What goes wrong at await points: how often, how slow each is (mean seconds), and at which one a machine dies for sure.

    `crash_at` is counted from 1; 0 is none. Where nothing goes wrong, `places` has the await points by where they are: which
    service waits, and in which functions of ours.
    """

    def __init__(self, chance: Random, rough: float, crash_at: int = 0) -> None:
        self.chance = chance
        self.crash, self.stall, self.refuse, self.lose_answer = (rough * p for p in (0.0005, 0.001, 0.005, 0.005))
        self.slow = chance.choice([0.005, 0.05, 0.5]) if rough else 0.005
        self.crash_at = crash_at
        self.mongodb_away = self.kafka_away = False
        self.points = 0
        self._uneventful = not rough and not crash_at
        self.places: dict[str, list[int]] = defaultdict(list)

    def clear(self) -> None:
        """No more faults from here on."""
        self.crash = self.stall = self.refuse = self.lose_answer = 0.0
        self.slow = 0.005
        self.mongodb_away = self.kafka_away = False

    def kills_here(self, service: str) -> bool:
        self.points += 1
        if self._uneventful:
            self.places[f"{service}: {_functions()}"].append(self.points)
        return self.points == self.crash_at or self.chance.random() < self.crash

    def away(self, what: str) -> bool:
        return self.mongodb_away if what == "mongodb" else self.kafka_away

    def delay(self) -> float:
        """Mostly a little, at times a lot: so that everything may overtake everything."""
        throw = self.chance.random()
        if throw < 0.5:
            return 0.0
        return self.chance.expovariate(1.0 / self.slow) if throw < 0.97 else self.chance.expovariate(2.0)


class Machine:
    """One process. Dead means that it never comes back from where it waits; what it held in memory is gone."""

    def __init__(self, name: str, weather: Weather, tell: Callable[[str], None]) -> None:
        self.name, self.dead = name, False
        self.still_since: float | None = None
        self.cut_off_from = ""
        self._weather, self._tell = weather, tell
        self._going = asyncio.Event()
        self._going.set()

    async def point(self) -> None:
        """An await point."""
        if not self.dead and self._weather.kills_here(self.name.partition("-")[0]):
            self.kill()
        if not self.dead and self._weather.chance.random() < self._weather.stall:
            self.stop_for(self._weather.chance.uniform(0.1, 15.0))
        await asyncio.sleep(self._weather.delay())
        while not self._going.is_set():
            await self._going.wait()

    async def asks(self, what: str) -> None:
        """Before `what` hears of it. Raises Unavailable where it never does."""
        await self.point()
        if self._away(what) or self._weather.chance.random() < self._weather.refuse:
            raise Unavailable

    async def hears(self, what: str) -> None:
        """After `what` did it. Raises Unavailable where the answer is lost."""
        await self.point()
        if self._away(what) or self._weather.chance.random() < self._weather.lose_answer:
            raise Unavailable

    def _away(self, what: str) -> bool:
        return self.cut_off_from == what or self._weather.away(what)

    def kill(self) -> None:
        self._tell(f"{self.name} dies")
        self.dead = True
        self.stop()

    def stop(self) -> None:
        """SIGSTOP."""
        self._going.clear()
        self.still_since = asyncio.get_running_loop().time()

    def stop_for(self, seconds: float) -> None:
        self.stop()
        asyncio.get_running_loop().call_later(seconds, self.go_on)

    def go_on(self) -> None:
        """SIGCONT."""
        if not self.dead:
            self._going.set()
            self.still_since = None


def _functions() -> str:
    """What waits for each other here, the innermost first, with the line that it has come to."""
    frame, found = inspect.currentframe(), list[str]()
    while frame := frame and frame.f_back:
        if frame.f_globals["__name__"].partition(".")[0] in ("shared", "services", "simulation"):
            found.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
    return " < ".join(found)
