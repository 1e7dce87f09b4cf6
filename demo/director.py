"""Plays the day: starts the outside organisations, follows what can be seen, and asks at the end whether it all agrees."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from demo import summary
from demo.cast import Cast
from demo.day import Day, Planner
from demo.observer import Observer
from demo.reconcile import Facts, Line, lines
from demo.story import Story, StoryBroken

DAY = timedelta(hours=8, minutes=30)
QUIET = 3.0
"""Real seconds without news after which the books are compared."""
GIVE_UP_AFTER, LONGEST = 30.0, 240.0
"""Real seconds without news, and at all, after which what still differs is taken for wrong."""
TO_LOAD = 120.0
ESTATES = ("estate-1", "estate-2")
Show = Callable[..., None]
"""Shows text or a table, in a `style` of rich's."""


class Director:
    """One day on a stack that is up. `mails` says whether e-mails can be seen."""

    def __init__(self, observer: Observer, cast: Cast, planner: Planner, day: Day, show: Show, mails: bool) -> None:
        self.observer, self.clock, self.cast, self.show = observer, observer.clock, cast, show
        self.day, self.run, self.mails = day, planner.run, mails
        self.numbers = {prisoner.number for prisoner in planner.prisoners}
        self.story = Story(observer, cast, planner, day, self.tell, mails)
        self._began = self.clock.real()

    async def play(self) -> bool:
        """Whether the story came true and every count agrees. Raises LocalStackError where a client ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                beside = [tasks.create_task(self._hourly()), tasks.create_task(self._clients_run())]
                beside += self.observer.follow(tasks)
                broken = await self._day()
                found, facts = await self._agreement()
                for task in beside:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        self._report(found, facts, broken)
        return not broken and not any(line.wrong for line in found)

    def tell(self, text: str) -> None:
        """One line of the story, with the simulated time and the real seconds since the start."""
        self.show(f"{self.clock.now():%a %H:%M}  {self.clock.real() - self._began:6.1f} s  {text}")

    async def _day(self) -> str | None:
        """Plays to the end of the day; says what of the story did not come true."""
        self.cast.start(*ESTATES)
        await self.observer.when(lambda: len(self.observer.entries(did="told who is here")) == len(ESTATES), TO_LOAD)
        while not await self.observer.caught_up("upc-routing", "upc.inbound.prisoners.v1"):
            await asyncio.sleep(0.2)
        self.tell(f"{len(self.numbers)} prisoners are in the register; the day begins at half past eight.")
        await self.clock.until(self.clock.start)
        self.cast.start("police", "victim_support")
        try:
            await self.story.play()
        except StoryBroken as broken:
            self.tell(f"The story breaks off: {broken}.")
            return str(broken)
        finally:
            await self.clock.until(self.clock.start + DAY)
        return None

    async def _agreement(self) -> tuple[Sequence[Line], Facts]:
        """Compares whenever it is quiet, until all agrees or nothing more comes."""
        self.tell("The day is over. Waiting until it is quiet, then the books are compared …")
        give_up = self.clock.real() + LONGEST
        while True:
            await self._quiet(give_up)
            await self._take_stock()
            facts = Facts(self.observer, self.run, self.numbers)
            found = [line for line in lines(facts) if self.mails or line.what != "e-mails sent"]
            hopeless = self.observer.quiet_for(GIVE_UP_AFTER) or self.clock.real() > give_up
            if hopeless or not any(line.wrong for line in found):
                return found, facts
            await asyncio.sleep(QUIET)

    async def _quiet(self, give_up: float) -> None:
        while not self.observer.quiet_for(QUIET) and self.clock.real() < give_up:
            await asyncio.sleep(0.2)

    async def _take_stock(self) -> None:
        """Has the estates write down what their phones hold; that alone is no news."""
        before, last_news = len(self.observer.entries(did="took stock")), self.observer.last_news
        for estate in ESTATES:
            self.cast.order(estate, {"do": "take stock"})
        with suppress(TimeoutError):
            await self.observer.when(
                lambda: len(self.observer.entries(did="took stock")) >= before + len(ESTATES), within=20
            )
        self.observer.last_news = last_news

    async def _hourly(self) -> None:
        """How far the day is, once in a simulated hour."""
        for hour in range(1, 9):
            await self.clock.until(self.clock.start + timedelta(hours=hour))
            counts = {word: len(self.observer.events(event)) for word, event in PROGRESS.items()}
            said = ", ".join(f"{count} {word}" for word, count in counts.items())
            self.show(f"{self.clock.now():%a %H:%M}  {said}", style="dim")

    async def _clients_run(self) -> None:
        while True:
            self.cast.must_run()
            await asyncio.sleep(1)

    def _report(self, found: Sequence[Line], facts: Facts, broken: str | None) -> None:
        self.show(summary.table(found))
        self.show(summary.speeds(facts))
        wrong = [*([f"the story: {broken}"] if broken else []), *summary.differences(found)]
        for line in wrong:
            self.show(line, style="red")
        self.show("The story did not come true." if wrong else "The story came true, and every count agrees.")


PROGRESS = {
    "requests in": "upc.contact-request.submitted",
    "routed": "upc.contact-request.routed",
    "blocks authorised": "upc.block.authorised",
    "acknowledged": "upc.block.implemented",
}
