"""What who runs the platform asks: which lists are not in force as they should be, and to publish those again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header
from pydantic import Field

from services.blocking.domain.differences import Difference, Fault, difference, unknown
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
ON_TOPIC = "topic:"
Cursor = Annotated[str, Field(pattern=r"^([0-9a-f]{2,128}|topic:[0-9]{1,8})?$")]
"""Where to go on: first all that the database has, by the hashes of its numbers, then what is on the topic alone."""
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class Differences(Form):
    """`looked_at` lists from `after` on, those that are not in force as they should be, and where to go on; None at the end."""

    looked_at: int
    differences: Sequence[Difference]
    next: str | None


class From(Form):
    """From which list on: "" for the first."""

    after: Cursor = ""


class Published(Form):
    """How many lists were published again, and where to go on."""

    published: int
    next: str | None


class Found(NamedTuple):
    """A page of lists that were looked at, and by number what is wrong with some of them."""

    looked_at: int
    wrong: Mapping[str, Difference]
    next: str | None


class Comparing:
    """What should be in force, beside the topic: page by page."""

    def __init__(self, service: Service, picture: Picture, whole: Callable[[], bool]) -> None:
        self._service, self._picture, self._whole = service, picture, whole

    async def found(self, after: str) -> Found:
        """The page after that. Raises Unavailable, and Problem while the lists are still being read."""
        if not self._whole():
            raise Problem(503, "The block lists are still being read: try again", headers={"Retry-After": "2"})
        if after.startswith(ON_TOPIC):
            return await self._on_topic(int(after.removeprefix(ON_TOPIC)))
        return await self._in_database(bytes.fromhex(after))

    async def _in_database(self, after: bytes) -> Found:
        page = await self._service.ranked(PrisonerBlocks, Wanted([LISTED], most=PAGE, after=after))
        seen = {number: (self._picture.on_topic(number), self._picture.own_list(number)) for number in page.ids}
        states, now = await self._states(page.ids), self._service.clock.now()
        every = {number: difference(state, *seen[number], now) for number, state in states.items()}
        return Found(len(page.ids), _wrong(every), page.last.hex() if page.last else f"{ON_TOPIC}0")

    async def _on_topic(self, after: int) -> Found:
        numbers = self._picture.numbers(after, PAGE)
        listed = {number: kept for number in numbers if (kept := self._picture.own_list(number))}
        states, now = await self._states(numbers), self._service.clock.now()
        every = {number: unknown(states.get(number), kept, now) for number, kept in listed.items()}
        goes_on = f"{ON_TOPIC}{after + PAGE}" if len(numbers) == PAGE else None
        return Found(len(numbers), _wrong(every), goes_on)

    async def _states(self, numbers: Sequence[str]) -> Mapping[str, PrisonerBlocks]:
        return await self._service.query(lambda work: work.fetch(PrisonerBlocks, numbers))


def mending(service: Service, picture: Picture, whole: Callable[[], bool]) -> APIRouter:
    """For `upc reconcile`. Nothing that is answered is about anybody: a list is named by the references of its requests."""
    router = APIRouter(prefix="/api/v1/block-lists", responses=REFUSED | {503: NOT_NOW})
    Mending = Annotated[Permit, Depends(service.callers.may(Action.MEND_LISTS))]
    comparing = Comparing(service, picture, whole)

    @router.get("/differences")
    async def differences(permit: Mending, after: Cursor = "") -> Differences:
        """What should be in force, beside what is on the topic and what prisons acknowledged (R13, R40)."""
        found = await comparing.found(after)
        return Differences(looked_at=found.looked_at, differences=[*found.wrong.values()], next=found.next)

    @router.post("/publications")
    async def publications(permit: Mending, start: From, idempotency_key: Key = None) -> Published:
        """Publishes again those that differ: the same version, for prisons that missed it and for who starts from nothing.

        One that is behind the topic gets the version after that, so that prisons take it.
        """
        found = await comparing.found(start.after)
        once = idempotency_key or new_id(service.clock.now())
        for number, wrong in found.wrong.items():
            again = PublishAgain(prisoner_number=number, newest=_newest(wrong))
            await service.call(again, derive_id("publish again", once, number))
        return Published(published=len(found.wrong), next=found.next)

    return router


def _newest(wrong: Difference) -> int:
    """The version after which prisons take the next one."""
    return max(wrong.on_topic, wrong.version + 1) if wrong.fault is Fault.AHEAD else 0


def _wrong(every: Mapping[str, Difference | None]) -> Mapping[str, Difference]:
    return {number: wrong for number, wrong in every.items() if wrong}
