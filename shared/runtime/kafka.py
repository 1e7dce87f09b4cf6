"""The one place that makes Kafka clients: the broker that a service subscribes with, and the producer of its outbox."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import BaseSecurity

from shared.events.envelope import LONGEST_NAME, Event, Record
from shared.events.topics import Topic
from shared.runtime.clock import Clock
from shared.runtime.core import Core
from shared.runtime.follower import Follower
from shared.runtime.lag import Lag
from shared.runtime.login import connection
from shared.runtime.mongo import Unavailable
from shared.runtime.pipeline import Pipeline, Places, surely
from shared.runtime.watch import Reader, Watch

log = structlog.get_logger()

BATCH_BYTES = 900_000
"""What the producer sends to a partition at once: a whole batch of ours, where 16 KiB would wait a round trip each."""

FETCH_WAIT_MS = 20
"""aiokafka asks a broker one thing at a time: a partition that was just read waits until the fetch for the others returns."""

FETCH_BYTES = 2_000_000
"""From a partition at once: most of a batch. A batch of one partition is about fewer prisoners, each of whom it writes once.
A service far behind on all of its seventy partitions holds 140 MB of them."""

GIVING_UP_MS = 30_000
"""How long an instance may take to finish what it has in hand before it gives up its partitions. Kafka waits longer than that:
otherwise it would throw a busy instance out of the group, which rejoins, so that a group under load never comes to rest."""

MEMBERSHIP: Mapping[str, Any] = {
    "auto_offset_reset": "earliest",
    "session_timeout_ms": 6000,
    "heartbeat_interval_ms": 1000,
    "rebalance_timeout_ms": GIVING_UP_MS + 10_000,
    "max_poll_interval_ms": 600_000,
}
"""Of a service's consumer group."""

RawBatch = tuple[ConsumerRecord, ...]


class Producer:
    """Publishes records in order for each key, every one acknowledged by all in-sync replicas."""

    def __init__(self, bootstrap: str, security: BaseSecurity | None = None) -> None:
        self._connection = connection(bootstrap, security)
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Raises KafkaError where no broker answers."""
        producer = AIOKafkaProducer(
            **self._connection,
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=2_000_000,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when every record is acknowledged. Raises Unavailable where one was not: then all come again."""
        try:
            if self._producer is None:
                await self.start()
            assert self._producer is not None
            topics = {record.topic for record in records}
            partitions = {topic: len(await self._producer.partitions_for(topic)) for topic in topics}
            sent = [
                await self._producer.send_batch(batch, topic, partition=partition)
                for batch, topic, partition in _batches(self._producer, records, partitions)
            ]
            await asyncio.gather(*sent)
        except (KafkaError, OSError) as error:
            log.warning("kafka does not take what is published", error=type(error).__name__)
            await self._start_afresh()
            raise Unavailable from error

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def _start_afresh(self) -> None:
        """An idempotent producer that failed keeps failing; the next publish makes a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                async with asyncio.timeout(5.0):
                    await producer.stop()


def _batches(
    producer: AIOKafkaProducer, records: Sequence[Record], partitions: Mapping[str, int]
) -> Iterator[tuple[BatchBuilder, str, int]]:
    """`records` in batches for one partition each: one acknowledgement to wait for, where `send` makes one for each record."""
    building: dict[tuple[str, int], BatchBuilder] = {}
    for record in records:
        place = record.topic, _partition(record.key, partitions[record.topic])
        if place not in building:
            building[place] = producer.create_batch()
        headers = list(record.headers)
        while building[place].append(timestamp=None, key=record.key, value=record.value, headers=headers) is None:
            yield building[place], *place  # it is full; an empty one takes whatever comes
            building[place] = producer.create_batch()
    for place, builder in building.items():
        yield builder, *place


def _partition(key: bytes | None, partitions: int) -> int:
    """Where Kafka's own clients put `key`. A dead letter's may be a megabyte long: it is not remembered."""
    place = _partition_of if len(key or b"") <= LONGEST_NAME else _partition_of.__wrapped__
    return place(key or b"", partitions)


@lru_cache(maxsize=100_000)
def _partition_of(key: bytes, partitions: int) -> int:
    return int(DefaultPartitioner()(key, range(partitions), ()))


class OnRebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Partitions are given up only between batches; what they bring may have been half published by somebody else."""

    def __init__(self, drained: Callable[[], Awaitable[None]], assigned: Callable[[], None]) -> None:
        self._drained, self._assigned = drained, assigned
        self.settled = True

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self.settled = False
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVING_UP_MS / 1000):
                await self._drained()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._assigned()
        self.settled = True


