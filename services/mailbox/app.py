"""The wiring of the mailbox."""

from services.mailbox.collecting import Collecting, Inbox
from services.mailbox.domain.mail import Mail
from services.mailbox.handlers import DUE, HANDLERS
from services.mailbox.imap import Mailbox
from services.mailbox.settings import MailboxSettings
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def make(
    settings: Settings,
    clock: Clock | None = None,
    platform: Platform | None = None,
    mailbox: MailboxSettings | None = None,
    inbox: Inbox | None = None,
) -> Service:
    """The service, with `mailbox` from the environment where it is not given. Without a server to look at it only stands by."""
    mailbox = mailbox or MailboxSettings()
    service = Service("mailbox", settings, (Mail,), HANDLERS, DUE, clock, platform)
    if mailbox.imap_host:
        collecting = Collecting(service, inbox or Mailbox(mailbox), mailbox)
        service.run_beside(collecting.step)
        service.depends_on("mail server", lambda: collecting.reachable)
    return service
