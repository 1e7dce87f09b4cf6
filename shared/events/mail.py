"""What comes by e-mail (R4), and what a person says of it.

`upc.mail.received.v1` has every mail, `upc.mail.forms.v1` what agencies attached, `upc.mail.bounces.v1` what came back,
`upc.inbound.mail-decisions.v1` what operators made of it.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from shared.events import topics
from shared.events.envelope import Event, Moment
from shared.events.form import Form, Line, Words
from shared.events.requests import Fault, ReplyOutcome

MOST_TEXT = 50_000
"""Characters of a mail's text; the rest is in the mailbox."""
MOST_ATTACHED = 50
MOST_READ_OUT = 20
"""Of each kind."""
Line200 = Annotated[str, Field(max_length=200)]
Few = Annotated[tuple[Line200, ...], Field(max_length=MOST_READ_OUT)]


class MailKind(StrEnum):
    """What a mail is, and so who looks at it: an operator, nobody but for a check, or a service."""

    DRAFT = "draft"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    FORMS = "forms"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    SPAM = "spam"

    @property
    def for_operators(self) -> bool:
        """Somebody has to read it: it may be a request, or say that contact goes on."""
        return self in (MailKind.DRAFT, MailKind.TOO_LARGE, MailKind.UNREADABLE)


class MailDoubt(StrEnum):
    """Why what looked like an agency's form did not go straight in, or not alone.

    `other_address`: whoever asks in it is not of the agency. `more_beside`: words or files, with forms that went straight in.
    `something_lost`: no form at all, but a server's word that something did not arrive, which may be a mail of ours (R28).
    """

    NOT_PROVED = "not_proved"
    NO_FORM = "no_form"
    OTHER_ADDRESS = "other_address"
    MORE_BESIDE = "more_beside"
    SOMETHING_LOST = "something_lost"


class Attached(Form):
    """Something attached, as its sender calls it; it stays in the mailbox."""

    name: Line200
    media_type: Line200
    size: int


class ReadOut(Form):
    """What could be read out of a mail, each as it is written there; nothing is put right, and nothing concluded."""

    name: Line200 = ""
    prisoner_name: Line200 = ""
    protected_name: Line200 = ""
    prisoner_numbers: Few = ()
    references: Few = ()
    phones: Few = ()
    emails: Few = ()
    postcodes: Few = ()


class MailReceived(Event):
    """A mail that came in, whatever it is: nothing that is sent to us is dropped unseen.

    `received_at` is when our mail server had it. `sender` is what the mail says, and no proof of anything; `agency` is who it
    is known to be from. `text` is plain: no link can be followed from it, and nothing is loaded.
    """

    TOPIC = topics.MAIL
    TYPE = "upc.mail.received"
    SAID_BY = ("mailbox",)

    mail_id: str
    kind: MailKind
    received_at: Moment
    sender: Line200
    subject: Line200
    text: Annotated[str, Field(max_length=MOST_TEXT)]
    cut: bool = False
    attachments: Annotated[tuple[Attached, ...], Field(max_length=MOST_ATTACHED)] = ()
    more_attachments: int = 0
    read_out: ReadOut = ReadOut()
    agency: str | None = None
    doubt: MailDoubt | None = None

    @property
    def for_operators(self) -> bool:
        """Somebody has to read it: also what came beside forms that went straight in."""
        return self.kind.for_operators or self.doubt is MailDoubt.MORE_BESIDE


class MailedForm(StrEnum):
    """Which of the contract's forms an agency attached."""

    CONTACT_REQUEST = "contact_request"
    BREACH_REPORT = "breach_report"


class FormMailed(Event):
    """An agency's form, attached to a mail that our mail server knows to be theirs: intake answers with `FormAnswered`."""

    TOPIC = topics.MAIL_FORMS
    TYPE = "upc.mail.form"

    mail_id: str
    place: int
    form: MailedForm
    agency: str
    body: dict[str, Any]


class FormAnswered(Event):
    """An agency's form by mail is taken in, or has faults that a person has to tell the agency of (R3).

    `about` is the id of the request or breach report that it became.
    """

    TOPIC = topics.MAIL
    TYPE = "upc.mail.answered"
    SAID_BY = ("intake",)

    mail_id: str
    place: int
    form: MailedForm
    outcome: ReplyOutcome
    reference: str | None = None
    about: str | None = None
    faults: tuple[Fault, ...] = ()


class MessageBounced(Event):
    """A message of ours did not arrive, as a mail server says (RFC 3464, R28). `permanent`: trying again is of no use.

    `at_recipient`: it failed at the address that we wrote to, and not somewhere behind it, where it may have gone on to others.
    """

    TOPIC = topics.MAIL_BOUNCES
    TYPE = "upc.mail.bounced"

    mail_id: str
    message_id: str
    permanent: bool
    at_recipient: bool = False


class MailOutcome(StrEnum):
    """What a person made of a mail."""

    REQUEST = "request"
    BREACH_REPORT = "breach_report"
    NOT_FOR_US = "not_for_us"


class MailDecided(Event):
    """A person read a mail: it goes to intake as the form `form_id` (its `external_id`), or is not for us, and why."""

    TOPIC = topics.INBOUND_MAIL_DECISIONS
    TYPE = "upc.inbound.mail-decision"

    decision_id: Line
    mail_id: Line
    outcome: MailOutcome
    form_id: Line | None = None
    reason: Words | None = None
    decided_by: Line
    decided_at: Moment

    def own_id(self) -> str:
        return self.decision_id
