"""An outside party on Kafka: it knows the contract's topics and headers, and nothing of our code."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid1

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.runtime.watch import stop_surely
from tests.support.waiting import PATIENCE

Where = Callable[["Seen"], bool]


@dataclass(frozen=True)
class Seen:
    """A record as an outside party reads it."""

    topic: str
    key: str
    type: str
    id: str
    headers: Mapping[str, str]
    value: bytes

    @cached_property
    def data(self) -> Any:
        return json.loads(self.value)


class Outside:
    """Sends records, and remembers every record of every `upc.` topic from the beginning."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer, self._consumer = producer, consumer
        self.seen: list[Seen] = []
        self._of_topic: dict[str, list[Seen]] = defaultdict(list)
        self._read: dict[TopicPartition, int] = {}
        self._news = asyncio.Condition()

    async def send(
        self,
        topic: str,
        data: Mapping[str, Any] | bytes,
        key: str | None = None,
        event_id: str | None = None,
        source: str = "urn:test:outside",
        event_type: str = "test",
        headers: bool = True,
        more_headers: tuple[tuple[str, bytes | None], ...] = (),
    ) -> str:
        """Publishes one record with CloudEvents headers (without, if `headers` is false); returns its id."""
        event_id = event_id or str(uuid1())
        names = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_source": source,
            "ce_type": event_type,
            "content-type": "application/json",
        }
        value = data if isinstance(data, bytes) else json.dumps(data).encode()
        sent = [(name, text.encode()) for name, text in names.items()] if headers else []
        await self._producer.send_and_wait(
            topic, value, key.encode() if key is not None else None, headers=sent + list(more_headers)
        )
        return event_id

    def records(self, topic: str, where: Where = lambda _: True) -> list[Seen]:
        """What has been seen so far. What `where` cannot read, another test's bad records, does not fit."""
        return [record for record in self._of_topic[topic] if _fits(record, where)]

    async def wait(
        self, topic: str, where: Where = lambda _: True, count: int = 1, timeout: float = PATIENCE
    ) -> list[Seen]:
        """The first `count` records of `topic` that fit, as soon as they are there. Raises TimeoutError."""
        found, looked_at, seen = list[Seen](), 0, self._of_topic[topic]
        async with asyncio.timeout(timeout), self._news:
            while len(found) < count:
                found += [record for record in seen[looked_at:] if _fits(record, where)]
                looked_at = len(seen)
                if len(found) < count:
                    await self._news.wait()
        return found[:count]

    async def one(self, topic: str, timeout: float = PATIENCE, **fields: Any) -> Seen:
        """The first record of `topic` whose data has these `fields` (`type` is its ce_type)."""
        return (await self.wait(topic, lambda record: _has(record, fields), timeout=timeout))[0]

    async def by_now(self, topic: str, where: Where = lambda _: True) -> list[Seen]:
        """Every record that fits of those that are on `topic` when this is asked. What was not there then may come later."""
        places = [place for place in self._consumer.assignment() if place.topic == topic]
        ends = await self._consumer.end_offsets(places)
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: all(self._read.get(place, 0) >= end for place, end in ends.items()))
        return self.records(topic, where)

    async def handled(self, service: str, topic: str, key: str, event_type: str = "test") -> None:
        """Returns once `service` has handled what was sent to `topic` under `key`: a bad record after it is set aside.

        Only within one topic and key is there an order.
        """
        bad = await self.send(topic, b"{", key, event_type=event_type)
        await self.wait(f"upc.{service}.dead-letters.v1", lambda letter: letter.id == bad)

    async def follow(self) -> None:
        """Reads until cancelled. A topic that is made meanwhile makes aiokafka read every topic from its beginning again."""
        async for raw in self._consumer:
            place = TopicPartition(raw.topic, raw.partition)
            if raw.offset < self._read.get(place, 0):
                continue
            headers = {name: (value or b"").decode(errors="replace") for name, value in raw.headers}
            record = Seen(
                raw.topic,
                (raw.key or b"").decode(errors="replace"),
                headers.get("ce_type", ""),
                headers.get("ce_id", ""),
                headers,
                raw.value or b"",
            )
            async with self._news:
                self.seen.append(record)
                self._of_topic[record.topic].append(record)
                self._read[place] = raw.offset + 1
                self._news.notify_all()


def _fits(record: Seen, where: Where) -> bool:
    try:
        return where(record)
    except (ValueError, TypeError):  # no JSON, or a number or a list
        return False


def _has(record: Seen, fields: Mapping[str, Any]) -> bool:
    wanted = dict(fields)
    event_type = wanted.pop("type", None)
    if event_type is not None and record.type != event_type:
        return False
    data = record.data
    return isinstance(data, dict) and all(data.get(name) == value for name, value in wanted.items())


@asynccontextmanager
async def outside(bootstrap_servers: str, reads: Sequence[str] | None = None, **login: Any) -> AsyncIterator[Outside]:
    """An outside party connected to Kafka; it sees every topic, or those that it `reads` where that is said."""
    kafka = {"bootstrap_servers": bootstrap_servers, **login}
    producer = AIOKafkaProducer(**kafka, max_request_size=2_000_000)
    consumer = AIOKafkaConsumer(**kafka, auto_offset_reset="earliest", metadata_max_age_ms=2000)
    consumer.subscribe(**({"pattern": r"^upc\..*"} if reads is None else {"topics": reads}))
    await producer.start()
    await consumer.start()
    party = Outside(producer, consumer)
    following = asyncio.create_task(party.follow())
    try:
        yield party
    finally:
        following.cancel()
        await stop_surely(consumer.stop, consumer)
        await producer.stop()
