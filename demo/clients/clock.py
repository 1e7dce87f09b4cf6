"""The clock on every wall of the demo: CLOCK_START at CLOCK_EPOCH (unix seconds), then CLOCK_SPEED times as fast as real time."""

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import datetime, timedelta


class Clock:
    """Simulated time, worked out from the machine's, so that processes agree on it."""

    def __init__(self, env: Mapping[str, str] = os.environ) -> None:
        self.start = datetime.fromisoformat(env["CLOCK_START"])
        self.epoch, self.speed = float(env["CLOCK_EPOCH"]), float(env["CLOCK_SPEED"])

    def now(self) -> datetime:
        return self.start + timedelta(seconds=(self.real() - self.epoch) * self.speed)

    @staticmethod
    def real() -> float:
        """Unix seconds."""
        return time.time()

    async def until(self, moment: datetime) -> None:
        """Returns at once where that is past."""
        await asyncio.sleep(max(0.0, (moment - self.now()).total_seconds() / self.speed))

    async def minutes(self, simulated: float) -> None:
        """Waits so many simulated minutes."""
        await asyncio.sleep(simulated * 60 / self.speed)
