"""The plan of the day: what each outside organisation will do, written down for it before the day begins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from demo import estate_plan, poison
from demo.cases import Case, Cases
from demo.people import People, Person, spelt
from demo.population import active_prisons, populate

POPULATION = 3000
BEGIN, ASKED_UNTIL = 10, 400
"""Simulated minutes after the day's start between which requests are made."""
REQUESTS, BREACHES = "upc.inbound.contact-requests.v1", "upc.inbound.breach-reports.v1"
Work = dict[str, Any]


@dataclass(frozen=True)
class Day:
    """Everybody's work, by organisation, and the case that the story is about."""

    work: dict[str, Work]
    story: Case
    tried_number: str


class Planner:
    """Plans one day. The same `run` and start give the same day."""

    def __init__(self, run: str, start: datetime) -> None:
        self.random, self.run, self.start = Random(run), run, start
        active = active_prisons()
        self.prisons, self.names = [p.prison_id for p in active], {p.prison_id: p.short_name for p in active}
        self.mens = {prison.prison_id for prison in active if prison.male and not prison.female}
        self.prisoners = populate(self.random, active, POPULATION)
        self.people = People(self.random)
        self.cases = Cases(self.random, run, self.people, self.prisoners)
        self.sent: dict[str, datetime] = {}

    def plan(self) -> Day:
        story = self._story()
        agency, support = self._agency_cases(), [self.cases.by_support() for _ in range(140)]
        taken_in = [case for case in [story, *agency, *support] if case.expect["then"] != "needs_person"]
        work = {"police": self._police(agency), "victim_support": self._support(support)}
        for half in (0, 1):
            work[f"estate-{half + 1}"] = estate_plan.work(self, half, taken_in)
        return Day(work, story, self.people.number())

    def at(self, minutes: float) -> str:
        """A moment of the day, so many simulated minutes after its start."""
        return (self.start + timedelta(minutes=minutes)).isoformat()

    def moments(self, count: int, first: float = BEGIN, last: float = ASKED_UNTIL) -> Iterator[str]:
        """So many moments, in order."""
        return iter([self.at(minute) for minute in sorted(self.random.uniform(first, last) for _ in range(count))])

    def _story(self) -> Case:
        held = self.mens & set(self.prisons[0::2])
        prisoner = next(p for p in self.cases.in_custody() if p.prison_id in held and p.crn)
        return self.cases.story(
            prisoner, Person("Jane Calloway", (self.people.number(),), ("jane.calloway@mail.example",))
        )

    def _agency_cases(self) -> list[Case]:
        cases = self.cases
        agency = [cases.by_agency() for _ in range(190)] + [cases.by_details() for _ in range(15)]
        agency += [case for _ in range(7) for case in cases.needing_a_person()]
        agency += [cases.held(status) for status in ("in_transit",) * 4 + ("released",) * 3]
        return agency + [self._second(case) for case in agency[:5]]

    def _second(self, first: Case) -> Case:
        """A second, different request about the same pair of people (R5)."""
        person = first.expect["people"][0]
        phones = [point for point in person["points"] if point.startswith("+")]
        return self.cases.by_agency(first.prisoner, [Person(person["name"], (*phones, self.people.number()))])

    def _police(self, cases: Sequence[Case]) -> Work:
        faulty = [self.cases.faulty("police", self.random.choice(("given", "not_given"))) for _ in range(20)]
        firsts, seconds = [*cases[:-5], *faulty], cases[-5:]
        self.random.shuffle(firsts)
        sends = [sent(case) for case in [*firsts, *seconds]]
        for send, at in zip(sends, self.moments(len(sends)), strict=True):
            send["at"] = at
            self.sent[send["key"]] = datetime.fromisoformat(at)
        bad = poison.of_agencies(self.run)
        spoilt = [each | {"at": at} for each, at in zip(bad, self.moments(len(bad)), strict=True)]
        return {"send": [*sends, *self._again(sends), *spoilt], "breaches": self._breaches(cases)}

    def _again(self, sends: Sequence[Work]) -> list[Work]:
        """Some are sent once more: half with the same CloudEvents id, half with a new one around the same external_id (R5)."""
        again = []
        for place, send in enumerate(self.random.sample(sends, 24)):
            later = (datetime.fromisoformat(send["at"]) + timedelta(minutes=20)).isoformat()
            event_id = send["event_id"] if place % 2 else f"{send['event_id']}-again"
            again.append(send | {"at": later, "event_id": event_id, "note": {"again": send["key"]}})
        return again

    def _breaches(self, cases: Sequence[Case]) -> list[Work]:
        """Contact that went on, reported once the note on the case file says that there is a decision."""
        fit = [case for case in cases[5:-5] if case.expect["cps_urn"] and case.wholly_authorised][:8]
        for case in fit:
            case.expect["breach"] = True
        return [
            {"at": at, "after_decision_on": case.expect["cps_urn"], "reference_of": case.external_id}
            | self.breach(case, self.people.number())
            for case, at in zip(fit, self.moments(len(fit), 120, 400), strict=True)
        ]

    def breach(self, case: Case, number: str) -> Work:
        """A report of a call from a number that the block does not have yet (R29, R30)."""
        name, external_id = case.expect["people"][0]["name"], f"BR-{case.external_id}"
        body = {
            "external_id": external_id,
            "reference": None,
            "reporter": {"name": self.people.name(), "phone": None, "email": None},
            "prisoner": {"name": case.prisoner.name, "number": case.prisoner.number},
            "protected_person": name,
            "channel": "phone",
            "happened_at": self.at(-600),
            "contact_used": spelt(self.random, number),
            "what_happened": "A call of four minutes in the evening; she knew the voice.",
            "cps_urn": case.expect["cps_urn"],
        }
        expect = {"prisoner_number": case.prisoner.number, "name": name, "number": number, "external_id": external_id}
        return {
            "topic": BREACHES,
            "key": external_id,
            "value": body,
            "event_id": external_id,
            "note": {"breach": expect},
        }

    def _support(self, cases: Sequence[Case]) -> Work:
        faulty = [self.cases.faulty("victim", "self") for _ in range(12)]
        asks: list[Work] = [
            {"key": c.external_id, "body": c.body, "note": {"case": c.expect}} for c in [*cases, *faulty]
        ]
        self.random.shuffle(asks)
        for place, (ask, at) in enumerate(zip(asks, self.moments(len(asks)), strict=True)):
            ask.update(at=at, times=2 if place % 10 == 0 else 1)
        return {"ask": asks}


def sent(case: Case) -> Work:
    """A request as the police system sends it."""
    key = case.external_id
    return {"topic": REQUESTS, "key": key, "value": case.body, "event_id": key, "note": {"case": case.expect}}
