"""Answers as they are shown to be checked, and as they were given."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from typing import Any, NamedTuple

from services.intake.pages.questions import ME, PEOPLE, Body, Questions, Step
from shared.domain.prisons import PRISONS
from shared.pages import dates
from shared.pages.fields import Choice, Field, Rows
from shared.pages.languages import N_, Language

Say = Callable[[str], str]
NOT_GIVEN = N_("Not given")


class Row(NamedTuple):
    """A question in short, the lines of its answer, and the path of its page."""

    short: str
    lines: Sequence[str]
    path: str


class Card(NamedTuple):
    """What was answered about one protected person; `name` is empty where they have none yet."""

    person: str
    name: str
    own: bool
    rows: Sequence[Row]


class Part(NamedTuple):
    """Answers that are shown together: rows, or for the protected people a card for each."""

    title: str
    rows: Sequence[Row]
    cards: Sequence[Card]


def parts(questions: Questions, body: Body, say: Say, language: Language) -> Iterator[Part]:
    """All that was answered."""
    steps = questions.steps(body)
    for section in questions.sections:
        asked = [step for step in steps if step.page in section.pages and step.page.fields]
        about_people = any(page.of_a_person for page in section.pages)
        shown = [] if about_people else [_row(step, body, say, language) for step in asked]
        if shown or about_people:
            yield Part(section.title, shown, cards(questions, body, say, language) if about_people else [])


def cards(questions: Questions, body: Body, say: Say, language: Language) -> list[Card]:
    """What was answered about each protected person. One who was begun and never named is left out."""
    steps = [step for step in questions.steps(body) if step.person]
    return [
        Card(
            person["id"],
            name_of(body, person["id"]),
            person["id"] == ME,
            [_row(step, body, say, language) for step in steps if step.person == person["id"]],
        )
        for person in body.get(PEOPLE, ())
        if name_of(body, person["id"])
    ]


def name_of(body: Body, person: str) -> str:
    """The name of a protected person, as far as it is known."""
    if person == ME:
        return str((body.get("requester") or {}).get("name") or "")
    return next((str(one.get("name") or "") for one in body.get(PEOPLE, ()) if one["id"] == person), "")


def _row(step: Step, body: Body, say: Say, language: Language) -> Row:
    lines: list[str] = []
    for one, value in step.values(body):
        lines += _labelled(one, len(step.page.fields) > 1, _lines(one, value, say, language), say)
    return Row(step.page.short, lines or [say(NOT_GIVEN)], step.path)


def _labelled(one: Field, several: bool, lines: Sequence[str], say: Say) -> Iterator[str]:
    yield from (f"{say(one.label)}: {line}" if several else line for line in lines)


def _lines(one: Field, value: Any, say: Say, language: Language) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(one, Rows):
        return [line for each in value for line in [", ".join(_lines(one.of, each, say, language))]]
    if isinstance(one, Choice):
        return [say(option.text) for option in one.options if option.value == value]
    shown = {"day": _day, "clock": _clock, "day_and_clock": _day_and_clock, "prison": _prison, "address": _address}
    return shown.get(one.KIND, _text)(value, language)


def _text(value: Any, _: Language) -> list[str]:
    return str(value).split("\n")


def _day(value: Any, language: Language) -> list[str]:
    return [dates.day(date.fromisoformat(value), language)]


def _clock(value: Any, language: Language) -> list[str]:
    return [dates.clock(time.fromisoformat(value), language)]


def _day_and_clock(value: Any, language: Language) -> list[str]:
    day, _, clock = value.partition("T")
    return [*_day(day, language), *_clock(clock, language)]


def _prison(value: Any, language: Language) -> list[str]:
    return [prison_name(value, language)]


def _address(value: Any, _: Language) -> list[str]:
    return [*value.get("lines", ()), *(value[name] for name in ("town", "postcode") if value.get(name))]


def prison_name(prison_id: str, language: Language) -> str:
    """`Leeds (HMP)`; in Welsh the name that the register has in it."""
    prison = PRISONS[prison_id]
    return (prison.name_in_welsh if language == "cy" else None) or prison.name


def prisons(language: Language) -> list[tuple[str, str]]:
    """The prisons that hold people now, in the order of their names."""
    named = [(prison_id, prison_name(prison_id, language)) for prison_id, prison in PRISONS.items() if prison.active]
    return sorted(named, key=lambda one: one[1])
