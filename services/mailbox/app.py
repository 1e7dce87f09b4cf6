"""The wiring of the mailbox."""

from pydantic import ValidationError

from services.mailbox.collecting import Collecting, Inbox
from services.mailbox.domain.mail import Mail
from services.mailbox.handlers import DUE, HANDLERS
from services.mailbox.imap import Mailbox
from services.mailbox.settings import MailboxSettings
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Misconfigured, Settings


def make(
    settings: Settings,
    clock: Clock | None = None,
    platform: Platform | None = None,
    mailbox: MailboxSettings | None = None,
    inbox: Inbox | None = None,
) -> Service:
    """The service, with `mailbox` from the environment where it is not given. Without a server to look at it only stands by."""
    mailbox = mailbox or _from_environment()
    service = Service("mailbox", settings, (Mail,), HANDLERS, DUE, clock, platform)
    if mailbox.imap_host:
        collecting = Collecting(service, inbox or Mailbox(mailbox), mailbox)
        service.run_beside(collecting.step)
        service.depends_on("mail server", lambda: collecting.reachable)
        service.depends_on("way to take in every mail", lambda: not collecting.left.stuck)
    return service


def _from_environment() -> MailboxSettings:
    """Raises Misconfigured, without what was set: there may be a password in it."""
    try:
        return MailboxSettings()
    except ValidationError as invalid:
        first = invalid.errors(include_input=False)[0]
        setting = str(first["loc"][0]).upper() if first["loc"] else "IMAP_SECURITY"
        raise Misconfigured(f"{setting} can't be used: {first['msg']}") from None
