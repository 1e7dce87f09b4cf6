"""The whole path, from a request on Kafka to the block list that estates read: intake, routing and blocking as processes.

The bench is the police and the prison: it asks, and authorises what is routed at once.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.contact_check import over_http
from bench.report import percentile
from bench.turns import LOG, Place, client, sender
from bench.work import prisoner_number
from deploy.local import free_port
from deploy.local.process import Child
from shared.runtime.clock import WallClock

SERVICES = ("intake", "routing", "blocking")
Sent = dict[str, float]


@asynccontextmanager
async def services(place: Place) -> AsyncIterator[dict[str, str]]:
    """The three services at work; their base URLs."""
    ports = {f"{name.upper()}_PORT": str(free_port()) for name in SERVICES}
    env = (
        os.environ
        | ports
        | {"KAFKA_BOOTSTRAP_SERVERS": place.kafka, "MONGODB_URI": place.mongodb, "MONGODB_PREFIX": "path"}
    )
    urls = {name: f"http://127.0.0.1:{ports[f'{name.upper()}_PORT']}" for name in SERVICES}
    children = [Child(n, [sys.executable, "-m", f"services.{n}"], LOG / f"{n}.log", env) for n in SERVICES]
    for child in children:
        child.start()
    try:
        for child in children:
            url = f"{urls[child.name]}/readyz"
            await asyncio.to_thread(child.wait_until, lambda url=url: _ready(url), 60)  # type: ignore[misc]
        yield urls
    finally:
        for child in children:
            child.stop()


def _ready(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


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
            await self._send("upc.inbound.prisoners.v1", prisoner_number(n), _prisoner(n))

    async def ask(self) -> None:
        """One request, about the next prisoner."""
        n, self._next = self._next, self._next + 1
        self.sent[prisoner_number(n)] = time.perf_counter()
        await self._send("upc.inbound.contact-requests.v1", prisoner_number(n), _request(n))

    async def be_the_prison(self) -> None:
        """Authorises what is routed, and notes when lists come; until cancelled."""
        async for record in self._consumer:
            kind = dict(record.headers).get("ce_type")
            if kind == b"upc.contact-request.routed":
                await self._decide(json.loads(record.value))
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

    async def _decide(self, routed: dict[str, Any]) -> None:
        number = routed["prisoner_number"]
        decision = {"decision_id": f"d-{routed['request_id']}", "outcome": "authorise", "decided_at": _now()}
        about = {name: routed[name] for name in ("request_id", "prisoner_number", "prison_id")}
        await self._send("upc.inbound.prison-decisions.v1", number, decision | about)

    async def _send(self, topic: str, key: str, data: dict[str, Any]) -> None:
        headers = [("ce_id", f"{topic}/{key}/{time.monotonic_ns()}".encode()), ("ce_source", b"urn:bench")]
        await self._producer.send(topic, json.dumps(data).encode(), key.encode(), headers=headers)


async def measure(place: Place, single: int, rate: int, seconds: int, burst: int) -> dict[str, float]:
    """Idle, one at a time; a steady rate; a burst; then the contact check over HTTP, with the lists that came of it."""
    async with (
        services(place) as urls,
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
        figures |= await asyncio.to_thread(over_http, urls["blocking"], numbers, max(single * 10, 50))
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


def _now() -> str:
    return WallClock().now().astimezone(UTC).isoformat()


def _prisoner(n: int) -> dict[str, Any]:
    return {
        "prisoner_number": prisoner_number(n),
        "first_name": "John",
        "last_name": f"Example {n}",
        "date_of_birth": "1990-01-31",
        "prison_id": "LEI",
        "status": "in_custody",
        "as_of": _now(),
    }


def _request(n: int) -> dict[str, Any]:
    return {
        "external_id": f"bench-{n}",
        "requester": {
            "name": "PC Alex Example",
            "role": "police",
            "organisation": "Police",
            "email": "alex@police.example",
        },
        "consent": "self",
        "prisoner": {"name": f"John Example {n}", "number": prisoner_number(n)},
        "protected_people": [{"name": f"Jane Example {n}", "phones": [f"07700 9{n % 100_000:05}"]}],
    }
