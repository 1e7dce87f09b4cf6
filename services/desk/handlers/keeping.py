"""Keeps what is known, and the queue in step with it."""

from typing import TypeVar

from services.desk.domain import holding, reviews, todo
from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case
from services.desk.domain.contacts import Contacts
from services.desk.domain.history import Happened
from services.desk.domain.holding import Holding
from services.desk.domain.mails import Mail
from services.desk.domain.places import Place, newest
from services.desk.domain.register import Prisoner
from services.desk.domain.reviews import Review
from services.desk.domain.taken import Taken
from services.desk.domain.tally import ALL, Count, Tally, tally_id, week_of
from services.desk.domain.tasks import Task
from services.desk.domain.todo import Queue, ToDo
from shared.events.envelope import Moment
from shared.runtime.work import Work

N = TypeVar("N", Case, Breach, Review)


def case_of(work: Work, request_id: str) -> Case:
    """The case, or the beginning of one: topics have no common order."""
    return work.get(Case, request_id) or Case(request_id=request_id)


def holding_of(work: Work, number: str) -> Holding:
    """What is held under that number; since a merge the kept number has everything (R11)."""
    return work.get(Holding, number) or Holding(number=number)


def number_now(work: Work, number: str) -> str:
    """The number that everything of this prisoner hangs on since a merge: an event said before may still have the other (R11)."""
    seen = {number}
    while (known := work.get(Prisoner, number)) and known.merged_into and known.merged_into not in seen:
        number = known.merged_into
        seen.add(number)
    return number


def _numbered(work: Work, state: N) -> N:
    """Under the number that counts."""
    number = state.prisoner_number and number_now(work, state.prisoner_number)
    return state if number == state.prisoner_number else state.but(prisoner_number=number)


def keep_case(work: Work, case: Case) -> None:
    case = _numbered(work, case)
    work.put(case.request_id, case)
    _keep_queue(work, case.request_id, todo.of_case(case))


def keep_holding(work: Work, state: Holding) -> None:
    register = work.get(Prisoner, state.number)
    work.put(state.number, state)
    _keep_queue(work, state.number, todo.of_holding(state, register.name if register else ""))


def keep_review(work: Work, review: Review) -> None:
    review = _numbered(work, review)
    work.put(review.review_id, review)
    _keep_queue(work, review.review_id, todo.of_review(review, work.get(Case, review.request_id)))


def keep_breach(work: Work, breach: Breach) -> None:
    breach = _numbered(work, breach)
    register = work.get(Prisoner, breach.prisoner_number) if breach.prisoner_number else None
    work.put(breach.breach_id, breach)
    _keep_queue(work, breach.breach_id, todo.of_breach(breach, register.name if register else ""))


def keep_task(work: Work, task: Task) -> None:
    about = task.raised.request_id if task.raised else None
    work.put(task.task_id, task)
    _keep_queue(work, task.task_id, todo.of_task(task, work.get(Case, about) if about else None))


def keep_mail(work: Work, mail: Mail) -> None:
    work.put(mail.mail_id, mail)
    _keep_queue(work, mail.mail_id, todo.of_mail(mail, work.rules))


def keep_taken(work: Work, taken: Taken) -> None:
    work.put(taken.external_id, taken)
    _keep_queue(work, taken.external_id, todo.of_taken(taken))


def tell_case(work: Work, request_id: str | None, line: Happened) -> None:
    """One more line of the story, where there is a case."""
    if request_id:
        keep_case(work, case_of(work, request_id).telling(line))


def follow(work: Work, number: str, place: Place) -> Holding:
    """News of which prison has a prisoner: all that is about them is that prison's from now on (R20)."""
    before = holding_of(work, number)
    after = before.moved(place)
    if after.prison_id != before.prison_id:
        for case in work.find(Case, f"prisoner:{number}").values():
            keep_case(work, case.moved(after.place))
        for breach in work.find(Breach, f"prisoner:{number}").values():
            keep_breach(work, breach.moved(after.place))
        for review in work.find(Review, f"open:{number}").values():
            keep_review(work, reviews.followed(review, after.place))
    return after


def merge(work: Work, removed: str, kept: str) -> None:
    """Two numbers are one prisoner: everything hangs on the kept one (R11); what stood under the other can't be read any more."""
    if removed == kept:
        return
    before = holding_of(work, removed)
    after = holding.joined(holding_of(work, kept), before)
    keep_holding(work, after)
    keep_holding(work, holding.emptied(before).but(merged_into=kept))
    work.forget(Holding, removed, work.get(Holding, removed))
    work.forget(Prisoner, removed, Prisoner(number=removed, merged_into=kept))
    known = work.get(Contacts, kept) or Contacts(number=kept)
    work.put(kept, known.joined_by(work.get(Contacts, removed)))
    work.forget(Contacts, removed)
    _hang_on(work, kept, after.place, f"prisoner:{removed}", f"prisoner:{kept}")


def _hang_on(work: Work, number: str, place: Place | None, *words: str) -> None:
    """What is found by `words` is that prisoner's, and the prison's that has them (R11, R20)."""
    for case in work.find(Case, *words).values():
        keep_case(work, case.but(prisoner_number=number, place=newest(place, case.place)))
    for breach in work.find(Breach, *words).values():
        keep_breach(work, breach.but(prisoner_number=number, place=newest(place, breach.place)))
    for review in work.find(Review, *words).values():
        keep_review(work, reviews.followed(review.but(prisoner_number=number), place))


def count(work: Work, what: Count, when: Moment, *places: str | None) -> None:
    """One more of `what`, at each place that is known and in the whole country."""
    for place in dict.fromkeys([*filter(None, places), ALL]):
        key = tally_id(place, week_of(when))
        tally = work.get(Tally, key) or Tally(place=place, week=week_of(when))
        work.put(key, tally.plus_one(what))


def _keep_queue(work: Work, subject: str, queue: Queue) -> None:
    for kind, entry in queue.items():
        key = todo.todo_id(kind, subject)
        known = work.get(ToDo, key)
        if entry and entry != known:
            work.put(key, entry)
        elif known and not entry:
            work.forget(ToDo, key)
