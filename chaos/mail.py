"""An SMTP peer with moods."""

import asyncio
from collections import Counter
from email import message_from_bytes
from enum import Enum
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mood(Enum):
    """`REFUSE`: 550 for every recipient; `HANG`: takes the text and never answers; `DIE`: keeps the mail and hangs up."""

    GOOD = "good"
    REFUSE = "refuse"
    HANG = "hang"
    DIE = "die"


class Peer:
    """On 127.0.0.1, up inside `with`; `taken` counts mails by recipient and Message-ID, `told` by recipient alone."""

    def __init__(self, port: int) -> None:
        self.port, self.mood = port, Mood.GOOD
        self._taken: Counter[tuple[str, str]] = Counter()
        self.told: Counter[str] = Counter()
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    @property
    def taken(self) -> Counter[tuple[str, str]]:
        """As it is now: mails come in on a thread of their own, whoever reads meanwhile."""
        return self._taken.copy()

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mood is Mood.REFUSE:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.mood is Mood.HANG:
            await asyncio.sleep(60)
            return "451 Not now"
        message = message_from_bytes(envelope.original_content or b"")
        self._taken[envelope.rcpt_tos[0], str(message["Message-ID"])] += 1
        self.told[envelope.rcpt_tos[0]] += 1
        if self.mood is Mood.DIE and server.transport:
            server.transport.close()
        return "250 OK"