class Subscription:
    """One consumer group reading raw batches: as many records as are there, one when there is one."""

    def __init__(
        self, broker: KafkaBroker, group: str, topics: Sequence[Topic], core: Core, most: int, clock: Clock
    ) -> None:
        self._pipeline, self._lag = Pipeline(core, self._commit), Lag(clock)
        listener = OnRebalance(self._pipeline.drained, self._reassigned)
        self._subscriber = broker.subscriber(
            *(topic.name for topic in topics),
            group_id=group,
            batch=True,
            max_records=most,
            batch_timeout_ms=500,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=FETCH_BYTES,
            **MEMBERSHIP,
            listener=listener,
            parser=_raw_message,
            decoder=_raw_records,
            ack_policy=AckPolicy.MANUAL,
        )
        self._subscriber(self._on_batch)
        self.watch = Watch(self._subscriber, lambda: listener.settled and not self._pipeline.in_hand)

    async def start(self) -> None:
        """Begins to read. Raises KafkaError or OSError."""
        await _start(self._subscriber)

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pipeline.run())
            tasks.create_task(self.watch.run())

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    async def reachable(self) -> bool:
        """Whether a broker answers and this group has its place."""
        try:
            async with asyncio.timeout(2.0):
                return self.consumer is not None and bool(await self.consumer.topics())
        except (KafkaError, OSError, TimeoutError):
            return False

    async def lag(self) -> tuple[Mapping[str, int], float]:
        """As Kafka said last."""
        behind = await self._lag.records(self.consumer) if self.consumer is not None else {}
        return behind, self._lag.seconds(behind)

    def _reassigned(self) -> None:
        self._lag.reassigned()
        self._pipeline.reassigned()

    async def _on_batch(self, raw: RawBatch) -> None:
        records = [to_record(record) for record in raw]
        self._lag.took(raw)
        await surely(lambda: self._pipeline.take(records))

    async def _commit(self, places: Places) -> None:
        self._lag.handled(places)
        if self.consumer is not None:
            await commit(self.consumer, places)


class KafkaFollower(Follower):
    """A follower on real Kafka: no group, no offsets."""

    def __init__(
        self, broker: KafkaBroker, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]
    ) -> None:
        super().__init__(model, read, shown)
        self._subscriber = broker.subscriber(
            self.topic,
            batch=True,
            max_records=5000,
            batch_timeout_ms=500,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            auto_offset_reset="earliest",
            parser=_raw_message,
            decoder=_raw_records,
            ack_policy=AckPolicy.MANUAL,
        )
        self._subscriber(self._on_batch)
        self.watch = Watch(self._subscriber, lambda: True)

    async def start(self) -> None:
        """Begins to read; nothing where it has. Raises KafkaError or OSError."""
        if not self._subscriber.running:
            await _start(self._subscriber)

    async def catch_up(self) -> None:
        await self.watch.look()
        consumer = self._subscriber.consumer
        if self.caught_up or consumer is None or not consumer.assignment():
            return
        ends = await consumer.end_offsets(consumer.assignment())
        self.caught_up = all([await consumer.position(place) >= end for place, end in ends.items()])

    async def _on_batch(self, raw: RawBatch) -> None:
        for record in raw:
            self.read(to_record(record))


async def commit(consumer: AIOKafkaConsumer, places: Places) -> None:
    """What cannot be committed comes again, and the inbox drops it."""
    with suppress(CommitFailedError, IllegalStateError, KafkaError):
        await consumer.commit({TopicPartition(*place): offset for place, offset in places.items()})


def make_broker(bootstrap: str, client_id: str, security: BaseSecurity | None = None) -> KafkaBroker:
    """FastStream's broker, which passes records on as they are: a bad one is the core's to set aside, not the batch's end."""
    return KafkaBroker(
        bootstrap.split(","),
        client_id=client_id,
        apply_types=False,
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.MANUAL,
        logger=None,
        security=security,
    )


def to_record(raw: ConsumerRecord) -> Record:
    """A consumed record, untouched."""
    return Record(raw.topic, raw.key, raw.value, tuple(raw.headers), raw.partition, raw.offset)


async def _start(reader: Reader) -> None:
    """All of it or nothing: what reads already would read twice at the next try."""
    try:
        await reader.start()
    except BaseException:
        await reader.stop()
        raise


async def _raw_message(raw: Any) -> KafkaMessage:
    return KafkaMessage(body=b"", raw_message=raw, consumer=_NoConsumer())


async def _raw_records(message: KafkaMessage) -> Any:
    return message.raw_message


class _NoConsumer:
    """Offsets are committed by `Subscription`, never by the message."""

    async def commit(self) -> None:
        raise NotImplementedError

    def seek(self, partition: TopicPartition, offset: int) -> None:
        raise NotImplementedError
