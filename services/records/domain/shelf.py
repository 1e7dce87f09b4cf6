"""Where the record of a case is found, written on, and put back."""

from collections.abc import Callable

from services.records.domain import keeping
from services.records.domain.case import CaseRecord, Pointer, Prisoner
from services.records.domain.keeping import Ground
from services.records.domain.story import Line, Page, line, page_key, pages
from shared.events.envelope import Event
from shared.events.erasures import CaseErased, ErasedBecause
from shared.events.notices import notice_id
from shared.runtime.erasure import Erased, remember
from shared.runtime.work import NotYet, Work

Change = Callable[[CaseRecord], CaseRecord]


def record(work: Work, case_id: str) -> CaseRecord:
    """The record of a case, begun by whatever is heard of it first: topics have no common order."""
    return work.get(CaseRecord, case_id) or CaseRecord(case_id=case_id, heard_at=work.now)


def write(work: Work, case_id: str, event: Event, change: Change = lambda case: case) -> CaseRecord:
    """Writes `event` into the story of a case, and keeps what it changes."""
    case = change(record(work, case_id)).but(heard_at=work.now)
    return keep(work, _written(work, case, line(event, work.cause, work.now)))


def keep(work: Work, case: CaseRecord) -> CaseRecord:
    """The record with until when it is kept, as it is kept."""
    case = keeping.kept(case, work.rules)
    work.put(case.case_id, case)
    return case


def point(work: Work, case: CaseRecord, *names: str) -> None:
    """From now on the case is `known` by these names, too."""
    new = [name for name in names if name not in case.names]
    for name in new:
        work.put(name, Pointer(case_id=case.case_id))
    if new:
        keep(work, case.but(names=(*case.names, *new)))


def case_of(work: Work, name: str) -> str | None:
    pointer = work.get(Pointer, name)
    return pointer.case_id if pointer else None


def known(work: Work, name: str) -> str:
    """The case that `name` belongs to. Raises NotYet before it is heard of."""
    case_id = case_of(work, name)
    if case_id is None:
        raise NotYet("the case of this event is not known here")
    return case_id


def join(work: Work, alone: CaseRecord, case_id: str) -> None:
    """A report turns out to be about a request: its story goes on in that one's, with all that points at it and holds it."""
    case = record(work, case_id)
    for page in work.fetch(Page, pages(alone.case_id, alone.page)).values():
        for written in page.lines:
            case = _written(work, case, written)
    for key in pages(alone.case_id, alone.page):
        work.forget(Page, key)
    work.forget(CaseRecord, alone.case_id)
    point(work, keep(work, case.but(holds={**case.holds, **alone.holds})), *alone.names)


def follow(work: Work, number: str) -> Prisoner:
    """The prisoner who carries everything of this number now (R11)."""
    found = work.get(Prisoner, number) or Prisoner(number=number)
    while found.merged_into:
        found = work.get(Prisoner, found.merged_into) or Prisoner(number=found.merged_into)
    return found


def hang(work: Work, case_id: str, number: str | None) -> None:
    """The case is about the prisoner who carries this number now (R11)."""
    case, prisoner = record(work, case_id), follow(work, number) if number else None
    if prisoner is None or case.prisoner_number == prisoner.number:
        return
    unhang(work, case)
    work.put(prisoner.number, prisoner.having(case_id))
    keep(work, case.but(prisoner_number=prisoner.number))


def unhang(work: Work, case: CaseRecord) -> None:
    """A prisoner about whom no case is left is none of ours."""
    if case.prisoner_number:
        left = follow(work, case.prisoner_number).without(case.case_id)
        if left.cases:
            work.put(left.number, left)
        else:
            work.forget(Prisoner, left.number)


def let_go(work: Work, case: CaseRecord, because: ErasedBecause, ground: Ground | None = None) -> None:
    """Everybody forgets the case, this service first; that there was one, and why it went, stays."""
    event = keeping.erased(case, because, work.now)
    work.publish(event)
    gone(work, event, ground)


def gone(work: Work, event: CaseErased, ground: Ground | None = None) -> None:
    """The case is let go here. Said by this service itself it is news only after going back to a backup."""
    remember(work, event)
    for block_id in event.block_ids:
        work.put(notice_id(block_id), Erased(at=work.now))
    work.put(event.request_id, keeping.trace(event, ground))
    forget(work, event)


def forget(work: Work, event: CaseErased) -> None:
    """All that is kept of a case here."""
    case = work.get(CaseRecord, event.request_id)
    if case is None:
        return
    for name in case.names:
        work.forget(Pointer, name)
    for key in pages(case.case_id, case.page):
        work.forget(Page, key)
    unhang(work, case)
    work.forget(CaseRecord, case.case_id)


def _written(work: Work, case: CaseRecord, written: Line) -> CaseRecord:
    page = work.get(Page, page_key(case.case_id, case.page)) or Page()
    if page.full:
        case, page = case.but(page=case.page + 1), Page()
    work.put(page_key(case.case_id, case.page), page.but(lines=(*page.lines, written)))
    return case
