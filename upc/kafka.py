"""What `upc` reads of Kafka and writes there, as whoever its login is."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from shared.events.envelope import Record, to_record
from shared.events.operations import Did, OperationDone
from shared.runtime.clock import WallClock
from shared.runtime.ids import new_id
from shared.runtime.login import connection, security
from shared.runtime.settings import Misconfigured
from shared.runtime.watch import stop_surely
from upc import shown
from upc.settings import ToolSettings, Trouble

T = TypeVar("T")
REFUSED = (ClusterAuthorizationFailedError, GroupAuthorizationFailedError, TopicAuthorizationFailedError)
LONGEST_MS = 10_000
"""Who asks at night is told within seconds that Kafka hangs; aiokafka would wait 40 for each answer."""
OURS = "urn:upc:operator"


class Kafka:
    """One login, and one client of each kind for a command."""

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings
        where = connection(settings.kafka_bootstrap_servers, security(settings))
        self.connection: dict[str, Any] = {**where, "request_timeout_ms": LONGEST_MS}

    def now_ms(self) -> int:
        """As brokers stamp records: the machine's time, never the demo's."""
        return int(WallClock().now().timestamp() * 1000)

    @asynccontextmanager
    async def administering(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self.connection)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    @asynccontextmanager
    async def consuming(self, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
        """Without topics: `assign` says what is read."""
        consumer = AIOKafkaConsumer(**self.connection, group_id=group, enable_auto_commit=False)
        try:
            await consumer.start()
            yield consumer
        finally:
            await stop_surely(consumer.stop, consumer)

    @asynccontextmanager
    async def producing(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(**self.connection, acks="all", max_request_size=2_000_000)
        try:
            await producer.start()
            yield producer
        finally:
            await producer.stop()

    async def places(self, *topics: str) -> list[TopicPartition]:
        """Every partition of `topics`. Raises Trouble where one is not there."""
        async with self.administering() as admin:
            described = await admin.describe_topics(list(topics))
        for topic in described:
            if topic["error_code"]:
                raise Trouble(f"{topic['topic']} is not there, or not for this login")
        return [TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"]]

    async def records(self, *topics: str) -> list[ConsumerRecord]:
        """All that is on `topics` now."""
        places, found = await self.places(*topics), []
        async with self.consuming() as consumer:
            begin, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
            left = {place for place in places if begin[place] < end[place]}
            consumer.assign(left)
            for place in left:
                consumer.seek(place, begin[place])
            with shown.progress() as progress:
                task = progress.add_task("reading", total=sum(end[place] - begin[place] for place in left))
                while left:
                    batches = await consumer.getmany(*left, timeout_ms=500)
                    for batch in batches.values():
                        found += batch
                        progress.advance(task, len(batch))
                    left = {place for place in left if await consumer.position(place) < end[place]}
        return found

    async def note(self, producer: AIOKafkaProducer, did: Did, subject: str, reason: str) -> None:
        """That it was done, by whom and why: for `upc.operations.v1`, which records keeps."""
        who, now = self._settings.upc_who, self._settings.clock().now()
        event = OperationDone(did=did, subject=subject, by=who, reason=reason, at=now)
        await send(producer, to_record(event, f"{OURS}:{who}", new_id(now), now, ""))


async def send(producer: AIOKafkaProducer, record: Record, partition: int | None = None) -> None:
    """Returns when it is acknowledged."""
    headers = list(record.headers)
    await producer.send_and_wait(record.topic, record.value, record.key, partition, headers=headers)


def run(settings: ToolSettings, do: Callable[[Kafka], Awaitable[T]]) -> T:
    """What `do` finds. Raises Trouble where Kafka is away, or its login may not."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what went wrong is said once, and in our words

    async def inside() -> T:
        return await do(Kafka(settings))

    try:
        return asyncio.run(inside())
    except Misconfigured as wrong:
        raise Trouble(str(wrong)) from None
    except REFUSED as refused:
        raise Trouble(f"this login may not do that on Kafka ({type(refused).__name__})") from None
    except (KafkaError, OSError) as error:
        raise Trouble(
            f"Kafka at {settings.kafka_bootstrap_servers} does not answer as it should ({type(error).__name__})"
        ) from None
