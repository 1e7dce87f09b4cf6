"""What somebody has to do, and by when: the queue, by deadline, with what is late on top."""

from datetime import datetime
from enum import StrEnum

from services.desk.domain.alike import said_in_report, said_in_request
from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case, Standing
from services.desk.domain.holding import Holding
from services.desk.domain.mails import Mail, Pile, reference_in
from services.desk.domain.reviews import Review
from services.desk.domain.taken import Taken
from services.desk.domain.tasks import Task
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.domain.rules import Rules
from shared.domain.working_days import if_known
from shared.events.envelope import Moment
from shared.events.mail import MailKind, MailReceived
from shared.runtime.work import State


class Kind(StrEnum):
    """What is to be done: the first four by the holding prison, the others by central staff and operators."""

    BREACH = "breach"
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge"
    REVIEW = "review"
    FIND = "find"
    FIND_BREACH = "find_breach"
    TASK = "task"
    PUT_RIGHT = "put_right"
    MAIL = "mail"

    @property
    def of_prisons(self) -> bool:
        return self in (Kind.BREACH, Kind.DECIDE, Kind.ACKNOWLEDGE, Kind.REVIEW)


UNHELD = "unheld"


class ToDo(State):
    """One entry of the queue, there until it is done. `subject` is the id of what it is about; `note` says it in a word.

    `unheld` is a list with a block that no prison is known to hold: the present one never confirmed it, none keeps it meanwhile.
    """

    COLLECTION = "todo"

    kind: Kind
    subject: str
    deadline: Moment
    prison_id: PrisonId | None = None
    reference: str = ""
    prisoner_number: PrisonerNumber | None = None
    prisoner_name: str = ""
    people: tuple[str, ...] = ()
    note: str = ""
    unheld: bool = False

    @property
    def id(self) -> str:
        return todo_id(self.kind, self.subject)

    def lookups(self) -> tuple[str, ...]:
        whose = (f"at:{self.prison_id}", "of_prisons") if self.kind.of_prisons else ("operators",)
        return (*whose, f"kind:{self.kind}", *([UNHELD] if self.unheld else ()))

    def rank(self) -> datetime:
        return self.deadline


SENT = "sent"
"""Somebody decided, and what follows from it has not been heard yet: nothing leaves the queue for a press of a button alone."""


def todo_id(kind: Kind, subject: str) -> str:
    return f"{kind}/{subject}"


Queue = dict[Kind, ToDo | None]
"""The entry of each kind that something may have; None where that is done, or never was to do."""


def of_case(case: Case) -> Queue:
    """To be decided at the prison by the request's own deadline (R8, R12), or its prisoner found (R9)."""
    decide = find = None
    if case.prison_id and case.deadline and case.undecided:
        decide = _about_case(case, Kind.DECIDE, case.deadline, case.prison_id, _stands(case))
    if case.wanted:
        note = SENT if case.wanted.sent else case.wanted.because.value
        find = _about_case(case, Kind.FIND, case.wanted.deadline, None, note)
    return {Kind.DECIDE: decide, Kind.FIND: find}


def of_holding(state: Holding, prisoner_name: str) -> Queue:
    """The list waits for the prison's word (R13, R20)."""
    entry = None
    if state.waiting and state.block_list and state.confirm_by:
        entry = ToDo(
            kind=Kind.ACKNOWLEDGE,
            subject=state.number,
            deadline=state.confirm_by,
            prison_id=state.block_list.prison_id,
            reference=state.waiting[0].reference,
            prisoner_number=state.number,
            prisoner_name=prisoner_name,
            people=tuple(block.name for block in state.waiting),
            note="failed" if state.failed is not None else "",
            unheld=state.unheld,
        )
    return {Kind.ACKNOWLEDGE: entry}


def of_review(review: Review, case: Case | None) -> Queue:
    """A fresh look at a block (R21, R22)."""
    entry = None
    if review.open and review.decide_by and review.kind:
        person = case.people.get(review.block_id) if case else None
        entry = ToDo(
            kind=Kind.REVIEW,
            subject=review.review_id,
            deadline=review.decide_by,
            prison_id=review.prison_id,
            reference=review.reference,
            prisoner_number=review.prisoner_number,
            prisoner_name=case.prisoner_name if case else "",
            people=(person.name,) if person and person.name else (),
            note=SENT if review.sent else review.kind.value,
        )
    return {Kind.REVIEW: entry}


