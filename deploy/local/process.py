"""A child process that never outlives this one."""

import ctypes
import fcntl
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
GIVEN = ROOT / "build/ports"
"""A file for each port that was ever given, locked by the process that has it."""
_ours: list[int] = []


class LocalStackError(Exception):
    """Something a person has to put right; the message is one line that says what to do."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 nobody listens on, below the range that Linux gives to outgoing connections.

    From inside that range a client that keeps trying a stopped server may connect to itself. None is given twice,
    here or to another process of this checkout, before this one ends: who asks for two listens on neither yet.
    """
    GIVEN.mkdir(parents=True, exist_ok=True)
    while True:
        port = random.randrange(20_000, 32_000)
        if _is_ours(port) and is_free(port):
            return port


def _is_ours(port: int) -> bool:
    """Whether nobody was given it before, which from now on we were."""
    file = os.open(GIVEN / str(port), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    _ours.append(file)
    return True


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Has Linux send this process `how` when the thread that started it is gone."""
    _libc.prctl(PR_SET_PDEATHSIG, how)


class Child:
    """One program with its output in a file, in a session of its own so that Ctrl-C reaches only its supervisor.

    Linux kills it with the *thread* that started it: start it from one that lives as long as it should.
    """

    def __init__(self, name: str, argv: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log = log
        self.env = env
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        parent = os.getpid()

        def before_exec() -> None:
            die_with_parent()
            if os.getppid() != parent:
                os._exit(1)

        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=before_exec,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], within: float) -> None:
        """Raises LocalStackError when it ends, or is not ready after `within` seconds."""
        give_up = time.monotonic() + within
        while not ready():
            if not self.running:
                raise LocalStackError(f"{self.name} stopped with exit code {self.exit_code}: see {self.log}")
            if time.monotonic() > give_up:
                raise LocalStackError(f"{self.name} was not ready within {within:.0f} s: see {self.log}")
            time.sleep(0.05)

    def terminate(self) -> None:
        """Asks it to stop (SIGTERM), without waiting."""
        if self.running and self._process:
            self._process.terminate()

    def kill(self) -> None:
        """SIGKILL, and waits until it is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self, grace: float = 10) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds; returns when it is gone."""
        self.terminate()
        if self._process:
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
