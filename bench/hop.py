"""Throughput and idle delay of one hop: a plain copy, the textbook handler and ours, on the same records in one run."""

import asyncio
import time
from collections import defaultdict
from statistics import median
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import MongoClient

from bench.turns import Place, client, load, rate, sender, working
from bench.work import SOURCE, TARGET, records

PAUSE = 0.01
"""Seconds between one record and the next, so that the hop is idle."""
ROUNDS = ("copy", "hop", "hops", "plain", "silent", "streams", "quix")
"""Those who take part in every round; the textbook takes part in one, it is far away."""


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
    rates: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds):
        for name in (*ROUNDS, "textbook") if turn == 0 else ROUNDS:
            rates[name].append(await rate(place, name, count, longest))
    delays, floors = await idle(place, single), await floor(place, single)
    return {
        **{f"{name}_per_s": median(found) for name, found in rates.items()},
        **{f"hop_vs_{name}": _ratio(rates["hop"], rates[name]) for name in ("copy", "streams", "quix")},
        "hops_vs_copy": _ratio(rates["hops"], rates["copy"]),
        "hop_sealed_vs_plain": _ratio(rates["hop"], rates["plain"]),
        "hop_audited_vs_silent": _ratio(rates["hop"], rates["silent"]),
        "hop_vs_textbook": median(rates["hop"]) / median(rates["textbook"]),
        "hop_idle_p50_ms": median(delays) * 1000,
        "hop_idle_floor_ms": median(floors) * 1000,
        "hop_idle_vs_floor": median(delays) / median(floors),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median over the rounds of what stood side by side."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))
