"""A prison estate's system, as small as it can be: it keeps the lists of blocks that its prisons have to enforce in a file.

    python estate.py LISTS.db

What is in the file is in force: PIN phones, mail rooms and video calls go by it. One transaction changes lists, how far the
topic was read, and what is to be acknowledged, so that this may be killed at any moment: started again, it goes on from there.
Without the file it reads the whole topic again. It needs aiokafka, and nothing of the platform's: copy it, and change it
(docs/connect.md). Run it under something that starts it again when it ends, once for each file.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
import ssl
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

KAFKA = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
ACCOUNTS = Path(os.environ.get("CLIENTS_FILE", "build/clients.json"))
ME = os.environ.get("CLIENT", "estate")
PRISONS = frozenset(os.environ.get("PRISONS", "").split())
"""The ids of our prisons: `LEI MDI`. Where nothing is said, all of them."""
LISTS, ACKNOWLEDGEMENTS = "upc.block-lists.v1", "upc.inbound.block-acknowledgements.v1"
SOURCE = f"urn:example:{ME}"
SCHEMA = """
create table if not exists lists (prisoner_number text primary key, version integer not null, list text);
create table if not exists places (number integer primary key, next integer not null);
create table if not exists unsaid (prisoner_number text primary key, acknowledgement text not null);
"""


class Lists:
    """The file. A list of another estate's prisons is null: of it we keep the version alone.

    `pragma user_version` is 1 once all that was on the topic when a new file was begun is in it: nobody goes by it before.
    """

    def __init__(self, file: str) -> None:
        self._db = sqlite3.connect(file)
        self._db.executescript(f"pragma synchronous = full; {SCHEMA}")

    def place(self, partition: int) -> int:
        """The offset to read on from."""
        row = self._db.execute("select next from places where number = ?", (partition,)).fetchone()
        return int(row[0]) if row else 0

    def take(self, records: Iterable[ConsumerRecord]) -> None:
        """All of the records, with how far they go, or none."""
        with self._db:
            for record in records:
                try:
                    self._take(record)
                except (ValueError, KeyError, TypeError, AttributeError):
                    # The list before it stays in force, and nobody acknowledges this one, which the platform will raise.
                    place = f"{record.topic}/{record.partition}/{record.offset}"
                    print(f"can't be read, and somebody has to look: {place}", file=sys.stderr, flush=True)
                self._db.execute("insert or replace into places values (?, ?)", (record.partition, record.offset + 1))

    def _take(self, record: ConsumerRecord) -> None:
        number = record.key.decode()
        if record.value is None:  # the list was empty for years and is let go; a later one goes on from its version
            self._db.execute("update lists set list = null where prisoner_number = ?", (number,))
            return
        new = json.loads(record.value)
        version, enforces = int(new["version"]), str(new["prison_id"])
        if version < self._version(number):
            return  # old: it came late, or a second time
        held = ours(enforces, *new.get("also_held_by", ()))
        row = (number, version, json.dumps(new) if held else None)
        self._db.execute("insert or replace into lists values (?, ?, ?)", row)
        self._db.execute("delete from unsaid where prisoner_number = ?", (number,))
        if ours(enforces):
            self._db.execute("insert into unsaid values (?, ?)", (number, acknowledgement(number, enforces, version)))

    def _version(self, number: str) -> int:
        row = self._db.execute("select version from lists where prisoner_number = ?", (number,)).fetchone()
        return int(row[0]) if row else 0

    def whole(self) -> bool:
        """Whether it may be gone by."""
        return bool(self._db.execute("pragma user_version").fetchone()[0])

    def is_whole(self) -> None:
        """From now on it may be."""
        self._db.execute("pragma user_version = 1")

    def unsaid(self) -> list[tuple[str, str]]:
        """What is in force and not acknowledged, by prisoner number."""
        return self._db.execute("select prisoner_number, acknowledgement from unsaid").fetchall()

    def said(self, acknowledgements: Iterable[tuple[str, str]]) -> None:
        """Kafka has them."""
        with self._db:
            self._db.executemany(
                "delete from unsaid where (prisoner_number, acknowledgement) = (?, ?)", acknowledgements
            )


def ours(*prisons: str) -> bool:
    """Whether any of these is one of our prisons."""
    return not PRISONS or not PRISONS.isdisjoint(prisons)


def acknowledgement(number: str, prison: str, version: int) -> str:
    """Made once, and sent in the same words as often as needed."""
    now = datetime.now(UTC).isoformat()
    said = {"prisoner_number": number, "prison_id": prison, "version": version, "outcome": "implemented", "at": now}
    return json.dumps(said | {"reason": None})


async def follow(lists: Lists) -> None:
    """Puts in force what comes, and says so, for ever. Ends where Kafka takes nothing any more."""
    consumer = AIOKafkaConsumer(LISTS, **kafka(), auto_offset_reset="earliest")
    async with consumer, AIOKafkaProducer(**kafka(), enable_idempotence=True) as producer:
        places = consumer.assignment()  # without a group, all of them
        for place in places:
            consumer.seek(place, lists.place(place.partition))
        ends = await consumer.end_offsets(places)
        while True:
            await acknowledge(lists, producer)
            if not lists.whole() and await reached(consumer, ends):
                lists.is_whole()
                print("every list is in force", flush=True)
            batches = await consumer.getmany(timeout_ms=500, max_records=500)
            records = [record for batch in batches.values() for record in batch]
            if records:
                lists.take(records)
                print(f"read {len(records)}, {len(lists.unsaid())} to acknowledge", flush=True)


async def acknowledge(lists: Lists, producer: AIOKafkaProducer) -> None:
    """Tells of what is in force. What Kafka got just before we were killed it gets again, as the same event."""
    unsaid = lists.unsaid()
    sent = [
        await producer.send(ACKNOWLEDGEMENTS, said.encode(), number.encode(), headers=headers_of(said))
        for number, said in unsaid
    ]
    await asyncio.gather(*sent)
    lists.said(unsaid)


async def reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    """Whether everything before these ends was read."""
    return all([await consumer.position(place) >= end for place, end in ends.items()])


def headers_of(said: str) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 in Kafka's binary mode. Source and id name the event for ever: they follow from its words."""
    headers = {
        "ce_specversion": "1.0",
        "ce_source": SOURCE,
        "ce_id": hashlib.sha256(said.encode()).hexdigest(),
        "ce_type": "upc.inbound.block-acknowledgement",
        "ce_time": json.loads(said)["at"],
        "content-type": "application/json",
    }
    return [(header, value.encode()) for header, value in headers.items()]


def kafka() -> dict[str, Any]:
    """What aiokafka's clients take to come in as who we are."""
    login = json.loads(ACCOUNTS.read_text())["kafka"][ME]
    return {
        "bootstrap_servers": KAFKA,
        "security_protocol": login["security_protocol"],
        "ssl_context": ssl.create_default_context() if login["security_protocol"].endswith("SSL") else None,
        "sasl_mechanism": login["sasl_mechanism"],
        "sasl_plain_username": login["username"],
        "sasl_plain_password": login["password"],
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with suppress(KeyboardInterrupt):
        asyncio.run(follow(Lists(sys.argv[1])))
