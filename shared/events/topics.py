"""Every topic of the platform: its key, who writes and reads it, how long it is kept and why.

`shared.runtime.topics` makes them, `shared.runtime.acls` has the broker hold everybody to who writes and reads.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from shared.events.principals import INSIDE, SERVICES
from shared.events.principals import Principal as P

PARTITIONS = 6
"""One number for all topics, so that what is keyed by prisoner number keeps its order across them."""


class Kept(NamedTuple):
    """For how long a record stays on its topic, and what for. Without a time the newest of each key stays (compaction)."""

    span: timedelta | None
    because: str


TAKEN_IN = Kept(
    timedelta(days=14),
    "a service takes it into its own database at once: so long it can be down, over Christmas too, or go back to a backup",
)
ACTED_ON = Kept(
    timedelta(days=14), "so long an organisation outside can be cut off and still find all that it has to act on"
)
FETCHED = Kept(timedelta(days=30), "an organisation outside takes it into its own records, and may come once a month")
LOOKED_INTO = Kept(timedelta(days=30), "a person finds out what was wrong with it and has it sent again, or not")
LET_GO_AGAIN = Kept(
    timedelta(days=30), "a service that goes back to a backup reads it again, and lets go again of what went since"
)
ANCHORS = Kept(None, "state: the newest of each chain shows whether the end of that is missing")
STATE = Kept(None, "state: who starts from nothing has to find the newest record of every prisoner")


@dataclass(frozen=True)
class Topic:
    """A Kafka topic: `key` names the field of the data that is the record's key (empty: the sender's choice).

    `personal` says what personal data its records carry. One that is `laned` has a lane for each agency beside it.
    `without_place` are those of `read_by` that keep no place there: who reads it whole at each start, or not at all.
    """

    name: str
    key: str
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    says: str
    personal: str
    kept: Kept = TAKEN_IN
    laned: bool = False
    without_place: tuple[str, ...] = ()

    @cached_property
    def inbound(self) -> bool:
        """Written from outside the trust boundary."""
        return INSIDE.isdisjoint(self.written_by)

    def has_place_of(self, service: str) -> bool:
        """Whether the service's group goes on here from where it was."""
        return service in self.read_by and service not in self.without_place

    @property
    def compacted(self) -> bool:
        return self.kept.span is None

    def lane(self, agency: str) -> "Topic":
        """The same for one agency alone, which no other can write or read."""
        lane = replace(self, name=f"{self.name}.{agency}", laned=False)
        return replace(lane, written_by=(agency,)) if self.inbound else replace(lane, read_by=(agency,))


REFERENCE = "none but a reference"
EVERYONE = "names and every contact point of requester and protected people, the grounds"
PRISONER = "the prisoner's number and movements"
BREACH = "names, numbers, what was said to have happened"

