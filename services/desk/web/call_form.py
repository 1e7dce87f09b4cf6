"""The operator's forms: what was typed as the body of a submission, and back; what is wrong with it, field by field (R3, R4)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from services.desk.domain.alike import Said, said_in_report, said_in_request
from services.desk.web import call_fields as ask
from services.desk.web import report_fields as reported
from services.desk.web.call_fields import Part
from services.desk.web.desk import Faults
from shared.domain.identifiers import canonical_prisoner_number
from shared.events.asked import MOST_PEOPLE
from shared.events.check import check_breach, check_request
from shared.events.requests import Fault
from shared.pages.body import Place, value_at, with_value
from shared.pages.fields import Entries, Field, Rows, with_another_row, without_row
from shared.pages.spots import spot_of

Body = Mapping[str, Any]
PEOPLE = "protected_people"
BUTTON = re.compile(r"(add|remove)-(.+?)(?:-(\d+))?")
OTHER_PRISONER = "Choose the prisoner with this number, or change the number: they are not the same"
NOT_AS_IT_SHOULD_BE = "Something about the form as a whole is not as it should be: it may be too long"


class Shown(NamedTuple):
    """A part as it stands on the page: of which protected person (by the numbers in names of inputs), and where in the body."""

    part: Part
    fields: Sequence[Field]
    inside: Place = ()
    person: int | None = None


class CallForm(NamedTuple):
    """One of the two forms. `check` is intake's own, `said` what the look-up goes by, `objects` what the body has in any case."""

    slug: str
    title: str
    button: str
    parts: Sequence[Part]
    objects: Sequence[str]
    check: Callable[[object, datetime], Any]
    said: Callable[[Body], Said]

    @property
    def breach(self) -> bool:
        return self is REPORT

    def shown(self, entries: Entries) -> list[Shown]:
        """Every part with its fields; of the protected people's, one for each."""
        found: list[Shown] = []
        for part in self.parts:
            if not part.of_a_person:
                found.append(Shown(part, part.fields))
                continue
            named = [(number, _of_person(part, number)) for number in people_in(entries)]
            said = [number for number, fields in named if number == 0 or _anything(fields, entries)]
            places = {number: place for place, number in enumerate(said)}
            found += [Shown(part, fields, (PEOPLE, places.get(number, -1)), number) for number, fields in named]
        return found

    @staticmethod
    def people(shown: Sequence[Shown]) -> int:
        """How many protected people there are on the page."""
        return sum(one.person is not None for one in shown)

    @staticmethod
    def place_of(shown: Sequence[Shown], part: Shown) -> int:
        """Which of them a part is about, counted from 1."""
        return [one for one in shown if one.person is not None].index(part) + 1

    def body(self, entries: Entries) -> Body:
        """What was typed, as intake takes it; people of whom nothing was typed are left out."""
        shown = [one for one in self.shown(entries) if -1 not in one.inside]
        body: Any = {name: {} for name in self.objects}
        if any(one.person is not None for one in shown):
            body[PEOPLE] = [{} for one in shown if one.person is not None]
        for one in shown:
            for field in one.fields:
                body = with_value(body, (*one.inside, *field.place), field.read(entries))
        return _asked_now(body, entries) if not self.breach else _reported(body)

    def entries(self, body: Body) -> Entries:
        """The form filled in with a body, or as much of one as there is: a draft, or what was sent back."""
        count = max(1, len(body.get(PEOPLE) or ()))
        shown = self.shown({f"person-{number}-name": "" for number in range(min(count, MOST_PEOPLE))})
        found: dict[str, str] = {}
        for one in shown:
            inside = (PEOPLE, one.person) if one.person is not None else ()
            for field in one.fields:
                found |= field.show(value_at(body, (*inside, *field.place)))
        return found

    def wrong(self, entries: Entries, now: datetime) -> Faults:
        """All that is wrong, in the order of the page; each leads to its field (R3)."""
        _, faults = self.check(self.body(entries), now)
        told = self.told(entries, faults)
        picked = canonical_prisoner_number(entries.get("picked", ""))
        if picked and picked != canonical_prisoner_number(entries.get("prisoner-number", "")):
            told.add("prisoner-number", OTHER_PRISONER)
        return told

    def told(self, entries: Entries, faults: Sequence[Fault]) -> Faults:
        """Each fault of the body beside the field that can mend it."""
        told = Faults()
        for one in self.shown(entries):
            for field in one.fields:
                spots = filter(None, (spot_of(field, one.inside, fault) for fault in faults))
                for place, text in spots:
                    place, text = field.missing(entries) or (place, text)
                    told.add(place, text % {"what": field.label.partition(" (")[0]})
        if faults and not told:
            told.add("take", NOT_AS_IT_SHOULD_BE)
        return told

    def after(self, button: str, entries: Entries) -> tuple[Entries, str]:
        """What was typed after a button that adds or removes something, and the input to go on in."""
        pressed = BUTTON.fullmatch(button)
        if pressed is None:
            return entries, ""
        change, what, number = pressed.groups()
        if what == "person":
            return _people(change, entries, int(number or -1))
        fields = [field for one in self.shown(entries) for field in one.fields if isinstance(field, Rows)]
        rows = next((field for field in fields if field.name == what), None)
        if rows is None:
            return entries, ""
        kept = {name: text for name, text in entries.items() if not name.startswith(f"{rows.name}-")}
        changed = with_another_row(rows, entries) if change == "add" else without_row(rows, entries, int(number or -1))
        last = rows.rows(changed)[-1]
        return {**kept, **changed}, next(iter(last.show(None)))


