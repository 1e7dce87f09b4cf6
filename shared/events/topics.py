"""Every topic of the platform: its key, who writes and reads it, how long it is kept. `shared.runtime.topics` makes them."""

from dataclasses import dataclass
from datetime import timedelta

PARTITIONS = 6
"""One number for all topics, so that what is keyed by prisoner number keeps its order across them."""


@dataclass(frozen=True)
class Topic:
    """A Kafka topic: `key` names the field of the data that is the record's key (empty: the sender's choice)."""

    name: str
    key: str
    written_by: str
    read_by: str
    says: str
    compacted: bool = False
    retention: timedelta = timedelta(days=90)

    @property
    def inbound(self) -> bool:
        """Written from outside the trust boundary."""
        return self.name.startswith("upc.inbound.") and self.name != "upc.inbound.replies.v1"


INBOUND_CONTACT_REQUESTS = Topic(
    "upc.inbound.contact-requests.v1", "", "police, probation", "intake", "A contact request."
)
INBOUND_BREACH_REPORTS = Topic("upc.inbound.breach-reports.v1", "", "police, probation", "intake", "Contact went on.")
INBOUND_REPLIES = Topic(
    "upc.inbound.replies.v1",
    "external_id",
    "intake",
    "police, probation",
    "Accepted with reference, or rejected with every fault.",
)
INBOUND_PRISONER_EVENTS = Topic(
    "upc.inbound.prisoner-events.v1",
    "prisoner_number",
    "prison estate",
    "routing, transfers, blocking",
    "HMPPS domain events: received, released, merged.",
)
INBOUND_PRISONERS = Topic(
    "upc.inbound.prisoners.v1",
    "prisoner_number",
    "prison estate",
    "routing",
    "Who the prisoner is; the newest counts.",
    compacted=True,
)
INBOUND_SOCIAL_CONTACTS = Topic(
    "upc.inbound.social-contacts.v1",
    "prisoner_number",
    "prison estate",
    "blocking",
    "A contact was asked for, added or removed.",
)
INBOUND_PRISON_DECISIONS = Topic(
    "upc.inbound.prison-decisions.v1",
    "prisoner_number",
    "prison estate, the desk",
    "blocking, transfers",
    "Authorise, refuse, ask for more, withdraw, review outcome.",
)
INBOUND_ACKNOWLEDGEMENTS = Topic(
    "upc.inbound.block-acknowledgements.v1",
    "prisoner_number",
    "prison estate",
    "blocking",
    "Version N is in force here, or failed because.",
)
INBOUND_ROUTING_DECISIONS = Topic(
    "upc.inbound.routing-decisions.v1",
    "request_id",
    "the desk",
    "routing",
    "A person says which prisoner a request is about (R9).",
)
CONTACT_REQUESTS = Topic(
    "upc.contact-requests.v1",
    "request_id",
    "intake, routing",
    "the desk, routing, blocking, notifications",
    "Submitted, routed, held, needs a person.",
)
BREACH_REPORTS = Topic(
    "upc.breach-reports.v1",
    "breach_id",
    "intake, routing",
    "routing, blocking, the desk",
    "A breach report on its way to the block it is about.",
)
BLOCK_LISTS = Topic(
    "upc.block-lists.v1",
    "prisoner_number",
    "blocking",
    "prison estates (PIN phones, mail rooms, video), transfers, blocking",
    "The prisoner's whole list of blocks in force.",
    compacted=True,
)
BLOCKS = Topic(
    "upc.blocks.v1",
    "prisoner_number",
    "blocking",
    "everyone inside",
    "Authorised, refused, more asked for, implemented, unconfirmed, lifted, ended.",
)
REVIEWS = Topic(
    "upc.reviews.v1",
    "prisoner_number",
    "transfers",
    "prison estates, blocking, notifications",
    "Review opened, decided, overdue.",
)
SOCIAL_CONTACTS = Topic(
    "upc.social-contacts.v1",
    "prisoner_number",
    "blocking",
    "prison estates",
    "What became of a contact.",
)
BREACH_ALERTS = Topic(
    "upc.breach-alerts.v1",
    "prisoner_number",
    "blocking",
    "prison estates, notifications, transfers",
    "Act on this.",
)
PRISONER_NOTICES = Topic(
    "upc.prisoner-notices.v1",
    "prisoner_number",
    "notifications",
    "prison estates",
    "The one thing a prisoner is told (R16).",
)
CASE_FILE_NOTES = Topic(
    "upc.case-file-notes.v1",
    "cps_urn",
    "notifications",
    "police, CPS",
    "Note for the digital case file.",
)
HANDOVERS = Topic(
    "upc.handovers.v1",
    "prisoner_number",
    "transfers",
    "probation, notifications",
    "What the Community Offender Manager gets.",
)
TASKS = Topic(
    "upc.tasks.v1",
    "task_id",
    "routing, notifications",
    "the desk",
    "Something a person has to do: telephone, write, look into.",
)


def dead_letters(service: str) -> Topic:
    """Where `service` puts what it cannot take, bytes and headers whole, with the reason."""
    return Topic(f"upc.{service}.dead-letters.v1", "", service, "SREs", f"What {service} could not take.")


SERVICES = ("intake", "routing", "blocking", "transfers", "notifications", "desk")

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
    *(dead_letters(service) for service in SERVICES),
)
