"""The smallest service that uses all of the core: it counts a prisoner's social contacts and says each number once."""

from datetime import datetime, timedelta

from shared.events.contacts import ContactOutcome, SocialContactDecided
from shared.events.envelope import Event
from shared.events.inbound import SocialContactChanged
from shared.runtime.clock import Clock
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.work import NotYet, Rejected, State, Work

WAIT = timedelta(hours=1)


class Tally(State):
    COLLECTION = "tallies"

    count: int = 0
    remind_at: datetime | None = None

    def due(self) -> datetime | None:
        return self.remind_at

    def lookups(self) -> list[str]:
        return [f"count:{self.count}"]


class Ask(Event):
    """A call: how many?"""

    TYPE = "ask"

    number: str


def changed(work: Work, event: SocialContactChanged) -> None:
    name = event.contact.name
    if name == "Reject Me":
        raise Rejected("not this one")
    if name == "Break Me":
        raise ZeroDivisionError("Break Me")
    tally = work.get(Tally, event.prisoner_number) or Tally()
    if name == "Wait For Two" and tally.count < 2:
        raise NotYet("fewer than two are known")
    remind_at = {"Remind Me": work.now + WAIT, "Remind Me Now": work.now}.get(name, tally.remind_at)
    tally = tally.but(count=tally.count + 1, remind_at=remind_at)
    work.put(event.prisoner_number, tally)
    work.publish(_said(work, event.prisoner_number, f"{tally.count}"))


def ask(work: Work, event: Ask) -> int:
    tally = work.get(Tally, event.number) or Tally()
    if event.number == "refuse":
        raise Rejected("no")
    work.put(event.number, tally.but(count=tally.count + 1))
    return tally.count + 1


def remind(work: Work, number: str) -> None:
    tally = work.get(Tally, number)
    if tally and tally.remind_at and tally.remind_at <= work.now:
        work.put(number, tally.but(remind_at=None))
        work.publish(_said(work, number, "reminded"))


def _said(work: Work, number: str, contact_id: str) -> SocialContactDecided:
    return SocialContactDecided(
        prisoner_number=number, contact_id=contact_id, outcome=ContactOutcome.LISTED, at=work.now
    )


def make(settings: Settings, clock: Clock | None = None) -> Service:
    return Service("toy", settings, [Tally], {SocialContactChanged: changed, Ask: ask}, {Tally: remind}, clock)
