"""How a request stands, as its requester may see it (R6, R17, R41, R47)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from shared.domain.access import Whose
from shared.domain.identifiers import PrisonId
from shared.domain.prisons import PRISONS
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.runtime.work import State


class Step(StrEnum):
    """What can happen to a request, in the order in which it does; later ones outweigh earlier ones of the same instant."""

    SUBMITTED = "submitted"
    NEEDS_PERSON = "needs_person"
    HELD = "held"
    ROUTED = "routed"
    MORE_ASKED = "more_asked"
    REFUSED = "refused"
    AUTHORISED = "authorised"
    IMPLEMENTED = "implemented"
    REVIEWED = "reviewed"
    RELEASED = "released"
    LIFTED = "lifted"
    ENDED = "ended"


ORDER = list(Step)
BEST_FIRST = (
    Step.IMPLEMENTED, Step.RELEASED, Step.AUTHORISED, Step.MORE_ASKED, Step.REFUSED, Step.LIFTED, Step.ENDED,
)  # fmt: skip
OF_A_BLOCK = BEST_FIRST


class Happening(Form):
    """One step, once; `block_id` where it is about one protected person, `in_transit` where it is held on the road."""

    at: Moment
    step: Step
    block_id: str | None = None
    prison_id: PrisonId | None = None
    in_transit: bool = False


class Request(State):
    """A request as intake knows it. `happened` is a set: the order in which news arrives changes nothing.

    `owner` is whose it is, among callers (`shared.domain.access.Caller.owner`); `known_by` by what else its requester can be
    known again (`knowing`).
    """

    COLLECTION = "requests"

    request_id: str
    reference: str
    owner: str | None = None
    known_by: tuple[str, ...] = ()
    submitted_at: Moment
    routing_deadline: Moment | None
    implementation_deadline: Moment | None = None
    blocks: tuple[str, ...]
    happened: tuple[Happening, ...]

    def heard(self, news: Happening, implementation_deadline: datetime | None = None) -> "Request":
        """The request with this news, each once."""
        if news in self.happened:
            return self
        deadline = max((d for d in (self.implementation_deadline, implementation_deadline) if d), default=None)
        happened = sorted({*self.happened, news}, key=_when)
        return self.but(happened=tuple(happened), implementation_deadline=deadline)

    def submitted_before(self, at: datetime, routing_deadline: datetime | None) -> "Request":
        """The same, submitted earlier than was thought here."""
        others = [news for news in self.happened if news.step is not Step.SUBMITTED]
        happened = sorted([Happening(at=at, step=Step.SUBMITTED), *others], key=_when)
        return self.but(submitted_at=at, routing_deadline=routing_deadline, happened=tuple(happened))

    @property
    def status(self) -> Step:
        """How it stands: the furthest of its blocks once a prison has decided, before that the last step."""
        decided = [self._of_block(block) for block in self.blocks]
        best = next((step for step in BEST_FIRST if step in decided), None)
        before = [news.step for news in self.happened if news.step not in (*OF_A_BLOCK, Step.REVIEWED)]
        return best or before[-1]

    @property
    def prison(self) -> str | None:
        """The prison that was last named."""
        return next((news.prison_id for news in reversed(self.happened) if news.prison_id), None)

    @property
    def whose(self) -> Whose:
        """Its submitter's, and that of the prison that has it."""
        return Whose(self.owner, frozenset([self.prison] if self.prison else ()))

    def for_requester(self) -> "Request":
        """What one may see of it who may not know where the prisoner is, or that they move (R17, R41).

        So the next prison that has the request, or puts the block in force, is no news; nor is any prison before it authorised.
        """
        shown = (
            news if news.step is Step.AUTHORISED else news.model_copy(update={"prison_id": None})
            for news in _without_moves(self.happened)
        )
        return self.but(happened=tuple(shown))

    def _of_block(self, block_id: str) -> Step | None:
        steps = [news.step for news in self.happened if news.block_id == block_id and news.step in OF_A_BLOCK]
        return steps[-1] if steps else None


def _when(news: Happening) -> tuple[datetime, int, str, str, bool]:
    return news.at, ORDER.index(news.step), news.block_id or "", news.prison_id or "", news.in_transit


def _without_moves(happened: Sequence[Happening]) -> Iterator[Happening]:
    in_force: set[str | None] = set()
    before = None
    for news in happened:
        moved = news.step is Step.ROUTED and before is Step.ROUTED
        moved |= news.step is Step.IMPLEMENTED and news.block_id in in_force
        if not moved and not news.in_transit:
            yield news
        if news.step is Step.IMPLEMENTED:
            in_force.add(news.block_id)
        if news.step is Step.RELEASED:
            in_force.discard(news.block_id)
        if news.block_id is None and not news.in_transit:
            before = news.step


class ContactRoute(Form):
    """Where to turn at a prison (R17); no more than "the prison" for those who may not know which (R41)."""

    prison_id: PrisonId | None = None
    name: str = "the prison"
    address: Sequence[str] = ()


class WhatHappened(Form):
    """One line of a request's history."""

    at: Moment
    what: Step


class Deadlines(Form):
    """By when the request is at the prison (R8), and the block in force (R13)."""

    routing: Moment | None
    implementation: Moment | None


class Status(Form):
    """What the requester, or an agency, gets to see; nothing that they did not give, beyond how it stands (R47)."""

    request_id: str
    reference: str
    status: Step
    prison: ContactRoute
    deadlines: Deadlines
    what_has_happened: Sequence[WhatHappened]


def status(request: Request) -> Status:
    """How a request stands."""
    lines = dict.fromkeys((news.at, news.step) for news in request.happened)
    return Status(
        request_id=request.request_id,
        reference=request.reference,
        status=request.status,
        prison=_route(request.prison),
        deadlines=Deadlines(routing=request.routing_deadline, implementation=request.implementation_deadline),
        what_has_happened=[WhatHappened(at=at, what=what) for at, what in lines],
    )


def _route(prison_id: str | None) -> ContactRoute:
    prison = PRISONS.get(prison_id or "")
    if prison is None:
        return ContactRoute()
    return ContactRoute(prison_id=prison_id, name=prison.full_name, address=prison.postal_address)