INBOUND_CONTACT_REQUESTS = Topic(
    "upc.inbound.contact-requests.v1",
    "",
    (P.POLICE, P.PROBATION),
    (P.INTAKE,),
    "A contact request.",
    EVERYONE,
    laned=True,
)
INBOUND_BREACH_REPORTS = Topic(
    "upc.inbound.breach-reports.v1", "", (P.POLICE, P.PROBATION), (P.INTAKE,), "Contact went on.", BREACH, laned=True
)
INBOUND_REPLIES = Topic(
    "upc.inbound.replies.v1",
    "external_id",
    (P.INTAKE,),
    (P.POLICE, P.PROBATION),
    "Accepted with reference, or rejected with every fault.",
    REFERENCE,
    ACTED_ON,
    laned=True,
)
INBOUND_PRISONER_EVENTS = Topic(
    "upc.inbound.prisoner-events.v1",
    "prisoner_number",
    (P.ESTATE,),
    (P.ROUTING, P.TRANSFERS, P.BLOCKING, P.DESK, P.RECORDS),
    "HMPPS domain events: received, released, merged.",
    PRISONER,
)
INBOUND_PRISONERS = Topic(
    "upc.inbound.prisoners.v1",
    "prisoner_number",
    (P.ESTATE,),
    (P.ROUTING, P.DESK),
    "Who the prisoner is; the newest counts.",
    "the prisoner's names, date of birth, prison",
    STATE,
)
INBOUND_SOCIAL_CONTACTS = Topic(
    "upc.inbound.social-contacts.v1",
    "prisoner_number",
    (P.ESTATE,),
    (P.BLOCKING, P.DESK),
    "A contact was asked for, added or removed.",
    "names and contact points of the people whom a prisoner knows",
)
INBOUND_PRISON_DECISIONS = Topic(
    "upc.inbound.prison-decisions.v1",
    "prisoner_number",
    (P.ESTATE, P.DESK),
    (P.BLOCKING, P.TRANSFERS, P.DESK),
    "Authorise, refuse, ask for more, withdraw, review outcome.",
    "the prisoner's number, contact points left out, reasons",
)
INBOUND_ACKNOWLEDGEMENTS = Topic(
    "upc.inbound.block-acknowledgements.v1",
    "prisoner_number",
    (P.ESTATE, P.DESK),
    (P.BLOCKING, P.DESK),
    "Version N is in force here, or failed because.",
    "the prisoner's number",
)
INBOUND_ROUTING_DECISIONS = Topic(
    "upc.inbound.routing-decisions.v1",
    "request_id",
    (P.DESK,),
    (P.ROUTING, P.DESK),
    "A person says which prisoner a request is about (R9).",
    "the prisoner's number",
)
INBOUND_MAIL_DECISIONS = Topic(
    "upc.inbound.mail-decisions.v1",
    "mail_id",
    (P.DESK,),
    (P.MAILBOX, P.DESK),
    "A person says what a mail is: taken in, or not for us.",
    "reasons",
)
CONTACT_REQUESTS = Topic(
    "upc.contact-requests.v1",
    "request_id",
    (P.INTAKE, P.ROUTING),
    (P.DESK, P.INTAKE, P.ROUTING, P.BLOCKING, P.NOTIFICATIONS, P.RECORDS),
    "Submitted, routed, held, needs a person.",
    EVERYONE,
)
BREACH_REPORTS = Topic(
    "upc.breach-reports.v1",
    "breach_id",
    (P.INTAKE, P.ROUTING),
    (P.INTAKE, P.ROUTING, P.BLOCKING, P.DESK, P.RECORDS),
    "A breach report on its way to the block it is about.",
    BREACH,
)
BLOCK_LISTS = Topic(
    "upc.block-lists.v1",
    "prisoner_number",
    (P.BLOCKING,),
    (P.ESTATE, P.BLOCKING, P.TRANSFERS, P.DESK, P.RECORDS),
    "The prisoner's whole list of blocks in force.",
    "names and contact points of protected people, in clear: the estate enforces them",
    STATE,
    without_place=(P.BLOCKING, P.TRANSFERS, P.RECORDS),
)
BLOCKS = Topic(
    "upc.blocks.v1",
    "prisoner_number",
    (P.BLOCKING,),
    (P.DESK, P.INTAKE, P.ROUTING, P.TRANSFERS, P.NOTIFICATIONS, P.RECORDS),
    "Authorised, refused, more asked for, implemented, unconfirmed, lifted, ended.",
    "the prisoner's number, the protected person's name, reasons",
)
REVIEWS = Topic(
    "upc.reviews.v1",
    "prisoner_number",
    (P.TRANSFERS,),
    (P.ESTATE, P.DESK, P.INTAKE, P.BLOCKING, P.NOTIFICATIONS, P.RECORDS),
    "Review opened, decided, overdue.",
    "the prisoner's number",
    ACTED_ON,
)
SOCIAL_CONTACTS = Topic(
    "upc.social-contacts.v1",
    "prisoner_number",
    (P.BLOCKING,),
    (P.ESTATE, P.DESK, P.RECORDS),
    "What became of a contact.",
    "the prisoner's number",
    ACTED_ON,
)
BREACH_ALERTS = Topic(
    "upc.breach-alerts.v1",
    "prisoner_number",
    (P.BLOCKING,),
    (P.ESTATE, P.DESK, P.TRANSFERS, P.NOTIFICATIONS, P.RECORDS),
    "Act on this.",
    BREACH,
    ACTED_ON,
)
PRISONER_NOTICES = Topic(
    "upc.prisoner-notices.v1",
    "prisoner_number",
    (P.NOTIFICATIONS,),
    (P.ESTATE, P.DESK, P.RECORDS),
    "The one thing a prisoner is told (R16).",
    "the prisoner's number, the protected person's name",
    ACTED_ON,
)
CASE_FILE_NOTES = Topic(
    "upc.case-file-notes.v1",
    "cps_urn",
    (P.NOTIFICATIONS,),
    (P.POLICE, P.CPS, P.DESK, P.RECORDS),
    "Note for the digital case file.",
    "names, what was decided or reported",
    FETCHED,
)
HANDOVERS = Topic(
    "upc.handovers.v1",
    "prisoner_number",
    (P.TRANSFERS,),
    (P.PROBATION, P.NOTIFICATIONS, P.INTAKE, P.DESK, P.RECORDS),
    "What the Community Offender Manager gets.",
    "the prisoner's number, names of protected people, history, breaches",
    FETCHED,
)
TASKS = Topic(
    "upc.tasks.v1",
    "task_id",
    (P.BLOCKING, P.NOTIFICATIONS),
    (P.DESK, P.RECORDS),
    "Something a person has to do: telephone, write, look into.",
    "the requester's name, number or address, what they are to be told",
    ACTED_ON,
)
MAIL = Topic(
    "upc.mail.received.v1",
    "mail_id",
    (P.MAILBOX, P.INTAKE),
    (P.DESK,),
    "A mail that came in, with what could be read out of it; what became of a form attached.",
    "whatever somebody wrote: names, contact points, what happened to them",
)
MAIL_FORMS = Topic(
    "upc.mail.forms.v1",
    "mail_id",
    (P.MAILBOX,),
    (P.INTAKE,),
    "A form that an agency attached to a mail.",
    EVERYONE,
)
MAIL_BOUNCES = Topic(
    "upc.mail.bounces.v1",
    "mail_id",
    (P.MAILBOX,),
    (P.NOTIFICATIONS,),
    "A message of ours did not arrive.",
    "none",
)
ERASURES = Topic(
    "upc.erasures.v1",
    "request_id",
    (P.RECORDS,),
    tuple(service for service in SERVICES if service is not P.MAILBOX),  # which knows of no case
    "A case is let go: forget what hangs on it.",
    "a reference and the prisoner's number",
    LET_GO_AGAIN,
)
AUDIT_ANCHORS = Topic(
    "upc.audit-anchors.v1",
    "chain",
    SERVICES,
    (P.RECORDS,),
    "How far a chain of the audit log has come.",
    "none",
    ANCHORS,
)


