"""Dead letters: those that nobody has dealt with yet, and what is known of each without looking into it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord

from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Record
from shared.events.operations import OperationDone
from shared.events.principals import SERVICES
from shared.events.topics import OPERATIONS, dead_letters
from upc.kafka import Kafka


@dataclass(frozen=True)
class Letter:
    """One dead letter, by its `name`: `SERVICE/PARTITION/OFFSET`. `came_from` is where the service read it."""

    service: str
    at: datetime
    record: Record

    @property
    def name(self) -> str:
        return f"{self.service}/{self.record.partition}/{self.record.offset}"

    @property
    def came_from(self) -> str:
        return self._said("dead-letter-from")

    @property
    def topic(self) -> str:
        return self.came_from.rsplit("/", 2)[0]

    @property
    def reason(self) -> str:
        return self._said("dead-letter-reason")

    @property
    def type(self) -> str:
        """What it should be. A sender's own word for it is not shown: it could be anything."""
        model = CATALOGUE.model_of(self.record._replace(topic=self.topic))
        return model.TYPE if model else ""

    def row(self) -> dict[str, Any]:
        """What is known without looking into it."""
        known = {"letter": self.name, "at": self.at.isoformat(), "type": self.type, "came_from": self.came_from}
        return known | {"reason": self.reason, "bytes": self.record.size}

    def _said(self, name: str) -> str:
        """What the service wrote: the last of that name, since others may have sent the same."""
        return (dict(self.record.headers).get(name) or b"").decode(errors="replace")


async def waiting(kafka: Kafka, services: Iterable[str] = SERVICES) -> list[Letter]:
    """Those that were neither replayed nor discarded, the oldest first; what was read twice is one."""
    topics = {dead_letters(service).name: service for service in services}
    found = await kafka.records(*topics, OPERATIONS.name)
    settled = set(_settled(raw for raw in found if raw.topic == OPERATIONS.name))
    letters = [_letter(topics[raw.topic], raw) for raw in found if raw.topic in topics]
    once = {(letter.service, letter.came_from): letter for letter in letters if letter.name not in settled}
    gone = {(letter.service, letter.came_from) for letter in letters if letter.name in settled}
    return sorted((letter for key, letter in once.items() if key not in gone), key=lambda letter: letter.at)


@dataclass(frozen=True)
class Filter:
    """Which letters are meant: those that fit all that is said."""

    names: Sequence[str] = ()
    topic: str | None = None
    reason: str | None = None

    @property
    def says_nothing(self) -> bool:
        return not (self.names or self.topic or self.reason)

    def fits(self, letter: Letter) -> bool:
        named = not self.names or letter.name in self.names
        there = not self.topic or letter.topic == self.topic
        return named and there and (self.reason or "").casefold() in letter.reason.casefold()


def _letter(service: str, raw: ConsumerRecord) -> Letter:
    record = Record(raw.topic, raw.key, raw.value, tuple(raw.headers), raw.partition, raw.offset)
    return Letter(service, datetime.fromtimestamp(raw.timestamp / 1000, UTC), record)


def _settled(operations: Iterable[ConsumerRecord]) -> Iterable[str]:
    for raw in operations:
        try:
            done = OperationDone.model_validate_json(raw.value or b"")
        except ValueError:
            continue
        if done.did.settles:
            yield done.subject
