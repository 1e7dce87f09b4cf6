"""Throughput and idle delay of one hop: a plain copy, the textbook handler and ours, on the same records in one run."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import MongoClient

from bench.work import SOURCE, TARGET, records
from deploy.local.process import Child
from shared.events.topics import PARTITIONS

PAUSE = 0.01
"""Seconds between one record and the next, so that the hop is idle."""
LOG = Path("build/bench/logs")


@dataclass(frozen=True)
class Place:
    """The Kafka and MongoDB that everybody works with."""

    kafka: str
    mongodb: str


@contextmanager
def working(place: Place, name: str) -> Iterator[Child]:
    """A contestant at work, in a group of its own: it reads the source topic from its beginning."""
    group = f"upc-{name}-{time.monotonic_ns()}"
    argv = [sys.executable, "-m", "bench.contestants", name, place.kafka, place.mongodb, group]
    child = Child(name, argv, LOG / f"{name}.log")
    child.start()
    try:
        yield child
    finally:
        child.stop()


@asynccontextmanager
async def client(place: Place, **settings: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=place.kafka, **settings)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def sender(place: Place, linger_ms: int = 0) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that waits for every acknowledgement."""
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka, linger_ms=linger_ms)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def load(place: Place, count: int) -> None:
    """Puts the records that every contestant reads onto the source topic."""
    async with sender(place, linger_ms=5) as producer:
        sent = [
            await producer.send(SOURCE.name, value, key, headers=list(headers))
            for key, value, headers in records(count, "bench")
        ]
        await asyncio.gather(*sent)


async def rate(place: Place, name: str, count: int, longest: float) -> float:
    """Messages a second that a contestant writes, from its first on until it wrote `count` or `longest` seconds went by."""
    places = [TopicPartition(TARGET.name, partition) for partition in range(PARTITIONS)]
    async with client(place) as watcher:

        async def written() -> int:
            return sum((await watcher.end_offsets(places)).values())

        before = await written()
        with working(place, name) as child:
            while (first := await written() - before) == 0:
                assert child.running, f"{name} stopped: see {child.log}"
                await asyncio.sleep(0.005)
            start = time.perf_counter()
            while (done := await written() - before) < count and time.perf_counter() - start < longest:
                await asyncio.sleep(0.02)
            return (done - first) / (time.perf_counter() - start)


async def idle(place: Place, count: int) -> list[float]:
    """Seconds from sending a record to receiving what follows from it, one at a time, through an idle hop of ours."""
    async with client(place, auto_offset_reset="latest") as consumer, sender(place) as producer:
        consumer.subscribe([TARGET.name])
        with working(place, "hop"):
            await _until_silent(consumer)
            return [
                await _round_trip(producer, consumer, SOURCE.name, record)
                for record in records(count, f"idle-{time.monotonic_ns()}")
            ]


async def floor(place: Place, count: int) -> list[float]:
    """The same trips with nothing of ours between: to Kafka and on, one find, one journalled transaction, to Kafka and on."""
    mongo: MongoClient[dict[str, Any]] = MongoClient(place.mongodb)
    collection = mongo["bench_floor"]["entries"]
    collection.insert_one({"_id": "state", "count": 0})
    async with client(place) as consumer, sender(place) as producer:
        consumer.subscribe([TARGET.name])
        await consumer.getmany(timeout_ms=1000)
        found = []
        for record in records(count, "floor"):
            start = time.perf_counter()
            await _round_trip(producer, consumer, TARGET.name, record)
            _transaction(mongo, collection)
            await _round_trip(producer, consumer, TARGET.name, record)
            found.append(time.perf_counter() - start - 2 * PAUSE)
    mongo.close()
    return found


def _transaction(mongo: MongoClient[dict[str, Any]], collection: Any) -> None:
    collection.find_one({"_id": "state"})
    with mongo.start_session() as session, session.start_transaction():
        collection.insert_one({}, session=session)
        collection.update_one({"_id": "state"}, {"$inc": {"count": 1}}, session=session)


async def _round_trip(producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, topic: str, record: Any) -> float:
    key, value, headers = record
    start = time.perf_counter()
    await producer.send(topic, value, key, headers=list(headers))
    await consumer.getone()
    taken = time.perf_counter() - start
    await asyncio.sleep(PAUSE)
    return taken


async def _until_silent(consumer: AIOKafkaConsumer) -> None:
    """Reads what the hop still has to say of older records."""
    started = False
    while True:
        batch = await consumer.getmany(timeout_ms=3000)
        if started and not batch:
            return
        started = started or bool(batch)


async def measure(place: Place, count: int, rounds: int, longest: float, single: int) -> dict[str, float]:
    """The figures of a hop; contestants take turns, and medians count."""
    await load(place, count)
    rates: dict[str, list[float]] = {"copy": [], "hop": [], "textbook": []}
    for turn in range(rounds):
        for name in ("copy", "hop", "textbook") if turn == 0 else ("copy", "hop"):
            rates[name].append(await rate(place, name, count, longest))
    delays, floors = await idle(place, single), await floor(place, single)
    return {
        **{f"{name}_per_s": median(found) for name, found in rates.items()},
        "hop_vs_copy": median(hop / copy for hop, copy in zip(rates["hop"], rates["copy"], strict=True)),
        "hop_vs_textbook": median(rates["hop"]) / median(rates["textbook"]),
        "hop_idle_p50_ms": median(delays) * 1000,
        "hop_idle_floor_ms": median(floors) * 1000,
        "hop_idle_vs_floor": median(delays) / median(floors),
    }
