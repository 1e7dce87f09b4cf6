"""The record of a case: how its blocks stand, whom it is about, and what keeps it from being let go (R48)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from shared.domain.addresses import canonical_postcode
from shared.domain.contact_points import ContactPoints
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events.envelope import Moment
from shared.events.form import ContactRequest, Form, ProtectedPerson, Requester, Words
from shared.events.requests import block_id
from shared.runtime.work import State


class Standing(StrEnum):
    """How a block stands; it only ever goes on to one further down, so the order in which news comes changes nothing."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    AUTHORISED = "authorised"
    LIFTED = "lifted"
    ENDED = "ended"


ORDER = list(Standing)


class Block(Form):
    """One protected person's block. `since` is when it came to stand so, `told` the name that the prisoner was told (R16)."""

    standing: Standing = Standing.PROPOSED
    since: Moment | None = None
    authorised_by: PrisonId | None = None
    told: str | None = None

    def now(self, standing: Standing, at: datetime) -> "Block":
        """The block as it stands after this news."""
        if ORDER.index(standing) <= ORDER.index(self.standing):
            return self
        return self.model_copy(update={"standing": standing, "since": at})


class Hold(Form):
    """A legal hold: while one is on a case nothing of it is let go. The reason is the holder's own words."""

    hold_id: str
    reason: Words
    placed_by: str
    placed_at: Moment


class CaseRecord(State):
    """One case, by request id; a breach report that no request is known for is a case by its breach id.

    `at_prison`: a prison has the request, so that it is the prison's to decide, and to take a withdrawal (R47).
    `released_at` is the release that its blocks have been dormant since (R23); `heard_at`, the last news of it. `page` is the
    newest page of its story, `names` all that points at it. `keep_until` is when its time is over; None where nobody can say yet.
    """

    COLLECTION = "cases"

    case_id: str
    reference: str | None = None
    request: ContactRequest | None = None
    prisoner_number: PrisonerNumber | None = None
    at_prison: bool = False
    blocks: Mapping[str, Block] = {}
    breaches: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    released_at: Moment | None = None
    heard_at: Moment
    holds: Mapping[str, Hold] = {}
    page: int = 0
    keep_until: Moment | None = None

    @property
    def authorised(self) -> bool:
        """Whether a block of it is in force, or dormant and back with the next reception (R23)."""
        return any(block.standing is Standing.AUTHORISED for block in self.blocks.values())

    @property
    def undecided(self) -> bool:
        return any(block.standing is Standing.PROPOSED for block in self.blocks.values())

    @property
    def people(self) -> Mapping[str, ProtectedPerson]:
        """The protected people by the block that each has."""
        named = self.request.protected_people if self.request else ()
        return {block_id(self.case_id, place): person for place, person in enumerate(named)}

    def with_block(self, block_id: str, block: Block) -> "CaseRecord":
        return self.but(blocks={**self.blocks, block_id: block})

    def block(self, block_id: str) -> Block:
        return self.blocks.get(block_id, Block())

    def due(self) -> datetime | None:
        """Its time is over, and nothing holds it."""
        return None if self.holds else self.keep_until

    def lookups(self) -> Iterable[str]:
        """The contact points by which somebody is found who asks what is kept about them."""
        if self.request is None:
            return
        points = asker_points(self.request.requester)
        for person in self.request.protected_people:
            points = points.merged(points_of(person))
        yield from words_of(points)


def asker_points(asker: Requester) -> ContactPoints:
    """How a requester can be reached."""
    return ContactPoints(
        phones=(asker.phone,) if asker.phone else (),
        addresses=(asker.address,) if asker.address else (),
        emails=(asker.email,) if asker.email else (),
    )


def points_of(person: ProtectedPerson) -> ContactPoints:
    return ContactPoints(phones=person.phones, addresses=person.addresses, emails=person.emails)


def words_of(points: ContactPoints) -> Iterator[str]:
    """Words under which who has these points is found; that it is them is for `first_match` to say."""
    yield from (f"phone:{phone}" for phone in points.phones)
    yield from (f"email:{email}" for email in points.emails)
    yield from (
        f"postcode:{known}" for known in {canonical_postcode(a.postcode or "") for a in points.addresses} if known
    )


class Pointer(State):
    """Which case something belongs to: by reference, block id, breach id or notice id."""

    COLLECTION = "pointers"

    case_id: str


class Prisoner(State):
    """The cases about one number; since a merge `merged_into` carries them (R11). `received_at` is the last reception."""

    COLLECTION = "prisoners"

    number: PrisonerNumber
    cases: tuple[str, ...] = ()
    received_at: Moment | None = None
    merged_into: PrisonerNumber | None = None

    def having(self, case_id: str) -> "Prisoner":
        return self.but(cases=(*self.without(case_id).cases, case_id))

    def without(self, case_id: str) -> "Prisoner":
        return self.but(cases=tuple(other for other in self.cases if other != case_id))
