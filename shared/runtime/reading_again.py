"""After going back to a backup: what came since is read in the order in which it came, by one instance for all.

Partitions have no common order but the time at which the broker wrote each record. So whoever decided something when both were
heard decides the same again, and what it says has the same ids and means the same. Nothing else is begun meanwhile: no timer
runs, and no call is taken.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from heapq import heapify, heappop, heappush
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from aiokafka.errors import IllegalStateError
from pymongo.database import Database as Documents

from shared.events.topics import Topic
from shared.runtime.core import Core
from shared.runtime.kafka import MEMBERSHIP, OnRebalance, commit, to_record
from shared.runtime.mongo import Database, Document, Unavailable
from shared.runtime.pipeline import Pipeline, surely
from shared.runtime.watch import stop_surely
from shared.runtime.went_back import AGAIN

log = structlog.get_logger()

NEVER = 2**31 - 1
"""Milliseconds. Who waits for another one reads nothing: aiokafka would leave the group after these, and not come back."""
STANDS_STILL = 20
"""Seconds without a record where there should be more, after which it begins afresh."""


class OneReadsAll(RoundRobinPartitionAssignor):  # type: ignore[misc]
    """Gives one member of the group all there is: what it can't see it can't put in order.

    Kafka lets nobody into the group meanwhile who shares. A second assignor for both has aiokafka join twice, for ever.
    """

    name = "one-reads-all"

    @classmethod
    def assign(
        cls, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        one = min(members)
        nothing = ConsumerProtocolMemberAssignment(cls.version, [], b"")
        everything: dict[str, ConsumerProtocolMemberAssignment] = super().assign(cluster, {one: members[one]})
        return dict.fromkeys(members, nothing) | everything


class ReadingAgain:
    """One service's. `caught_up` returns once the pictures are there by which is decided."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        group: str,
        topics: Sequence[Topic],
        core: Core,
        most: int,
        database: Database,
    ) -> None:
        self._connection, self._group, self._topics = connection, group, [topic.name for topic in topics]
        self._core, self._most, self._database = core, most, database
        self.going_on = False

    async def look(self) -> None:
        """Finds out whether the database went back. Raises Unavailable."""
        self.going_on = bool(await self._database.run(_wanted))

    async def run(self, caught_up: Callable[[], Awaitable[None]]) -> None:
        """Returns once all is read that was there when it began: at once where the database did not go back.

        Raises KafkaError, OSError or Unavailable: called again, it goes on from where it was.
        """
        while await self._database.run(_wanted):
            log.warning("reading again what came since the backup")
            await caught_up()
            if await self._as_a_member():
                await self._database.run(_ended)
        self.going_on = False

    async def _as_a_member(self) -> bool:
        """Whether this instance read all; False where another one did."""
        consumer = AIOKafkaConsumer(
            **self._connection,
            **{**MEMBERSHIP, "max_poll_interval_ms": NEVER},
            group_id=self._group,
            enable_auto_commit=False,
            partition_assignment_strategy=[OneReadsAll],
        )
        pipeline = Pipeline(self._core, lambda places: commit(consumer, places))
        consumer.subscribe(self._topics, listener=OnRebalance(pipeline.drained, pipeline.reassigned))
        with _working(pipeline):
            try:
                await consumer.start()
                while await self._database.run(_wanted):
                    with suppress(IllegalStateError):  # it was given to another one meanwhile
                        if consumer.assignment() and await self._read_all(consumer, pipeline):
                            return True
                    await asyncio.sleep(1.0)
                return False
            finally:
                await stop_surely(consumer.stop, consumer)

    async def _read_all(self, consumer: AIOKafkaConsumer, pipeline: Pipeline) -> bool:
        """Whether all of it was this instance's until it was read, and what followed from it published."""
        assignments, places = pipeline.assignments, consumer.assignment()
        for place in places:  # what was fetched when it was given to us before is past the position, and gone
            await _go_to_committed(consumer, place)
        ends = await consumer.end_offsets(places)
        fetched, stood = InOrder(places), 0
        while pipeline.assignments == assignments:
            behind = {place for place in places if await consumer.position(place) < ends[place]}
            if missing := fetched.empty & behind:
                found = await consumer.getmany(*missing, timeout_ms=1000, max_records=self._most)
                fetched.add(found)
                stood = 0 if found else stood + 1
                if stood >= STANDS_STILL:
                    raise Unavailable
            elif batch := fetched.oldest(self._most, behind):
                records = [to_record(raw) for raw in batch]
                await surely(lambda records=records: pipeline.take(records))  # type: ignore[misc]
            else:
                await pipeline.drained()
                return pipeline.assignments == assignments
        return False


class InOrder:
    """What was fetched of several partitions and not taken yet."""

    def __init__(self, places: Collection[TopicPartition]) -> None:
        self._fetched = {place: deque[ConsumerRecord]() for place in places}

    @property
    def empty(self) -> set[TopicPartition]:
        return {place for place, records in self._fetched.items() if not records}

    def add(self, found: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        for place, records in found.items():
            self._fetched[place].extend(records)

    def oldest(self, most: int, behind: Collection[TopicPartition]) -> list[ConsumerRecord]:
        """Takes at most `most`, oldest first, each partition's in its order, as far as nothing older can come.

        That may be from each of `behind`, once it has nothing here.
        """
        taken: list[ConsumerRecord] = []
        first = [(records[0].timestamp, place) for place, records in self._fetched.items() if records]
        heapify(first)
        while first and len(taken) < most:
            _, place = heappop(first)
            records = self._fetched[place]
            taken.append(records.popleft())
            if records:
                heappush(first, (records[0].timestamp, place))
            elif place in behind:
                break
        return taken


async def _go_to_committed(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    committed = await consumer.committed(place)
    if committed is None:
        await consumer.seek_to_beginning(place)
    else:
        consumer.seek(place, committed)


@contextmanager
def _working(pipeline: Pipeline) -> Iterator[None]:
    running = asyncio.create_task(pipeline.run())
    try:
        yield
    finally:
        running.cancel()


def _wanted(db: Documents[Document]) -> bool:
    return db[AGAIN].find_one() is not None


def _ended(db: Documents[Document]) -> None:
    db[AGAIN].delete_many({})
