"""What became of a contact that an estate asked for, added or removed: `upc.social-contacts.v1`."""

from enum import StrEnum

from shared.domain.identifiers import PrisonerNumber
from shared.events import topics
from shared.events.envelope import Event, Moment


class ContactOutcome(StrEnum):
    """What became of a contact (R15)."""

    LISTED = "listed"
    REFUSED = "refused"
    WAITING = "waiting"
    REMOVED = "removed"


class MatchedOn(StrEnum):
    """What of a contact met a block."""

    PHONE = "phone"
    ADDRESS = "address"
    EMAIL = "email"
    NAME = "name"
    SIMILAR_NAME = "similar_name"


class SocialContactDecided(Event):
    """On the list, refused and why, waiting for a person, or taken off (R13, R15)."""

    TOPIC = topics.SOCIAL_CONTACTS
    TYPE = "upc.social-contact.decided"

    prisoner_number: PrisonerNumber
    contact_id: str
    outcome: ContactOutcome
    matched_on: MatchedOn | None = None
    block_id: str | None = None
    at: Moment
