"""E-mail by SMTP. Takes a server's 250 for delivered, and can't ask after what it gave no answer for."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime

import aiosmtplib
import structlog

from services.notifications.domain.delivery import Outcome
from services.notifications.domain.messages import Message
from services.notifications.postman import HandOver
from services.notifications.settings import SendingSettings

log = structlog.get_logger()

PERMANENT = 500


class SmtpPostman:
    """One connection for each message; STARTTLS wherever the server offers it."""

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings

    async def send(self, message: Message, hand_over: HandOver) -> Outcome:
        try:
            mail = letter(message, self._settings.smtp_from).as_bytes(policy=WIRE)
            message.to.encode("ascii")
        except ValueError:
            return Outcome.REFUSED
        host, port, timeout = self._settings.smtp_host, self._settings.smtp_port, self._settings.lease_seconds / 4
        async with aiosmtplib.SMTP(hostname=host, port=port, timeout=timeout) as server:
            await server.mail(self._settings.smtp_from)
            try:
                await server.rcpt(message.to)
                await hand_over()
                await server.data(mail)
            except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as refusal:
                log.warning("the mail server says no", message_id=message.message_id, code=refusal.code)
                return Outcome.REFUSED if refusal.code >= PERMANENT else Outcome.NOT_TAKEN
        return Outcome.SENT

    async def look_up(self, message: Message) -> Outcome:
        return Outcome.UNKNOWN


def letter(message: Message, sender: str) -> EmailMessage:
    """The e-mail as it goes out; its Message-ID follows from our id. Raises ValueError for an impossible address."""
    mail = EmailMessage()
    mail["From"] = Address(addr_spec=sender)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail
