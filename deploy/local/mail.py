"""A mail server for one machine: it takes every mail and keeps each as a file."""

import itertools
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailSink:
    """Listens on 127.0.0.1; mail number 7 to a@b.example becomes `0007-a@b.example.eml`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(1 + max((number(mail) for mail in self.folder.glob("*.eml")), default=0))
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = "".join(letter for letter in envelope.rcpt_tos[0] if letter.isalnum() or letter in "@.+-")
        name = f"{next(self._numbers):04}-{recipient[:100]}.eml"
        (self.folder / name).write_bytes(envelope.original_content or b"")
        return "250 OK"


def number(mail: Path) -> int:
    return int(mail.name.partition("-")[0])
