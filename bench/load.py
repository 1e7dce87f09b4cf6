"""Steady load on HTTP beside a MongoDB that is fast, slow, or stopped: `python -m bench.load`, which is `make load`.

Requests are posted to intake and contacts asked of blocking at a rate that waits for no answer. What was refused is sent again
once MongoDB is well. Then the events on Kafka are compared with the answers.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from rich.console import Console

from bench import load_report
from bench.contact_check import block_list
from bench.fleet import Fleet
from bench.load_report import Reply, Row
from bench.nation import request
from bench.turns import Place, client, sender
from bench.work import prisoner_number
from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity, provided
from deploy.local.proxy import Mode, Proxy
from shared.events import topics as names
from shared.runtime import topics

LISTS = 200
API = "/api/v1/contact-requests"
PATIENCE = 60.0
SETTLED = 3.0
"""Seconds in which a MongoDB that is well again finishes what it was asked before."""
Ask = Callable[[int], Awaitable[Reply]]


@dataclass(frozen=True)
class Spell:
    """How MongoDB is: each chunk `delay` seconds late in each direction, or `stopped` for so many seconds."""

    name: str
    delay: float = 0.0
    stopped: float = 0.0


SPELLS = (
    Spell("fast"),
    Spell("+50 ms each way", 0.05),
    Spell("+500 ms each way", 0.5),
    Spell("stopped for 10 s", 0, 10),
)


@dataclass(frozen=True)
class Size:
    """Every spell at each of `rates` (a second, for posts and for checks), `seconds` long."""

    rates: Sequence[int] = (25, 100)
    seconds: int = 15
    spells: Sequence[Spell] = SPELLS


class Books:
    """What came of each request: the ids under which it was submitted, by the sender's own id."""

    def __init__(self) -> None:
        self.submitted: dict[str, set[str]] = defaultdict(set)

    async def read(self, consumer: AIOKafkaConsumer) -> None:
        """Until cancelled."""
        async for record in consumer:
            if dict(record.headers)["ce_type"] == b"upc.contact-request.submitted":
                said = load_report.parsed(record.value)
                self.submitted[said["request"]["external_id"]].add(said["request_id"])

    async def missing(self, accepted: set[str]) -> set[str]:
        """Those of `accepted` that do not come, however long one waits."""
        give_up = time.monotonic() + PATIENCE
        while missing := accepted - self.submitted.keys():
            if time.monotonic() > give_up:
                break
            await asyncio.sleep(0.1)
        return missing


class Callers:
    """Agencies and estates; requests are numbered through the whole run."""

    def __init__(self, intake: Sequence[httpx.AsyncClient], blocking: Sequence[httpx.AsyncClient]) -> None:
        self._intake, self._blocking = cycle(intake), cycle(blocking)
        self.asked = 0

    async def post(self, number: int) -> Reply:
        key, data = request(number, number)[1:]
        return await _timed(next(self._intake).post(API, json=data), key)

    async def check(self, number: int) -> Reply:
        """Every other one about somebody who is blocked."""
        place = number % LISTS
        phone = f"+4477009{place:05}" if number % 2 else "+441614960000"
        about = f"/api/v1/prisoners/{prisoner_number(place)}/contact-check"
        reply = await _timed(next(self._blocking).get(about, params={"phone": phone}), "")
        reply.right = reply.status != 200 or reply.data["allowed"] is (number % 2 == 0)
        return reply

    async def ready(self, number: int) -> Reply:
        return await _timed(next((self._intake, self._blocking)[number % 2]).get("/readyz"), "")

    async def again(self, numbers: Sequence[int]) -> None:
        """What was refused is sent until it is accepted."""
        left = iter(numbers)

        async def some() -> None:
            for number in left:
                while (await self.post(number)).status != 202:
                    await asyncio.sleep(0.5)

        await asyncio.gather(*(some() for _ in range(20)))


async def _timed(asking: Awaitable[httpx.Response], key: str) -> Reply:
    start = time.perf_counter()
    try:
        answer = await asking
    except httpx.TransportError:
        return Reply(key, time.perf_counter() - start)
    taken = time.perf_counter() - start
    return Reply(key, taken, answer.status_code, "retry-after" in answer.headers, load_report.parsed(answer.content))


async def steady(rate: float, seconds: float, ask: Ask, first: int = 0) -> list[Reply]:
    """Asks at a rate, however long answers take; the answers in order."""
    start, asked = time.perf_counter(), []
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, start + n / rate - time.perf_counter()))
        asked.append(asyncio.ensure_future(ask(first + n)))
    return await asyncio.gather(*asked)