OPERATIONS = Topic(
    "upc.operations.v1",
    "subject",
    (P.SRE,),
    (P.SRE, P.RECORDS),
    "What was done by hand, by whom and why.",
    "none but who did it",
    LOOKED_INTO,
)


def dead_letters(service: str) -> Topic:
    """Where `service` puts what it cannot take, bytes and headers whole, with the reason."""
    name, says = f"upc.{service}.dead-letters.v1", f"What {service} could not take."
    return Topic(name, "", (service,), (P.SRE,), says, "whatever the record held", LOOKED_INTO)


ALL: tuple[Topic, ...] = (
    INBOUND_CONTACT_REQUESTS,
    INBOUND_BREACH_REPORTS,
    INBOUND_REPLIES,
    INBOUND_PRISONER_EVENTS,
    INBOUND_PRISONERS,
    INBOUND_SOCIAL_CONTACTS,
    INBOUND_PRISON_DECISIONS,
    INBOUND_ACKNOWLEDGEMENTS,
    INBOUND_ROUTING_DECISIONS,
    INBOUND_MAIL_DECISIONS,
    CONTACT_REQUESTS,
    BREACH_REPORTS,
    BLOCK_LISTS,
    BLOCKS,
    REVIEWS,
    SOCIAL_CONTACTS,
    BREACH_ALERTS,
    PRISONER_NOTICES,
    CASE_FILE_NOTES,
    HANDOVERS,
    TASKS,
    MAIL,
    MAIL_FORMS,
    MAIL_BOUNCES,
    ERASURES,
    AUDIT_ANCHORS,
    OPERATIONS,
    *(dead_letters(service) for service in SERVICES),
)

LANE = re.compile(r"(.+\.v\d+)\.(.+)")
ALWAYS_A_LANE = (P.DESK,)
"""Who has a lane whatever the settings say: what operators take down is nobody's word but the caller's (R4, R41)."""


def with_lanes(topics: Iterable[Topic], agencies: Iterable[str]) -> tuple[Topic, ...]:
    """`topics`, and after each that is laned its lane for every agency, and for the desk."""
    lanes = (*agencies, *ALWAYS_A_LANE)
    return tuple(each for topic in topics for each in (topic, *(topic.lane(one) for one in lanes if topic.laned)))


def met_by(topic: Topic, who: str) -> Topic:
    """Where `who` writes or reads `topic`: on their own lane, where they have one."""
    return topic.lane(who) if topic.laned and who in ALWAYS_A_LANE else topic


@lru_cache(maxsize=1000)
def lane_of(name: str) -> tuple[str, str]:
    """A topic's name without its lane, and the agency whose lane it is; that is empty where it is nobody's."""
    lane = LANE.fullmatch(name)
    return (lane[1], lane[2]) if lane else (name, "")
