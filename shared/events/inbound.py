"""What comes from outside the trust boundary. Strict about what matters; unknown fields are ignored."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import to_json

from shared.domain.addresses import Address, of_a_sensible_size
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.events import topics
from shared.events.envelope import Event, Moment, derive_id
from shared.events.form import MOST_POINTS, Form, Line, Words

Id = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(max_length=200)]
Point = Annotated[str, Field(max_length=200)]
Place = Annotated[Address, AfterValidator(of_a_sensible_size)]
Few = Field(default=(), max_length=MOST_POINTS)
MOST_ALIASES, MOST_EXCLUDED = 200, 500


def _written(value: object) -> object:
    if value is not None and not isinstance(value, str | date):
        raise ValueError("is not a date")  # a number is not taken for seconds since 1970
    return value


Day = Annotated[date, BeforeValidator(_written)]


class CustodyStatus(StrEnum):
    """Where the register says a prisoner is."""

    IN_CUSTODY = "in_custody"
    IN_TRANSIT = "in_transit"
    RELEASED = "released"


class PrisonerRecorded(Event):
    """Who the prisoner is; the newest `as_of` counts."""

    TOPIC = topics.INBOUND_PRISONERS
    TYPE = "upc.inbound.prisoner"

    prisoner_number: PrisonerNumber
    first_name: Line
    middle_names: Short | None = None
    last_name: Line
    aliases: Annotated[tuple[Line, ...], Field(max_length=MOST_ALIASES)] = ()
    date_of_birth: Day | None = None
    prison_id: PrisonId | None = None
    status: CustodyStatus
    crn: Crn | None = None
    as_of: Moment

    @model_validator(mode="before")
    @classmethod
    def _aliases_by_name(cls, data: Any) -> Any:
        """Aliases come as names or as objects with first and last name."""
        if isinstance(data, dict) and isinstance(data.get("aliases"), list):
            data = data | {"aliases": [_alias(alias) for alias in data["aliases"]]}
        return data

    def own_id(self) -> str:
        return f"{self.prisoner_number}@{self.as_of.isoformat()}"

    def happened(self) -> datetime:
        return self.as_of


def _alias(alias: object) -> object:
    if isinstance(alias, dict):
        names = (alias.get("name"), alias.get("first_name"), alias.get("last_name"))
        return " ".join(name for name in names if isinstance(name, str))
    return alias


class Movement(StrEnum):
    """What an HMPPS prisoner event says, whichever dialect it comes in."""

    RECEIVED = "received"
    RELEASED = "released"
    MERGED = "merged"


class Dialect(StrEnum):
    """Which HMPPS system speaks: the search is immediate, offender events come later with false movements taken out (R37)."""

    SEARCH = "prisoner-offender-search"
    OFFENDER_EVENTS = "prison-offender-events"

    @property
    def authoritative(self) -> bool:
        """Only an authoritative release ends custody (R38)."""
        return self is Dialect.OFFENDER_EVENTS


class MovementDetails(Form):
    """`additionalInformation` of an HMPPS event; a release's `prisonId` is the prison being left (R37)."""

    nomsNumber: PrisonerNumber
    reason: Short = "UNKNOWN"
    prisonId: PrisonId | None = None
    removedNomsNumber: PrisonerNumber | None = None
    nomisMovementReasonCode: Short | None = None


class PrisonerMoved(Event):
    """An HMPPS prisoner event as that system sends it (R37). Descriptions are never parsed."""

    TOPIC = topics.INBOUND_PRISONER_EVENTS
    TYPE = "upc.inbound.prisoner-event"

    eventType: Literal[
        "prisoner-offender-search.prisoner.received",
        "prisoner-offender-search.prisoner.released",
        "prison-offender-events.prisoner.received",
        "prison-offender-events.prisoner.released",
        "prison-offender-events.prisoner.merged",
    ]
    occurredAt: Moment
    additionalInformation: MovementDetails

    @property
    def prisoner_number(self) -> str:
        return self.additionalInformation.nomsNumber

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.eventType.split(".")[0])

    @property
    def movement(self) -> Movement:
        return Movement(self.eventType.split(".")[2])

    def key(self) -> str:
        return self.prisoner_number

    def own_id(self) -> str:
        details = self.additionalInformation.model_dump_json()
        return derive_id(self.eventType, self.occurredAt.isoformat(), details)

    def happened(self) -> datetime:
        return self.occurredAt


class ContactKind(StrEnum):
    """Legal and official contacts are never blocked by number match (R15)."""

    SOCIAL = "social"
    OFFICIAL = "official"
    LEGAL = "legal"


