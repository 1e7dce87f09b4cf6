"""Reviews of blocks, `upc.reviews.v1`, and what probation gets at release, `upc.handovers.v1`."""

from datetime import date
from enum import StrEnum
from typing import Literal

from shared.domain.addresses import Address
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.events import topics
from shared.events.breaches import BreachChannel
from shared.events.envelope import Event, Moment
from shared.events.form import Consent, Form, GroundsKind
from shared.events.inbound import BreachAction


class ReviewKind(StrEnum):
    """Why a block is looked at again (R18, R21)."""

    PERIODIC = "periodic"
    MOVEMENT = "movement"


class ReviewEvent(Event):
    """What every event about one review says."""

    TOPIC = topics.REVIEWS
    TYPE = ""

    review_id: str
    block_id: str
    request_id: str
    reference: str
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    kind: ReviewKind
    due: Moment
    at: Moment


class ReviewOpened(ReviewEvent):
    """The prison has to look at the block afresh by `due`; until then it stays in force (R22)."""

    TYPE = "upc.review.opened"

    order_ends_on: date | None = None


class ReviewDecided(ReviewEvent):
    """A review keeps, changes or ends the block (R22)."""

    TYPE = "upc.review.decided"

    outcome: Literal["keep", "change", "end"]
    excluded_contact_points: tuple[str | Address, ...] = ()
    next_review_on: date | None = None


class ReviewOverdue(ReviewEvent):
    """Nobody decided by `due`: raised, never dropped; the block stays in force (R22)."""

    TYPE = "upc.review.overdue"


class HandoverBlock(Form):
    """One block as the Community Offender Manager gets it (R23)."""

    block_id: str
    reference: str
    consent: Consent
    grounds: GroundsKind | None = None
    order_ends_on: date | None = None
    name: str
    authorised_at: Moment
    implemented_at: Moment | None = None
    history: tuple[str, ...] = ()


class HandoverBreach(Form):
    """One breach as the Community Offender Manager gets it."""

    breach_id: str
    block_id: str | None
    channel: BreachChannel
    happened_at: Moment | None
    actions: tuple[BreachAction, ...] = ()


class HandoverIssued(Event):
    """What was in force at release, with history and breaches, for probation's own risk assessment (R23)."""

    TOPIC = topics.HANDOVERS
    TYPE = "upc.handover.issued"

    handover_id: str
    prisoner_number: PrisonerNumber
    crn: Crn | None = None
    released_from: PrisonId
    released_at: Moment
    issued_at: Moment
    blocks: tuple[HandoverBlock, ...]
    breaches: tuple[HandoverBreach, ...] = ()
