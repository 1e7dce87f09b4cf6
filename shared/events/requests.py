"""What becomes of a contact request on its way to the prison: `upc.contact-requests.v1`, and the replies to its sender."""

from datetime import date
from enum import StrEnum

from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.events import topics
from shared.events.envelope import Event, Moment, derive_id
from shared.events.form import Consent, ContactRequest, Form, GroundsKind, PrisonerDetails, ProtectedPerson, Role


class Channel(StrEnum):
    """The way a request or report came in (R4)."""

    WEB = "web"
    EMAIL = "email"
    TELEPHONE = "telephone"
    HTTP = "http"
    KAFKA = "kafka"

    @property
    def anybody(self) -> bool:
        """Whether whoever comes in this way may call themselves the police, and nobody asks for proof."""
        return self in (Channel.WEB, Channel.EMAIL)


class ContactRequestSubmitted(Event):
    """A complete request was taken in (R2-R5). `linked_requests` are earlier ones about the same pair of people."""

    TOPIC = topics.CONTACT_REQUESTS
    TYPE = "upc.contact-request.submitted"

    request_id: str
    reference: str
    channel: Channel
    submitted_at: Moment
    linked_requests: tuple[str, ...] = ()
    request: ContactRequest

    @property
    def of_agency(self) -> bool:
        """Whether police or probation ask, surely: they get to know the prison (R41), and the CPS is told (R27)."""
        return self.request.requester.role.agency and not self.channel.anybody


def block_id(request_id: str, position: int) -> str:
    """The id of the block on behalf of the `position`-th protected person of a request, known before anyone decides."""
    return derive_id(request_id, str(position))


class BlockProposed(Form):
    """One protected person of a request, and the id that the block on their behalf will have."""

    block_id: str
    person: ProtectedPerson


class MatchedBy(StrEnum):
    """How the prisoner was found (R9)."""

    NUMBER = "number"
    DETAILS = "details"
    PERSON = "person"


class ContactRequestRouted(Event):
    """The holding prison has the request (R8). Sent again with the new prison when the prisoner moves before a decision.

    `prison_as_of` is the instant of what routing knew `prison_id` from: a movement counts against it by when it happened (R25).
    """

    TOPIC = topics.CONTACT_REQUESTS
    TYPE = "upc.contact-request.routed"

    request_id: str
    reference: str
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    matched_by: MatchedBy
    submitted_at: Moment
    routed_at: Moment
    deadline: Moment
    consent: Consent
    grounds: GroundsKind | None = None
    order_ends_on: date | None = None
    proposed: tuple[BlockProposed, ...]
    crn: Crn | None = None
    requester_role: Role | None = None
    prison_as_of: Moment | None = None


class HeldBecause(StrEnum):
    """Why a request waits for reception (R10)."""

    NOT_IN_CUSTODY = "not_in_custody"
    IN_TRANSIT = "in_transit"
    RELEASED = "released"


class ContactRequestHeld(Event):
    """The prisoner is in no prison now; the request is routed on reception (R10)."""

    TOPIC = topics.CONTACT_REQUESTS
    TYPE = "upc.contact-request.held"

    request_id: str
    reference: str
    prisoner_number: PrisonerNumber | None
    because: HeldBecause
    crn: Crn | None = None
    held_at: Moment


class Candidate(Form):
    """A prisoner whom a request may be about, and why: for the person who decides (R9)."""

    prisoner_number: PrisonerNumber
    prison_id: PrisonId | None
    score: int
    why: tuple[str, ...]


class NeedsPersonBecause(StrEnum):
    """Why a program cannot route the request (R9)."""

    NO_MATCH = "no_match"
    SEVERAL_MATCHES = "several_matches"
    NOT_SURE = "not_sure"
    NUMBER_AND_NAME_DISAGREE = "number_and_name_disagree"
    NUMBER_UNKNOWN = "number_unknown"
    PRISONER_DIED = "prisoner_died"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_PASSED = "deadline_passed"


class ContactRequestNeedsPerson(Event):
    """A person has to find the prisoner; the clock goes on running (R8, R9)."""

    TOPIC = topics.CONTACT_REQUESTS
    TYPE = "upc.contact-request.needs-person"

    request_id: str
    reference: str
    because: NeedsPersonBecause
    prisoner: PrisonerDetails
    candidates: tuple[Candidate, ...] = ()
    deadline: Moment
    at: Moment


class ReplyOutcome(StrEnum):
    """Whether a submission was taken in."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Fault(Form):
    """What is wrong with one field of a submission; `pointer` is a JSON pointer. Never repeats the value."""

    pointer: str
    fault: str


class Reply(Event):
    """The answer to a submission over Kafka: accepted with reference, or rejected with every fault (R3)."""

    TOPIC = topics.INBOUND_REPLIES
    TYPE = "upc.inbound.reply"

    external_id: str | None
    outcome: ReplyOutcome
    request_id: str | None = None
    breach_id: str | None = None
    reference: str | None = None
    faults: tuple[Fault, ...] = ()

    def key(self) -> str:
        return self.external_id or ""
