"""What is let go (R48): a case, with what the queue and the prisoner's list say of it; in the end a prisoner without any."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.desk.domain import holding
from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case
from services.desk.domain.contacts import Contacts
from services.desk.domain.holding import Holding
from services.desk.domain.mails import Mail
from services.desk.domain.register import Prisoner
from services.desk.domain.reviews import Review
from services.desk.domain.taken import Taken
from services.desk.domain.tasks import Task
from services.desk.domain.todo import Kind, ToDo, todo_id
from services.desk.handlers.keeping import keep_holding, keep_taken
from shared.events.erasures import CaseErased
from shared.events.notices import notice_id
from shared.runtime.erasure import erasing
from shared.runtime.work import State, Work

LATER = timedelta(days=90)
"""Until it is looked again whether a case is left about a prisoner who is long out."""


def erased(work: Work, event: CaseErased) -> None:
    """All that hangs on a case, and each entry of the queue about it. What is left of a prisoner's list is kept afresh.

    Whoever lets go of it may not have heard yet whom it is about, nor of every report.
    """
    reviews, tasks, reports = (work.find(kind, f"request:{event.request_id}") for kind in (Review, Task, Breach))
    abouts = [f"request:{about}" for about in (event.request_id, *event.breach_ids, *reports)]
    taken, mails = (work.find(kind, *abouts) for kind in (Taken, Mail))
    for number, held in work.find(Holding, *event.block_ids, *map(notice_id, event.block_ids)).items():
        keep_holding(work, holding.without(held, event.block_ids))
        work.forget(Holding, number, work.get(Holding, number))
    gone: Sequence[tuple[type[State], Iterable[str]]] = (
        (Review, reviews),
        (Task, tasks),
        (Taken, taken),
        (Mail, mails),
        (
            Breach,
            dict.fromkeys([event.request_id, *event.breach_ids, *reports]),
        ),  # a report of no request is a case by itself
        (Case, [event.request_id]),
    )
    for kind, keys in gone:
        for key in keys:
            work.forget(kind, key)
            for entry in Kind:
                work.forget(ToDo, todo_id(entry, key))


def prisoner_over(work: Work, number: str) -> None:
    """Long out: nothing of them is kept, unless a case about them still is (R48)."""
    known = work.get(Prisoner, number)
    if known is None:
        return
    kinds: Sequence[type[State]] = (Case, Breach)
    if any(work.find(kind, f"prisoner:{number}") for kind in kinds):
        return work.put(number, known.but(over_at=work.now + LATER))
    for kind in (Holding, Contacts, Prisoner):
        work.forget(kind, number)


def taken_is_due(work: Work, external_id: str) -> None:
    """Its reference was read out long ago; or intake has not answered, and somebody has to look (R4)."""
    known = work.get(Taken, external_id)
    due = known.due() if known else None
    if known and due and due <= work.now:
        if known.over_at:
            work.forget(Taken, external_id)
        else:
            keep_taken(work, known.but(missed=True))


def task_is_old(work: Work, task_id: str) -> None:
    """It was done so long ago that nobody asks what was said."""
    work.forget(Task, task_id)


ERASING, AGAIN = erasing(erased)
