"""The kinds of fields that questions have: how each is read from what was sent, shown again, and told what is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

from babel import Locale

from shared.events.asked import is_blank
from shared.pages.body import Place, place, value_at
from shared.pages.languages import N_

Entries = Mapping[str, str]
"""What was sent, by the names of the inputs."""
Says = Mapping[str, str]
"""What to tell the person, by how the fault begins."""
Spot = tuple[str, str]
"""The id of the input that is wrong, and what to tell."""

MUST_INCLUDE = {
    "day": N_("%(what)s must include a day"),
    "month": N_("%(what)s must include a month"),
    "year": N_("%(what)s must include a year"),
    "time": N_("%(what)s must include a time"),
}
LATE = {"am": 0, "yb": 0, "pm": 12, "yh": 12}
HOURS = {"midnight": "00:00", "hanner nos": "00:00", "midday": "12:00", "noon": "12:00", "hanner dydd": "12:00"}
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|yb|yh)?")
DAY_PARTS = ("day", "month", "year")


def said(says: Says, fault: str) -> str | None:
    """What to tell of `fault`, if anything."""
    return next((words for beginning, words in says.items() if fault.startswith(beginning)), None)


@dataclass(frozen=True)
class Field:
    """A line of text. `at` is where it stands (`requester/name`); `also` are faults of other places that this field can mend."""

    name: str
    at: str
    label: str
    hint: str = ""
    says: Says = field(default_factory=dict)
    also: Mapping[str, Says] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    KIND: ClassVar[str] = "text"

    @property
    def place(self) -> Place:
        """`at` in its parts."""
        return place(self.at)

    def read(self, entries: Entries) -> Any:
        """What was sent, as it stands in the body; None for nothing, or for what can't be seen."""
        text = entries.get(self.name, "").strip()
        return None if is_blank(text) else text

    def show(self, value: Any) -> Entries:
        """What the field holds where the body has `value`."""
        return {self.name: "" if value is None else str(value)}

    def kept(self, entries: Entries) -> Entries:
        """What was sent, to be shown again as it was."""
        return {name: text for name, text in entries.items() if name == self.name or name.startswith(f"{self.name}-")}

    def spot(self, rest: str, fault: str) -> Spot | None:
        """Where `fault` is shown, and as what; `rest` is what its pointer has beyond this field's place."""
        words = said(self.says, fault)
        return (self.name, words) if words and not rest else None

    def missing(self, entries: Entries) -> Spot | None:
        """A part that was left out, where others were filled in."""
        return None


class LongText(Field):
    """Several lines."""

    KIND = "long_text"

    def read(self, entries: Entries) -> Any:
        text = super().read(entries)
        return text and text.replace("\r\n", "\n")


