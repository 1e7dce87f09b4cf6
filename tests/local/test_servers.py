from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local import KafkaServer, MongoServer, free_port


async def topics(bootstrap: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
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
