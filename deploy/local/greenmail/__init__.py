"""A mailbox for one machine: GreenMail, a real SMTP and IMAP server. What it holds is gone when it stops."""

from deploy.local.greenmail.server import GreenMailServer

__all__ = ["GreenMailServer"]
