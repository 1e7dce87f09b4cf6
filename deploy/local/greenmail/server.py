"""GreenMail as a process: it takes mail by SMTP, for anybody, and has one mailbox to be read over IMAP."""

import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import private
from deploy.local.java import require_java
from deploy.local.process import HOST, ROOT, Child, LocalStackError

LIBS = ROOT / "build/greenmail/libs"
USER, ADDRESS = "upc", "upc@localhost"
MAIN = "com.icegreen.greenmail.standalone.GreenMailStandaloneRunner"


class GreenMailServer:
    """A mail server on 127.0.0.1. What comes for `ADDRESS` by `smtp_port` is read as `USER` with `password` by `imap_port`.

    Everything is in memory. Its settings, with the password, are in `folder`, for this user's eyes only.
    Raises LocalStackError where Java or `make install` is missing, or it does not come up.
    """

    def __init__(self, folder: Path, smtp_port: int, imap_port: int, log: Path | None = None) -> None:
        self.smtp_port, self.imap_port = smtp_port, imap_port
        self.password = ""
        self._folder = folder.absolute()
        self._options = self._folder / "greenmail.options"
        log = (log or folder / "greenmail.log").absolute()
        self._child = Child("GreenMail", ["java", f"@{self._options}", MAIN], log)

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts the process, and does not wait until it answers."""
        require_java("GreenMail")
        if not LIBS.is_dir():
            raise LocalStackError("GreenMail is not fetched yet: run `make install`")
        self.password = private.passwords(self._folder / "mailbox.json", [USER])[USER]
        private.write(self._options, "\n".join(self._java()))
        self._child.start()

    def wait(self) -> None:
        self._child.wait_until(lambda: greets(self.smtp_port) and greets(self.imap_port), within=60)

    def stop(self) -> None:
        self._child.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _java(self) -> list[str]:
        settings = {
            "smtp.hostname": HOST,
            "smtp.port": self.smtp_port,
            "imap.hostname": HOST,
            "imap.port": self.imap_port,
            "users": f"{USER}:{self.password}@{ADDRESS.partition('@')[2]}",
        }
        machine = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
        return [*machine, *(f"-Dgreenmail.{name}={value}" for name, value in settings.items()), f'-cp "{LIBS}/*"']


def greets(port: int) -> bool:
    """Whether a server there says its first line."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            return bool(connection.recv(1))
    except OSError:
        return False
