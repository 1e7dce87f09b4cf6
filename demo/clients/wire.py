"""An organisation's connection to Kafka: CloudEvents 1.0 in binary mode, out and in, with its ledger."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid1

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from demo.clients.clock import Clock
from demo.clients.ledger import Ledger
from demo.clients.login import kafka


@dataclass(frozen=True)
class Received:
    """An event as it was read; `real_ms` is when it was written to Kafka."""

    topic: str
    source: str
    id: str
    type: str
    data: dict[str, Any]
    real_ms: int


class Wire:
    """Sends events in the name of `source`; every one is acknowledged by Kafka, then in the ledger."""

    def __init__(self, source: str, producer: AIOKafkaProducer, clock: Clock, ledger: Ledger) -> None:
        self.clock, self.ledger = clock, ledger
        self._source, self._producer = source, producer

    async def send(
        self,
        topic: str,
        key: str,
        value: Mapping[str, Any] | bytes,
        event_id: str | None = None,
        headers: bool = True,
        **note: Any,
    ) -> None:
        """One record, without CloudEvents headers where `headers` is false; `note` goes into the ledger with it."""
        event_id = event_id or str(uuid1())
        now = self.clock.now().isoformat()
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        sent = self._headers(topic, event_id) if headers else []
        placed = await self._producer.send_and_wait(topic, raw, key.encode(), headers=sent)
        place = f"{topic}/{placed.partition}/{placed.offset}"
        self.ledger.write(
            did="sent", topic=topic, key=key, event_id=event_id, place=place, at=now, real_ms=placed.timestamp, **note
        )

    async def post(self, topic: str, key: str, value: Mapping[str, Any]) -> None:
        """One of many records at once, without an entry in the ledger."""
        await self._producer.send(
            topic, json.dumps(value).encode(), key.encode(), headers=self._headers(topic, str(uuid1()))
        )

    def _headers(self, topic: str, event_id: str) -> list[tuple[str, bytes]]:
        names = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_source": self._source,
            "ce_type": topic.removesuffix(".v1"),
            "ce_time": self.clock.now().isoformat(),
            "content-type": "application/json",
        }
        return [(name, text.encode()) for name, text in names.items()]


@asynccontextmanager
async def connected(source: str, party: str, clock: Clock, ledger: Ledger) -> AsyncIterator[Wire]:
    """A wire to Kafka, come to as `party`."""
    producer = AIOKafkaProducer(**kafka(party), enable_idempotence=True)
    await producer.start()
    try:
        yield Wire(source, producer, clock, ledger)
    finally:
        await producer.stop()


async def received(party: str, topics: Sequence[str], each_once: bool = True) -> AsyncIterator[Received]:
    """Every event of `topics`, which `party` may read, from the beginning on; the same source and id again is the same event."""
    consumer = AIOKafkaConsumer(*topics, **kafka(party), auto_offset_reset="earliest")
    await consumer.start()
    seen: set[tuple[str, str]] = set()
    try:
        async for raw in consumer:
            event = read(raw)
            if event and not (each_once and (event.source, event.id) in seen):
                seen.add((event.source, event.id))
                yield event
    finally:
        await consumer.stop()


def read(raw: Any) -> Received | None:
    """A record as an event; None where it is no JSON object."""
    headers = {name: value.decode(errors="replace") for name, value in raw.headers}
    try:
        data = json.loads(raw.value or b"null")
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    source, event_id, event_type = (headers.get(name, "") for name in ("ce_source", "ce_id", "ce_type"))
    return Received(raw.topic, source, event_id, event_type, data, raw.timestamp)
