"""Keycloak as a process: its own folder for what it stores, secrets that are made once and nobody else can read."""

import json
import os
import shutil
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import private
from deploy.local.java import require_java
from deploy.local.keycloak.identity import Identity
from deploy.local.keycloak.realm import CLIENTS, PEOPLE, REALM, Client, realm
from deploy.local.process import HOST, ROOT, Child, LocalStackError, free_port

DIST = ROOT / "build/keycloak/server"
JAVA = (
    *("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"),
    *("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"),  # a fifth of the time that a start takes
    *("--add-opens=java.base/java.util=ALL-UNNAMED", "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED"),
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    *("-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dpicocli.disable.closures=true"),
)


class KeycloakServer:
    """A Keycloak on 127.0.0.1 with the realm of `clients`; what it stores is in `data_dir` and survives stop and start.

    It begins anew, with the secrets that it had, where the realm is not the one that it was made from.
    Raises LocalStackError where Java or `make install` is missing, or Keycloak does not come up.
    """

    def __init__(
        self, data_dir: Path, port: int, log: Path | None = None, clients: Mapping[str, Client] = CLIENTS
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.issuer = f"http://{HOST}:{port}/realms/{REALM}"
        self.identity: Identity
        self._clients = clients
        settings = {"KC_HTTP_PORT": str(port), "KC_HOSTNAME": f"http://{HOST}:{port}"}
        log = (log or data_dir / "keycloak.log").absolute()
        self._child = Child("Keycloak", self._command(), log, os.environ | settings)

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts the process, and does not wait until it answers."""
        require_java("Keycloak")
        if not DIST.is_dir():
            raise LocalStackError("Keycloak is not fetched yet: run `make install`")
        self.identity = Identity(self.issuer, self.secrets())
        prepare(self.data_dir, json.dumps(realm(self._clients, PEOPLE, self.identity.secrets)))
        self._child.start()

    def wait(self) -> None:
        self._child.wait_until(self._answers, within=180)

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        """As if the machine's power went: SIGKILL."""
        self._child.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str | Path]:
        home = f"-Dkc.home.dir={self.data_dir}"
        start = ("io.quarkus.bootstrap.runner.QuarkusEntryPoint", "start", "--optimized", "--import-realm")
        return ["java", *JAVA, home, "-cp", DIST / "lib/quarkus-run.jar", *start]

    def secrets(self) -> dict[str, str]:
        """Each client's, and each person's password, made when it is first needed."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)
        names = (*self._clients, *PEOPLE)
        known = private.passwords(self.data_dir / "secrets.json", names)
        return {name: known[name] for name in names}

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.issuer}/.well-known/openid-configuration", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def prepare(folder: Path, wanted: str) -> None:
    """In `folder` the data as they were left; where not made from the realm `wanted`, those that `make install` made."""
    for part in ("conf", "lib", "providers"):
        link = folder / part
        link.unlink(missing_ok=True)
        link.symlink_to(DIST / part)
    imported = folder / "data/import" / f"{REALM}-realm.json"
    if not imported.exists() or imported.read_text() != wanted:
        shutil.rmtree(folder / "data", ignore_errors=True)
        shutil.copytree(DIST / "data", folder / "data")
        private.write(imported, wanted)


@contextmanager
def provided(identity: Identity | None, folder: Path) -> Iterator[Identity]:
    """`identity`, or that of a Keycloak which runs as long as this."""
    if identity:
        yield identity
    else:
        with KeycloakServer(folder / "keycloak", free_port()) as keycloak:
            yield keycloak.identity