class SocialContact(Form):
    """A person on, or asked onto, a prisoner's social contacts list. Points are as the estate wrote them."""

    contact_id: Id
    name: Line
    relationship: Short | None = None
    kind: ContactKind = ContactKind.SOCIAL
    phones: Annotated[tuple[Point, ...], Few] = ()
    addresses: Annotated[tuple[Place, ...], Few] = ()
    emails: Annotated[tuple[Point, ...], Few] = ()


LARGEST_CONTACT = 10_000
"""Bytes of one contact as JSON: its names, numbers and addresses together. The real ones have a few hundred."""
NEVER_TOO_LARGE = 2
"""With so few points none can be larger, whatever is written in it; to write it out takes a fifth of reading it."""


class ContactChange(StrEnum):
    """What happened to a social contact at the estate."""

    REQUESTED = "requested"
    ADDED = "added"
    REMOVED = "removed"


class SocialContactChanged(Event):
    """A contact was asked for, added or removed (R15). `decided_by` is who looked at one that waited, and said yes.

    Without it, only the first `added` after `requested` is somebody's yes.
    """

    TOPIC = topics.INBOUND_SOCIAL_CONTACTS
    TYPE = "upc.inbound.social-contact"

    event_id: Id | None = None
    prisoner_number: PrisonerNumber
    change: ContactChange
    at: Moment
    contact: SocialContact
    decided_by: Annotated[str, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _of_a_sensible_size(self) -> "SocialContactChanged":
        points = len(self.contact.phones) + len(self.contact.addresses) + len(self.contact.emails)
        if points > NEVER_TOO_LARGE and len(to_json(self.contact)) > LARGEST_CONTACT:
            raise ValueError("the contact is too large in all")
        return self

    def own_id(self) -> str | None:
        return self.event_id

    def happened(self) -> datetime:
        return self.at


class DecisionOutcome(StrEnum):
    """What a prison says: the first four of a request or block, the next three of a review."""

    AUTHORISE = "authorise"
    REFUSE = "refuse"
    ASK_FOR_MORE = "ask_for_more"
    WITHDRAW = "withdraw"
    KEEP = "keep"
    CHANGE = "change"
    END = "end"
    RECORD_ACTION = "record_action"


class BreachAction(StrEnum):
    """What a prison can do about a breach (R29)."""

    CELL_SEARCH = "cell_search"
    PIN_PHONE_CHECK = "pin_phone_check"
    MAIL_CHECK = "mail_check"
    OTHER = "other"


class PrisonDecided(Event):
    """A decision of a prison about a request, one block of it, a review, or a breach (R12, R17, R22, R29, R30)."""

    TOPIC = topics.INBOUND_PRISON_DECISIONS
    TYPE = "upc.inbound.prison-decision"

    decision_id: Id
    request_id: Id | None = None
    review_id: Id | None = None
    block_id: Id | None = None
    breach_id: Id | None = None
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    outcome: DecisionOutcome
    reason: Words | None = None
    excluded_contact_points: Annotated[tuple[Point | Place, ...], Field(max_length=MOST_EXCLUDED)] = ()
    review_after_days: Annotated[int, Field(ge=1, le=730)] | None = None
    action: BreachAction | None = None
    decided_by: Short | None = None
    decided_at: Moment

    @model_validator(mode="after")
    def _names_what_it_decides(self) -> "PrisonDecided":
        if not (self.request_id or self.review_id or self.block_id or self.breach_id):
            raise ValueError("one of request_id, review_id, block_id, breach_id is needed")
        return self

    def own_id(self) -> str:
        return self.decision_id

    def happened(self) -> datetime:
        return self.decided_at


class AcknowledgementOutcome(StrEnum):
    """Whether a version of a block list is in force at a prison."""

    IMPLEMENTED = "implemented"
    FAILED = "failed"


class BlockListAcknowledged(Event):
    """A prison says that version N of a prisoner's block list is in force there, or failed because (R13)."""

    TOPIC = topics.INBOUND_ACKNOWLEDGEMENTS
    TYPE = "upc.inbound.block-acknowledgement"

    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    version: Annotated[int, Field(ge=1)]
    outcome: AcknowledgementOutcome
    reason: Annotated[str, Field(max_length=10_000)] | None = None
    at: Moment

    def own_id(self) -> str:
        return derive_id(self.prisoner_number, self.prison_id, str(self.version), self.outcome, self.at.isoformat())

    def happened(self) -> datetime:
        return self.at


class RoutingDecided(Event):
    """A person says which prisoner a request is about, or that there is no such prisoner (`prisoner_number` null) (R9)."""

    TOPIC = topics.INBOUND_ROUTING_DECISIONS
    TYPE = "upc.inbound.routing-decision"

    decision_id: Id
    request_id: Id
    prisoner_number: PrisonerNumber | None = None
    reason: Words | None = None
    decided_by: Short | None = None
    decided_at: Moment

    def own_id(self) -> str:
        return self.decision_id

    def happened(self) -> datetime:
        return self.decided_at
