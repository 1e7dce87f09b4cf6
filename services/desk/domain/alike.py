"""Cases that what somebody says may be about: the same people asked for before (R5), or whose block was broken (R29)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from services.desk.domain.case import Case
from services.desk.domain.found_by import asked_points, protected_points, word_of, words_of_points
from shared.domain.contact_points import ContactPoints, as_canonical, first_match, read_point
from shared.domain.identifiers import canonical_prisoner_number
from shared.domain.names import similar_name
from shared.domain.references import canonical_reference
from shared.events.asked import AddressAsked
from shared.events.form import ContactRequest, Form
from shared.events.requests import Candidate

ENOUGH = 3
"""What the reasons have to weigh together: one name alone is anybody's."""
MOST_WORDS = 20
SAME = {"phone": "Same telephone number", "address": "Same address", "email": "Same email address"}
USED = {"phone": "The number is blocked", "address": "The address is blocked", "email": "The email address is blocked"}
THEIR_OWN = "The reporter’s own details are in the request"


class Said(Form):
    """What somebody says of prisoner and protected people, as far as it can be read.

    `used` and `own` are of a breach report: the number or address that was used, and where the reporter is reached.
    """

    reference: str | None = None
    prisoner: str = ""
    number: str | None = None
    people: tuple[str, ...] = ()
    points: ContactPoints = ContactPoints()
    used: ContactPoints = ContactPoints()
    own: ContactPoints = ContactPoints()

    def words(self) -> Sequence[str]:
        """Words under which such cases are found."""
        named = [self.reference] if self.reference else []
        numbered = [f"prisoner:{self.number}", f"written:{self.number}"] if self.number else []
        names = [word_of(name) for name in (*self.people, self.prisoner) if name.strip()]
        points = reduce(ContactPoints.merged, (self.points, self.used, self.own))
        return [*dict.fromkeys([*named, *numbered, *words_of_points(points), *names])][:MOST_WORDS]


class Alike(NamedTuple):
    """A case, and what speaks for its being the one."""

    case: Case
    why: Sequence[str]
    weight: int


def said_in_request(body: Mapping[str, Any]) -> Said:
    """What a request says so far; what can't be read yet is left out."""
    people = [person for person in body.get("protected_people") or () if isinstance(person, Mapping)]
    prisoner = body.get("prisoner") or {}
    points = (
        as_canonical(
            person.get("phones") or (),
            [address for written in person.get("addresses") or () if (address := _address(written))],
            person.get("emails") or (),
        )
        for person in people
    )
    return Said(
        prisoner=prisoner.get("name") or "",
        number=canonical_prisoner_number(prisoner.get("number") or ""),
        people=tuple(name for person in people if (name := person.get("name"))),
        points=reduce(ContactPoints.merged, points, ContactPoints()),
    )


def said_in_report(body: Mapping[str, Any]) -> Said:
    """What a breach report says so far."""
    prisoner, reporter = body.get("prisoner") or {}, body.get("reporter") or {}
    return Said(
        reference=canonical_reference(body.get("reference") or ""),
        prisoner=prisoner.get("name") or "",
        number=canonical_prisoner_number(prisoner.get("number") or ""),
        people=tuple(filter(None, [body.get("protected_person")])),
        used=read_point(body.get("contact_used") or ""),
        own=as_canonical(list(filter(None, [reporter.get("phone")])), (), list(filter(None, [reporter.get("email")]))),
    )


def alike(said: Said, cases: Iterable[Case]) -> Sequence[Alike]:
    """Those with enough in common, what weighs most first."""
    found = [_weighed(said, case) for case in cases]
    return sorted((one for one in found if one.weight >= ENOUGH), key=lambda one: (-one.weight, one.case.reference))


def candidates(found: Iterable[Alike]) -> Sequence[Candidate]:
    """The prisoners of those cases, each once, with what speaks for them: for who has to say whom a report is about (R9, R29)."""
    by_number: dict[str, Candidate] = {}
    for one in found:
        number = one.case.prisoner_number
        if number:
            before = by_number.get(number)
            why = tuple(f"{one.case.reference}: {said[:1].lower()}{said[1:]}" for said in one.why)
            score = max(one.weight, before.score if before else 0)
            why = (*(before.why if before else ()), *why)
            by_number[number] = Candidate(prisoner_number=number, prison_id=one.case.prison_id, score=score, why=why)
    return [*by_number.values()]


def _weighed(said: Said, case: Case) -> Alike:
    reasons = [*_reasons(said, case)]
    return Alike(case, [why for why, _ in reasons], sum(weight for _, weight in reasons))


def _reasons(said: Said, case: Case) -> Iterator[tuple[str, int]]:
    asked = case.request
    if said.reference and said.reference == case.reference:
        yield "Same reference", 9
    if said.number and said.number in (case.prisoner_number, asked and asked.prisoner.number):
        yield "Same prisoner number", 3
    if said.prisoner and similar_name(said.prisoner, case.prisoner_name):
        yield "Same prisoner’s name, or one like it", 2
    for name in case.names:
        if any(similar_name(name, other) for other in said.people):
            yield f"Same protected person, or a name like it: {name}", 2
    yield from _points_in_common(said, asked) if asked else ()


def _points_in_common(said: Said, asked: ContactRequest) -> Iterator[tuple[str, int]]:
    protected = protected_points(asked)
    for points, words in ((said.points, SAME), (said.used, USED)):
        kind = first_match(protected, points)
        if kind:
            yield words[kind], 3
    if first_match(protected, said.own) or first_match(asked_points(asked), said.own):
        yield THEIR_OWN, 3


def _address(written: Mapping[str, Any]) -> AddressAsked | None:
    try:
        return AddressAsked.model_validate(written)
    except ValueError:
        return None
