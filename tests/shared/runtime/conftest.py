import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.events import topics


@pytest.fixture(scope="package", autouse=True)
async def toys_dead_letters(kafka: str) -> None:
    """The toy reads what every other test has sent, bad records too, and needs where to set them aside."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    dead = topics.dead_letters("toy").name
    await admin.create_topics([NewTopic(dead, 1, 1, topic_configs={"max.message.bytes": "2097152"})])
    await admin.close()
