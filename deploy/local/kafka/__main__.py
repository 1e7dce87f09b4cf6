"""Has Java write down what a Kafka loads, for `make install`: from then on one starts in half the time."""

import signal
import tempfile
from pathlib import Path

from deploy.local.kafka.server import LOADED, KafkaServer
from deploy.local.process import free_port

LONGEST = 120
"""Seconds that a Java may take to write it, when it ends."""


class WritingKafka(KafkaServer):
    """One that writes it: it is there whole or not at all, and Kafka starts without it, too."""

    written = Path(f"{LOADED}.new")

    def stop(self) -> None:
        self._child.stop(LONGEST)
        if self.written.exists() and self._child.exit_code != -signal.SIGKILL:
            self.written.rename(LOADED)

    def _java(self, heap: str) -> list[str]:
        return [*super()._java(heap), f"-XX:ArchiveClassesAtExit={self.written}"]


if __name__ == "__main__":
    LOADED.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with KafkaServer(Path(folder), free_port()):
            pass  # what formats the folder would write as well
        with WritingKafka(Path(folder), free_port()):
            pass
