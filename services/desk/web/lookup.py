"""Prisoners and earlier requests, shown as somebody types (R5, R9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.desk.domain.call_form import born
from services.desk.domain.case import Case, word_of
from services.desk.domain.register import MOST_SHOWN, Prisoner, Typed, likely
from services.desk.web.desk import Desk
from shared.domain.names import similar_name

MOST_LOOKED_AT = 300


@dataclass(frozen=True)
class Hits:
    """Prisoners whom what is typed fits, and earlier requests.

    `searched` where enough is typed to look for anybody, `too_many` where more has to be.
    """

    prisoners: Sequence[Prisoner] = ()
    earlier: Sequence[tuple[Case, bool]] = ()
    too_many: bool = False
    searched: bool = True

    @property
    def same_pair(self) -> bool:
        """Whether one of them is about the same two people (R5)."""
        return any(same for _, same in self.earlier)


async def look_up(desk: Desk, fields: Mapping[str, str]) -> Hits:
    """What is there about the prisoner, and the protected person, typed so far."""
    typed = Typed(
        name=fields.get("prisoner-name", ""),
        number=fields.get("picked") or fields.get("prisoner-number", ""),
        born=born(fields.get("prisoner-born", "")),
    )
    prisoners, too_many = await prisoners_like(desk, typed)
    about = [f"prisoner:{typed.whole_number}"] if typed.whole_number else [word_of(typed.name)] if typed.name else []
    found = await desk.service.ranked(Case, *about, most=MOST_SHOWN, newest_first=True) if about else None
    cases = await desk.query(lambda work: work.fetch(Case, found.ids)) if found else {}
    names = [fields.get("person-0-name") or fields.get("caller-name", "")]
    earlier = [(case, _same(case, names)) for case in cases.values()]
    searched = bool(typed.word or typed.whole_number)
    return Hits(prisoners, sorted(earlier, key=lambda one: not one[1]), too_many, searched)


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


def _same(case: Case, names: Sequence[str]) -> bool:
    return any(similar_name(name, other) for name in names if name for other in case.names)
