"""Makes the topics on Kafka from the code's own definitions: `python -m shared.runtime.topics`.

With `--strimzi` it prints them as Strimzi `KafkaTopic`s for `deploy/k8s/topics.yaml` instead.
"""

import asyncio
import sys
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.events.topics import ALL, PARTITIONS, Topic
from shared.runtime.settings import Settings

UNPACKED = {"compression.type": "uncompressed"}
"""What comes from outside is unpacked by the broker, which then measures it: ten megabytes can hide in ten kilobytes."""
UNCOMPACTED = timedelta(days=1)
"""An older list may for a moment be the last of its key (docs/decisions/0005): so long the newer one stays to be found."""


def config(topic: Topic) -> dict[str, str]:
    """The topic's settings on the broker. Dead letters may be larger than what they were: headers are added."""
    largest = {"max.message.bytes": "2097152"} if "dead-letters" in topic.name else {}
    largest |= UNPACKED if topic.inbound else {}
    if topic.compacted:
        return {"cleanup.policy": "compact", "min.compaction.lag.ms": _milliseconds(UNCOMPACTED)} | largest
    return {"cleanup.policy": "delete", "retention.ms": _milliseconds(topic.retention)} | largest


def _milliseconds(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))


async def apply(bootstrap: str, replication: int = 1) -> list[str]:
    """Creates what is missing and puts right the settings of what is there; returns the names that are new."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        new = [topic for topic in ALL if topic.name not in there]
        await admin.create_topics([NewTopic(t.name, PARTITIONS, replication, topic_configs=config(t)) for t in new])
        old = [topic for topic in ALL if topic.name in there]
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, t.name, config(t)) for t in old])
        return [topic.name for topic in new]
    finally:
        await admin.close()


def strimzi() -> list[dict[str, Any]]:
    """The topics as Strimzi `KafkaTopic`s."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1beta2",
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": "upc"}},
            "spec": {"partitions": PARTITIONS, "replicas": 3, "config": config(topic)},
        }
        for topic in ALL
    ]


def main() -> None:
    if "--strimzi" in sys.argv:
        import yaml

        print(yaml.safe_dump_all(strimzi(), sort_keys=False), end="")
        return
    new = asyncio.run(apply(Settings().kafka_bootstrap_servers))
    print(f"topics: {len(new)} made, {len(ALL) - len(new)} there before")


if __name__ == "__main__":
    main()
