"""One simulation: what a seed leads to."""

import asyncio
import hashlib
import os
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from unittest import mock

import structlog

from shared.events import topics
from shared.events.envelope import Record
from shared.runtime import recent
from simulation import checks
from simulation.bugs import BUGS
from simulation.cluster import SERVICES, SETTINGS, Cluster, faults
from simulation.kafka import Log
from simulation.loop import VirtualLoop
from simulation.machine import EPOCHS, VirtualClock, Weather
from simulation.outside import Outside
from simulation.population import prisoners, requests

PLAY, REST = 90.0, 3000.0
"""Seconds of the loop with faults, and at most without, until nothing moves."""
SPEED = 20.0


@dataclass
class Outcome:
    """What came of one seed: `broken` is empty where every promise held."""

    seed: int
    crash_at: int = 0
    broken: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    points: int = 0
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Stands for every record and fault, in order."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]


def simulate(seed: int, crash_at: int = 0, calm: bool = False, bug: str | None = None) -> Outcome:
    """The whole system under the faults of `seed`; `calm`: none but a death at await point `crash_at`.

    `bug` is one of `simulation.bugs.BUGS`, planted for this time.
    """
    outcome = Outcome(seed, crash_at)
    with (
        _no_other_chance(outcome),
        mock.patch.object(recent, "LONGEST", timedelta(days=1)),  # what is recalled wrongly shows the sooner
        BUGS[bug]() if bug else nullcontext(),
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        try:
            runner.run(_Simulation(outcome, crash_at, calm).run())
        except* (checks.Broken, Exception) as group:
            outcome.broken += [f"{type(error).__name__}: {error}" for error in _each(group)]
    return outcome


def crashes(seed: int, times: int) -> Sequence[int]:
    """Await points of `seed` for a crash at every place where a service waits: at each so often, if it is there as often."""
    chosen = []
    for points in simulate(seed, calm=True).places.values():
        often = min(times, len(points))
        chosen += [points[number * len(points) // often] for number in range(often)]
    return sorted(chosen)


class _Simulation:
    def __init__(self, outcome: Outcome, crash_at: int, calm: bool) -> None:
        self._outcome = outcome
        self._chance = Random(outcome.seed)
        rough = 0.0 if calm else self._chance.choice([0.0, 0.3, 1.0, 3.0])
        self._rough = rough
        self._weather = Weather(Random(self._chance.random()), rough, crash_at)

    async def run(self) -> None:
        log = Log(topics.with_lanes(topics.ALL, SETTINGS.agencies))
        clock = VirtualClock(EPOCHS[self._outcome.seed % 2], SPEED)
        cluster = Cluster(log, clock, self._weather, self._tell)
        population = prisoners(self._chance, 4)
        outside = Outside(Random(self._chance.random()), cluster, population, requests(self._chance, population, 6))
        watch = checks.Watch(outside)
        log.onlookers += [self._trace, watch.look]
        sizes = {name: self._chance.choice([1, 1, 2, 3]) for name in SERVICES}
        sizes["records"] = self._chance.choice([1, 1, 2])  # which reads everything, and which nobody waits for
        try:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(cluster.run(sizes))
                await asyncio.sleep(0)
                playing = tasks.create_task(outside.play())
                trouble = tasks.create_task(faults(cluster, 0.05 * self._rough)) if self._rough else None
                await asyncio.sleep(PLAY)
                if trouble:
                    trouble.cancel()
                self._weather.clear()
                for instance in cluster.all():
                    instance.machine.cut_off_from = ""
                    instance.machine.go_on()
                self._tell("no more faults")
                await self._rest(cluster, outside)
                self._outcome.broken += [*watch.broken, *checks.at_rest(cluster, outside)]
                playing.cancel()
                running.cancel()
        finally:
            self._outcome.points, self._outcome.places = self._weather.points, self._weather.places

    async def _rest(self, cluster: Cluster, outside: Outside) -> None:
        """Until nothing has moved for a while: a release has settled, what came too early was tried again."""
        loop, quiet, moved = asyncio.get_running_loop(), 0, -1
        until = loop.time() + REST
        while quiet < 4:
            if loop.time() > until:
                raise checks.Broken(f"stuck: {checks.left_over(cluster)}, {outside.busy}")
            await asyncio.sleep(20.0)
            if outside.busy:
                quiet = 0
                continue
            cluster.clock.jump(timedelta(hours=1))
            still = moved == len(self._outcome.trace) and not checks.left_over(cluster)
            quiet, moved = (quiet + 1 if still else 0), len(self._outcome.trace)

    def _tell(self, what: str) -> None:
        self._outcome.trace.append(f"{asyncio.get_running_loop().time():9.3f} {what}")

    def _trace(self, record: Record) -> None:
        digest = hashlib.sha256((record.value or b"") + repr(record.headers).encode()).hexdigest()[:8]
        what = record.header("ce_type") or record.header("dead-letter-reason") or "-"
        self._tell(f"{record.topic}/{record.partition}@{record.offset} {what} {(record.key or b'').decode()} {digest}")


@contextmanager
def _no_other_chance(outcome: Outcome) -> Iterator[None]:
    """Ids are made of the seed as everything is; what services log is part of the trace."""

    def trace(_: object, level: str, event: MutableMapping[str, Any]) -> str:
        outcome.trace.append(f"          {level}: {dict(sorted(event.items()))}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[trace], cache_logger_on_first_use=False)
    with mock.patch.object(os, "urandom", Random(outcome.seed).randbytes):
        yield
    structlog.configure(**before)


def _each(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        yield from _each(error) if isinstance(error, BaseExceptionGroup) else [error]
