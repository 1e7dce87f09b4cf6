"""Apache Kafka on one machine: KRaft nodes, from its Maven packages."""

from deploy.local.kafka.server import KafkaServer, Seat

__all__ = ["KafkaServer", "Seat"]