@asynccontextmanager
async def weather(spell: Spell, proxy: Proxy, mongod: int) -> AsyncIterator[None]:
    """MongoDB as `spell` says, and well again after it."""

    async def stop() -> None:
        await asyncio.sleep(2)
        os.kill(mongod, signal.SIGSTOP)
        await asyncio.sleep(spell.stopped)
        os.kill(mongod, signal.SIGCONT)

    proxy.delay = spell.delay
    await proxy.set(Mode.DELAY if spell.delay else Mode.PASS)
    stopping = asyncio.create_task(stop()) if spell.stopped else None
    try:
        yield
        if stopping:
            await stopping
    finally:
        os.kill(mongod, signal.SIGCONT)
        await proxy.set(Mode.PASS)


async def play(spell: Spell, rate: int, seconds: int, callers: Callers, books: Books) -> Row:
    """One spell at one rate; MongoDB is made so by the caller."""
    first, callers.asked = callers.asked, callers.asked + rate * seconds
    posts, checks, ready = await asyncio.gather(
        steady(rate, seconds, callers.post, first),
        steady(rate, seconds, callers.check),
        steady(1, seconds, callers.ready),
    )
    return Row(spell.name, rate, posts, checks, ready, first)


async def reconcile(row: Row, callers: Callers, books: Books) -> None:
    """Counts what was lost, sends again what was refused, and counts what became two."""
    await asyncio.sleep(SETTLED)
    row.lost = len(await books.missing({post.key for post in row.posts if post.status == 202}))
    refused = [(row.first + n, post.key) for n, post in enumerate(row.posts) if post.status != 202]
    row.saved_unsaid = sum(key in books.submitted for _, key in refused)
    await callers.again([number for number, _ in refused])
    row.lost += len(await books.missing({key for _, key in refused}))
    row.twice = sum(len(books.submitted[post.key]) > 1 for post in row.posts)


@asynccontextmanager
async def clients(fleet: Fleet, service: str, caller: str) -> AsyncIterator[Sequence[httpx.AsyncClient]]:
    """Some clients for one service: a single one would spend its time on looking through its connections."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    base_url, auth = fleet.url(service), fleet.identity.as_(caller)
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=base_url, timeout=PATIENCE, limits=limits, verify=False, auth=auth)
            )
            for _ in range(20)
        ]


async def fill(place: Place, blocking: httpx.AsyncClient) -> None:
    """Block lists for the contact check to answer from."""
    async with sender(place) as producer:
        for n in range(LISTS):
            value = block_list(n).model_dump_json().encode()
            await producer.send_and_wait(names.BLOCK_LISTS.name, value, prisoner_number(n).encode())
    while (await blocking.get(f"/api/v1/prisoners/{prisoner_number(LISTS - 1)}/block-list")).status_code != 200:
        await asyncio.sleep(0.1)


async def measure(size: Size, folder: Path, say: Callable[[str], Any], identity: Identity) -> list[Row]:
    """All spells at all rates, on a Kafka and a MongoDB of its own."""
    with (
        KafkaServer(folder / "kafka", free_port()) as kafka,
        MongoServer(folder / "mongo", mongo := free_port()) as server,
    ):
        assert server.pid
        await topics.apply(kafka.bootstrap)
        port = free_port()
        place = Place(kafka.bootstrap, f"mongodb://127.0.0.1:{port}/?directConnection=true")
        fleet, books, rows = Fleet(place, ("intake", "blocking"), {}, identity), Books(), []
        async with (
            Proxy({port: mongo}) as proxy,
            fleet.running(),
            clients(fleet, "intake", "police") as intake,
            clients(fleet, "blocking", "estate") as blocking,
            client(place, auto_offset_reset="earliest") as consumer,
        ):
            consumer.subscribe([names.CONTACT_REQUESTS.name])
            reading, callers = asyncio.create_task(books.read(consumer)), Callers(intake, blocking)
            await fill(place, blocking[0])
            await steady(20, 3, callers.check)
            for spell in size.spells:
                for rate in size.rates:
                    say(f"MongoDB {spell.name}, {rate} a second ...")
                    async with weather(spell, proxy, server.pid):
                        rows.append(await play(spell, rate, size.seconds, callers, books))
                    await reconcile(rows[-1], callers, books)
            reading.cancel()
    return rows


def main(size: Size, identity: Identity | None = None) -> int:
    """Measures and prints; 1 where something was lost, came twice, or was answered otherwise than promised."""
    with tempfile.TemporaryDirectory() as temporary, provided(identity, Path(temporary)) as known:
        rows = asyncio.run(measure(size, Path(temporary), Console(stderr=True).print, known))
    print(load_report.tables(rows))
    broken = load_report.broken(rows)
    print(*broken, sep="\n", file=sys.stderr)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main(Size()))
