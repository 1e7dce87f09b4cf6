"""Keeps services running: each its own process, started again when it dies."""

import http.client
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local.process import HOST, Child, answers

LOOK_EVERY = 0.2
START_AGAIN_AFTER = 0.4
LONGEST_PAUSE = 10.0
STEADY_AFTER = 10.0
Say = Callable[[str], None]


@dataclass
class Watched:
    """One service: its process, its port, and how it has been doing. Times are of the monotonic clock."""

    child: Child
    port: int
    started_at: float = 0.0
    died_at: float | None = None
    failures: int = 0
    adopted: bool = False

    def start(self) -> None:
        self.child.start()
        self.started_at, self.died_at = time.monotonic(), None

    def look(self, say: Say) -> None:
        """Starts it again some time after it died, unless its port answers by then: somebody started it by hand."""
        if self.child.running or (self.adopted and answers(self.port)):
            return
        now = time.monotonic()
        if self.died_at is None:
            self.died_at = now
            self.failures = 0 if now - self.started_at > STEADY_AFTER else self.failures + 1
        if now - self.died_at < min(START_AGAIN_AFTER * 2 ** max(self.failures - 1, 0), LONGEST_PAUSE):
            return
        how = "stopped answering" if self.adopted else how_it_ended(self.child.exit_code)
        self.adopted = answers(self.port)
        if self.adopted:
            say(f"{self.child.name} {how}; what answers on port {self.port} now is left alone")
        else:
            self.start()
            say(f"{self.child.name} {how}; started again")


class Services:
    """Runs `python -m services.NAME` for each name and port given, from `start()` to `stop()`.

    Each has `env`, and what `own` has for it alone goes before that. A thread of its own starts and watches them, because Linux
    ends a child with the thread that started it.
    """

    def __init__(
        self,
        ports: Mapping[str, int],
        env: Mapping[str, str],
        logs: Path,
        say: Say = print,
        package: str = "services",
        own: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._say = say
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._watch = threading.Thread(target=self._run, name="services", daemon=True)
        self._watched = {
            name: Watched(Child(name, [sys.executable, "-m", f"{package}.{name}"], logs / f"{name}.log", each), port)
            for name, port in ports.items()
            for each in [{**env, **(own or {}).get(name, {})}]
        }

    def start(self, within: float = 90) -> None:
        """Returns when each is ready. Raises LocalStackError when one ends, or is not ready after `within` seconds."""
        self.launch()
        self.wait(within)

    def launch(self) -> None:
        """Starts the processes, and does not wait until they are ready."""
        self._watch.start()
        self._started.wait()

    def wait(self, within: float = 90) -> None:
        for service in self._watched.values():
            service.child.wait_until(partial(is_ready, service.port), within)

    def stop(self) -> None:
        """SIGTERM to all, and SIGKILL to those still there 10 s later; returns when none is left."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()

    def kill(self, name: str) -> None:
        """SIGKILL; it is started again as after any death."""
        self._watched[name].child.kill()

    def pid(self, name: str) -> int | None:
        return self._watched[name].child.pid

    def _run(self) -> None:
        try:
            for service in self._watched.values():
                service.start()
            self._started.set()
            while not self._stopping.wait(LOOK_EVERY):
                for service in self._watched.values():
                    service.look(self._say)
        finally:
            self._started.set()
            self._end_all(grace=10)

    def _end_all(self, grace: float) -> None:
        give_up = time.monotonic() + grace
        for service in self._watched.values():
            service.child.terminate()
        for service in self._watched.values():
            service.child.stop(max(0.0, give_up - time.monotonic()))


def how_it_ended(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"stopped with exit code {exit_code}"


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):  # the latter where something else answers there
        return False
