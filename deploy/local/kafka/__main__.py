"""Has Java write down what a Kafka loads, for `make install`: from then on one starts in half the time."""

import os
import signal
import tempfile
import time
from pathlib import Path

from deploy.local.kafka.server import LOADED, KafkaServer
from deploy.local.process import free_port

LONGEST = 120
"""Seconds that a Java may take to write it, when it ends."""


class WritingKafka(KafkaServer):
    """One that writes it."""

    def _java(self, heap: str) -> list[str]:
        return [*super()._java(heap), f"-XX:ArchiveClassesAtExit={LOADED}.new"]


def main() -> None:
    """It is there whole or not at all: Kafka starts without it, too."""
    LOADED.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with KafkaServer(Path(folder), free_port()):
            pass  # what formats the folder would write as well
        with WritingKafka(Path(folder), free_port()) as kafka:
            assert kafka.pid
            os.kill(kafka.pid, signal.SIGTERM)
            until = time.monotonic() + LONGEST
            while kafka.running and time.monotonic() < until:
                time.sleep(0.1)
            written = Path(f"{LOADED}.new")
            if written.exists() and not kafka.running:
                written.rename(LOADED)


if __name__ == "__main__":
    main()
