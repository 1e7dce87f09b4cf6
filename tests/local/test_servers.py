import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.kafka.logins import Logins
from tests.support.waiting import PATIENCE


async def topics(bootstrap: str, **login: Any) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **login)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def create_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def test_kafka_keeps_its_topics_when_killed_and_when_stopped(tmp_path: Path) -> None:
    with KafkaServer(tmp_path, free_port()) as server:
        await create_topic(server.bootstrap, "kept")
        server.kill()
        server.start()
        assert await topics(server.bootstrap) == ["kept"]
        server.stop()
        server.start()
        assert await topics(server.bootstrap) == ["kept"]


async def test_a_kafka_that_asked_nobody_asks_everybody_from_now_on_and_keeps_what_it_has(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "kafka.passwords"
    with KafkaServer(tmp_path / "kafka", port) as server:
        await create_topic(server.bootstrap, "kept")
    logins = Logins(file, ["wyp"], ["observer"])
    with KafkaServer(tmp_path / "kafka", port, settings=logins.settings) as server:
        await logins.admit(server.direct)
        await come_in(server.bootstrap, logins.outside["wyp"])
        administrator = logins.of_administrator(server.direct)
        login = {"username": administrator["KAFKA_USERNAME"], "password": administrator["KAFKA_PASSWORD"]}
        plain = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}
        assert "kept" in await topics(server.direct, **plain, **sasl(login))
        for address in (server.bootstrap, server.direct):
            with pytest.raises(KafkaConnectionError):
                await topics(address)
    assert Logins(file, ["met"], []).outside["police"] == logins.outside["police"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "kafka/server.properties").stat().st_mode) == 0o600


async def come_in(bootstrap: str, login: dict[str, str]) -> None:
    """Once the broker has heard of it."""
    how = {name: login[name] for name in ("security_protocol", "sasl_mechanism")}
    async with asyncio.timeout(PATIENCE):
        while True:
            producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **how, **sasl(login))
            try:
                await producer.start()
                return
            except KafkaConnectionError:
                await asyncio.sleep(0.05)
            finally:
                await producer.stop()


def sasl(login: dict[str, str]) -> dict[str, str]:
    return {"sasl_plain_username": login["username"], "sasl_plain_password": login["password"]}


async def test_mongodb_commits_transactions_and_keeps_them_under_another_port(tmp_path: Path) -> None:
    with MongoServer(tmp_path, free_port()) as server:
        client = AsyncIOMotorClient[dict[str, str]](server.uri)
        async with await client.start_session() as session, session.start_transaction():
            await client.test.blocks.insert_one({"_id": "A1234BC"}, session=session)
        client.close()

    with MongoServer(tmp_path, free_port()) as server:
        client = AsyncIOMotorClient[dict[str, str]](server.uri)
        assert await client.test.blocks.find_one() == {"_id": "A1234BC"}
        client.close()
