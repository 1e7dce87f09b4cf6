"""Starts Kafka once, for `make install`: Java writes down what it loads, and starts in half the time from then on."""

import tempfile
from pathlib import Path

from deploy.local.kafka.server import LOADED, KafkaServer
from deploy.local.process import free_port


class FirstKafka(KafkaServer):
    """One that writes it down when it ends."""

    def _java(self, heap: str) -> list[str]:
        return [*super()._java(heap), f"-XX:ArchiveClassesAtExit={LOADED}"]


if __name__ == "__main__":
    LOADED.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder, FirstKafka(Path(folder), free_port()):
        pass