def of_breach(breach: Breach, prisoner_name: str) -> Queue:
    """Due at once, both at the prison and where a person has to find the prisoner (R29)."""
    act = find = None
    alert = breach.alert
    if alert and breach.needs_action:
        act = ToDo(
            kind=Kind.BREACH,
            subject=breach.breach_id,
            deadline=alert.at,
            prison_id=breach.prison_id,
            reference=breach.reference,
            prisoner_number=breach.prisoner_number,
            prisoner_name=prisoner_name,
            people=(alert.protected_person,) if alert.protected_person else (),
            note=alert.channel.value,
        )
    if breach.needs_person and breach.submitted_at:
        report = breach.report
        find = ToDo(
            kind=Kind.FIND_BREACH,
            subject=breach.breach_id,
            deadline=breach.submitted_at,
            reference=breach.reference,
            prisoner_name=report.prisoner.name if report and report.prisoner else "",
            people=(report.protected_person,) if report and report.protected_person else (),
            note=breach.because or "",
        )
    return {Kind.BREACH: act, Kind.FIND_BREACH: find}


def of_taken(taken: Taken) -> Queue:
    """What an operator took down and intake did not take in, or did not answer: nothing of it is lost unseen (R4)."""
    entry = None
    if taken.to_put_right:
        said = said_in_report(taken.body or {}) if taken.breach else said_in_request(taken.body or {})
        entry = ToDo(
            kind=Kind.PUT_RIGHT,
            subject=taken.external_id,
            deadline=taken.deadline or taken.at,
            prisoner_name=said.prisoner,
            people=said.people,
            note="rejected" if taken.rejected else "unanswered",
        )
    return {Kind.PUT_RIGHT: entry}


def of_mail(mail: Mail, rules: Rules) -> Queue:
    """Somebody has to read it. The clock of what it may ask for began when it came (R8, R46).

    One with a reference of ours may well report contact that goes on: it is due at once, as a report is (R29).
    """
    entry = None
    if mail.received and mail.pile is Pile.OPEN:
        came, said = mail.received.received_at, mail.received.read_out
        entry = ToDo(
            kind=Kind.MAIL,
            subject=mail.mail_id,
            deadline=came if said.references else if_known(rules.routing_deadline, came) or came,
            reference=reference_in(mail.received) or "",
            prisoner_name=said.prisoner_name,
            people=(said.protected_name,) if said.protected_name else (),
            note=_note(mail, mail.received),
        )
    return {Kind.MAIL: entry}


def of_task(task: Task, case: Case | None) -> Queue:
    """What could not be told by e-mail (R26, R28)."""
    entry = None
    if task.raised and not task.done:
        entry = ToDo(
            kind=Kind.TASK,
            subject=task.task_id,
            deadline=task.not_before or task.raised.due,
            reference=task.raised.reference or "",
            prisoner_name=case.prisoner_name if case else "",
            people=case.names if case else (),
            note=task.raised.kind.value,
        )
    return {Kind.TASK: entry}


def _note(mail: Mail, received: MailReceived) -> str:
    if received.doubt and not mail.rejected:
        return received.doubt
    return "" if received.kind is MailKind.DRAFT else received.kind


def _stands(case: Case) -> str:
    if all(person.sent for person in case.undecided):
        return SENT
    asked = any(person.standing is Standing.MORE_ASKED for person in case.undecided)
    return Standing.MORE_ASKED.value if asked else ""


def _about_case(case: Case, kind: Kind, deadline: datetime, prison_id: str | None, note: str) -> ToDo:
    return ToDo(
        kind=kind,
        subject=case.request_id,
        deadline=deadline,
        prison_id=prison_id,
        reference=case.reference,
        prisoner_number=case.prisoner_number,
        prisoner_name=case.prisoner_name,
        people=case.names,
        note=note,
    )
