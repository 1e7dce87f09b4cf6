"""What anybody can see from outside: every record on the topics, every mail, every line of the clients' ledgers."""

import asyncio
import email
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import policy
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from demo.clients.clock import Clock
from demo.clients.ledger import follow

LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Seen:
    """A record; `data` is empty where the value is no JSON object. `real_ms` is when it was written."""

    topic: str
    type: str
    identity: tuple[str, str]
    value: bytes
    real_ms: int
    headers: Mapping[str, str]
    data: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """An e-mail that the mail sink took."""

    to: str
    message_id: str
    text: str


class Observer:
    """Follows everything from the beginning. `last_news` is when something last came (unix seconds).

    `kafka` is what aiokafka's clients take, with a login that may read everything.
    """

    def __init__(self, kafka: Mapping[str, Any], ledgers: Mapping[str, Path], mails: Path, clock: Clock) -> None:
        self.clock, self.last_news = clock, clock.real()
        self.records: dict[str, list[Seen]] = defaultdict(list)
        self.dead: list[Seen] = []
        self.copies = 0
        self.ledgers: dict[str, list[dict[str, Any]]] = {name: [] for name in ledgers}
        self.mails: list[Mail] = []
        self._kafka, self._files, self._folder = kafka, ledgers, mails
        self._news = asyncio.Condition()
        self._identities: set[tuple[str, str, str]] = set()

    def follow(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Follows beside everything else, until the tasks are cancelled."""
        ledgers = [self._ledger(name, file) for name, file in self._files.items()]
        return [tasks.create_task(each) for each in (self._topics(), self._mails(), *ledgers)]

    def events(self, event_type: str, **fields: Any) -> list[Seen]:
        """The events of a type whose data has these fields; the same source and id again is not another one."""
        return [seen for seen in self.records[event_type] if all(seen.data.get(k) == v for k, v in fields.items())]

    def entries(self, **fields: Any) -> list[dict[str, Any]]:
        """The entries of all ledgers that have these fields."""
        every = (entry for entries in self.ledgers.values() for entry in entries)
        return [entry for entry in every if all(entry.get(k) == v for k, v in fields.items())]

    async def when(self, holds: Callable[[], Any], within: float) -> Any:
        """What `holds` returns as soon as that is something. Raises TimeoutError after `within` real seconds."""
        async with asyncio.timeout(within), self._news:
            while not (found := holds()):
                await self._news.wait()
        return found

    def quiet_for(self, seconds: float) -> bool:
        return self.clock.real() - self.last_news > seconds

    async def caught_up(self, group: str, topic: str) -> bool:
        """Whether a consumer group has read a topic to its end, as Kafka itself says."""
        admin = AIOKafkaAdminClient(**self._kafka)
        await admin.start()
        try:
            read = await admin.list_consumer_group_offsets(group)
        finally:
            await admin.close()
        places = [TopicPartition(topic, number) for number in self._consumer.partitions_for_topic(topic)]
        ends = await self._consumer.end_offsets(places)
        return all(place in read and read[place].offset >= end for place, end in ends.items() if end)

    async def _tell(self) -> None:
        self.last_news = self.clock.real()
        async with self._news:
            self._news.notify_all()

    async def _topics(self) -> None:
        consumer = self._consumer = AIOKafkaConsumer(
            **self._kafka, auto_offset_reset="earliest", metadata_max_age_ms=5000
        )
        consumer.subscribe(pattern=r"^upc\.(?!inbound\.|audit-anchors\.).*|^upc\.inbound\.replies\..*")
        await consumer.start()
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=500)
                for raw in (raw for batch in batches.values() for raw in batch):
                    self._take(raw)
                if batches:
                    await self._tell()
        finally:
            await consumer.stop()

    def _take(self, raw: Any) -> None:
        seen = as_seen(raw)
        identity = (seen.topic, *seen.identity)
        if "dead-letters" in seen.topic:
            self.dead.append(seen)
        elif identity in self._identities:
            self.copies += 1
        else:
            self._identities.add(identity)
            self.records[seen.type].append(seen)

    async def _ledger(self, name: str, file: Path) -> None:
        async for entry in follow(file):
            self.ledgers[name].append(entry)
            await self._tell()

    async def _mails(self) -> None:
        known: set[Path] = set()
        while True:
            written = {file for file in self._folder.glob("*.eml") if file.stat().st_size}
            for file in sorted(written - known):
                self.mails.append(as_mail(file.read_bytes()))
                await self._tell()
            known |= written
            await asyncio.sleep(LOOK_EVERY)


def as_seen(raw: Any) -> Seen:
    """A consumed record as it was seen."""
    headers = {name: value.decode(errors="replace") for name, value in raw.headers}
    try:
        data = json.loads(raw.value or b"{}")
    except (ValueError, RecursionError):
        data = {}
    return Seen(
        topic=raw.topic,
        type=headers.get("ce_type", ""),
        identity=(headers.get("ce_source", ""), headers.get("ce_id", "")),
        value=raw.value or b"",
        real_ms=raw.timestamp,
        headers=headers,
        data=data if isinstance(data, dict) else {},
    )


def as_mail(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=policy.default)
    body = message.get_body()
    return Mail(str(message["To"]), str(message["Message-ID"]), body.get_content() if body else "")
