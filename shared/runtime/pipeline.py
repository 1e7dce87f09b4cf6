"""The way of a batch through a service: read, decide and save, publish and commit. Each stage has its own batch in hand."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import structlog

from shared.events.envelope import Record
from shared.runtime.core import Core
from shared.runtime.items import Reading

log = structlog.get_logger()

Places = Mapping[tuple[str, int], int]
_Share = tuple[int, Places]
"""Which assignment of partitions a batch was read under, and where to go on after it."""
Commit = Callable[[Places], Awaitable[None]]

MOST_BYTES_A_BATCH = 4_000_000
"""So that what follows from a batch fits one MongoDB document."""

A_TURN = 200
"""Records that are read at one go: between, what is being saved has its turn, and MongoDB does not wait for us."""


class Pipeline:
    """Batches go through in order; while one is published the next is saved and the one after it is read."""

    def __init__(self, core: Core, commit: Commit) -> None:
        self._core, self._commit = core, commit
        self._read: asyncio.Queue[tuple[Reading, _Share]] = asyncio.Queue(1)
        self._saved: asyncio.Queue[_Share] = asyncio.Queue(1)
        self.assignments = 0
        """How often this instance was given its partitions."""
        self.in_hand = 0

    async def take(self, records: Sequence[Record]) -> None:
        """Reads a batch and hands it on; returns when there is room for the next."""
        assignment = self.assignments
        for part in _parts(records):
            places = {(record.topic, record.partition): record.offset + 1 for record in part}
            reading = await self._read_in_turns(part)
            await self._read.put((reading, (assignment, places)))
            self.in_hand += 1
            if self._read.full():  # the batch before it is being saved
                self._decide_ahead(reading)

    def _decide_ahead(self, reading: Reading) -> None:
        try:
            self._core.decide_ahead(reading)
        except Exception as error:  # when it is its turn, what is at fault is set aside by itself
            log.error("a batch is not decided ahead", error=type(error).__name__)

    async def _read_in_turns(self, records: Sequence[Record]) -> Reading:
        reading = Reading([], [])
        for start in range(0, len(records), A_TURN):
            some = self._core.read(records[start : start + A_TURN])
            reading.items.extend(some.items)
            reading.letters.extend(some.letters)
            await asyncio.sleep(0)
        return reading

    def reassigned(self) -> None:
        """What is in hand comes again, perhaps to somebody else, who commits it; it may have been half published, too."""
        self.assignments += 1
        self._core.distrust()

    async def drained(self) -> None:
        """Returns when all that was taken is published and committed."""
        await self._read.join()
        await self._saved.join()

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as stages:
            stages.create_task(self._decide_and_save())
            stages.create_task(self._publish_and_commit())

    async def _decide_and_save(self) -> None:
        while True:
            reading, share = await self._read.get()
            await surely(lambda reading=reading: self._core.save(reading))  # type: ignore[misc]
            await self._saved.put(share)
            self._read.task_done()

    async def _publish_and_commit(self) -> None:
        while True:
            assignment, places = await self._saved.get()
            await surely(self._core.publish)
            if assignment == self.assignments:
                await self._commit(places)
            self.in_hand -= 1
            self._saved.task_done()


async def surely(step: Callable[[], Awaitable[None]]) -> None:
    """Never steps over a batch: tries until it is done."""
    while True:
        try:
            return await step()
        except Exception as error:
            log.error("a batch is tried again", error=type(error).__name__)
            await asyncio.sleep(1.0)


def _parts(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """`records` in order, in parts of at most `MOST_BYTES_A_BATCH`, one record at least."""
    start, size = 0, 0
    for place, record in enumerate(records):
        size += _stored(record)
        if size > MOST_BYTES_A_BATCH and place > start:
            yield records[start:place]
            start, size = place, _stored(record)
    yield records[start:]


def _stored(record: Record) -> int:
    """Bytes in MongoDB, about: there a header of two bytes takes thirty."""
    return record.size + 32 * len(record.headers)
