"""What every scene of the story needs: to have somebody act, and to wait for what follows, however long a restart takes."""

from collections.abc import Callable
from typing import Any

from demo.cast import Cast
from demo.day import Day, Planner
from demo.observer import Observer, Seen

PATIENCE = 90
"""Real seconds until a step that does not come is given up: a service may have been killed and started again meanwhile."""
Tell = Callable[[str], None]


class StoryBroken(Exception):
    """A step that did not come true; the text says which."""


class Stage:
    """One prisoner and one protected person, seen from outside. `mails` says whether e-mails can be seen."""

    def __init__(self, observer: Observer, cast: Cast, planner: Planner, day: Day, tell: Tell, mails: bool) -> None:
        self.observer, self.clock, self.cast, self.tell = observer, observer.clock, cast, tell
        self.planner, self.case, self.tried_number, self._mails = planner, day.story, day.tried_number, mails
        self.number, self.person = self.case.prisoner.number, self.case.expect["people"][0]

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise StoryBroken(otherwise)

    async def event(self, event_type: str, **fields: Any) -> Seen:
        """The first event that says this, as soon as it is there."""
        seen: list[Seen] = await self.seen(event_type, lambda: self.observer.events(event_type, **fields))
        return seen[0]

    async def checked(self) -> dict[str, Any]:
        """What the estate's phones were told when they asked."""
        entries: list[dict[str, Any]] = await self.seen(
            "the contact check", lambda: self.observer.entries(did="checked", number=self.number)
        )
        return entries[0]

    async def list_with(self, phone: str) -> Seen:
        """The first version of the list that blocks `phone`."""
        lists: list[Seen] = await self.seen(f"a list with {phone}", lambda: self._lists_with(phone))
        return lists[0]

    async def list_after(self, version: int) -> Seen:
        """The first version after that one with a block in it."""
        newer: list[Seen] = await self.seen(
            f"a list after version {version}",
            lambda: [e for e in self.lists() if e.data["version"] > version and e.data["blocks"]],
        )
        return newer[0]

    def lists(self) -> list[Seen]:
        return self.observer.events("upc.block-list.changed", prisoner_number=self.number)

    async def mail(self, saying: str) -> None:
        """Tells the first sentence of the e-mail to the requester that says this."""
        if not self._mails:
            return
        own = self.case.expect["email"]
        found = await self.seen(
            f"the e-mail “{saying}”", lambda: [m for m in self.observer.mails if m.to == own and saying in m.text]
        )
        first = found[0].text.strip().splitlines()[0].split(". ")[0].rstrip(".")
        self.tell(f"The requester has an e-mail: “{first} …”")

    async def seen(self, what: str, holds: Callable[[], Any]) -> Any:
        try:
            return await self.observer.when(holds, PATIENCE)
        except TimeoutError:
            raise StoryBroken(f"{what} did not come within {PATIENCE} s") from None

    def journey(self, estate: str, step: dict[str, Any], left: str, after: tuple[str, ...] = ()) -> None:
        """Has the prisoner moved by an estate, once its phones block those in `after`."""
        plan = {"number": self.number, "at": self.planner.at(0), "from": left, "after": list(after), "steps": [step]}
        self.cast.order(estate, {"do": "journey", **plan})

    def _lists_with(self, phone: str) -> list[Seen]:
        return [event for event in self.lists() if any(phone in block["phones"] for block in event.data["blocks"])]
