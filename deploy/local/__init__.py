"""The whole platform on one machine: real Kafka, real MongoDB, an SMTP sink and every service as its own process."""

from deploy.local.kafka import KafkaServer
from deploy.local.mongo import MongoServer
from deploy.local.process import LocalStackError, free_port

__all__ = ["KafkaServer", "LocalStackError", "MongoServer", "free_port"]
