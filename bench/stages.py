"""One stage of a long run, watched: how fast it went over time, what each process spent on it and held in memory."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from bench.fleet import Fleet

STUCK = 180.0
"""Seconds without any progress after which a stage is given up."""
TENTHS = 10


@dataclass
class Stage:
    """`tenths` are the seconds that each tenth of the events took; `memory` has what each process held after each, in MB."""

    name: str
    events: int
    seconds: float = 0.0
    tenths: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    memory: list[dict[str, float]] = field(default_factory=list)

    def per_second(self, tenth: int | None = None) -> float:
        """Events a second, in one tenth or over all."""
        if tenth is None:
            return self.events / self.seconds
        return self.events / TENTHS / self.tenths[tenth]

    def microseconds(self, *names: str) -> float:
        """Processor time for each event, of some processes or of all."""
        spent = sum(seconds for name, seconds in self.cpu.items() if not names or name in names)
        return spent / self.events * 1_000_000

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def watched(
    fleet: Fleet, name: str, events: int, done: Callable[[], Awaitable[int]], work: Coroutine[Any, Any, Any]
) -> Stage:
    """Lets `work` bring `events` about and waits until they are `done`. Raises TimeoutError where nothing moves any more."""
    stage, before, start = Stage(name, events), fleet.cpu(), time.perf_counter()
    seen = [(0, start)]
    working = asyncio.create_task(work)
    while seen[-1][0] < events or not working.done():
        await asyncio.sleep(0.2)
        now, count = time.perf_counter(), min(await done(), events)
        if count > seen[-1][0]:
            seen.append((count, now))
            stage.memory += [fleet.memory()] * (count * TENTHS // events - len(stage.memory))
        elif now - seen[-1][1] > STUCK:
            working.cancel()
            raise TimeoutError(f"{name}: {count} of {events}, and no more; still to take: {await fleet.lag()}")
    await working
    stage.seconds = time.perf_counter() - start
    stage.tenths = [_when(seen, events * n / TENTHS) - _when(seen, events * (n - 1) / TENTHS) for n in range(1, 11)]
    stage.cpu = {of: spent - before[of] for of, spent in fleet.cpu().items()}
    return stage


def _when(seen: Sequence[tuple[int, float]], count: float) -> float:
    """When `count` was reached, on a straight line between what was seen before and after."""
    (earlier, then), (later, now) = next(pair for pair in pairwise(seen) if pair[1][0] >= count)
    return then + (now - then) * (count - earlier) / (later - earlier)
