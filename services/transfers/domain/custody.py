"""What transfers knows of one prisoner: where they were, the blocks that follow them, reviews, breaches, releases."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from services.transfers.domain.timeline import Point, Stay, Timeline, last_release, present_stay
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.events.envelope import Event, Moment
from shared.events.form import Consent, Form, GroundsKind
from shared.events.reviews import HandoverBreach, ReviewKind
from shared.runtime.work import State


class Held(Form):
    """A block in force, or dormant since a release, with what its reviews depend on.

    `looked_at` is the last look, at `prison_id`; `history` is for the handover.
    """

    block_id: str
    request_id: str
    reference: str
    name: str
    consent: Consent
    grounds: GroundsKind | None = None
    order_ends_on: date | None = None
    order_looked_at: bool = False
    period_days: int | None = None
    prison_id: PrisonId
    authorised_at: Moment
    implemented_at: Moment | None = None
    looked_at: Moment
    history: tuple[str, ...] = ()


class ReviewStage(StrEnum):
    """Open ones can be decided, overdue or not; superseded ones were open when the prisoner moved on or was released."""

    OPEN = "open"
    DECIDED = "decided"
    SUPERSEDED = "superseded"


class Review(Form):
    """A fresh look at a block at a prison, in the stay that began at `since`. `of_order`: its order is about to end."""

    review_id: str
    block_id: str
    kind: ReviewKind
    prison_id: PrisonId
    due: Moment
    since: Moment
    of_order: bool = False
    stage: ReviewStage = ReviewStage.OPEN
    overdue: bool = False

    @property
    def open(self) -> bool:
        return self.stage is ReviewStage.OPEN


class Custody(State):
    """One prisoner number.

    `settled` are the releases that were handed over; `gone`, the blocks that were lifted or ended; `proposed`, by breach id, the
    blocks for which a new contact point waits for the prison's yes (R30); `wake_at` is when time is the next event.
    """

    COLLECTION = "custodies"

    number: PrisonerNumber
    timeline: Timeline = ()
    blocks: Mapping[str, Held] = {}
    gone: tuple[str, ...] = ()
    reviews: Mapping[str, Review] = {}
    breaches: tuple[HandoverBreach, ...] = ()
    proposed: Mapping[str, str] = {}
    settled: tuple[Moment, ...] = ()
    crn: Crn | None = None
    wake_at: Moment | None = None
    merged_into: PrisonerNumber | None = None

    def due(self) -> datetime | None:
        return self.wake_at

    def lookups(self) -> tuple[str, ...]:
        """The cases of which something is kept here, by request, block and breach report: what lets go of them finds it (R48)."""
        of_blocks = [name for block in self.blocks.values() for name in (block.request_id, block.block_id)]
        of_reviews = [review.block_id for review in self.reviews.values()]
        of_breaches = [breach.breach_id for breach in self.breaches]
        return tuple(dict.fromkeys([*of_blocks, *of_reviews, *of_breaches, *self.proposed, *self.gone]))

    @property
    def stay(self) -> Stay | None:
        """Where they are; None when released or not known."""
        return present_stay(self.timeline)

    @property
    def unsettled(self) -> Point | None:
        """The release that may still be taken back; a death if any report of it says so. None once it has settled."""
        reports = last_release(self.timeline)
        if not reports or any(report.at in self.settled for report in reports):
            return None
        return reports[0].model_copy(update={"death": any(report.death for report in reports)})

    def with_blocks(self, *blocks: Held) -> "Custody":
        return self.but(blocks={**self.blocks, **{block.block_id: block for block in blocks}})

    def with_reviews(self, *reviews: Review) -> "Custody":
        return self.but(reviews={**self.reviews, **{review.review_id: review for review in reviews}})

    def without_block(self, block_id: str) -> "Custody":
        """The block is gone for good, also if it was not heard of yet; what was open about it is superseded."""
        left = {known: block for known, block in self.blocks.items() if known != block_id}
        state = self.but(blocks=left, gone=tuple(dict.fromkeys([*self.gone, block_id])))
        return superseded(state, (r for r in self.reviews.values() if r.block_id == block_id))


Decided = tuple[Custody, list[Event]]


def superseded(state: Custody, reviews: Iterable[Review]) -> Custody:
    """These reviews, where still open, are nobody's to decide any more."""
    closed = [r.model_copy(update={"stage": ReviewStage.SUPERSEDED}) for r in reviews if r.open]
    return state.with_reviews(*closed) if closed else state


def changed(block: Held, line: str, **changes: object) -> Held:
    """The block with a line more of history."""
    return block.model_copy(update={**changes, "history": (*block.history, line)})
