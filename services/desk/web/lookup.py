"""Prisoners, found by what somebody knows of them (R9)."""

from collections.abc import Sequence

from services.desk.domain.register import MOST_SHOWN, Prisoner, Typed, likely
from services.desk.web.desk import Desk

MOST_LOOKED_AT = 300


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