def people_in(entries: Entries) -> Sequence[int]:
    """The numbers of the protected people on the page, the first in any case."""
    numbers = {int(match[1]) for name in entries if (match := re.match(r"person-(\d{1,2})-", name))}
    return sorted({0, *numbers})[:MOST_PEOPLE]


def with_picked(entries: Entries) -> Entries:
    """With the number of the prisoner who was chosen from those that were found, where none was typed."""
    picked = entries.get("picked", "")
    return {**entries, "prisoner-number": picked} if picked and not entries.get("prisoner-number") else entries


def _of_person(part: Part, number: int) -> Sequence[Field]:
    return [replace(field, name=f"person-{number}-{field.name}") for field in part.fields]


def _anything(fields: Sequence[Field], entries: Entries) -> bool:
    return any(field.read(entries) for field in fields)


def _asked_now(body: Body, entries: Entries) -> Body:
    """What is asked of this caller, and nothing that another answer made pointless."""
    if body.get("consent") != "not_given":
        body = {name: value for name, value in body.items() if name != "grounds"}
    if body.get("consent") != "self":
        return body
    first, by = (PEOPLE, 0), body.get("requester") or {}
    if not value_at(body, (*first, "name")):
        body = with_value(body, (*first, "name"), by.get("name"))
    return _with_own_points(body, by) if entries.get("own-points") else body


def _with_own_points(body: Body, by: Body) -> Body:
    """What reaches the caller is blocked, too, after what was written of them."""
    for kind, own in (("phones", by.get("phone")), ("emails", by.get("email")), ("addresses", by.get("address"))):
        written = value_at(body, (PEOPLE, 0, kind)) or []
        if own and own not in written:
            body = with_value(body, (PEOPLE, 0, kind), [*written, own])
    return body


def _reported(body: Body) -> Body:
    return {name: value for name, value in body.items() if value not in ({}, "")}


def _people(change: str, entries: Entries, number: int) -> tuple[Entries, str]:
    if change == "remove":
        return {name: text for name, text in entries.items() if not name.startswith(f"person-{number}-")}, ""
    new = f"person-{people_in(entries)[-1] + 1}-name"
    return ({**entries, new: ""}, new) if len(people_in(entries)) < MOST_PEOPLE else (entries, "")


REQUEST = CallForm(
    "request",
    "Take a request",
    "Take the request",
    (ask.CALLER, ask.GROUNDS, ask.PRISONER, ask.PERSON, ask.REACH, ask.REFERENCES),
    ("requester", "prisoner", "grounds"),
    check_request,
    said_in_request,
)
REPORT = CallForm(
    "report",
    "Take a report of contact",
    "Take the report",
    (reported.WHOSE_BLOCK, reported.WHAT_HAPPENED, reported.REPORTER),
    (),
    check_breach,
    said_in_report,
)
FORMS = {form.slug: form for form in (REQUEST, REPORT)}


def form_of(draft: Body, form: CallForm = REQUEST) -> Entries:
    """A form filled in from a plain object: as much of a submission's body (CONTRACT.md) as there is."""
    return form.entries(draft)
