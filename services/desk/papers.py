"""What is printed as PDF, in any script: the prisoner's notice, a name and nothing else (R16), and the case pack."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from unicodedata import combining

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from services.desk import telling, words
from services.desk.domain.case import Protected
from services.desk.dossier import Dossier
from shared.pages.dates import day, moment

FONTS = Path(str(files("services.desk").joinpath("fonts")))
PLAIN, BOLD = "dejavu-sans", "dejavu-sans-bold"
LATIN = "-latin"
"""Of both there is one with the letters of Latin script alone, which is ready in a quarter of the time."""
OTHERS = (
    "noto-sans-devanagari",
    "noto-sans-bengali",
    "noto-sans-gurmukhi",
    "noto-sans-gujarati",
    "noto-sans-tamil",
    "unifontex",
)
"""For what the plain typeface has no letters for, the finest first; the last has every letter, and is loaded only for want."""
LINE, MARGIN, KEY = 6.0, 20.0, 45.0
"""Millimetres."""
Rows = Sequence[tuple[str, str]]


class Paper(FPDF):
    """A4 with `foot` on each page; it can write every letter of `text`."""

    def __init__(self, title: str, foot: str, text: str) -> None:
        super().__init__()
        self._foot = foot
        self.set_title(title)
        self.set_lang("en-GB")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        latin = _codes(text) <= _letters(f"{PLAIN}{LATIN}")
        which = LATIN if latin else ""
        self.add_font("plain", "", FONTS / f"{PLAIN}{which}.ttf")
        self.add_font("plain", "B", FONTS / f"{BOLD}{which}.ttf")
        needed = [*_needed(text)]
        for name in needed:
            self.add_font(name, "", FONTS / f"{name}.ttf")
        self.set_fallback_fonts(needed, exact_match=False)
        # Which takes two thirds of the time, and letters of Latin script stand as they are; what is put onto them does not.
        self.set_text_shaping(not latin or any(map(combining, text)))
        self.add_page()

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("plain", size=8)
        self.cell(0, 10, f"{self._foot}    {self.page_no()} / {{nb}}", align="C")

    def say(self, text: str, size: float = 11, bold: bool = False, after: float = 3) -> None:
        """A paragraph."""
        self.set_font("plain", "B" if bold else "", size)
        self.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(after)

    def rows(self, rows: Rows) -> None:
        """Names on the left, what they are on the right. Not by `table`, which lays out every line twice."""
        self.set_font("plain", size=10)
        for key, value in rows:
            if value:
                if self.will_page_break(LINE):
                    self.add_page()
                self.cell(KEY, LINE, key)
                self.multi_cell(0, LINE, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def table_of(self, columns: Sequence[str], widths: Sequence[int], lines: Iterable[Sequence[str]]) -> None:
        self.set_font("plain", size=9)
        with self.table(
            col_widths=tuple(widths), borders_layout="HORIZONTAL_LINES", line_height=5, text_align="LEFT"
        ) as table:
            table.row(columns)
            for line in lines:
                table.row(line)
        self.ln(4)


def notice(number: str, prison_id: str, name: str, on: datetime) -> bytes:
    """What the prisoner is told: whom they can't contact. Nobody else, no number, no reference, no reason (R16)."""
    paper = Paper("Notice", words.prison(prison_id), name)
    paper.say(words.prison(prison_id), bold=True)
    paper.say("Notice", size=22, bold=True)
    paper.rows([("Prisoner number", number), ("Date", day(on.date(), "en"))])
    paper.say("You can’t contact this person:")
    paper.say(name, size=18, bold=True)
    paper.say(
        "That means no letters, phone calls, texts or other messages, no video calls and no visits, also through other people."
    )
    paper.say(
        "Anyone can ask that a prisoner does not contact somebody: for themselves, or on behalf of somebody else."
    )
    return bytes(paper.output())


