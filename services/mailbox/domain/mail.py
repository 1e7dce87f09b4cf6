"""A mail that was taken in, and the call that takes one in."""

from datetime import datetime
from typing import ClassVar

from shared.events.envelope import Event, Moment
from shared.events.mail import FormMailed, MailKind, MailReceived, MessageBounced
from shared.runtime.work import State


class Mail(State):
    """That a mail was taken in, so that none is twice. It holds nothing of what the mail says.

    It goes at `over_at`: long after somebody decided what it is, or nobody had to.
    """

    COLLECTION: ClassVar[str] = "mails"

    kind: MailKind
    over_at: Moment | None = None

    def due(self) -> datetime | None:
        return self.over_at


class Take(Event):
    """A mail as it was read: what is said of it, with the forms of an agency in it, or which message of ours came back."""

    TYPE: ClassVar[str] = "take-mail"

    received: MailReceived
    forms: tuple[FormMailed, ...] = ()
    bounced: MessageBounced | None = None
