"""Who is in the simulated world, and what will be asked about them: all of it follows from the seed."""

from random import Random
from typing import Any

from simulation.truth import Prisoner, Protected, Request

PRISONS = ("LEI", "MDI", "DNI")
FIRST = ("John", "Peter", "Ahmed", "Kofi", "Bronisław")
LAST = ("Example", "Sample", "O'Test", "Ap-Rhys")


def prisoners(chance: Random, count: int) -> list[Prisoner]:
    """Nobody shares name, date of birth and prison with anybody else; some are recorded under two numbers."""
    return [
        Prisoner(
            numbers=[f"A{place:04}BC", f"Z{place:04}YX"][: 2 if chance.random() < 0.25 else 1],
            first_name=chance.choice(FIRST),
            last_name=chance.choice(LAST),
            date_of_birth=f"19{70 + place}-0{chance.randint(1, 9)}-15",
            prison=chance.choice(PRISONS),
        )
        for place in range(count)
    ]


def requests(chance: Random, about: list[Prisoner], count: int) -> list[Request]:
    """With the right number, without one, and with somebody else's."""
    return [_request(chance, place, about) for place in range(count)]


def _request(chance: Random, place: int, population: list[Prisoner]) -> Request:
    about = chance.choice(population)
    numbers = [*about.numbers, *about.numbers, None, chance.choice(population).number]
    by_order = chance.random() < 0.25
    return Request(
        external_id=f"WYP-{place}",
        about=about,
        number=chance.choice(numbers),
        people=[_person(chance, place, nth) for nth in range(chance.choice([1, 1, 2]))],
        consent="not_given" if by_order else chance.choice(["self", "given", "not_given"]),
        by_order=by_order,
        withdrawn=chance.random() < 0.2,
        secret=f"secret{place:04}",
        believed_prison=about.prison,
        by_http=chance.random() < 0.5,
        asks_more=chance.random() < 0.2,
    )


def _person(chance: Random, place: int, nth: int) -> Protected:
    return Protected(
        name=f"Jane {LAST[nth]}",
        phones=(f"+44770090{place:02}{nth}0", f"+44770090{place:02}{nth}1"),
        authorised=chance.random() < 0.8,
        first_phone_excluded=chance.random() < 0.2,
        ends_at_review=chance.random() < 0.3,
    )


def body(request: Request) -> dict[str, Any]:
    """The request as its sender writes it (CONTRACT.md)."""
    police = request.by_order
    grounds = {
        "kind": "court_order" if request.by_order else "safeguarding",
        "rationale": f"A rationale in words {request.secret}",
        "court": "Leeds Magistrates' Court" if request.by_order else None,
        "ends_on": "2027-06-01" if request.by_order else None,
    }
    return {
        "external_id": request.external_id,
        "requester": {
            "name": f"Asking {request.secret}",
            "role": "police" if police else "victim",
            "organisation": "West Yorkshire Police" if police else None,
            "email": f"{request.secret}@example.org",
        },
        "consent": request.consent,
        "grounds": grounds if request.consent == "not_given" else None,
        "prisoner": {
            "name": request.about.name,
            "number": request.number,
            "date_of_birth": request.about.date_of_birth,
            "believed_prison": request.believed_prison,
        },
        "protected_people": [{"name": person.name, "phones": list(person.phones)} for person in request.people],
        "cps_urn": "13AA1234526" if police else None,
    }
