"""The whole path, from a request on Kafka to the block list that estates read: intake, routing and blocking as processes.

The bench is the police and the prison: it asks, and authorises what is routed at once.
"""

import asyncio
import json
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.contact_check import over_http
from bench.fleet import Fleet
from bench.nation import decision, prisoner, request
from bench.report import percentile
from bench.turns import Place, client, sender
from bench.work import prisoner_number
from deploy.local.keycloak import Identity
from shared.runtime.clock import WallClock

SERVICES = ("intake", "routing", "blocking")
Sent = dict[str, float]


class Path:
    """The bench's own clients, and when each prisoner's request was sent and their list seen."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer, self._consumer = producer, consumer
        self.sent: Sent = {}
        self.seen: Sent = {}
        self._next = 0

    async def register(self, count: int) -> None:
        """Puts prisoners into the register."""
        for n in range(count):
            await self._send(*prisoner(n, WallClock().now()))

    async def ask(self) -> None:
        """One request, about the next prisoner."""
        n, self._next = self._next, self._next + 1
        self.sent[prisoner_number(n)] = time.perf_counter()
        await self._send(*request(n, n))

    async def be_the_prison(self) -> None:
        """Authorises what is routed, and notes when lists come; until cancelled."""
        async for record in self._consumer:
            kind = dict(record.headers).get("ce_type")
            if kind == b"upc.contact-request.routed":
                await self._send(*decision(json.loads(record.value), WallClock().now()))
            elif kind == b"upc.block-list.changed":
                self.seen.setdefault(record.key.decode(), time.perf_counter())

    async def all_seen(self, within: float) -> None:
        """Waits until every list is there. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while len(self.seen) < len(self.sent):
                await asyncio.sleep(0.01)

    def take(self) -> list[float]:
        """Seconds from request to list since the last time this was asked."""
        delays = [self.seen[number] - sent for number, sent in self.sent.items()]
        self.sent, self.seen = {}, {}
        return delays

    async def _send(self, topic: str, key: str, data: dict[str, Any]) -> None:
        headers = [("ce_id", f"{topic}/{key}/{time.monotonic_ns()}".encode()), ("ce_source", b"urn:bench")]
        await self._producer.send(topic, json.dumps(data).encode(), key.encode(), headers=headers)


async def measure(
    place: Place, identity: Identity, single: int, rate: int, seconds: int, burst: int
) -> dict[str, float]:
    """Idle, one at a time; a steady rate; a burst; then the contact check over HTTP, with the lists that came of it."""
    fleet = Fleet(place, SERVICES, {}, identity)
    async with (
        fleet.running(),
        sender(place) as producer,
        client(place, auto_offset_reset="latest") as consumer,
    ):
        consumer.subscribe(["upc.contact-requests.v1", "upc.block-lists.v1"])
        await consumer.getmany(timeout_ms=500)
        path = Path(producer, consumer)
        being = asyncio.create_task(path.be_the_prison())
        await path.register(single + rate * seconds + burst)
        await asyncio.sleep(5)
        figures = {"path_idle_p50_ms": percentile(await _single(path, single), 50) * 1000}
        steady = await _steady(path, rate, seconds)
        figures |= {
            "path_rate_per_s": rate,
            "path_p50_ms": percentile(steady, 50) * 1000,
            "path_p99_ms": percentile(steady, 99) * 1000,
        }
        start = time.perf_counter()
        for _ in range(burst):
            await path.ask()
        await path.all_seen(120)
        figures["path_burst_per_s"] = burst / (time.perf_counter() - start)
        being.cancel()
        numbers = [prisoner_number(n) for n in range(single, single + 200)]
        figures |= await asyncio.to_thread(over_http, fleet, numbers, max(single * 10, 50))
        return figures


async def _single(path: Path, count: int) -> list[float]:
    for _ in range(count):
        await path.ask()
        await path.all_seen(60)
    return path.take()


async def _steady(path: Path, rate: int, seconds: int) -> list[float]:
    start = time.perf_counter()
    for n in range(rate * seconds):
        await asyncio.sleep(max(0.0, start + n / rate - time.perf_counter()))
        await path.ask()
    await path.all_seen(60)
    return path.take()
