"""Throughput and idle delay of one hop: a plain copy, the textbook handler and ours, on the same records in one run."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import MongoClient

from bench import contestants
from bench.work import SOURCE, TARGET, records
from shared.events.topics import PARTITIONS

Contestant = Callable[[str, contestants.Until], Awaitable[None]]


@dataclass
class Pace:
    """How a contestant did: messages a second once it was going."""

    name: str
    messages: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return self.messages / self.seconds if self.seconds else 0.0


async def load(bootstrap: str, count: int) -> None:
    """Puts the records that every contestant reads onto the source topic."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    await producer.start()
    sent = [
        await producer.send(SOURCE.name, value, key, headers=list(headers))
        for key, value, headers in records(count, "bench")
    ]
    await asyncio.gather(*sent)
    await producer.stop()


async def race(bootstrap: str, name: str, run: Contestant, count: int, most_seconds: float) -> Pace:
    """Lets one contestant work until it wrote `count` records or `most_seconds` went by after its first."""
    pace = Pace(name)
    watcher = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await watcher.start()
    places = [TopicPartition(TARGET.name, partition) for partition in range(PARTITIONS)]

    async def written() -> int:
        return sum((await watcher.end_offsets(places)).values())

    before = await written()

    async def until() -> None:
        while (first := await written() - before) == 0:
            await asyncio.sleep(0.01)
        start = time.perf_counter()
        while (done := await written() - before) < count and time.perf_counter() - start < most_seconds:
            await asyncio.sleep(0.05)
        pace.messages, pace.seconds = done - first, time.perf_counter() - start

    await run(f"upc-{name}-{time.monotonic_ns()}", until)
    await watcher.stop()
    return pace


async def delays(bootstrap: str, run: Contestant, count: int) -> list[float]:
    """Seconds from sending one record to seeing what follows from it, one at a time, on an idle hop."""
    found: list[float] = []
    consumer = AIOKafkaConsumer(TARGET.name, bootstrap_servers=bootstrap, auto_offset_reset="latest")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0)
    await consumer.start()
    await producer.start()

    async def until() -> None:
        await _settled(consumer)
        for key, value, headers in records(count + 5, f"idle-{time.monotonic_ns()}"):
            start = time.perf_counter()
            await producer.send(SOURCE.name, value, key, headers=list(headers))
            await consumer.getone()
            found.append(time.perf_counter() - start)
            await asyncio.sleep(0.02)

    await run(f"upc-idle-{time.monotonic_ns()}", until)
    await consumer.stop()
    await producer.stop()
    return found[5:]


async def _settled(consumer: AIOKafkaConsumer) -> None:
    """Reads what the hop still has to say of older records, until it is silent for two seconds."""
    started = False
    while True:
        batch = await consumer.getmany(timeout_ms=2000)
        if batch:
            started = True
        elif started:
            return


async def floor(bootstrap: str, mongodb_uri: str, count: int) -> float:
    """Seconds that no hop can save: one journalled MongoDB transaction and two Kafka round trips, one after another."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0)
    await producer.start()
    mongo: MongoClient[dict[str, int]] = MongoClient(mongodb_uri)
    collection = mongo["bench_floor"]["entries"]
    collection.insert_one({"_id": -1})
    taken = []
    for n in range(count):
        start = time.perf_counter()
        await producer.send_and_wait(TARGET.name, b"{}", b"floor")
        with mongo.start_session() as session, session.start_transaction():
            collection.insert_one({"_id": n}, session=session)
        await producer.send_and_wait(TARGET.name, b"{}", b"floor")
        taken.append(time.perf_counter() - start)
    await producer.stop()
    mongo.close()
    return median(taken)


def all_of(bootstrap: str, mongodb_uri: str) -> dict[str, Contestant]:
    """The contestants by name."""
    return {
        "aiokafka copy": partial(contestants.copy, bootstrap),
        "textbook": partial(contestants.textbook, bootstrap, mongodb_uri),
        "our hop": partial(contestants.hop, bootstrap, mongodb_uri),
    }
