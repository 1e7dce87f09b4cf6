"""A simulated Kafka: partitions, consumer groups that rebalance, and zombies that do not know it yet."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from zlib import crc32

from shared.events.envelope import Event, Record
from shared.events.topics import Topic
from shared.runtime.core import Core
from shared.runtime.follower import Follower
from shared.runtime.pipeline import Pipeline, Places, surely
from simulation.machine import Machine, Weather

PARTITIONS = 3
SESSION = 6.0
"""Seconds without a sign of life after which a member of a group is taken for dead."""
Place = tuple[str, int]


class Log:
    """Every topic's partitions; `onlookers` see each record as it is written."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._partitions: dict[Place, list[Record]] = {
            (topic.name, partition): [] for topic in topics for partition in range(PARTITIONS)
        }
        self.onlookers: list[Callable[[Record], None]] = []
        self.groups: dict[str, Group] = {}
        self._waiting: dict[asyncio.Future[None], frozenset[str]] = {}

    def places(self, topic: str) -> list[Place]:
        return [(topic, partition) for partition in range(PARTITIONS)]

    def write(self, record: Record) -> None:
        place = record.topic, crc32(record.key or b"") % PARTITIONS
        log = self._partitions[place]
        stored = record._replace(partition=place[1], offset=len(log))
        log.append(stored)
        for look in self.onlookers:
            look(stored)
        for waiter, topics in self._waiting.items():
            if record.topic in topics:
                _wake(waiter)

    def read(self, place: Place, offset: int, most: int) -> list[Record]:
        return self._partitions[place][offset : offset + most]

    def end(self, place: Place) -> int:
        return len(self._partitions[place])

    def records(self, topic: str) -> Iterator[Record]:
        for place in self.places(topic):
            yield from self._partitions[place]

    async def news(self, topics: frozenset[str], seconds: float) -> None:
        """Returns when there is something new on one of `topics`, or after so long."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting[waiter] = topics
        timer = loop.call_later(seconds, _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            del self._waiting[waiter]

    def group(self, name: str, topics: Sequence[Topic]) -> "Group":
        places = [place for topic in topics for place in self.places(topic.name)]
        return self.groups.setdefault(name, Group(places))


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Group:
    """A consumer group: who has which partitions, and how far each is committed."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places
        self.committed: dict[Place, int] = defaultdict(int)
        self.generation = 0
        self._members: dict[object, Machine] = {}
        self._ready: set[object] = set()
        self._settled = asyncio.Event()

    def come(self, member: object, machine: Machine) -> None:
        self._members[member] = machine
        self._rebalance()

    def look_for_dead(self, now: float) -> None:
        """Members without a sign of life lose their partitions to the others."""
        still = {member: machine.still_since for member, machine in self._members.items()}
        gone = [member for member, since in still.items() if since is not None and now - since > SESSION]
        for member in gone:
            del self._members[member]
        if gone:
            self._rebalance()
        elif self._ready == set(self._members):
            self._settled.set()

    async def share(self, member: object) -> dict[Place, int]:
        """Where to read on, once every member has given up what it had; nothing for one that is no member any more."""
        self._ready.add(member)
        if self._ready >= set(self._members):
            self._settled.set()
        await self._settled.wait()
        if member not in self._members:
            return {}
        members = list(self._members)
        mine = self._places[members.index(member) :: len(members)]
        return {place: self.committed[place] for place in mine}

    def knows(self, member: object) -> bool:
        return member in self._members

    def commit(self, member: object, generation: int, places: Places) -> None:
        """Only what a member of the present generation says counts."""
        if member in self._members and generation == self.generation:
            self.committed.update(places)

    def lag(self, end: Callable[[Place], int]) -> int:
        return sum(end(place) - self.committed[place] for place in self._places)

    def _rebalance(self) -> None:
        self.generation += 1
        self._ready.clear()
        self._settled.set()
        self._settled = asyncio.Event()


class SimulatedReading:
    """One member of a group, feeding the real pipeline."""

    def __init__(self, log: Log, group: Group, core: Core, most: int, machine: Machine, weather: Weather) -> None:
        self._log, self._group, self._most = log, group, most
        self._machine, self._weather = machine, weather
        self._pipeline = Pipeline(core, self._commit)
        self._generation, self._places, self._topics = -1, dict[Place, int](), frozenset[str]()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pipeline.run())
            tasks.create_task(self._read())

    async def reachable(self) -> bool:
        return True

    async def lag(self) -> tuple[Mapping[str, int], float]:
        """Nobody asks here."""
        return {}, 0.0

    async def _read(self) -> None:
        while True:
            await self._machine.point()
            if self._weather.kafka_away:
                await asyncio.sleep(0.2)
            elif not self._group.knows(self):
                self._group.come(self, self._machine)
            elif self._generation != self._group.generation:
                await self._share()
            elif batch := self._fetch():
                await surely(lambda batch=batch: self._pipeline.take(batch))  # type: ignore[misc]
            else:
                await self._log.news(self._topics, 1.0)

    async def _share(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._pipeline.drained(), 30.0)
        await self._machine.point()
        generation = self._group.generation
        places = await self._group.share(self)
        await self._machine.point()
        self._generation, self._places = generation, places
        self._topics = frozenset(topic for topic, _ in places)
        self._pipeline.reassigned()

    def _fetch(self) -> list[Record]:
        """Some of what there is, the partitions in any order."""
        most = self._weather.chance.randint(1, self._most)
        places = list(self._places)
        self._weather.chance.shuffle(places)
        batch: list[Record] = []
        for place in places:
            found = self._log.read(place, self._places[place], most - len(batch))
            self._places[place] += len(found)
            batch += found
        return batch

    async def _commit(self, places: Places) -> None:
        await self._machine.point()
        while self._weather.kafka_away:
            await asyncio.sleep(0.2)
        self._group.commit(self, self._generation, places)


class SimulatedFollower(Follower):
    """Reads a whole topic; other machines' await points decide how late."""

    def __init__(
        self, log: Log, machine: Machine, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]
    ) -> None:
        super().__init__(model, read, shown)
        self._log, self._machine = log, machine
        self._next: dict[Place, int] = dict.fromkeys(log.places(self.topic), 0)

    async def catch_up(self) -> None:
        await self._machine.point()
        for place in self._next:
            for record in self._log.read(place, self._next[place], 1000):
                self._next[place] += 1
                self.read(record)
        self.caught_up = True


async def publish(log: Log, machine: Machine, weather: Weather, records: Sequence[Record]) -> None:
    """In order for each partition; which partition is first, and how far it comes before a fault, is chance."""
    batches: Mapping[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        batches[record.topic, crc32(record.key or b"") % PARTITIONS].append(record)
    places = list(batches)
    weather.chance.shuffle(places)
    for place in places:
        if weather.chance.random() < weather.stall * 20:  # where a zombie does most harm: saved, and not published
            machine.stop_for(weather.chance.uniform(0.1, 15.0))
        await machine.asks("kafka")
        for record in batches[place]:
            log.write(record)
        await machine.hears("kafka")
