import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import private
from deploy.local.java import require_java
from deploy.local.process import ROOT, Child, LocalStackError, answers, free_port

LIBS = ROOT / "build/kafka/libs"
LOADED = ROOT / "build/kafka/loaded.jsa"
"""The classes that a broker loads, as Java has them in memory (`python -m deploy.local.kafka`)."""
LOGGING = Path(__file__).with_name("log4j2.properties")
CLUSTER_ID = "dXBjLWxvY2FsLWthZmthLQ"
PROPERTIES = """\
process.roles=broker,controller
node.id={number}
listeners=CLIENTS://127.0.0.1:{port},DIRECT://127.0.0.1:{direct_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENTS://127.0.0.1:{advertised_port},DIRECT://127.0.0.1:{direct_port}
controller.listener.names=CONTROLLER
controller.quorum.voters={voters}
listener.security.protocol.map=CLIENTS:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=DIRECT
log.dirs={data_dir}/logs
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
default.replication.factor={replicas}
min.insync.replicas={in_sync}
log.cleaner.dedupe.buffer.size=16777216
"""


@dataclass(frozen=True)
class Seat:
    """A broker's place in a cluster: the `number`th (from 1) of those with these controllers.

    Who comes by the server's own port is sent on to `advertised_port`, where a proxy may be; `direct_port` goes past it.
    """

    number: int
    controller_ports: tuple[int, ...]
    direct_port: int
    advertised_port: int

    @property
    def settings(self) -> dict[str, str | int]:
        size = len(self.controller_ports)
        voters = (f"{number}@127.0.0.1:{port}" for number, port in enumerate(self.controller_ports, 1))
        return {
            "number": self.number,
            "controller_port": self.controller_ports[self.number - 1],
            "voters": ",".join(voters),
            "direct_port": self.direct_port,
            "advertised_port": self.advertised_port,
            "replicas": size,
            "in_sync": size // 2 + 1,
        }


class KafkaServer:
    """A Kafka broker on 127.0.0.1; what it stores is in `data_dir` and survives stop and start.

    Alone, or with a `seat` one of a cluster: then all have to be launched before any comes up. Anybody may do anything there,
    unless `settings`, which go before its own, say otherwise (`guard`). Who administers it comes by `direct`.
    Raises LocalStackError where Java 17 or `make install` is missing, or Kafka does not come up.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        log: Path | None = None,
        seat: Seat | None = None,
        heap: str = "512m",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.bootstrap = f"127.0.0.1:{port}"
        self.log = (log or data_dir / "kafka.log").absolute()
        self._port, self._seat, self._settings = port, seat, settings or {}
        self._sits: Seat
        self._properties = self.data_dir / "server.properties"
        self._child = Child("Kafka", [*self._java(heap), "kafka.Kafka", self._properties], self.log)

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts the process, and does not wait until it answers."""
        require_java("Kafka")
        if not LIBS.is_dir():
            raise LocalStackError("Kafka is not fetched yet: run `make install`")
        (self.data_dir / "tmp").mkdir(parents=True, exist_ok=True)
        self._sits = self._seat or Seat(1, (free_port(),), free_port(), self._port)
        self._write_properties(self._sits)
        if not (self.data_dir / "logs/meta.properties").exists():
            self._format()
        self._child.start()

    @property
    def direct(self) -> str:
        """The bootstrap address of the listener behind the one for clients, once it is launched."""
        return f"127.0.0.1:{self._sits.direct_port}"

    def wait(self) -> None:
        self._child.wait_until(lambda: answers(self._port) and answers(self._sits.direct_port), within=60)

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        """As if the machine's power went: SIGKILL."""
        self._child.kill()

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

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
            *([f"-XX:SharedArchiveFile={LOADED}"] if LOADED.exists() else []),
            f"-Djava.io.tmpdir={self.data_dir}/tmp",
            f"-Dlog4j2.configurationFile={LOGGING}",
            "-cp",
            f"{LIBS}/*",
        ]

    def _write_properties(self, seat: Seat) -> None:
        """For this user's eyes only: there is a password in them where the broker asks for one."""
        own = PROPERTIES.format(port=self._port, data_dir=self.data_dir, **seat.settings)
        more = "".join(f"{name}={value}\n" for name, value in self._settings.items())
        private.write(self._properties, own + more)

    def _format(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            command = ["format", "--cluster-id", CLUSTER_ID, "--config", str(self._properties)]
            subprocess.run(
                [*self._java("128m"), "kafka.tools.StorageTool", *command], check=True, stdout=log, stderr=log
            )
