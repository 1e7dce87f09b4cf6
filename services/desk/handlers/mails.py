"""What the desk does with mails: keeps them until somebody has read them, and says what they made of each (R4)."""

from datetime import datetime

from services.desk.domain import calls, mails
from services.desk.domain.calls import Answer, Done, NotTheirs, Overtaken
from services.desk.domain.mails import Mail
from services.desk.handlers.keeping import keep_mail
from shared.events.mail import FormAnswered, MailDecided, MailOutcome, MailReceived
from shared.events.requests import Reply
from shared.runtime.items import Handlers
from shared.runtime.work import Work


def mail_of(work: Work, mail_id: str) -> Mail:
    """The mail, or the beginning of one: topics have no common order."""
    return work.get(Mail, mail_id) or Mail(mail_id=mail_id)


def received(work: Work, event: MailReceived) -> None:
    keep_mail(work, mails.received(mail_of(work, event.mail_id), event, work.rules))


def form_answered(work: Work, event: FormAnswered) -> None:
    keep_mail(work, mails.form_answered(mail_of(work, event.mail_id), event))


def decided(work: Work, event: MailDecided) -> None:
    """At this desk or another. Of a mail that was let go nothing begins anew."""
    known = work.get(Mail, event.mail_id)
    if known:
        keep_mail(work, mails.decided(known, event, work.rules))


def replied(work: Work, event: Reply) -> None:
    """Intake has what was made of a mail."""
    if event.reference:
        for mail in work.find(Mail, f"form:{event.external_id}").values():
            keep_mail(work, mails.taken_in(mail, event))


def decide(work: Work, call: calls.DecideMail) -> Answer:
    """It is not for us. The same press again is the same; whoever was first is named."""
    mail = work.get(Mail, call.mail_id)
    if mail is None or mail.received is None:
        return NotTheirs()
    said = _said(work, call.who, call.mail_id, MailOutcome.NOT_FOR_US, reason=call.reason)
    return _say(work, mail, said) or Done()


def take(work: Work, call: calls.Take) -> Overtaken | None:
    """It is taken in, with the form that was made of it; None where nobody was first."""
    mail = _made_of(work, call)
    if mail is None:
        return None
    outcome = MailOutcome.BREACH_REPORT if call.breach else MailOutcome.REQUEST
    if mail.decision and mail.decision.outcome is MailOutcome.NOT_FOR_US:
        mail = mail.but(decision=None)
    return _say(work, mail, _said(work, call.who, mail.mail_id, outcome, form_id=call.external_id))


def came_at(work: Work, call: calls.Take) -> datetime | None:
    """When the mail came that a form was made of: the request's clock runs from then (R8)."""
    mail = _made_of(work, call)
    return mail.received.received_at if mail and mail.received else None


def mail_is_over(work: Work, mail_id: str) -> None:
    """Read so long ago, or set aside, that nobody asks any more."""
    work.forget(Mail, mail_id)


def _made_of(work: Work, call: calls.Take) -> Mail | None:
    return work.get(Mail, call.mail_id) if call.mail_id else None


def _said(work: Work, who: calls.Who, mail_id: str, outcome: MailOutcome, **more: str | None) -> MailDecided:
    about = {"decision_id": work.cause.derive("mail"), "mail_id": mail_id, "outcome": outcome}
    return MailDecided.model_validate({**about, "decided_by": who.name, "decided_at": work.now, **more})


def _say(work: Work, mail: Mail, said: MailDecided) -> Overtaken | None:
    before = mail.decision
    same = before and (before.decision_id == said.decision_id or before.form_id == (said.form_id or ""))
    if before and not same:
        return calls.overtaken_by(before.outcome, before.decided_by, before.decided_at)
    if not before:
        keep_mail(work, mails.decided(mail, said, work.rules))
        work.publish(said)
    return None


EVENTS: Handlers = {MailReceived: received, FormAnswered: form_answered, MailDecided: decided}
CALLS: Handlers = {calls.DecideMail: decide}