def pack(found: Dossier, now: datetime) -> bytes:
    """All of a case, for the staff who handle it."""
    case, sections = found.case, _sections(found)
    story = [(moment(told.what.at, "en"), telling.line(told.what), told.what.by or "") for told in found.story]
    everything = "".join(
        value for rows in (*sections.values(), story) for row in rows for value in row
    ) + case.prisoner_name.join(sections)
    paper = Paper(f"Case {case.reference}", f"{case.reference}. For staff alone: never to the prisoner.", everything)
    paper.say(f"Case {case.reference}", size=20, bold=True)
    paper.say(f"As it stood on {moment(now, 'en')}. For staff alone: never give any of it to the prisoner.")
    for heading, rows in sections.items():
        paper.say(heading, size=13, bold=True)
        paper.rows(rows)
    paper.say("What happened", size=13, bold=True)
    paper.table_of(("When", "What", "By"), (42, 90, 38), story)
    return bytes(paper.output())


def _sections(found: Dossier) -> Mapping[str, Rows]:
    case = found.case
    name = found.register.name if found.register and found.register.name else case.prisoner_name
    prisoner = [
        ("Name", name),
        ("Prisoner number", case.prisoner_number or ""),
        ("Prison", words.prison(case.prison_id) if case.prison_id else ""),
    ]
    people = {f"Protected person: {person.name}": _person(found, person) for person in found.people}
    breaches = {
        f"Contact that went on: {breach.reference}": [
            ("When", moment(breach.alert.happened_at, "en") if breach.alert.happened_at else ""),
            ("How", words.NOTES[breach.alert.channel]),
            ("What happened", breach.alert.what_happened),
            ("Done", ", ".join(f"{words.ACTIONS[done.action]} ({done.by})" for done in breach.done)),
        ]
        for breach in found.breaches
        if breach.alert
    }
    return {"Prisoner": prisoner, "Request": _request(found), **people, **breaches}


def _request(found: Dossier) -> Rows:
    asked = found.case.request
    if asked is None:
        return []
    who, grounds = asked.requester, asked.grounds
    rows = [
        ("Came in", moment(found.case.submitted_at, "en") if found.case.submitted_at else ""),
        ("Requester", ", ".join(part for part in (who.name, words.ROLES[who.role], who.organisation) if part)),
        ("Phone", words.phone(who.phone) if who.phone else ""),
        ("Email", who.email or ""),
        ("Address", words.address(who.address) if who.address else ""),
        ("Consent", words.CONSENTS[asked.consent]),
    ]
    if grounds:
        ends = f", in force through {day(grounds.ends_on, 'en')}" if grounds.ends_on else ""
        court = f", {grounds.court}" if grounds.court else ""
        rows += [("Grounds", f"{words.GROUNDS[grounds.kind]}{court}{ends}"), ("Why", grounds.rationale)]
    return [*rows, ("CPS reference (URN)", asked.cps_urn or ""), ("Crime reference", asked.crime_reference or "")]


def _person(found: Dossier, person: Protected) -> Rows:
    names = {"phone": "Phone", "address": "Address", "email": "Email"}
    return [
        ("How it stands", words.STANDINGS[person.standing][0]),
        ("Other names", ", ".join(person.person.other_names) if person.person else ""),
        *(
            (names[point.kind], words.phone(point.written) if point.kind == "phone" else point.written)
            for point in found.points(person, with_contacts=False)
        ),
        ("Reason", person.reason or ""),
        ("First in force", moment(person.implemented_at, "en") if person.implemented_at else ""),
    ]


def _needed(text: str) -> Iterable[str]:
    """Typefaces that have what the ones before have not."""
    missing = _codes(text) - _letters(PLAIN)
    for name in OTHERS:
        if missing and not missing.isdisjoint(_letters(name)):
            missing -= _letters(name)
            yield name


def _codes(text: str) -> frozenset[int]:
    return frozenset(ord(symbol) for symbol in text if symbol.isprintable())


@cache
def _letters(name: str) -> frozenset[int]:
    with TTFont(FONTS / f"{name}.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())