@dataclass(frozen=True)
class Option:
    """A choice."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Choice(Field):
    """One of several; what was not chosen is an empty choice, not a missing one, so that it is a fault."""

    options: Sequence[Option] = ()
    KIND = "choice"

    def read(self, entries: Entries) -> Any:
        return entries.get(self.name, "")

    def show(self, value: Any) -> Entries:
        return super().show(str(value).lower() if isinstance(value, bool) else value)


class Select(Choice):
    """One of several, in a list that opens: quick to choose from by typing."""

    KIND = "select"


class MaySelect(Select):
    """One of several, or none of them; nothing chosen is left out of the body."""

    def read(self, entries: Entries) -> Any:
        return entries.get(self.name) or None


class PrisonChoice(Field):
    """A prison of the register, or none."""

    KIND = "prison"


class Day(Field):
    """A date in three parts; months in words, too."""

    KIND = "day"

    def read(self, entries: Entries) -> Any:
        day, month, year = (entries.get(f"{self.name}-{part}", "").strip() for part in DAY_PARTS)
        if not (day or month or year):
            return None
        return f"{year}-{_month(month):0>2}-{day:0>2}"

    def show(self, value: Any) -> Entries:
        year, month, day = (str(value).split("-") if value else ("", "", ""))[:3]
        return {
            f"{self.name}-{part}": text.lstrip("0") for part, text in zip(DAY_PARTS, (day, month, year), strict=True)
        }

    def spot(self, rest: str, fault: str) -> Spot | None:
        found = super().spot(rest, fault)
        return (f"{self.name}-day", found[1]) if found else None

    def missing(self, entries: Entries) -> Spot | None:
        empty = [part for part in self._parts() if not entries.get(f"{self.name}-{part}", "").strip()]
        return (f"{self.name}-{empty[0]}", MUST_INCLUDE[empty[0]]) if 0 < len(empty) < len(self._parts()) else None

    def _parts(self) -> Sequence[str]:
        return DAY_PARTS


class Clock(Field):
    """A time of day as people write it; one that could be morning or evening is none."""

    KIND = "clock"

    def read(self, entries: Entries) -> Any:
        return _clock(entries.get(self.name, ""))

    def show(self, value: Any) -> Entries:
        return {self.name: value or ""}


class DayAndClock(Day):
    """When something happened."""

    KIND = "day_and_clock"

    def read(self, entries: Entries) -> Any:
        day, clock = super().read(entries), _clock(entries.get(f"{self.name}-time", ""))
        return f"{day or ''}T{clock or ''}" if day or clock else None

    def show(self, value: Any) -> Entries:
        day, _, clock = str(value or "").partition("T")
        return {**super().show(day), f"{self.name}-time": clock}

    def _parts(self) -> Sequence[str]:
        return (*DAY_PARTS, "time")


@dataclass(frozen=True)
class Address(Field):
    """A postal address; `parts` are its lines first, then town and postcode."""

    parts: Sequence[Field] = ()
    KIND = "address"

    def read(self, entries: Entries) -> Any:
        said = [(part.place[0], text) for part in self.named() if (text := part.read(entries))]
        lines = [text for name, text in said if name == "lines"]
        return {"lines": lines, **{name: text for name, text in said if name != "lines"}} if said else None

    def show(self, value: Any) -> Entries:
        return {part.name: str(value_at(value, part.place) or "") for part in self.named()}

    def kept(self, entries: Entries) -> Entries:
        return self.show(self.read(entries))

    def spot(self, rest: str, fault: str) -> Spot | None:
        first, *_ = named = self.named()
        wrong = next((part for part in named if f"/{part.at}" == rest), first)
        words = said(wrong.says, fault) or said(self.says, fault)
        return (wrong.name, words) if words else None

    def named(self) -> Sequence[Field]:
        """The parts, named within this address."""
        return [replace(part, name=f"{self.name}-{part.name}") for part in self.parts]


@dataclass(frozen=True)
class Rows(Field):
    """Any number of the same field; empty ones count for nothing."""

    of: Field = field(kw_only=True)
    another: str = field(kw_only=True)
    KIND = "rows"

    def rows(self, entries: Entries) -> Sequence[Field]:
        """A field for each row that was sent or is shown; at least one."""
        count = 1 + max((number for number in self._numbers(entries)), default=0)
        return [self._row(number) for number in range(count)]

    def read(self, entries: Entries) -> Any:
        return [value for row in self.rows(entries) if (value := row.read(entries)) is not None] or None

    def show(self, value: Any) -> Entries:
        return {
            name: text
            for number, one in enumerate(value or [None])
            for name, text in self._row(number).show(one).items()
        }

    def kept(self, entries: Entries) -> Entries:
        return self.show(self.read(entries))

    def spot(self, rest: str, fault: str) -> Spot | None:
        number = re.match(r"/(\d+)", rest)
        if number:
            return self._row(int(number[1])).spot(rest[number.end() :], fault)
        words = said(self.says, fault)
        return (next(iter(self._row(0).show(None))), words) if words else None

    def _row(self, number: int) -> Field:
        return replace(self.of, name=f"{self.name}-{number}")

    def _numbers(self, entries: Entries) -> Iterator[int]:
        for name in entries:
            found = re.match(rf"{self.name}-(\d{{1,3}})(-|$)", name)
            if found:
                yield int(found[1])


def with_another_row(rows: Rows, entries: Entries) -> Entries:
    """What was sent, and an empty row after it."""
    values = rows.read(entries) or []
    return rows.show([*values, None])


def without_row(rows: Rows, entries: Entries, number: int) -> Entries:
    """What was sent, without one row."""
    values = [row.read(entries) for place, row in enumerate(rows.rows(entries)) if place != number]
    return rows.show([value for value in values if value is not None])


def _clock(text: str) -> str | None:
    written = " ".join(text.casefold().split())
    if not written or written in HOURS:
        return HOURS.get(written)
    found = CLOCK.fullmatch(written)
    if found and found[3] and 1 <= int(found[1]) <= 12:
        return f"{int(found[1]) % 12 + LATE[found[3]]:02}:{found[2] or '00'}"
    sure = found and found[2] and not found[3] and len(found[1]) == 2
    return written.replace(".", ":") if sure else f"{written}?"


def _month(written: str) -> str:
    """`sept`, `Tachwedd` as their numbers; what is no month's name stays as it is."""
    name = written.casefold()
    numbers = {number for full, number in _months() if len(name) >= 3 and full.startswith(name)}
    return str(numbers.pop()) if len(numbers) == 1 else written


@cache
def _months() -> Sequence[tuple[str, int]]:
    """The names of the months in English and Welsh."""
    months = [Locale(language).months["format"]["wide"].items() for language in ("en", "cy")]
    return [(name.casefold(), number) for names in months for number, name in names]
