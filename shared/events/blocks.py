"""Blocks and block lists: `upc.blocks.v1` (what happened) and `upc.block-lists.v1` (what is in force)."""

from datetime import date
from enum import StrEnum

from shared.domain.addresses import Address
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.events import topics
from shared.events.envelope import Event, Moment
from shared.events.form import Consent, Form, GroundsKind


class BlockEvent(Event):
    """What every event about one block says."""

    TOPIC = topics.BLOCKS
    TYPE = ""

    block_id: str
    request_id: str
    reference: str
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    at: Moment


class BlockAuthorised(BlockEvent):
    """A prison authorised the block for one protected person (R12). `name` is what the prisoner is told (R16).

    `prison_as_of` is the instant of what blocking knew `prison_id` from: a movement counts against it by when it happened (R25).
    There is no `implementation_deadline` beyond the known calendar (R46), nor while the prisoner is out: then the block is
    `dormant`, and comes into force with their return (R23).
    """

    TYPE = "upc.block.authorised"

    name: str
    consent: Consent
    grounds: GroundsKind | None = None
    order_ends_on: date | None = None
    review_after_days: int | None = None
    implementation_deadline: Moment | None = None
    dormant: bool = False
    shared_household: bool = False
    crn: Crn | None = None
    prison_as_of: Moment | None = None


class BlockRefused(BlockEvent):
    """A prison refused, with its reason (R12)."""

    TYPE = "upc.block.refused"

    reason: str


class BlockMoreAsked(BlockEvent):
    """A prison needs to know more before it decides (R12)."""

    TYPE = "upc.block.more-asked"

    reason: str


class BlockImplemented(BlockEvent):
    """The prison acknowledged that the block is in force (R13)."""

    TYPE = "upc.block.implemented"

    version: int


class UnconfirmedBecause(StrEnum):
    """Why a block is not known to be in force."""

    FAILED = "failed"
    OVERDUE = "overdue"


class BlockUnconfirmed(BlockEvent):
    """The prison said the list failed, or said nothing by the deadline (R13). The block stays in force and is raised."""

    TYPE = "upc.block.unconfirmed"

    version: int
    because: UnconfirmedBecause


class BlockLifted(BlockEvent):
    """Withdrawn at the prison: what this request put in force is gone, and no more (R17)."""

    TYPE = "upc.block.lifted"

    reason: str | None = None


class BlockWithdrawalNoted(BlockEvent):
    """The protected person withdrew, but a court's order keeps the block in force (R45)."""

    TYPE = "upc.block.withdrawal-noted"


class EndedBecause(StrEnum):
    """Why a block ended."""

    REVIEW = "review"
    DEATH = "death"


class BlockEnded(BlockEvent):
    """A review ended the block (R22), or the prisoner died (R38)."""

    TYPE = "upc.block.ended"

    because: EndedBecause


class BlockInForce(Form):
    """One block as an estate enforces it: one protected person's name and contact points."""

    block_id: str
    reference: str
    name: str
    other_names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    emails: tuple[str, ...] = ()
    in_force_since: Moment
    review_on: date | None = None


class BlockListChanged(Event):
    """A prisoner's whole list of blocks in force: state, not steps. `version` grows by one; a lower one is old.

    `also_held_by` are prisons that keep the list in force until `prison_id` has acknowledged it (R40); `merged_into` is
    the number that carries everything of this one since a merge (R11).
    """

    TOPIC = topics.BLOCK_LISTS
    TYPE = "upc.block-list.changed"

    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    version: int
    as_of: Moment
    blocks: tuple[BlockInForce, ...]
    also_held_by: tuple[PrisonId, ...] = ()
    merged_into: PrisonerNumber | None = None


class BlockListLetGo(Event):
    """The prisoner's list, empty for years, is let go (R48): a record without a value. A later one goes on from its version."""

    TOPIC = topics.BLOCK_LISTS
    TYPE = "upc.block-list.let-go"
    TOMBSTONE = True

    prisoner_number: PrisonerNumber
