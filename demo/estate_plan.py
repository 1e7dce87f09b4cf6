"""What one prison estate will do: whom it holds, how it judges, who moves, and what prisoners will try."""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from demo import poison
from demo.cases import Case
from demo.journeys import journeys, of_no_concern, receptions
from demo.people import spelt

if TYPE_CHECKING:
    from demo.day import Planner

Work = dict[str, Any]


def work(day: "Planner", half: int, cases: Sequence[Case]) -> Work:
    """The plan of one of the two estates: it has every second prison, and the first one knows those who are in none."""
    prisons, others = day.prisons[half::2], day.prisons[1 - half :: 2]
    held = [p for p in day.prisoners if (p.prison_id in prisons if p.prison_id else half == 0)]
    numbers = {prisoner.number for prisoner in held}
    own = [case for case in cases if case.prisoner.number in numbers]
    asked_about = Counter(case.prisoner.number for case in cases)
    single = [
        case for case in own if asked_about[case.prisoner.number] == 1 and not ({"story", "breach"} & {*case.expect})
    ]
    unasked = [p for p in held if p.status == "in_custody" and p.number not in asked_about]
    moving = journeys(day, [case for case in single if case.expect["then"] == "routed"], unasked[20:], prisons, others)
    moving += receptions(day, [case for case in own if case.expect["then"] == "held"], prisons)
    moving += of_no_concern(day, unasked[:20], prisons)
    busy = {journey["number"] for journey in moving}
    quiet = [case for case in single if case.prisoner.number not in busy and case.wholly_authorised]
    return {
        "name": f"estate-{half + 1}",
        "run": day.run,
        "everybody": [prisoner.number for prisoner in day.prisoners],
        "prisons": prisons,
        "prisoners": [prisoner.record(day.at(-600)) for prisoner in held],
        "verdicts": verdicts(own),
        "contacts": [contact for case in own for contact in contacts(day, case)],
        "asks": [ask(day, case, place) for place, case in enumerate(quiet[:40])],
        "journeys": moving,
        "poison": [each | {"at": day.at(60)} for each in poison.of_estate(day.run, f"estate-{half + 1}")],
    }


def verdicts(cases: Iterable[Case]) -> dict[str, dict[str, Work]]:
    """How the governors judge: by prisoner, by the name of the protected person."""
    judged: dict[str, dict[str, Work]] = {}
    for case in cases:
        for person in case.expect["people"]:
            verdict = {key: person[key] for key in ("verdict", "left_out")} | {"ask_first": case.expect["ask_first"]}
            judged.setdefault(case.prisoner.number, {})[person["name"]] = verdict
    return judged


def contacts(day: "Planner", case: Case) -> list[Work]:
    """The list that a prisoner has already: one of their own people, and whoever asks not to be on it."""
    random, number = day.random, case.prisoner.number
    mother = day.people.other()
    listed = [(mother.name, list(mother.phones), False)]
    for person in case.expect["people"]:
        phones = [spelt(random, point) for point in person["points"] if point.startswith("+")]
        if phones and (random.random() < 0.8 or case.expect.get("story")):
            listed.append((person["name"], phones[:1], True))
    return [
        {"number": number, "protected": protected, "contact": social(f"{case.external_id}-c{place}", name, phones)}
        for place, (name, phones, protected) in enumerate(listed)
    ]


def ask(day: "Planner", case: Case, place: int) -> Work:
    """What the prisoner tries once the block is in force, and what has to become of it (R15).

    `allowed` is what the phones are told about the number alone, where that is asked (R19).
    """
    person, written = case.expect["people"][0], case.body["protected_people"][0]
    phones = [point for point in person["points"] if point.startswith("+")] or [day.people.number()]
    other, name = day.people.name(), person["name"]
    respelt = [spelt(day.random, phones[0])]
    tries: list[tuple[Work, str, str | None, bool | None]] = [
        (social("", other, respelt), "refused", "phone", False),
        (social("", ", ".join(reversed(name.split())), [day.people.number()]), "refused", "name", True),
        (social("", slip(day.random, name), [day.people.number()]), "waiting", "similar_name", True),
        (social("", other, respelt, kind="legal"), "listed", None, None),
        (social("", other, [day.people.number()]), "listed", None, True),
    ]
    if written["addresses"]:
        tries.append(
            (social("", other, [], addresses=[rewritten(written["addresses"][0])]), "refused", "address", None)
        )
    contact, outcome, matched_on, allowed = tries[place % len(tries)]
    contact["contact_id"] = f"{case.external_id}-try"
    return {
        "number": case.prisoner.number,
        "after": [each["name"] for each in case.expect["people"]],
        "contact": contact,
        "allowed": allowed,
        "expect": {"outcome": outcome, "matched_on": matched_on},
    }


def social(contact_id: str, name: str, phones: list[str], kind: str = "social", addresses: Sequence[Work] = ()) -> Work:
    """A contact as CONTRACT.md has it."""
    return {
        "contact_id": contact_id,
        "name": name,
        "relationship": "friend",
        "kind": kind,
        "phones": phones,
        "addresses": list(addresses),
        "emails": [],
    }


def slip(random: Random, name: str) -> str:
    """The name with one letter of the surname missing."""
    place = random.randrange(len(name) - 4, len(name) - 1)
    return name[:place] + name[place + 1 :]


def rewritten(address: Work) -> Work:
    """The same address as somebody else would write it."""
    short = address["lines"][0].replace("Street", "St.").replace("Road", "Rd").replace("Avenue", "Ave")
    return {"lines": [short.upper()], "town": None, "postcode": address["postcode"].replace(" ", "").lower()}
