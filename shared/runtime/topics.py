"""Makes the topics on Kafka from the code's own definitions, and who may do what: `python -m shared.runtime.topics`.

With `--strimzi` it prints them as Strimzi `KafkaTopic`s for `deploy/k8s/base/kafka/topics.yaml` instead, with `--table` as the
table of `docs/data-protection.md`. Settings are those of a service; the login has to be an administrator's.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code
from faststream.security import BaseSecurity

from shared.events.principals import AGENCIES
from shared.events.topics import ALL, PARTITIONS, Topic, with_lanes
from shared.runtime import acls, login
from shared.runtime.settings import Misconfigured, Settings

UNPACKED = {"compression.type": "uncompressed"}
"""What comes from outside is unpacked by the broker, which then measures it: ten megabytes can hide in ten kilobytes."""
STAMPED = {"message.timestamp.type": "LogAppendTime"}
"""When a record came is the broker's to say, not its sender's clock's: `upc replay --since` goes by it, and so does retention."""
UNCOMPACTED = timedelta(days=1)
"""An older list may for a moment be the last of its key (docs/decisions/0005): so long the newer one stays to be found."""
COMPACTED = timedelta(days=7)
"""After so long an older record of a key is gone, and what a tombstone deletes."""
TOMBSTONE = timedelta(days=14)
"""A reader who was away for so long still finds that a key was deleted."""
SEGMENT = timedelta(days=1)
"""Kafka deletes whole segments: a record may stay for so long after its time."""


def config(topic: Topic) -> dict[str, str]:
    """The topic's settings on the broker. Dead letters may be larger than what they were: headers are added."""
    every = {"segment.ms": _milliseconds(SEGMENT)} | STAMPED
    if "dead-letters" in topic.name:
        every["max.message.bytes"] = "2097152"
    if topic.inbound:
        every |= UNPACKED
    if topic.kept.span is None:
        lags = {"min.compaction.lag.ms": _milliseconds(UNCOMPACTED), "max.compaction.lag.ms": _milliseconds(COMPACTED)}
        return {"cleanup.policy": "compact", **lags, "delete.retention.ms": _milliseconds(TOMBSTONE)} | every
    return {"cleanup.policy": "delete", "retention.ms": _milliseconds(topic.kept.span)} | every


def _milliseconds(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))


async def apply(
    bootstrap: str,
    replication: int = 1,
    security: BaseSecurity | None = None,
    agencies: Iterable[str] = AGENCIES,
) -> list[str]:
    """Creates what is missing and puts right the settings of what is there, and the ACLs; returns the names that are new."""
    admin = AIOKafkaAdminClient(**login.connection(bootstrap, security))
    wanted = with_lanes(ALL, agencies)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        new = [topic for topic in wanted if topic.name not in there]
        made = [NewTopic(t.name, PARTITIONS, replication, topic_configs=config(t)) for t in new]
        _done((code, why) for _, code, why in (await admin.create_topics(made)).topic_errors)
        old = [ConfigResource(ConfigResourceType.TOPIC, t.name, config(t)) for t in wanted if t not in new]
        for response in await admin.alter_configs(old):
            _done((code, why) for code, why, *_ in response.resources)
        await acls.apply(admin, acls.wanted(wanted))
        return [topic.name for topic in new]
    finally:
        await admin.close()


def _done(errors: Iterable[tuple[int, str | None]]) -> None:
    """Raises KafkaError for the first thing that was not done."""
    for code, message in errors:
        if for_code(code) not in (NoError, TopicAlreadyExistsError):
            raise for_code(code)(message)


def strimzi(agencies: Iterable[str]) -> list[dict[str, Any]]:
    """The topics as Strimzi `KafkaTopic`s."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1beta2",
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": "upc"}},
            "spec": {"partitions": PARTITIONS, "replicas": 3, "config": config(topic)},
        }
        for topic in with_lanes(ALL, agencies)
    ]


def table() -> Iterator[str]:
    """The topics as lines of Markdown: what is in them about people, how long it is kept and why, and who has to do with it."""
    yield "| topic | personal data | kept | why so long | written by | read by |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for topic in ALL:
        kept = f"{topic.kept.span.days} days" if topic.kept.span else "the newest of each key"
        who = (", ".join(topic.written_by), ", ".join(topic.read_by))
        lanes = " and lanes" if topic.laned else ""
        yield f"| {' | '.join([f'`{topic.name}`{lanes}', topic.personal, kept, topic.kept.because, *who])} |"


def main() -> None:
    settings = Settings()
    if "--strimzi" in sys.argv:
        import yaml

        print(yaml.safe_dump_all(strimzi(settings.agencies), sort_keys=False), end="")
    elif "--table" in sys.argv:
        print("\n".join(table()))
    else:
        try:
            where = (
                settings.kafka_bootstrap_servers,
                settings.kafka_replication,
                login.security(settings),
                settings.agencies,
            )
        except Misconfigured as wrong:
            sys.exit(f"topics: {wrong}")
        print(f"topics: {len(asyncio.run(apply(*where)))} made")


if __name__ == "__main__":
    main()
