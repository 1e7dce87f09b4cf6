"""The same ways to Kafka and MongoDB twice: the real ones, and the simulated ones that must do as they do."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol, cast

from shared.events import topics
from shared.events.envelope import Record
from shared.runtime.core import Core
from shared.runtime.items import Reading
from shared.runtime.platform import KafkaAndMongo, Platform
from shared.runtime.settings import Settings
from simulation.cluster import SimulatedPlatform
from simulation.kafka import SESSION, Log
from simulation.machine import Machine, Weather
from simulation.mongo import Disk
from tests.support.waiting import PATIENCE

TOPIC = topics.TASKS


class Ways(Protocol):
    """Makes processes that share a broker and a database."""

    def platform(self) -> Platform: ...


class RealWays:
    def __init__(self, settings: Settings, name: str) -> None:
        self._settings, self._name = settings, name
        self._made: list[Platform] = []

    def platform(self) -> Platform:
        self._made.append(KafkaAndMongo(self._name, self._settings))
        return self._made[-1]

    async def stop(self) -> None:
        for platform in self._made:
            await platform.stop()


class SimulatedWays:
    def __init__(self) -> None:
        self._log, self._disk, self._weather = Log(topics.ALL), Disk(), Weather(Random(1), 0.0)
        self._made = 0

    def platform(self) -> Platform:
        self._made += 1
        machine = Machine(f"machine{self._made}", self._weather, lambda _: None)
        return SimulatedPlatform(self._log, self._disk, machine, self._weather)

    async def look_for_dead(self) -> None:
        """What a broker does by itself."""
        while True:
            for group in self._log.groups.values():
                group.look_for_dead(asyncio.get_running_loop().time())
            await asyncio.sleep(SESSION / 20)


class Listening:
    """In the core's place: hears what is read, and may never come to an end with it."""

    def __init__(self, key: bytes, ends: bool) -> None:
        self.heard: list[Record] = []
        self._key, self._ends = key, ends

    def read(self, records: Sequence[Record]) -> Reading:
        self.heard += [record for record in records if (record.key or b"").startswith(self._key)]
        return Reading([], [])

    async def save(self, _: Reading) -> None:
        """It has nothing to keep."""

    async def publish(self) -> None:
        if not self._ends:
            await asyncio.Event().wait()

    def distrust(self) -> None:
        """It has nothing to publish."""


class Member:
    """One process of the group `group`, which listens to what has a key that begins with `group`."""

    def __init__(self, platform: Platform, group: str, ends: bool = True) -> None:
        self._listening = Listening(group.encode(), ends)
        self._platform = platform
        self._reading = platform.subscribe(group, [TOPIC], cast(Core, self._listening), 100)

    @property
    def heard(self) -> list[Record]:
        return self._listening.heard

    async def __aenter__(self) -> "Member":
        for start in self._platform.starts():
            await start()
        self._running = asyncio.create_task(self._reading.run())
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._platform.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)
