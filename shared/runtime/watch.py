"""Starts reading afresh where it stands still: aiokafka's fetching can end without a word (aio-libs/aiokafka#983).

And knows where Kafka does not let it read: that passes when somebody puts it right, and then it reads on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, Protocol

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

    async def get_msg(self, consumer: AIOKafkaConsumer) -> Any: ...

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
        self._refused_until = -inf
        self._get, reader.get_msg = reader.get_msg, self._get_or_note  # type: ignore[method-assign]
        self._stop, reader.stop = reader.stop, self._stop_surely  # type: ignore[method-assign]

    @property
    def refused(self) -> bool:
        """Whether Kafka lately refused to let it read, and nothing else is known since."""
        return asyncio.get_running_loop().time() < self._refused_until

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
            async with asyncio.timeout(LONGEST_ANSWER):  # not wait_for, which may swallow that it is cancelled
                ends = await consumer.end_offsets(places)
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
                self._note(error)
                await asyncio.sleep(1.0)

    async def _get_or_note(self, consumer: AIOKafkaConsumer) -> Any:
        """The next batch; FastStream goes on after what this raises, and says nothing."""
        try:
            return await self._get(consumer)
        except KafkaError as error:
            self._note(error)
            raise

    async def _stop_surely(self) -> None:
        await stop_surely(self._stop, self._reader.consumer)

    def _note(self, error: Exception) -> None:
        log.warning("kafka refuses to be read", error=type(error).__name__)
        self._refused_until = asyncio.get_running_loop().time() + LOOK_EVERY


async def _position(consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
    """The next offset to read; -1 where it is not even known where to begin."""
    try:
        async with asyncio.timeout(LONGEST_ANSWER):
            return int(await consumer.position(place))
    except TimeoutError:
        return -1


async def stop_surely(stop: Callable[[], Awaitable[None]], consumer: AIOKafkaConsumer | None) -> None:
    """`stop`, of `consumer` and what is around it.

    aiokafka cancels its own fetches then, and takes it for ours where one had just failed: it has left the group by then, and
    is still connected.
    """
    stopping = asyncio.ensure_future(stop())
    try:
        await asyncio.wait([stopping])
    except asyncio.CancelledError:  # this is ours
        stopping.cancel()
        raise
    if stopping.cancelled() and consumer:
        await consumer._client.close()
        await stop()  # what is around it forgets it
    else:
        stopping.result()
