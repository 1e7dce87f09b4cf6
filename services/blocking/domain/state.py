"""What blocking knows of one prisoner: blocks, social contacts, the list as last published, and who confirmed it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from shared.domain.addresses import Address
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.events.blocks import BlockListChanged
from shared.events.contacts import ContactOutcome, MatchedOn
from shared.events.envelope import Moment
from shared.events.form import Consent, Form, GroundsKind, ProtectedPerson, Role
from shared.events.inbound import ContactChange, SocialContact
from shared.runtime.work import State, Work

LISTED = "listed"
"""The word under which every prisoner is found who has a list."""


class BlockStatus(StrEnum):
    """Where a block stands. Dormant ones (R23) stay authorised: that is the prisoner's state, not the block's."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    LIFTED = "lifted"
    ENDED = "ended"
    AUTHORISED = "authorised"


class Block(Form):
    """One protected person of one request.

    `prison_id` is the prison that the request was routed to at `routed_at`, or that authorised it; `was_at`, the prisons
    that it was at before, and until when. `since_version` is the list version since which the block stands at the present
    prison as it is now, `listed_at` when that was published; `confirmed`, whether that prison acknowledged it, which it
    should do by `confirm_by`; `implemented_by`, the prisons that did since the last release. `pending` are new contact
    points of breaches (R30), by breach id.
    """

    block_id: str
    request_id: str
    reference: str
    prison_id: PrisonId
    routed_at: Moment | None = None
    was_at: Mapping[PrisonId, Moment] = {}
    consent: Consent
    grounds: GroundsKind | None = None
    order_ends_on: date | None = None
    crn: Crn | None = None
    requester_role: Role | None = None
    person: ProtectedPerson
    status: BlockStatus = BlockStatus.PROPOSED
    excluded: tuple[str | Address, ...] = ()
    authorised_at: Moment | None = None
    review_after_days: int | None = None
    review_on: date | None = None
    since_version: int = 0
    listed_at: Moment | None = None
    confirmed: bool = False
    confirm_by: Moment | None = None
    implemented_by: tuple[PrisonId, ...] = ()
    withdrawal_noted: bool = False
    pending: Mapping[str, str] = {}

    def decided_by(self, prison_id: str, at: datetime) -> bool:
        """Whether the block was `prison_id`'s to decide at that time, however late the decision is heard (R12, R25)."""
        until = self.was_at.get(prison_id)
        return prison_id == self.prison_id or (until is not None and at < until)

    def routed_on(self, prison_id: str, at: datetime) -> Mapping[str, datetime]:
        """`was_at`, once the request went on to `prison_id` at that time."""
        return self.was_at if prison_id == self.prison_id else {**self.was_at, self.prison_id: at}

    def but(self, **changes: Any) -> "Block":
        """The same with `changes`."""
        return self.model_copy(update=changes)


class Contact(Form):
    """What became of one social contact. Who it is, is kept while listed or waiting only.

    `change` is the estate's last word about it. `cleared` are blocks whose merely similar name a person has looked at
    and found to be somebody else's (R15).
    """

    at: Moment
    change: ContactChange
    outcome: ContactOutcome
    who: SocialContact | None = None
    matched_on: MatchedOn | None = None
    block_id: str | None = None
    cleared: tuple[str, ...] = ()


class Release(Form):
    """An authoritative release (R38) that may still be taken back until it `settles`."""

    at: Moment
    death: bool
    settles: Moment


class Breach(Form):
    """What a breach report led to: the block that it is about, if any, and the prison that was alerted."""

    block_id: str | None
    prison_id: PrisonId
    alerted_at: Moment | None = None


class PrisonerBlocks(State):
    """Everything about one prisoner's blocks, by prisoner number.

    `prison_as_of` is when what set `prison_id` happened (R25). `out_since` is a release that has settled: the blocks
    are dormant (R23). `absconded_at` is set while they have absconded, and a person knows (R38). `merged_from` are numbers
    whose old lists stand until this one is confirmed (R39). `over_at` is when nothing of them is kept any more, and
    `let_go` the version of a list that was let go: the next goes on from there (R48).
    """

    COLLECTION = "prisoner_blocks"

    number: PrisonerNumber
    prison_id: PrisonId | None = None
    prison_as_of: Moment | None = None
    release: Release | None = None
    out_since: Moment | None = None
    absconded_at: Moment | None = None
    blocks: Mapping[str, Block] = {}
    contacts: Mapping[str, Contact] = {}
    breaches: Mapping[str, Breach] = {}
    published: BlockListChanged | None = None
    merged_into: PrisonerNumber | None = None
    merged_from: tuple[PrisonerNumber, ...] = ()
    over_at: Moment | None = None
    let_go: int = 0

    @property
    def authorised(self) -> tuple[Block, ...]:
        """The blocks authorised and neither lifted nor ended, also while they are dormant."""
        return tuple(block for block in self.blocks.values() if block.status is BlockStatus.AUTHORISED)

    @property
    def in_force(self) -> tuple[Block, ...]:
        """The blocks that a prison has to enforce now."""
        return () if self.out_since else self.authorised

    @property
    def all_confirmed(self) -> bool:
        """Whether the holding prison has acknowledged all that is in force."""
        return all(block.confirmed for block in self.in_force)

    @property
    def version(self) -> int:
        """The version of the list as it was last published; 0 where there was none."""
        return self.published.version if self.published else self.let_go

    def with_blocks(self, *blocks: Block) -> "PrisonerBlocks":
        """The same with `blocks` added or replaced."""
        return self.but(blocks={**self.blocks, **{block.block_id: block for block in blocks}})

    def unclocked(self) -> "PrisonerBlocks":
        """The same after a release: what comes into force again starts a new clock, and is implemented anew."""
        return self.with_blocks(*(block.but(confirm_by=None, implemented_by=()) for block in self.blocks.values()))

    def about(self, block: Block, at: datetime) -> dict[str, Any]:
        """What every event about `block` says."""
        return {
            "block_id": block.block_id,
            "request_id": block.request_id,
            "reference": block.reference,
            "prisoner_number": self.number,
            "prison_id": self.prison_id or block.prison_id,
            "at": at,
        }

    def lookups(self) -> tuple[str, ...]:
        """The cases of which something is kept here, by request and by breach report: what lets go of them finds it (R48).

        And that there is a list, so that all of them can be gone through.
        """
        listed = [LISTED] if self.published else []
        return tuple(dict.fromkeys([*listed, *(block.request_id for block in self.blocks.values()), *self.breaches]))

    def due(self) -> datetime | None:
        """A release that settles, a confirmation that should have come, or that nothing of them is kept any more."""
        times = [block.confirm_by for block in self.in_force if block.confirm_by]
        times += [self.release.settles] if self.release else []
        times += [self.over_at] if self.over_at else []
        return min(times, default=None)


def prisoner(work: Work, number: str) -> PrisonerBlocks:
    """The prisoner of that number, under the number that everything hangs on since a merge (R11)."""
    state = work.get(PrisonerBlocks, number) or PrisonerBlocks(number=number)
    return prisoner(work, state.merged_into) if state.merged_into else state
