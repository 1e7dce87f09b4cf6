"""What the mailbox does with a mail: takes it in once, however often it is read, and lets go of it when it is settled."""

from services.mailbox.domain.mail import Mail, Take
from shared.events.mail import MailDecided, MailKind
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import Work


def take(work: Work, call: Take) -> MailKind:
    """What kind the mail is, now or when it was taken in before: where it is put away follows from that."""
    mail_id, kind = call.received.mail_id, call.received.kind
    before = work.get(Mail, mail_id)
    if before:
        return before.kind
    over = None if call.received.for_operators else work.rules.kept_until(work.now, work.rules.messages_kept_days)
    work.put(mail_id, Mail(kind=kind, over_at=over))
    work.publish(call.received, *call.forms, *([call.bounced] if call.bounced else []))
    return kind


def decided(work: Work, event: MailDecided) -> None:
    """A person has read it. What is not known here, or not any more, is no fault."""
    mail = work.get(Mail, event.mail_id)
    if mail:
        over = work.rules.kept_until(event.decided_at, work.rules.messages_kept_days)
        work.put(event.mail_id, mail.but(over_at=over))


def mail_is_over(work: Work, mail_id: str) -> None:
    """So long settled that nobody sends it again."""
    work.forget(Mail, mail_id)


HANDLERS: Handlers = {Take: take, MailDecided: decided}
DUE: DueHandlers = {Mail: mail_is_over}
