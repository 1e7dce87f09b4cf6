"""Starts reading afresh where it stands still: aiokafka's fetching can end without a word (aio-libs/aiokafka#983)."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

log = structlog.get_logger()

LOOK_EVERY = 10.0
"""Seconds. What stands still is started afresh at the second look that finds it in the same place."""
LONGEST_ANSWER = 5.0
"""Seconds."""


class Reader(Protocol):
    """A subscriber of FastStream's."""

    @property
    def consumer(self) -> AIOKafkaConsumer | None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Watch:
    """Over one reader. `waiting` says whether that has nothing to do but read."""

    def __init__(self, reader: Reader, waiting: Callable[[], bool]) -> None:
        self._reader, self._waiting = reader, waiting
        self._stood: dict[TopicPartition, int] = {}
        self._next = 0.0

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(1.0)

    async def look(self) -> None:
        """Looks where it is time to; as often as one likes."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + LOOK_EVERY
        behind = await self._behind()
        stands = behind.items() & self._stood.items()
        self._stood = behind
        if stands:
            await self._start_afresh()

    async def _behind(self) -> dict[TopicPartition, int]:
        """Where there is more to read, and how far it is read; nothing where it is busy, or Kafka does not answer."""
        consumer = self._reader.consumer
        places = consumer.assignment() if consumer else set()
        if consumer is None or not places or not self._waiting():
            return {}
        try:
            ends = await asyncio.wait_for(consumer.end_offsets(places), LONGEST_ANSWER)
            read = {place: await _position(consumer, place) for place in places}
        except (KafkaError, OSError, TimeoutError):
            return {}
        return {place: offset for place, offset in read.items() if offset < ends[place]}

    async def _start_afresh(self) -> None:
        log.error("reading stands still and is started afresh")
        self._stood = {}
        while True:
            try:
                await self._reader.stop()
                return await self._reader.start()
            except (KafkaError, OSError) as error:
                log.warning("waiting", error=type(error).__name__)
                await asyncio.sleep(1.0)


async def _position(consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
    """The next offset to read; -1 where it is not even known where to begin."""
    try:
        return int(await asyncio.wait_for(consumer.position(place), LONGEST_ANSWER))
    except TimeoutError:
        return -1
