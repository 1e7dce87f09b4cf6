"""What the mailbox does with a mail: takes it in once, however often it is read."""

from services.mailbox.domain.mail import Mail, Take
from shared.events.mail import MailKind
from shared.runtime.items import Handlers
from shared.runtime.work import Work


def take(work: Work, call: Take) -> MailKind:
    """What kind the mail is, now or when it was taken in before: where it is put away follows from that."""
    mail_id = call.received.mail_id
    before = work.get(Mail, mail_id)
    if before:
        return before.kind
    work.put(mail_id, Mail(kind=call.received.kind, taken_at=work.now))
    work.publish(call.received, *call.forms, *([call.bounced] if call.bounced else []))
    return call.received.kind


HANDLERS: Handlers = {Take: take}
