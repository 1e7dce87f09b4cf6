import re
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.process import ROOT, Child, LocalStackError, answers, free_port

LIBS = ROOT / "build/kafka/libs"
LOGGING = Path(__file__).with_name("log4j2.properties")
CLUSTER_ID = "dXBjLWxvY2FsLWthZmthLQ"
PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data_dir}/logs
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=16777216
"""


class KafkaServer:
    """A Kafka broker on 127.0.0.1; what it stores is in `data_dir` and survives stop and start.

    Raises LocalStackError where Java 17 or `make install` is missing, or Kafka does not come up.
    """

    def __init__(self, data_dir: Path, port: int, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.bootstrap = f"127.0.0.1:{port}"
        self.log = (log or data_dir / "kafka.log").absolute()
        self._port = port
        self._properties = self.data_dir / "server.properties"
        self._child = Child("Kafka", [*self._java("512m"), "kafka.Kafka", self._properties], self.log)

    def start(self) -> None:
        require_java()
        if not LIBS.is_dir():
            raise LocalStackError("Kafka is not fetched yet: run `make install`")
        (self.data_dir / "tmp").mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            PROPERTIES.format(port=self._port, controller_port=free_port(), data_dir=self.data_dir)
        )
        if not (self.data_dir / "logs/meta.properties").exists():
            self._format()
        self._child.start()
        self._child.wait_until(lambda: answers(self._port), within=60)

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        """As if the machine's power went: SIGKILL."""
        self._child.kill()

    @property
    def pid(self) -> int | None:
        return self._child.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _java(self, heap: str) -> list[str]:
        return [
            "java",
            f"-Xmx{heap}",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            f"-Djava.io.tmpdir={self.data_dir}/tmp",
            f"-Dlog4j2.configurationFile={LOGGING}",
            "-cp",
            f"{LIBS}/*",
        ]

    def _format(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            command = ["format", "--cluster-id", CLUSTER_ID, "--config", str(self._properties)]
            subprocess.run(
                [*self._java("128m"), "kafka.tools.StorageTool", *command], check=True, stdout=log, stderr=log
            )


def require_java() -> None:
    """Raises LocalStackError unless `java` is Java 17 or newer."""
    advice = "install Java 17 (Debian: apt-get install openjdk-17-jre-headless) and put it first on PATH"
    if not shutil.which("java"):
        raise LocalStackError(f"Kafka needs Java, and there is none: {advice}")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < 17:
        raise LocalStackError(f"Kafka needs Java 17 or newer, and `java -version` does not say so: {advice}")
