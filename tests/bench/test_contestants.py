"""Who takes part in the bench does the work: every event once, a repeated one not at all, one result record for each."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer

from bench.turns import PLACES, Place, client, load, working
from deploy.local import KafkaServer, MongoServer, free_port
from shared.runtime import topics

RECORDS = 200


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """A Kafka on which every record of the bench stands twice, for contestants read from its beginning."""
    folder = tmp_path_factory.mktemp("contestants")
    with KafkaServer(folder / "kafka", free_port()) as kafka, MongoServer(folder / "mongo", free_port()) as mongo:
        place = Place(kafka.bootstrap, mongo.uri)
        await topics.apply(place.kafka)
        await load(place, RECORDS)
        await load(place, RECORDS)
        yield place


@pytest.mark.parametrize("name", ["hop", "plain", "silent", "textbook", "streams", "quix"])
async def test_a_contestant_says_what_became_of_each_contact_once(place: Place, name: str) -> None:
    async with client(place, isolation_level="read_committed") as consumer:
        consumer.assign(PLACES)
        await consumer.seek_to_end()
        with working(place, name):
            said = await _said(consumer)
    assert sorted(said) == sorted(f"contact-{n}" for n in range(RECORDS))


async def _said(consumer: AIOKafkaConsumer) -> list[str]:
    """The contacts of all records there are, until nothing came for a second."""
    said: list[str] = []
    async with asyncio.timeout(60):
        while True:
            batch = await consumer.getmany(timeout_ms=1000)
            if len(said) >= RECORDS and not batch:
                return said
            said += [json.loads(record.value)["contact_id"] for records in batch.values() for record in records]
