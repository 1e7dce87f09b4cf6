"""Contestants take turns at the same records, each a process of its own."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.work import SOURCE, TARGET, records
from deploy.local.process import ROOT, Child
from shared.events.topics import PARTITIONS

LOG = Path("build/bench/logs")
KEY = LOG.parent
"""Where the bench's own services have the key of what they store."""
STREAMS, QUIX = ROOT / "build/streams", ROOT / "build/quix"
PEERS: dict[str, list[str | Path]] = {
    "streams": [
        "java",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp",
        f"{STREAMS}/classes:{STREAMS}/libs/*",
        "bench.streams.Streams",
    ],
    "quix": [QUIX / "bin/python", ROOT / "bench/quix.py"],
}
"""Those that people would pick instead; `make bench` installs them."""
SIDE_BY_SIDE = {"hops": ["hop", "hop"]}
"""Contestants who are several instances of another, in one group."""
LOOKS = 0.25
"""Seconds between two looks at what is written: each look costs a millisecond that whoever is measured would have had."""
PLACES = [TopicPartition(TARGET.name, partition) for partition in range(PARTITIONS)]


@dataclass(frozen=True)
class Place:
    """The Kafka and MongoDB that everybody works with."""

    kafka: str
    mongodb: str


@contextmanager
def working(place: Place, name: str) -> Iterator[Sequence[Child]]:
    """A contestant at work, in a group of its own: it reads the source topic from its beginning."""
    group = f"upc-{name}-{time.monotonic_ns()}"
    folder = tempfile.mkdtemp()
    children = [
        Child(each, _command(place, each, group, folder), LOG / f"{name}-{number}.log")
        for number, each in enumerate(SIDE_BY_SIDE.get(name, [name]), 1)
    ]
    try:
        for child in children:
            child.start()
        yield children
    finally:
        for child in children:
            child.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _command(place: Place, name: str, group: str, folder: str) -> Sequence[str | Path]:
    if name in PEERS:
        return [*PEERS[name], place.kafka, group, folder]
    return [sys.executable, "-m", "bench.contestants", name, place.kafka, place.mongodb, group]


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
    """Messages a second that a contestant writes, as a reader of committed records sees them.

    Everybody is warm by then: the clock runs from a quarter of `count` (or of `longest` seconds) on, until `count` are
    written or `longest` seconds went by.
    """
    async with client(place, isolation_level="read_committed") as watcher:

        async def written() -> int:
            return int(sum((await watcher.end_offsets(PLACES)).values())) - before

        before = 0
        before = await written()
        with working(place, name) as children:
            while await written() == 0:
                for child in children:
                    assert child.running, f"{name} stopped: see {child.log}"
                await asyncio.sleep(0.005)
            begun = time.perf_counter()
            while (first := await written()) < count / 4 and time.perf_counter() - begun < longest / 4:
                await asyncio.sleep(0.005)
            start = time.perf_counter()
            while (done := await written()) < count and time.perf_counter() - begun < longest:
                await asyncio.sleep(LOOKS)
            return (done - first) / (time.perf_counter() - start)
