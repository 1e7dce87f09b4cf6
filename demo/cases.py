"""The contact requests of the day: who asks, what for, and what has to come of it."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from demo.people import People, Person
from demo.population import Prisoner

REASON = "Repeated calls and letters since the arrest; the family has moved twice and is still being found."
REFUSAL = "The prisoner has a family court order that allows this contact."


@dataclass(frozen=True)
class Case:
    """A request and what has to come of it; `expect` travels with it into the ledger of whoever sends it."""

    external_id: str
    prisoner: Prisoner
    body: dict[str, Any]
    expect: dict[str, Any]

    @property
    def wholly_authorised(self) -> bool:
        """Whether the prison will say yes for everybody named, without leaving anything out."""
        people = self.expect["people"]
        return self.expect["then"] == "routed" and all(
            p["verdict"] == "authorise" and not p["left_out"] for p in people
        )


class Cases:
    """Makes requests up for one run; every id has the run's tag in it."""

    def __init__(self, random: Random, run: str, people: People, prisoners: Sequence[Prisoner]) -> None:
        self._random, self._run, self._people = random, run, people
        self._names = Counter(prisoner.name for prisoner in prisoners)
        shuffled = random.sample(prisoners, len(prisoners))
        self._held = [prisoner for prisoner in shuffled if prisoner.status == "in_custody"]
        self._left = iter(self._held)
        self._away = {way: iter([p for p in shuffled if p.status == way]) for way in ("in_transit", "released")}
        self._count, self._urns = 0, itertools.count(random.randrange(10_000, 50_000))

    def in_custody(self) -> Iterator[Prisoner]:
        """Those in custody about whom nobody has asked yet; each is handed out once."""
        return self._left

    def story(self, prisoner: Prisoner, person: Person) -> Case:
        """By the police, to safeguard somebody who did not consent: so her block is looked at again at every movement."""
        case = self._case("police", "not_given", prisoner, [person], urn=True)
        case.body["grounds"] = {"kind": "safeguarding", "rationale": REASON}
        case.expect.update(story=True, ask_first=False, order=False)
        case.expect["people"][0].update(verdict="authorise", left_out=[])
        return case

    def by_agency(self, prisoner: Prisoner | None = None, people: Sequence[Person] = ()) -> Case:
        """Police or probation, over Kafka, with or without consent, most with a CPS case reference."""
        role = self._random.choice(("police", "police", "police", "probation"))
        consent = self._random.choice(("given", "given", "not_given"))
        return self._case(role, consent, prisoner or next(self._left), people, urn=self._random.random() < 0.7)

    def by_support(self) -> Case:
        """A victim, or somebody for them, over HTTP."""
        role, consent = self._random.choice(
            (("victim", "self"), ("witness", "self"), ("victim_services", "given"), ("family", "given"))
        )
        return self._case(role, consent, next(self._left), ())

    def by_details(self) -> Case:
        """Without the number, but with the exact name, date of birth and prison of one man or woman."""
        prisoner = next(p for p in self._left if self._names[p.name] == 1)
        case = self._case("police", "given", prisoner, ())
        case.body["prisoner"]["number"] = None
        return case

    def needing_a_person(self) -> Iterator[Case]:
        """One with somebody else's number, one with a name that several have."""
        named = next(p for p in self._left if p.name < "E" and p.last_name < "E")
        numbered = next(p for p in self._held if p.name > "K" and p.last_name > "I")
        swapped = self._case("police", "given", named, ())
        swapped.body["prisoner"]["number"] = numbered.number
        common = next(p for p in self._left if self._names[p.name] > 1)
        vague = self._case("police", "given", common, ())
        vague.body["prisoner"] = {"name": common.name}
        for case in (swapped, vague):
            case.expect.update(then="needs_person")
            yield case

    def held(self, status: str) -> Case:
        """About somebody who is in no prison now."""
        case = self._case("police", "given", next(self._away[status]), ())
        case.expect.update(then="held")
        return case

    def faulty(self, role: str, consent: str) -> Case:
        """Incomplete in two ways at once."""
        case = self._case(role, consent, next(self._left), ())
        spoil = self._random.sample(SPOILERS, 2)
        case.expect.update(outcome="rejected", faults=[pointer for pointer, _ in spoil])
        for _, damage in spoil:
            damage(case.body)
        return case

    def _case(self, role: str, consent: str, prisoner: Prisoner, people: Sequence[Person], urn: bool = False) -> Case:
        self._count += 1
        external_id = f"{role[:3].upper()}-{self._run}-{self._count:04}"
        people = people or self._several()
        requester = self._requester(role, external_id)
        body = {
            "external_id": external_id,
            "requester": requester,
            "consent": consent,
            "grounds": self._grounds() if consent == "not_given" else None,
            "prisoner": {
                "name": prisoner.name,
                "number": prisoner.number,
                "date_of_birth": prisoner.date_of_birth.isoformat(),
                "believed_prison": prisoner.prison_id,
            },
            "protected_people": [person.as_written(self._random) | {"other_names": []} for person in people],
            "cps_urn": self._urn() if urn else None,
            "crime_reference": None,
        }
        return Case(external_id, prisoner, body, self._expected(body, prisoner, people))

    def _several(self) -> list[Person]:
        return [self._people.protected() for _ in range(self._random.choice((1, 1, 1, 2, 3)))]

    def _requester(self, role: str, external_id: str) -> dict[str, Any]:
        """Each has an address of its own, so that every mail tells which case it belongs to."""
        mailed = role == "police" or self._random.random() < 0.8
        return {
            "name": self._people.name(),
            "role": role,
            "organisation": "West Yorkshire Police" if role == "police" else None,
            "email": f"{external_id.lower()}@requesters.example" if mailed else None,
            "phone": None if mailed else self._people.number(),
            "preferred_contact": "email" if mailed else "phone",
        }

    def _grounds(self) -> dict[str, Any]:
        kind = self._random.choice(("safeguarding", "safeguarding", "court_order", "bail_condition"))
        ordered = {"court": "Leeds Magistrates' Court", "ordered_on": "2026-10-01", "ends_on": "2027-10-01"}
        return {"kind": kind, "rationale": REASON} | (ordered if kind != "safeguarding" else {})

    def _urn(self) -> str:
        return f"13AA{next(self._urns):05}26"

    def _expected(self, body: dict[str, Any], prisoner: Prisoner, people: Sequence[Person]) -> dict[str, Any]:
        return {
            "outcome": "accepted",
            "then": "routed",
            "external_id": body["external_id"],
            "prisoner_number": prisoner.number,
            "prison_id": prisoner.prison_id,
            "consent": body["consent"],
            "order": bool(body["grounds"]) and body["grounds"]["kind"] != "safeguarding",
            "cps_urn": body["cps_urn"],
            "email": body["requester"]["email"],
            "requester": body["requester"]["name"],
            "ask_first": self._random.random() < 0.03,
            "people": [self._person(person) for person in people],
        }

    def _person(self, person: Person) -> dict[str, Any]:
        """A protected person, and the prison's judgement: yes, no, or yes without the first contact point."""
        verdict = self._random.choices(("authorise", "refuse", "in_part"), (84, 8, 8))[0]
        points = [*person.phones, *person.emails, *(address["postcode"] for address in person.addresses)]
        left_out = points[:1] if verdict == "in_part" and len(points) > 1 else []
        return {
            "name": person.name,
            "verdict": "refuse" if verdict == "refuse" else "authorise",
            "left_out": left_out,
            "points": points,
        }


def _no_grounds(body: dict[str, Any]) -> None:
    body.update(consent="not_given", grounds=None)


def _nobody_protected(body: dict[str, Any]) -> None:
    body["protected_people"] = []


def _nameless(body: dict[str, Any]) -> None:
    body["requester"]["name"] = ""


def _wrong_number(body: dict[str, Any]) -> None:
    body["prisoner"]["number"] = "not one"


def _unknown_role(body: dict[str, Any]) -> None:
    body["requester"]["role"] = "astronaut"


SPOILERS = (
    ("/grounds", _no_grounds),
    ("/protected_people", _nobody_protected),
    ("/requester/name", _nameless),
    ("/prisoner/number", _wrong_number),
    ("/requester/role", _unknown_role),
)
