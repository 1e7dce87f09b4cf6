"""A version and the next one side by side, as while it is rolled out: one group, one database, the same aggregates in turn."""

from collections import Counter

from shared.events import topics
from shared.events.contacts import ContactOutcome, SocialContactDecided
from shared.events.inbound import SocialContactChanged
from shared.runtime.clock import Clock
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.work import Work
from tests.shared.runtime.toy import Ask, Tally, make
from tests.support.outside import Outside, Seen
from tests.support.running import running, settings_for
from tests.support.waiting import become

SENT, SAID = topics.INBOUND_SOCIAL_CONTACTS.name, topics.SOCIAL_CONTACTS.name
NUMBERS, TURNS, LATER = [f"R{number:04}LL" for number in range(24)], 4, "later"


class LaterTally(Tally):
    """The next version knows beside that how many it counted itself."""

    mine: int = 0

    def one_more(self) -> "LaterTally":
        return self.but(count=self.count + 1, mine=self.mine + 1)


def later_changed(work: Work, event: SocialContactChanged) -> None:
    number = event.prisoner_number
    work.put(number, (work.get(LaterTally, number) or LaterTally()).one_more())
    listed = ContactOutcome.LISTED
    work.publish(SocialContactDecided(prisoner_number=number, contact_id=LATER, outcome=listed, at=work.now))


def later_ask(work: Work, event: Ask) -> None:
    work.put(event.number, (work.get(LaterTally, event.number) or LaterTally()).one_more())


def make_later(settings: Settings, clock: Clock | None = None) -> Service:
    return Service("toy", settings, [LaterTally], {SocialContactChanged: later_changed, Ask: later_ask}, {}, clock)


async def test_neither_of_two_versions_loses_what_the_other_wrote(kafka: str, mongo_uri: str, party: Outside) -> None:
    settings = settings_for(kafka, mongo_uri, mongodb_prefix="rolling")
    async with running(make, settings) as old, running(make_later, settings) as new:
        for turn in range(TURNS):
            for number in NUMBERS:
                contact = {"contact_id": "c", "name": "Jane Example"}
                said = {
                    "prisoner_number": number,
                    "change": "requested",
                    "at": "2026-11-23T09:00:00Z",
                    "contact": contact,
                }
                await party.send(SENT, said, key=number)
                await (old if turn % 2 else new).service.call(Ask(number=number), f"{number}-{turn}")

        def told() -> dict[str, Seen]:
            """By their ids: what two instances publish at the same time comes twice."""
            mine = party.records(SAID, lambda record: record.data["prisoner_number"] in NUMBERS)
            return {record.id: record for record in mine}

        await become(lambda: len(told()) == TURNS * len(NUMBERS))
        tallies = {n: await new.service.query(lambda work, n=n: work.get(LaterTally, n)) for n in NUMBERS}  # type: ignore[misc]
    by_later = Counter(
        record.data["prisoner_number"] for record in told().values() if record.data["contact_id"] == LATER
    )
    assert 0 < by_later.total() < len(told()), "each had its part"
    assert {n: tally and (tally.count, tally.mine) for n, tally in tallies.items()} == {
        n: (2 * TURNS, TURNS // 2 + by_later[n]) for n in NUMBERS
    }
