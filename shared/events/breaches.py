"""Contact that goes on: reports on their way (`upc.breach-reports.v1`) and alerts at the prison (`upc.breach-alerts.v1`)."""

from enum import StrEnum

from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events import topics
from shared.events.envelope import Event, Moment
from shared.events.form import Form, Line, PrisonerDetails, Words
from shared.events.inbound import BreachAction
from shared.events.requests import Channel


class BreachChannel(StrEnum):
    """How the prisoner made contact (R14, R29)."""

    PHONE = "phone"
    TEXT = "text"
    LETTER = "letter"
    EMAIL = "email"
    VIDEO = "video"
    SOCIAL_MEDIA = "social_media"
    THIRD_PARTY = "third_party"
    OTHER = "other"


class Reporter(Form):
    """Who reports, and how to reach them; all of it may be missing."""

    name: Line | None = None
    phone: str | None = None
    email: str | None = None


class BreachReport(Form):
    """What a reporter says happened (R29). Needs a reference, or the prisoner and the protected person."""

    external_id: Line | None = None
    reference: str | None = None
    reporter: Reporter | None = None
    prisoner: PrisonerDetails | None = None
    protected_person: Line | None = None
    channel: BreachChannel
    happened_at: Moment | None = None
    contact_used: Line | None = None
    what_happened: Words
    cps_urn: str | None = None


class BreachReportSubmitted(Event):
    """A report was taken in; routing finds the holding prison."""

    TOPIC = topics.BREACH_REPORTS
    TYPE = "upc.breach-report.submitted"
    SAID_BY = ("intake",)

    breach_id: str
    breach_reference: str
    channel: Channel
    request_id: str | None = None
    submitted_at: Moment
    report: BreachReport


class BreachReportRouted(Event):
    """The holding prison of a report's prisoner is known; blocking alerts it."""

    TOPIC = topics.BREACH_REPORTS
    TYPE = "upc.breach-report.routed"
    SAID_BY = ("routing",)

    breach_id: str
    breach_reference: str
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    request_id: str | None = None
    submitted_at: Moment
    report: BreachReport


class BreachReportNeedsPerson(Event):
    """No sure prisoner for a report: a person has to look at once."""

    TOPIC = topics.BREACH_REPORTS
    TYPE = "upc.breach-report.needs-person"
    SAID_BY = ("routing",)

    breach_id: str
    breach_reference: str
    because: str
    at: Moment


class ProsecutionPoint(StrEnum):
    """What in a breach points at a prosecution (R31)."""

    ILLICIT_MOBILE_PHONE = "illicit_mobile_phone"
    WITNESS_INTIMIDATION = "witness_intimidation"
    BREACH_OF_COURT_ORDER = "breach_of_court_order"


class BreachAlerted(Event):
    """The holding prison's alert: the block, what is said to have happened, what can be done (R29-R31).

    `proposed_contact_point` joins the block after the prison's yes (R30). Never carries who reported it.
    """

    TOPIC = topics.BREACH_ALERTS
    TYPE = "upc.breach.reported"

    breach_id: str
    breach_reference: str
    block_id: str | None
    request_id: str | None
    reference: str | None
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    protected_person: str | None
    channel: BreachChannel
    happened_at: Moment | None
    contact_used: str | None
    what_happened: str
    proposed_contact_point: str | None = None
    actions: tuple[BreachAction, ...]
    prosecution_points: tuple[ProsecutionPoint, ...] = ()
    cps_urn: str | None = None
    at: Moment


class BreachActionRecorded(Event):
    """What the prison did about a breach (R29)."""

    TOPIC = topics.BREACH_ALERTS
    TYPE = "upc.breach.action-recorded"

    breach_id: str
    block_id: str | None
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    action: BreachAction
    at: Moment
