"""How a service is, looked at when somebody asks for its metrics: what it depends on, what waits in it, how far it is behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from aiokafka.errors import KafkaError
from pymongo import ASCENDING
from pymongo.database import Database as Documents

from shared.runtime import metrics
from shared.runtime.clock import Clock
from shared.runtime.documents import come
from shared.runtime.mongo import Conflict, Database, Document, Unavailable
from shared.runtime.platform import Reading
from shared.runtime.saving import JOURNAL, PARKED, UNSENT
from shared.runtime.work import State

LONGEST = 5.0
"""Seconds that one look may take: less than a scrape. What could not be seen by then stays as it was seen last."""
MOST_COUNTED = 100_000

Look = Callable[[], Awaitable[object]]


class Backlog(NamedTuple):
    """What waits in a service's database: since when, or how many."""

    unpublished_since: datetime | None
    timers: int
    timers_since: datetime | None
    parked: int


class Vitals:
    """One service's. `now` is the domain's time, for its timers; the outbox is in the machine's."""

    def __init__(
        self, service: str, database: Database, kinds: Iterable[type[State]], now: Clock, machine_clock: Clock
    ) -> None:
        self._service, self._database, self._clock, self._machine_clock = service, database, now, machine_clock
        self._timed = [kind.COLLECTION for kind in kinds if kind.due is not State.due]
        for counter in (metrics.RECORDS, metrics.DEAD_LETTERS, metrics.CONFLICTS, metrics.WAITS):
            counter.labels(service)  # from 0: of what begins with 1 nobody sees that it grew

    async def backlog(self) -> None:
        """What waits in MongoDB. Raises Unavailable."""
        now = self._clock.now()
        found: Backlog = await self._database.run(lambda db: _backlog(db, self._timed, now))
        metrics.OUTBOX_SECONDS.labels(self._service).set(_age(found.unpublished_since, self._machine_clock.now()))
        metrics.TIMERS_OVERDUE.labels(self._service).set(found.timers)
        metrics.TIMERS_SECONDS.labels(self._service).set(_age(found.timers_since, now))
        metrics.PARKED.labels(self._service).set(found.parked)

    async def lag(self, reading: Reading) -> None:
        """What waits on Kafka. Raises KafkaError."""
        behind, seconds = await reading.lag()
        for topic, records in behind.items():
            metrics.LAG_RECORDS.labels(self._service, topic).set(records)
        metrics.LAG_SECONDS.labels(self._service).set(seconds)


class Looks:
    """All that is looked at, once at a time: whoever asks meanwhile gets what that look sees."""

    def __init__(self, *looks: Look) -> None:
        self._looks = [*looks]
        self._looking: asyncio.Task[None] | None = None

    def add(self, look: Look) -> None:
        self._looks.append(look)

    async def look(self) -> None:
        """Brings the gauges up to date; one that can't see spoils no other."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._all())
        await asyncio.shield(self._looking)

    async def _all(self) -> None:
        await asyncio.gather(*(_if_it_can(each) for each in self._looks))


async def _if_it_can(look: Look) -> None:
    with suppress(Conflict, Unavailable, KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(LONGEST):
            await look()


def _backlog(db: Documents[Document], timed: Sequence[str], now: datetime) -> Backlog:
    overdue = come(now)
    first = [row["due"] for name in timed for row in db[name].find(overdue, {"due": 1}).sort("due", ASCENDING).limit(1)]
    unsent = [row["_id"] for row in db[JOURNAL].find(UNSENT, {"_id": 1}).sort("_id", ASCENDING).limit(1)]
    return Backlog(
        min((_saved_at(entry) for entry in unsent), default=None),
        sum(db[name].count_documents(overdue, limit=MOST_COUNTED) for name in timed),
        min(first, default=None),
        db[PARKED].count_documents({}, limit=MOST_COUNTED),
    )


def _saved_at(entry: str) -> datetime:
    """A journal entry's name begins with the milliseconds at which it was saved."""
    return datetime.fromtimestamp(int(entry.partition("-")[0], 16) / 1000, tz=UTC)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
