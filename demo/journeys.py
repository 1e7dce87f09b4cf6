"""Who is moved, released, recalled, merged; and in which of the ways in which such news really comes (R25, R37)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.cases import Case
from demo.population import Prisoner

if TYPE_CHECKING:
    from demo.day import Planner

Journey = dict[str, Any]
STYLES = ("plain", "plain", "plain", "twice", "twice", "out_of_order", "out_of_order", "late", "late", "stale", "stale")
MOVED_FROM, MOVED_UNTIL = 240, 390
HELD_FOR = timedelta(minutes=75)
"""After being sent, at least: a busy machine may take a quarter of a minute to hold a request, which is an hour of the day."""


def journeys(
    day: "Planner", cases: Sequence[Case], unasked: Sequence[Prisoner], prisons: Sequence[str], others: Sequence[str]
) -> list[Journey]:
    """Journeys of prisoners with blocks; each begins when its estate holds them."""
    fit = [case for case in cases if case.wholly_authorised and case.prisoner.prison_id in day.mens]
    day.random.shuffle(fit)
    kinds = list(_kinds(day, prisons, others))
    chosen = list(zip(fit, kinds, day.moments(len(kinds), MOVED_FROM, MOVED_UNTIL), strict=False))
    for case, steps, _ in chosen:
        if steps[0]["do"] == "merge":
            steps[0]["into"] = next(p.number for p in unasked if p.prison_id == case.prisoner.prison_id)
    return [_journey(case, steps, at) for case, steps, at in chosen]


def _kinds(day: "Planner", prisons: Sequence[str], others: Sequence[str]) -> Iterator[list[Journey]]:
    prisons, others = ([prison for prison in some if prison in day.mens] for some in (prisons, others))
    for place, style in enumerate(STYLES):
        elsewhere = others if place % 3 == 0 else prisons
        yield [{"do": "transfer", "to": day.random.choice(elsewhere), "style": style}]
    for _ in range(3):
        yield [{"do": "release"}]
    for _ in range(2):
        yield [{"do": "release"}, {"do": "recall"}]
    yield [{"do": "false_release"}]
    yield [{"do": "death"}]
    yield [{"do": "merge"}]
    for _ in range(2):
        yield [{"do": "court"}]
        yield [{"do": "withdraw"}]


def _journey(case: Case, steps: list[Journey], at: str) -> Journey:
    names = [person["name"] for person in case.expect["people"]]
    return {"number": case.prisoner.number, "at": at, "after": names, "steps": steps}


def receptions(day: "Planner", held: Sequence[Case], prisons: Sequence[str]) -> list[Journey]:
    """Of those whose requests wait for reception every second one comes (R10)."""
    coming, prisons = held[::2], [prison for prison in prisons if prison in day.mens]
    return [
        {
            "number": case.prisoner.number,
            "at": _held(day, case, at),
            "after": [],
            "steps": [{"do": "reception", "to": prison}],
        }
        for case, at, prison in zip(
            coming, day.moments(len(coming), 360, 420), day.random.sample(prisons, len(coming)), strict=True
        )
    ]


def _held(day: "Planner", case: Case, at: str) -> str:
    """`at`, or as much later as the request needs to be held before."""
    return max(datetime.fromisoformat(at), day.sent[case.external_id] + HELD_FOR).isoformat()


def of_no_concern(day: "Planner", unasked: Sequence[Prisoner], prisons: Sequence[str]) -> list[Journey]:
    """Prisoners without blocks move as well: nothing may come of it."""
    mens = [prison for prison in prisons if prison in day.mens]
    unasked = [prisoner for prisoner in unasked if prisoner.prison_id in mens]
    moves: list[list[Journey]] = [
        [{"do": "transfer", "to": day.random.choice(mens), "style": "plain"}] for _ in unasked
    ]
    moves[::4] = [[{"do": "release"}] for _ in moves[::4]]
    return [
        {"number": prisoner.number, "at": at, "after": [], "steps": steps}
        for prisoner, steps, at in zip(unasked, moves, day.moments(len(unasked), 60, 390), strict=True)
    ]
