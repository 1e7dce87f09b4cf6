"""Apache Kafka on one machine: one KRaft node, from its Maven packages."""

from deploy.local.kafka.server import KafkaServer

__all__ = ["KafkaServer"]
