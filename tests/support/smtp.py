"""A real SMTP peer that can also misbehave as real ones do."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local import free_port

Behaviour = Literal["accept", "refuse", "hang", "drop"]


@dataclass(frozen=True)
class ReceivedMail:
    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class SmtpPeer:
    """An SMTP server on 127.0.0.1, up inside `with`; `mails` is what it took, oldest first.

    Set `behaviour` at any time: `accept`; `refuse` (550 for every recipient); `hang` (takes the mail's text and never
    answers); `drop` (keeps the mail and closes the connection without an answer, so the sender can't know).
    """

    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    behaviour: Behaviour = "accept"
    mails: list[ReceivedMail] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behaviour == "refuse":
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.behaviour == "hang":
            await asyncio.Event().wait()
        self.mails.append(received(envelope))
        if self.behaviour == "drop" and server.transport:
            server.transport.close()
        return "250 OK"


def received(envelope: Envelope) -> ReceivedMail:
    message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
    return ReceivedMail(envelope.mail_from or "", list(envelope.rcpt_tos), message)
