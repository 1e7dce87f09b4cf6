"""Whoever writes to us, and whoever looks into the mailbox, over SMTP and IMAP alone."""

import imaplib
import smtplib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from services.mailbox.settings import MailboxSettings
from tests.mailbox.letters import SERVER

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Mailboxes:
    """GreenMail makes a mailbox, with its address for a name and a password, for whomever somebody writes to."""

    smtp_port: int
    imap_port: int

    def send(self, to: str, *mails: EmailMessage | bytes) -> None:
        with smtplib.SMTP(HOST, self.smtp_port) as server:
            for mail in mails:
                content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
                server.sendmail("somebody@example.org", [to], content)

    def settings(self, address: str, **others: Any) -> MailboxSettings:
        own = {"imap_host": HOST, "imap_port": self.imap_port, "imap_security": "none", "imap_look_seconds": 0.05}
        trust = {"mail_authserv_id": SERVER, "mail_agencies": {"wyp.example": "police-wyp"}}
        return MailboxSettings.model_validate(
            {**own, **trust, "imap_user": address, "imap_password": address, **others}
        )

    @contextmanager
    def looking_into(self, address: str) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(HOST, self.imap_port) as server:
            server.login(address, address)
            yield server

    def lying(self, address: str) -> Mapping[str, int]:
        """How many mails lie in each folder that has any."""
        found: dict[str, int] = {}
        with self.looking_into(address) as server:
            for line in server.list()[1]:
                folder = line.decode().rpartition(' "." ')[2] if isinstance(line, bytes) else ""
                count = int((server.select(folder, readonly=True)[1][0] or b"0").decode())
                found |= {folder.strip('"'): count} if count else {}
        return found
