"""The organisations outside, in one process: they send, authorise what is routed to them, and acknowledge every list."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from bench.nation import Sending, acknowledgement, decision
from bench.turns import Place, client, sender
from shared.events.topics import PARTITIONS
from shared.runtime.clock import WallClock

READS = ("upc.contact-requests.v1", "upc.block-lists.v1")


class Outside:
    """What they have sent and seen: `lists` counts the block lists that reached them."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer, self._consumer = producer, consumer
        self._sent = 0
        self.lists = 0

    async def send(
        self, sendings: Iterable[Sending], ahead: Callable[[int], int] | None = None, most: int = 0, a_second: int = 0
    ) -> None:
        """Sends, `a_second` where that is said.

        Where `ahead(how many were sent)` says more than `most`, it waits until that many are dealt with.
        """
        start = time.monotonic()
        for count, (topic, key, data) in enumerate(sendings, 1):
            self._sent += 1
            headers = [("ce_id", f"{time.monotonic_ns()}-{self._sent}".encode()), ("ce_source", b"urn:bench")]
            await self._producer.send(topic, json.dumps(data).encode(), key.encode(), headers=headers)
            if a_second and count % 10 == 0:
                await asyncio.sleep(start + count / a_second - time.monotonic())
            while ahead and count % 100 == 0 and ahead(count) > most:
                await asyncio.sleep(0.01)
        await self._producer.flush()

    async def answer(self) -> None:
        """Answers what comes, until cancelled."""
        while True:
            batches = await self._consumer.getmany(timeout_ms=500, max_records=2000)
            await self.send(
                said for records in batches.values() for record in records if (said := self._answer(record))
            )

    async def written(self, topic: str) -> int:
        """Records on a topic, old ones with them."""
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        return int(sum((await self._consumer.end_offsets(places)).values()))

    def _answer(self, record: ConsumerRecord) -> Sending | None:
        kind = dict(record.headers).get("ce_type")
        now = WallClock().now()
        if kind == b"upc.contact-request.routed":
            return decision(json.loads(record.value), now)
        if kind == b"upc.block-list.changed":
            self.lists += 1
            return acknowledgement(json.loads(record.value), now)
        return None


@asynccontextmanager
async def outside(place: Place) -> AsyncIterator[Outside]:
    """They are there, and answer all that comes from now on."""
    async with client(place) as consumer, sender(place, linger_ms=5) as producer:
        consumer.assign([TopicPartition(topic, partition) for topic in READS for partition in range(PARTITIONS)])
        await consumer.seek_to_end()
        organisations = Outside(producer, consumer)
        answering = asyncio.create_task(organisations.answer())
        try:
            yield organisations
        finally:
            answering.cancel()
