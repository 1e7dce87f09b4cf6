"""Those who do the same work on the same records: a copy, the textbook handler, a hop of ours, that without seals, without log.

Each runs as a process of its own, as it would in life: `python -m bench.contestants NAME KAFKA MONGODB GROUP`.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import DuplicateKeyError

from bench.plain import PlainPlatform, recording_nothing
from bench.turns import KEY
from bench.work import SOURCE, TARGET, Tally, changed, decide
from deploy.local.kms import local_kms
from shared.events.inbound import SocialContactChanged
from shared.runtime.platform import KafkaAndMongo
from shared.runtime.service import Service, spare_the_collector
from shared.runtime.settings import Settings

Until = Callable[[], Awaitable[None]]


async def copy(bootstrap: str, group: str, until: Until) -> None:
    """aiokafka alone: read a batch, write each record, await every acknowledgement, commit. The limit for anybody here."""
    consumer = AIOKafkaConsumer(
        SOURCE.name,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=0)
    await consumer.start()
    await producer.start()

    async def forever() -> None:
        while True:
            batch = await consumer.getmany(timeout_ms=500, max_records=2000)
            sent = [
                await producer.send(TARGET.name, record.value, record.key, headers=list(record.headers))
                for records in batch.values()
                for record in records
            ]
            await asyncio.gather(*sent)
            if sent:
                await consumer.commit()

    working = asyncio.create_task(forever())
    await until()
    working.cancel()
    await consumer.stop()
    await producer.stop()


async def textbook(bootstrap: str, mongodb_uri: str, group: str, until: Until) -> None:
    """faststream and motor as their pages show them: one message, one transaction with inbox and outbox, publish, mark."""
    broker = KafkaBroker(bootstrap, ack_policy=AckPolicy.MANUAL, logger=None)
    mongo: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongodb_uri)
    db = mongo["bench_textbook"]

    async def handle(event: SocialContactChanged, message: KafkaMessage) -> None:
        number, event_id = event.prisoner_number, message.headers["ce_id"]
        try:
            async with await mongo.start_session() as session, session.start_transaction():
                await db.inbox.insert_one({"_id": event_id}, session=session)
                tally = await db.tallies.find_one({"_id": number}, session=session)
                count, decided = decide(tally["count"] if tally else 0, number, event)
                update = {"$set": {"count": count}}
                await db.tallies.update_one({"_id": number}, update, upsert=True, session=session)
                await db.outbox.insert_one({"_id": event_id, "value": decided.model_dump_json()}, session=session)
        except DuplicateKeyError:
            return await message.ack()
        await broker.publish(decided, TARGET.name, key=number.encode())
        await db.outbox.delete_one({"_id": event_id})
        await message.ack()

    broker.subscriber(SOURCE.name, group_id=group, auto_offset_reset="earliest")(handle)
    await broker.start()
    await until()
    await broker.stop()
    mongo.close()


async def hop(
    bootstrap: str, mongodb_uri: str, group: str, until: Until, make: type[KafkaAndMongo] = KafkaAndMongo
) -> None:
    """A service of ours, from its handler table to its outbox. Its group is of its name."""
    spare_the_collector()
    places = {"kafka_bootstrap_servers": bootstrap, "mongodb_uri": mongodb_uri, "mongodb_prefix": "bench"}
    settings = Settings.model_validate(places | {name.lower(): value for name, value in local_kms(KEY).items()})
    name = group.removeprefix("upc-")
    service = Service(name, settings, [Tally], {SocialContactChanged: changed}, platform=make(name, settings))
    async with service.app.router.lifespan_context(service.app):
        await until()


async def main(name: str, bootstrap: str, mongodb_uri: str, group: str) -> None:
    """Lets one contestant work until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)

    async def until() -> None:
        await stopped.wait()

    if name == "copy":
        await copy(bootstrap, group, until)
    elif name == "textbook":
        await textbook(bootstrap, mongodb_uri, group, until)
    elif name == "plain":
        await hop(bootstrap, mongodb_uri, group, until, PlainPlatform)
    elif name == "silent":
        with recording_nothing():
            await hop(bootstrap, mongodb_uri, group, until)
    else:
        await hop(bootstrap, mongodb_uri, group, until)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
