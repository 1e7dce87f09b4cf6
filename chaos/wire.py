"""Outside organisations' way to Kafka: written until acknowledged, read from the beginning."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid1

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from demo.observer import Seen, as_seen

SOURCE = "urn:chaos:outside"
EVERYTHING = r"^upc\.(?!inbound\.).*|^upc\.inbound\.replies\..*"


class Pen:
    """Writes each record until it is acknowledged, with one identity however often it has to be sent."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: Any = None
        self._starting = asyncio.Lock()

    async def write(
        self, topic: str, key: str, value: Mapping[str, Any] | bytes, event_id: str | None = None, headers: bool = True
    ) -> None:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        named = {"ce_specversion": "1.0", "ce_id": event_id or str(uuid1()), "ce_source": SOURCE, "ce_type": topic}
        sent = [(name, text.encode()) for name, text in named.items()] if headers else []
        while True:
            producer = await self._ready()
            try:
                # `wait_for` forgets that it was cancelled, where the answer is there: then a round would never end.
                async with asyncio.timeout(15):
                    await producer.send_and_wait(topic, raw, key.encode(), headers=sent)
                return
            except (KafkaError, OSError, TimeoutError):
                await self._start_afresh(producer)
                await asyncio.sleep(0.5)

    async def _ready(self) -> Any:
        async with self._starting:
            while self._producer is None:
                self._producer = await self._started()
            return self._producer

    async def _started(self) -> Any:
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, enable_idempotence=True)
        try:
            await producer.start()
        except (KafkaError, OSError):
            await producer.stop()
            await asyncio.sleep(0.5)
            return None
        return producer

    async def _start_afresh(self, failed: AIOKafkaProducer) -> None:
        if self._producer is failed:
            self._producer = None
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await failed.stop()

    async def close(self) -> None:
        if self._producer:
            await self._start_afresh(self._producer)


async def read_everything(bootstrap: str, take: Callable[[Seen], None]) -> None:
    """Hands on every record of every topic, those from outside excepted, from the beginning until cancelled."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", metadata_max_age_ms=5000)
    consumer.subscribe(pattern=EVERYTHING)
    await consumer.start()
    try:
        while True:
            try:
                batches = await consumer.getmany(timeout_ms=200)
            except KafkaError:
                await asyncio.sleep(0.5)
                continue
            for raw in (raw for batch in batches.values() for raw in batch):
                take(as_seen(raw))
    finally:
        await consumer.stop()
