"""What who runs the platform asks: which lists are not in force as they should be, and to publish those again."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query

from services.blocking.domain.differences import Difference, difference
from services.blocking.domain.lists import PublishAgain
from services.blocking.domain.picture import Picture
from services.blocking.domain.state import LISTED, PrisonerBlocks
from shared.domain.access import Action
from shared.events.envelope import derive_id
from shared.events.form import Form
from shared.runtime.callers import REFUSED, Permit
from shared.runtime.ids import new_id
from shared.runtime.problems import Problem, problem
from shared.runtime.ranked import Wanted
from shared.runtime.service import Service

PAGE = 200
"""Lists that are looked at in one call."""
NOT_NOW = problem("Not possible right now: try again after `Retry-After`")
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class Differences(Form):
    """`looked_at` lists from `after` on, those that are not in force as they should be, and where to go on; None at the end."""

    looked_at: int
    differences: Sequence[Difference]
    next: int | None


class From(Form):
    """From which list on; they are in the order of their names in the database."""

    after: int = 0


class Published(Form):
    """How many lists were published again, and where to go on."""

    published: int
    next: int | None


def mending(service: Service, picture: Picture, whole: Callable[[], bool]) -> APIRouter:
    """For `upc reconcile`. Nothing that is answered is about anybody: a list is named by the references of its requests."""
    router = APIRouter(prefix="/api/v1/block-lists", responses=REFUSED | {503: NOT_NOW})
    Mending = Annotated[Permit, Depends(service.callers.may(Action.MEND_LISTS))]

    async def found(after: int) -> tuple[int, dict[str, Difference]]:
        if not whole():
            raise Problem(503, "The block lists are still being read: try again", headers={"Retry-After": "2"})
        page = await service.ranked(PrisonerBlocks, Wanted([LISTED], after, PAGE))
        states = await service.query(lambda work: work.fetch(PrisonerBlocks, page.ids))
        now = service.clock.now()
        every = {number: difference(state, picture.on_topic(number), now) for number, state in states.items()}
        return len(page.ids), {number: wrong for number, wrong in every.items() if wrong}

    @router.get("/differences")
    async def differences(permit: Mending, after: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> Differences:
        """What should be in force, beside what is on the topic and what prisons acknowledged (R13, R40)."""
        looked_at, wrong = await found(after)
        return Differences(looked_at=looked_at, differences=[*wrong.values()], next=_next(after, looked_at))

    @router.post("/publications")
    async def publications(permit: Mending, start: From, idempotency_key: Key = None) -> Published:
        """Publishes again those that differ: the same version, for prisons that missed it and for who starts from nothing."""
        looked_at, wrong = await found(start.after)
        once = idempotency_key or new_id(service.clock.now())
        for number in wrong:
            await service.call(PublishAgain(prisoner_number=number), derive_id("publish again", once, number))
        return Published(published=len(wrong), next=_next(start.after, looked_at))

    return router


def _next(after: int, looked_at: int) -> int | None:
    return after + looked_at if looked_at == PAGE else None
