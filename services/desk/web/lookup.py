"""Prisoners, and cases, found by what somebody knows of them (R5, R9, R29)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from services.desk.domain.alike import Alike, Said, alike
from services.desk.domain.case import Case
from services.desk.domain.register import MOST_SHOWN, Prisoner, Typed, likely, speaks_against
from services.desk.web.desk import Desk

MOST_LOOKED_AT, MOST_OF_A_WORD = 300, 25
MOST_ALIKE = 6


class Fits(NamedTuple):
    """A prisoner whom what is typed fits, and what speaks against it."""

    prisoner: Prisoner
    against: Sequence[str]


class Hits(NamedTuple):
    """What is there about the people of a form so far. `searched`: enough was typed to look for a prisoner."""

    prisoners: Sequence[Fits]
    more: bool
    searched: bool
    cases: Sequence[Alike]


async def look_up(desk: Desk, body: Mapping[str, Any], said: Said) -> Hits:
    """Prisoners whom it may be about, and cases about the same people, of what is on a form."""
    asked = body.get("prisoner") or {}
    typed = Typed(name=said.prisoner, number=asked.get("number") or "", born=_born(asked.get("date_of_birth")))
    (found, more), cases = await asyncio.gather(_prisoners(desk, typed), cases_like(desk, said))
    fits = [Fits(prisoner, speaks_against(typed, prisoner)) for prisoner in found]
    return Hits(fits, more, bool(typed.word or typed.whole_number), cases)


async def cases_like(desk: Desk, said: Said) -> Sequence[Alike]:
    """Cases that what is said may be about, and why."""
    found = await asyncio.gather(*(desk.service.named(Case, word, MOST_OF_A_WORD) for word in said.words()))
    known = await desk.query(lambda work: work.fetch(Case, dict.fromkeys(key for keys in found for key in keys)))
    return alike(said, known.values())[:MOST_ALIKE]


async def prisoners_like(desk: Desk, typed: Typed) -> tuple[Sequence[Prisoner], bool]:
    """By number the one, since a merge the one that is kept; otherwise by name and date of birth."""
    number, word = typed.whole_number, typed.word
    if number:
        found = await desk.query(lambda work: work.get(Prisoner, number))
        kept = found.merged_into if found else None
        kept_one = await desk.query(lambda work: work.get(Prisoner, kept)) if kept else found
        return ([kept_one] if kept_one and kept_one.name else []), False
    if word is None:
        return [], False
    ids = await desk.service.named(Prisoner, word, MOST_LOOKED_AT)
    known = await desk.query(lambda work: work.fetch(Prisoner, ids))
    fit = likely(typed, known.values())
    return fit[:MOST_SHOWN], len(fit) > MOST_SHOWN or len(ids) == MOST_LOOKED_AT


async def _prisoners(desk: Desk, typed: Typed) -> tuple[Sequence[Prisoner], bool]:
    """Whose number it is, and beside them whom the name fits: a number may have been misheard."""
    numbered, _ = await prisoners_like(desk, typed) if typed.whole_number else ([], False)
    if any(not speaks_against(typed, prisoner) for prisoner in numbered):
        return numbered, False
    named, more = await prisoners_like(desk, typed.model_copy(update={"number": ""}))
    return [*numbered, *(one for one in named if one not in numbered)][:MOST_SHOWN], more


def _born(written: Any) -> date | None:
    """A date of birth, as soon as it is whole."""
    try:
        return date.fromisoformat(written or "")
    except (TypeError, ValueError):
        return None
