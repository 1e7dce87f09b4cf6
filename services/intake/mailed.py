"""Forms that agencies attach to mails: taken in as on their lane of Kafka, and answered for whoever reads the mail (R3, R4)."""

from functools import partial

from services.intake.domain import sender
from services.intake.domain.calls import Refused, Taken
from services.intake.handlers import take_breach, take_request
from shared.events.mail import FormAnswered, FormMailed, MailedForm
from shared.events.requests import Channel, ReplyOutcome
from shared.runtime.items import Handlers
from shared.runtime.work import Work


def form_mailed(work: Work, event: FormMailed) -> None:
    """The mailbox vouches for the agency; what is wrong with the form, a person tells them."""
    if event.form is MailedForm.CONTACT_REQUEST:
        answer = take_request(work, event.body, Channel.EMAIL, None, partial(sender.on_kafka, event.agency))
    else:
        answer = take_breach(work, event.body, Channel.EMAIL, None, partial(sender.breach_on_kafka, event.agency))
    work.publish(
        FormAnswered(
            mail_id=event.mail_id,
            place=event.place,
            form=event.form,
            outcome=ReplyOutcome.ACCEPTED if isinstance(answer, Taken) else ReplyOutcome.REJECTED,
            reference=answer.reference if isinstance(answer, Taken) else None,
            about=answer.id if isinstance(answer, Taken) else None,
            faults=tuple(answer.faults) if isinstance(answer, Refused) else (),
        )
    )


HANDLERS: Handlers = {FormMailed: form_mailed}
